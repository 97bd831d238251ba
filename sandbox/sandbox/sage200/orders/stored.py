"""Orders and lines as they are stored, for what changes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.sage200.orders.line_rules import LineType
from sandbox.sage200.orders.wanted import WantedLine, read_order
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg


_EXISTING_LINE = """
    select
        l."LineTypeID" as kind, k."ItemID" as product_id, h."WarehouseID" as warehouse_id,
        l."ItemCode" as code, l."ItemDescription" as description,
        l."UseDescription" = 1 as use_description, l."LineQuantity" as line_quantity,
        l."UnitSellingPrice" as selling_unit_price, l."UnitDiscountValue" as unit_discount_value,
        l."UnitDiscountPercent" as unit_discount_percent,
        l."DiscountPercentSpecified" = 1 as discount_percent_specified,
        l."TaxCodeID" as tax_code_id, l."AllocatedQuantity" as to_allocate_quantity,
        l."DespatchReceiptQuantity" as despatched, l."InvoiceCreditQuantity" as invoiced
    from dbo."SOPOrderReturnLine" l
    left join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")
    left join dbo."WarehouseItem" h on h."WarehouseItemID" = k."WarehouseItemID"
    where l."SOPOrderReturnLineID" = %s and l."SOPOrderReturnID" = %s
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
    document_no: str
    status: int
    customer_id: int
    document_date: datetime
    discount_percent: Decimal
    gross: Decimal


def load_order(connection: psycopg.Connection, order_id: int) -> StoredOrder:
    """Return an order, locked until the transaction ends.

    Raises:
        Refusal: There is no such order.
    """
    found = connection.execute(
        'select "SOPOrderReturnID", "DocumentNo", "DocumentStatusID", "CustomerID",'
        ' "DocumentDate", "DocumentDiscountPercent", "TotalGrossValue"'
        ' from dbo."SOPOrderReturn" where "SOPOrderReturnID" = %s and "DocumentTypeID" = 0'
        " for update",
        (order_id,),
    ).fetchone()
    if found is None:
        raise Refusal(f"There is no sales order {order_id}.", status=404)
    return StoredOrder(*found)


def changed_line(
    connection: psycopg.Connection, order: StoredOrder, line: WantedLine
) -> WantedLine:
    """Return the stored line with the sent fields laid over it.

    Raises:
        Refusal: The order has no such line, or it is despatched or invoiced.
    """
    cursor = connection.execute(_EXISTING_LINE, (line.id, order.id))
    row = cursor.fetchone()
    if row is None or cursor.description is None:
        raise Refusal(
            f"The field '{line.path}.id' is invalid: order '{order.document_no}' has no line "
            f"{line.id}."
        )
    stored: dict[str, Any] = dict(zip((c.name for c in cursor.description), row, strict=True))
    if stored["despatched"] or stored["invoiced"]:
        raise Refusal(
            f"Line {line.id} ('{line.path}') is despatched or invoiced and cannot be changed."
        )
    if line.sent.get("product_id", stored["product_id"]) != stored["product_id"]:
        # another product brings its own price and text
        stored |= {"selling_unit_price": None, "description": None, "to_allocate_quantity": None}
    kept = {name: stored[name] for name in _NAMES if stored[name] is not None}
    if stored["kind"] == LineType.CHARGE:
        for name in ("line_quantity", "to_allocate_quantity", "discount_percent_specified"):
            kept.pop(name, None)
    if "line_quantity" in line.sent and "to_allocate_quantity" in kept:
        kept["to_allocate_quantity"] = min(
            kept["to_allocate_quantity"], Decimal(line.sent["line_quantity"])
        )
    sent = {"line_type": _LINE_WORDS[stored["kind"]], **kept, **line.sent}
    merged = read_order({"lines": [sent]}).lines[0]
    return replace(merged, path=line.path, columns=line.columns)
