"""Changes of orders that are in Sage 200: cancelling them, sending them elsewhere.

A ``PUT`` sets a state, so doing it twice does no harm; it is handled like a ``POST`` all the same:
the row says ``in_flight`` first, and in doubt the order is read before anything is sent again.
Sage's API has no documented way to cancel an order; its lines are deleted, which releases the
stock and leaves an order of nothing.
"""

from __future__ import annotations

import abc
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from target_sage200.sage_documents import FoundDocument, NotPossible, folded
from target_sage200.sage_orders import CANCELLED, SOP_ORDERS, found_order
from target_sage200.sage_reading import read_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outbox import Row
    from sage200_client.client import Sage200Client
    from sage200_client.outcomes import Done, Outcome

    from target_sage200.sage_documents import Permit

CANCELLATION = "cancellation"
ADDRESS_CHANGE = "address_change"
DONE_WITH = ("EnumDocumentStatusComplete", CANCELLED)
ADDRESS_FIELDS = frozenset(
    (
        "postal_name",
        "address_1",
        "address_2",
        "address_3",
        "address_4",
        "city",
        "county",
        "postcode",
        "country",
        "contact",
        "telephone_number",
        "email_address",
        "tax_number",
    )
)
"""What the mapping may send; anything else on the address in Sage is none of its business."""


class OrderChange(abc.ABC):
    """What both kinds of change have in common: the order they are about."""

    resource = SOP_ORDERS
    noun = "order"
    at_once = 1
    too_late: ClassVar[str]
    """Cause where something of the order has left already."""

    @abc.abstractmethod
    def is_done(self, row: Row, order: Mapping[str, Any] | None) -> bool:
        """Whether the order is as it should be; ``None`` is an order that is gone."""

    @abc.abstractmethod
    def body(self, row: Row, order: Mapping[str, Any]) -> dict[str, Any]:
        """What the ``PUT`` sends."""

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """The orders of these rows that are already as they should be."""
        read = [(row, _read_order(client, row)) for row in rows]
        return [_as_found(row, order) for row, order in read if self.is_done(row, order)]

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """The order this row is about; several changes of one order find it more than once."""
        return [order for order in found if order.id == _order_id(row)][:1]

    def find_accepted(self, client: Sage200Client, row: Row) -> list[FoundDocument]:
        """The order as it is after the change that Sage took, where that tells how it went."""
        shown = self._shown(row, _read_order(client, row))
        return [shown] if isinstance(shown, FoundDocument) else []

    def send(self, client: Sage200Client, row: Row, permit: Permit) -> Outcome | NotPossible:
        """Look at the order, and change it where that is still possible."""
        order = _read_order(client, row)
        if order is None:
            return NotPossible("missing_in_sage", f"{_name(row)} is not in Sage 200 any more.")
        if _has_left(order):
            return NotPossible(
                self.too_late,
                f"{_name(row)} is despatched, invoiced or completed in Sage 200, in part at"
                f" least: {row.source_document['sentence']}",
            )
        return client.put(
            SOP_ORDERS,
            _order_id(row),
            self.body(row, order),
            observe=permit.observe,
            may_leave=permit.may_leave,
        )

    def read(self, row: Row, answer: Done) -> FoundDocument | NotPossible | None:
        """The order after the change; ``None`` where the answer does not show it."""
        return self._shown(row, answer.body) if isinstance(answer.body, dict) else None

    def _shown(
        self, row: Row, order: Mapping[str, Any] | None
    ) -> FoundDocument | NotPossible | None:
        if self.is_done(row, order):
            return _as_found(row, order)
        return None if order is None else self.not_as_wanted(row, order)

    @abc.abstractmethod
    def not_as_wanted(self, row: Row, order: Mapping[str, Any]) -> FoundDocument | NotPossible:
        """What it means that Sage took the change and shows something else."""


class Cancellation(OrderChange):
    """All lines of an order deleted: nothing is allocated, sold or charged any more."""

    too_late = "cancelled_after_despatch"

    @override
    def is_done(self, row: Row, order: Mapping[str, Any] | None) -> bool:
        if order is None or order.get("document_status") == CANCELLED:
            return True
        return not order.get("lines") and not Decimal(order.get("total_gross_value") or 0)

    @override
    def body(self, row: Row, order: Mapping[str, Any]) -> dict[str, Any]:
        lines = order.get("lines") or ()
        return {"lines": [{"id": line["id"], "is_to_delete": True} for line in lines]}

    @override
    def not_as_wanted(self, row: Row, order: Mapping[str, Any]) -> NotPossible:
        # Never recorded as done: the order that replaces it would be sent, and goods leave twice.
        return NotPossible(
            "cancellation_without_effect",
            f"{_name(row)}: Sage 200 took its cancellation, but order {order.get('document_no')}"
            f" still has {len(order.get('lines') or ())} lines and {order.get('total_gross_value')}"
            " gross there.",
        )


class AddressChange(OrderChange):
    """Another delivery address on an order of which nothing has left."""

    too_late = "address_after_despatch"

    @override
    def is_done(self, row: Row, order: Mapping[str, Any] | None) -> bool:
        if order is None:
            return False
        there = order.get("delivery_address") or {}
        wanted = row.source_document["address"]
        return not _differences(wanted, there)

    @override
    def body(self, row: Row, order: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "use_invoice_address": False,
            "delivery_address": dict(row.source_document["address"]),
        }

    @override
    def not_as_wanted(self, row: Row, order: Mapping[str, Any]) -> FoundDocument:
        wanted, there = row.source_document["address"], order.get("delivery_address") or {}
        shown = "; ".join(
            f"{name} is {there.get(name) or ''!r} instead of {wanted.get(name, '')!r}"
            for name in _differences(wanted, there)
        )
        text = f"{_name(row)}: Sage 200 took the new delivery address and shows it otherwise: "
        return replace(found_order(order), differs=f"{text}{shown}.")


def _differences(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """Fields that differ as people read them; Sage upper-cases postcodes, for instance."""
    names = {*wanted, *(set(there) & ADDRESS_FIELDS)}
    return sorted(name for name in names if folded(there.get(name)) != folded(wanted.get(name)))


def _read_order(client: Sage200Client, row: Row) -> Mapping[str, Any] | None:
    return read_record(client, SOP_ORDERS, _order_id(row))


def _order_id(row: Row) -> int:
    return int(row.source_document["sop_order_id"])


def _name(row: Row) -> str:
    return f"Order {row.group_key}"


def _has_left(order: Mapping[str, Any]) -> bool:
    """Whether goods of the order have left, or any of it is invoiced."""
    if order.get("document_status") in DONE_WITH:
        return True
    return any(
        Decimal(line.get(name) or 0) > 0
        for line in order.get("lines") or ()
        for name in ("despatch_receipt_quantity", "invoice_credit_quantity")
    )


def _as_found(row: Row, order: Mapping[str, Any] | None) -> FoundDocument:
    if order is not None:
        return found_order(order)
    return FoundDocument(
        id=_order_id(row),
        document_no=str(row.source_document.get("document_no") or ""),
        customer_id=None,
        number=row.group_key,
        net=None,
        tax=None,
        gross=None,
        held=False,
        is_draft=False,
        as_sent={},
    )
