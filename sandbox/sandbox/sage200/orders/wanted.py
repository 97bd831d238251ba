"""What a request asks for: the checked body of an order, read into fields with types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.sage200.orders.line_rules import LineType, line_type
from sandbox.sage200.schema.enums import enum_id

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = str | int | Decimal | datetime | None
_SQL_SPARE_SLOTS = 3


@dataclass(frozen=True)
class WantedLine:
    """A line as it was asked for; what was not sent is None.

    Attributes:
        path: Its place in the body, for sentences.
        sent: Names of the fields that were sent.
        columns: Fields that are stored as sent, by column.
    """

    path: str
    sent: Mapping[str, Any]
    columns: Mapping[str, Value]
    id: int | None
    kind: LineType
    to_delete: bool

    def decimal(self, name: str) -> Decimal | None:
        """Return a number that was sent."""
        value = self.sent.get(name)
        return None if value is None else Decimal(value)

    def number(self, name: str) -> int | None:
        """Return a whole number (an id) that was sent."""
        value = self.sent.get(name)
        return None if value is None else int(value)

    def text(self, name: str) -> str | None:
        """Return a text that was sent."""
        value = self.sent.get(name)
        return None if value is None else str(value)

    @property
    def sends_discount(self) -> bool:
        """Whether a line discount was sent that is not zero."""
        return any(self.sent.get(n) for n in ("unit_discount_value", "unit_discount_percent"))


@dataclass(frozen=True)
class WantedOrder:
    """An order as it was asked for."""

    sent: Mapping[str, Any]
    columns: Mapping[str, Value]
    lines: tuple[WantedLine, ...]

    def flag(self, name: str) -> bool:
        """Whether a switch was sent as true."""
        return bool(self.sent.get(name, False))

    def decimal(self, name: str) -> Decimal | None:
        """Return a number that was sent."""
        value = self.sent.get(name)
        return None if value is None else Decimal(value)

    def day(self, name: str) -> datetime | None:
        """Return a date that was sent, in UTC."""
        value = self.sent.get(name)
        return None if value is None else parse_stamp(value)


def parse_stamp(text: str) -> datetime:
    """Read a stamp of the API; without a zone it is UTC."""
    head, dot, tail = text.replace("Z", "+00:00").partition(".")
    if dot:
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        text = f"{head}.{digits[:6]:0<6}{tail[len(digits) :]}"
    else:
        text = head
    read = datetime.fromisoformat(text)
    if read.tzinfo is not None:
        read = read.astimezone(timezone.utc).replace(tzinfo=None)
    return read


def read_order(body: Mapping[str, Any]) -> WantedOrder:
    """Read the body of an order that has passed the contract's check."""
    lines = tuple(
        _read_line(line, f"lines[{number}]") for number, line in enumerate(body.get("lines", ()))
    )
    return WantedOrder(sent=body, columns=_columns(body, _HEADER_COLUMNS), lines=lines)


def _read_line(sent: Mapping[str, Any], path: str) -> WantedLine:
    columns = _columns(sent, _LINE_COLUMNS)
    for name, (column, enum) in _LINE_WORDS.items():
        if name in sent:
            columns[column] = enum_id(enum, sent[name])
    kind = line_type(sent["line_type"]) if "line_type" in sent else LineType.STANDARD
    return WantedLine(
        path=path,
        sent=sent,
        columns=columns,
        id=sent.get("id"),
        kind=kind,
        to_delete=bool(sent.get("is_to_delete", False)),
    )


def _columns(sent: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Value]:
    columns: dict[str, Value] = {}
    for name, column in {**names, **_SLOTS}.items():
        if name in sent:
            columns[column] = _stored(name, sent[name])
    return columns


def _stored(name: str, value: Any) -> Value:
    if isinstance(value, bool):
        return int(value)
    if name.endswith("_date") or name.startswith("spare_date_"):
        return parse_stamp(value)
    stored: Value = value
    return stored


_HEADER_COLUMNS = {
    "customer_document_no": "CustomerDocumentNo",
    "requested_delivery_date": "RequestedDeliveryDate",
    "promised_delivery_date": "PromisedDeliveryDate",
    "settlement_discount_days": "SettlementDiscountDays",
    "settlement_discount_percent": "SettlementDiscPercent",
    "document_discount_percent": "DocumentDiscountPercent",
    "order_priority": "Priority",
    "is_triangulated": "TriangularTransaction",
    "invoice_payment_with_order_immediately": "InvoicePaymentImmediately",
}
_LINE_COLUMNS = {
    "requested_delivery_date": "RequestedDeliveryDate",
    "promised_delivery_date": "PromisedDeliveryDate",
    "picking_list_comment": "PickingListComment",
    "despatch_note_comment": "DespatchNoteComment",
    "show_on_customer_docs": "ShowOnCustomerDocs",
    "cost_price": "CostPrice",
    "selling_unit_description": "SellingUnitDescription",
}
_LINE_WORDS = {
    "confirmation_intent_type": ("ConfirmationIntentTypeID", "confirmation_intent_types"),
    "show_on_picking_list_type": ("ShowOnPickingListTypeID", "sop_show_on_picking_list_types"),
    "fulfilment_method": ("SOPOrderFulfilmentMethodID", "fulfilment_method_types"),
}
_SLOTS = {f"analysis_code_{n}": f"AnalysisCode{n}" for n in range(1, 21)} | {
    f"spare_{name}_{n}": f"Spare{column}{n}"
    for name, column in (("text", "Text"), ("number", "Number"), ("date", "Date"), ("bool", "Bit"))
    for n in range(1, _SQL_SPARE_SLOTS + 1)
}
