"""Orders and lines as they are stored, for what changes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.line_rules import LineType
from sandbox.sage200.orders.wanted import WantedLine, read_order
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg


_STORED_LINES = """
    select
        l."LineTypeID" as kind, k."ItemID" as product_id, h."WarehouseID" as warehouse_id,
        l."ItemCode" as code, l."ItemDescription" as description,
        l."UseDescription" = 1 as use_description, l."LineQuantity" as line_quantity,
        l."UnitSellingPrice" as selling_unit_price, l."UnitDiscountValue" as unit_discount_value,
        l."UnitDiscountPercent" as unit_discount_percent,
        l."DiscountPercentSpecified" = 1 as discount_percent_specified,
        l."TaxCodeID" as tax_code_id, l."AllocatedQuantity" as to_allocate_quantity,
        nullif(l."NominalAccountRef", '') as nominal_reference,
        l."NominalCostCentre" as nominal_cost_centre,
        l."NominalDepartment" as nominal_department,
        l."DespatchReceiptQuantity" as despatched, l."InvoiceCreditQuantity" as invoiced
    from dbo."SOPOrderReturnLine" l
    left join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")
    left join dbo."WarehouseItem" h on h."WarehouseItemID" = k."WarehouseItemID"
"""
_EXISTING_LINE = f"""
    {_STORED_LINES} where l."SOPOrderReturnLineID" = %s and l."SOPOrderReturnID" = %s
"""
_LINES_OF_DOCUMENT = f"""
    {_STORED_LINES} where l."SOPOrderReturnID" = %s
    order by l."PrintSequenceNumber", l."SOPOrderReturnLineID"
"""
_NAMES = (
    "product_id",
    "warehouse_id",
    "code",
    "description",
    "use_description",
    "line_quantity",
    "selling_unit_price",
    "unit_discount_value",
    "unit_discount_percent",
    "discount_percent_specified",
    "tax_code_id",
    "to_allocate_quantity",
)
_NOMINAL = ("nominal_reference", "nominal_cost_centre", "nominal_department")
_NOT_OF_CHARGES = ("line_quantity", "to_allocate_quantity", "discount_percent_specified")
_PRICES = (
    "selling_unit_price",
    "unit_discount_value",
    "unit_discount_percent",
    "discount_percent_specified",
)
_LINE_WORDS = (
    "EnumLineTypeStandard",
    "EnumLineTypeFreeText",
    "EnumLineTypeCharge",
    "EnumLineTypeComment",
)


@dataclass(frozen=True)
class StoredOrder:
    """The header as it is stored."""

    id: int
    kind: Kind
    document_no: str
    status: int
    customer_id: int
    document_date: datetime
    discount_percent: Decimal
    gross: Decimal

    @property
    def name(self) -> str:
        """Return it as sentences begin with it, e.g. ``Sales order '0000000012'``."""
        return f"{self.kind.word.capitalize()} '{self.document_no}'"


def load_order(
    connection: psycopg.Connection, order_id: int, kind: Kind = Kind.ORDER
) -> StoredOrder:
    """Return an order (or a return), locked until the transaction ends.

    Raises:
        Refusal: There is no such document.
    """
    found = connection.execute(
        'select "SOPOrderReturnID", "DocumentNo", "DocumentStatusID", "CustomerID",'
        ' "DocumentDate", "DocumentDiscountPercent", "TotalGrossValue"'
        ' from dbo."SOPOrderReturn" where "SOPOrderReturnID" = %s and "DocumentTypeID" = %s'
        " for update",
        (order_id, kind),
    ).fetchone()
    if found is None:
        raise Refusal(f"There is no {kind.word} {order_id}.", status=404)
    document_id, *rest = found
    return StoredOrder(document_id, kind, *rest)


def copied_lines(
    connection: psycopg.Connection, order: StoredOrder, *, with_prices: bool
) -> list[dict[str, Any]]:
    """Return the lines of a document as they would be sent to make it again.

    Args:
        connection: The transaction.
        order: The document.
        with_prices: Whether products keep price and discount; free text and charges always do.
    """
    copied = []
    with connection.cursor(row_factory=dict_row) as cursor:
        for stored in cursor.execute(_LINES_OF_DOCUMENT, (order.id,)).fetchall():
            line = _as_sent(stored) | {name: stored[name] for name in _NOMINAL if stored[name]}
            line.pop("to_allocate_quantity", None)
            if stored["kind"] == LineType.STANDARD and not with_prices:
                line = {name: value for name, value in line.items() if name not in _PRICES}
            copied.append(line)
    return copied


def _as_sent(stored: dict[str, Any]) -> dict[str, Any]:
    kept = {name: stored[name] for name in _NAMES if stored[name] is not None}
    if stored["kind"] == LineType.CHARGE:
        kept = {name: value for name, value in kept.items() if name not in _NOT_OF_CHARGES}
    return {"line_type": _LINE_WORDS[stored["kind"]], **kept}


def changed_line(
    connection: psycopg.Connection, order: StoredOrder, line: WantedLine
) -> WantedLine:
    """Return the stored line with the sent fields laid over it.

    Raises:
        Refusal: The document has no such line, or it is despatched, received or invoiced.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        stored = cursor.execute(_EXISTING_LINE, (line.id, order.id)).fetchone()
    if stored is None:
        raise Refusal(
            f"The field '{line.path}.id' is invalid: {order.kind.word} '{order.document_no}' has "
            f"no line {line.id}."
        )
    if stored["despatched"] or stored["invoiced"]:
        done = "despatched or invoiced" if order.kind is Kind.ORDER else "received or credited"
        raise Refusal(f"Line {line.id} ('{line.path}') is {done} and cannot be changed.")
    if line.sent.get("product_id", stored["product_id"]) != stored["product_id"]:
        # another product brings its own price and text
        stored |= {"selling_unit_price": None, "description": None, "to_allocate_quantity": None}
    kept = _as_sent(stored)
    if "line_quantity" in line.sent and "to_allocate_quantity" in kept:
        kept["to_allocate_quantity"] = min(
            kept["to_allocate_quantity"], Decimal(line.sent["line_quantity"])
        )
    merged = read_order({"lines": [{**kept, **line.sent}]}).lines[0]
    return replace(merged, path=line.path, columns=line.columns)
