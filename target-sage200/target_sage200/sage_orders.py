"""A sales order as Sage 200 shows it, and whether it is the one Magento meant."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from outbox.rows import SageDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outbox import Row

LOOK_UP_FIELDS = (
    "id",
    "document_no",
    "customer_id",
    "customer_document_no",
    "document_status",
    "total_net_value",
    "total_tax_value",
    "total_gross_value",
)
ON_HOLD = "EnumDocumentStatusOnHold"


@dataclass(frozen=True)
class FoundOrder:
    """What identifies and proves a sales order; money in its currency, ``None`` where not told."""

    id: int
    document_no: str
    customer_id: int | None
    customer_document_no: str
    status: str
    net: Decimal | None
    tax: Decimal | None
    gross: Decimal | None
    as_sent: Mapping[str, Any]

    @property
    def has_totals(self) -> bool:
        """Whether Sage told net, VAT and gross."""
        return None not in (self.net, self.tax, self.gross)

    @property
    def on_hold(self) -> bool:
        """Whether Sage holds the order."""
        return self.status == ON_HOLD

    def as_document(self) -> SageDocument:
        """What the outbox keeps of it."""
        return SageDocument(self.id, self.document_no, self.net, self.tax, self.gross)


def found_order(body: Mapping[str, Any]) -> FoundOrder:
    """Read an order of ``/sop_orders``.

    Raises:
        KeyError: It has no ``id``.
    """
    return FoundOrder(
        id=int(body["id"]),
        document_no=str(body.get("document_no") or ""),
        customer_id=None if body.get("customer_id") is None else int(body["customer_id"]),
        customer_document_no=str(body.get("customer_document_no") or ""),
        status=str(body.get("document_status") or ""),
        net=_money(body, "total_net_value"),
        tax=_money(body, "total_tax_value"),
        gross=_money(body, "total_gross_value"),
        as_sent={name: body[name] for name in LOOK_UP_FIELDS if name in body},
    )


def same_figures(row: Row, order: FoundOrder) -> bool:
    """Whether net, VAT and gross in Sage are the ones the document was mapped to."""
    wanted = _wanted(row)
    return (order.net, order.tax, order.gross) == wanted


def sentence_of_difference(row: Row, order: FoundOrder) -> str:
    """Both sets of figures in one sentence."""
    net, tax, gross = _wanted(row)
    return (
        f"Order {row.key.source_key}: Magento says {net} net, {tax} VAT, {gross} gross; Sage 200"
        f" order {order.document_no} says {order.net} net, {order.tax} VAT, {order.gross} gross."
    )


def _wanted(row: Row) -> tuple[Decimal, Decimal, Decimal]:
    net, tax, gross = (Decimal(row.detail[name]) for name in ("net", "tax", "gross"))
    return net, tax, gross


def _money(body: Mapping[str, Any], field: str) -> Decimal | None:
    value = body.get(field)
    return None if value is None else Decimal(value)
