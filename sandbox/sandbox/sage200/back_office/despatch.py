"""Despatching what an order has allocated, with courier and consignment number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sandbox.sage200.back_office.orders import live_order
from sandbox.sage200.orders.store import insert, refresh_progress
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from decimal import Decimal

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.wanted import Value

_NUMBER_LENGTH = 10
_ALLOCATED = """
    select
        a."SOPAllocationLineID", a."SOPOrderReturnLineID", a."AllocationID", b."BinItemID",
        b."ItemID", b."WarehouseID", b."AllocatedQuantity"
    from dbo."SOPAllocationLine" a
    join dbo."AllocationBalance" b using ("AllocationID")
    join dbo."SOPOrderReturnLine" l using ("SOPOrderReturnLineID")
    where l."SOPOrderReturnID" = %s and a."AllocatedQuantity" > a."DespatchedQuantity"
    order by b."WarehouseID", b."ItemID", b."BinItemID"
"""
_STATUS = """
    update dbo."SOPOrderReturn" o
    set "DespatchReceiptStatusID" = case when s.despatched = 0 then 0 when s.open then 1 else 2 end
    from (
        select
            sum(l."DespatchReceiptQuantity") as despatched,
            bool_or(l."DespatchReceiptQuantity" < l."LineQuantity") as open
        from dbo."SOPOrderReturnLine" l
        join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")
        where l."SOPOrderReturnID" = %(id)s and k."WarehouseItemID" is not null
    ) s
    where o."SOPOrderReturnID" = %(id)s
"""


class _Allocated(NamedTuple):
    """Allocated stock of a line in one bin."""

    row_id: int
    line_id: int
    allocation_id: int
    bin_id: int
    item_id: int
    warehouse_id: int
    quantity: Decimal


def despatch_order(
    connection: psycopg.Connection,
    office: Office,
    document_no: str,
    courier: str = "",
    consignment_no: str = "",
) -> str:
    """Despatch everything that is allocated to an order; return the despatch note's number.

    Stock leaves now, or when the invoice is posted, as the setting says.

    Raises:
        Refusal: The order cannot be worked on, or nothing is allocated.
    """
    order = live_order(connection, document_no)
    allocated = [_Allocated(*row) for row in connection.execute(_ALLOCATED, (order.id,))]
    if not allocated:
        raise Refusal(f"Sales order '{order.document_no}' has nothing allocated to despatch.")
    despatch_id = office.counter.next("SOPDespatchReceipt")
    number = f"{despatch_id:0{_NUMBER_LENGTH}d}"
    header: dict[str, Value] = {
        "SOPDespatchReceiptID": despatch_id,
        "DocumentNo": number,
        "UserID": office.user.number,
        "UserName": office.user.name,
        "SOPOrderID": order.id,
    }
    insert(connection, "SOPDespatchReceipt", [header])
    lines: list[dict[str, Value]] = [
        {
            "SOPDespatchReceiptLineID": office.counter.next("SOPDespatchReceiptLine"),
            "SOPDespatchReceiptID": despatch_id,
            "SOPOrderReturnLineID": part.line_id,
            "DespatchReceiptNo": number,
            "OrderReturnNo": order.document_no,
            "BinItemID": part.bin_id,
            "UserID": office.user.number,
            "UserName": office.user.name,
            "DespatchReceiptQuantity": part.quantity,
            "StockUnitDespRcptQuantity": part.quantity,
        }
        for part in allocated
    ]
    insert(connection, "SOPDespatchReceiptLine", lines)
    on_despatch = stock_leaves_on_despatch(connection)
    for part in allocated:
        _despatch(connection, part)
        if on_despatch:
            issue_stock(connection, part.bin_id, part.quantity)
    _note(connection, office, despatch_id, courier, consignment_no)
    connection.execute(_STATUS, {"id": order.id})
    refresh_progress(connection, order.id)
    return number


def stock_leaves_on_despatch(connection: psycopg.Connection) -> bool:
    """Whether stock leaves on despatch; on posting the invoice otherwise."""
    found = connection.execute('select "UpdateStockOnDespatch" from dbo."SOPSetting"').fetchone()
    return found == (1,)


def issue_stock(connection: psycopg.Connection, bin_id: int, quantity: Decimal) -> None:
    """Take allocated stock out of a bin; free stock stays as it is."""
    values = {"q": quantity, "bin": bin_id}
    connection.execute(
        'update dbo."WarehouseItem" h set "ConfirmedQtyInStock" = h."ConfirmedQtyInStock" - %(q)s,'
        ' "QuantityAllocatedSOP" = h."QuantityAllocatedSOP" - %(q)s,'
        ' "DateOfLastSale" = dbo.utc_now()'
        ' from dbo."BinItem" b'
        ' where b."WarehouseItemID" = h."WarehouseItemID" and b."BinItemID" = %(bin)s',
        values,
    )
    connection.execute(
        'update dbo."BinItem" set "ConfirmedQtyInStock" = "ConfirmedQtyInStock" - %(q)s,'
        ' "QuantityAllocatedSOP" = "QuantityAllocatedSOP" - %(q)s where "BinItemID" = %(bin)s',
        values,
    )


def _despatch(connection: psycopg.Connection, part: _Allocated) -> None:
    connection.execute(
        'update dbo."SOPAllocationLine" set "DespatchedQuantity" = "AllocatedQuantity",'
        ' "StockUnitDespatchedQuantity" = "StockUnitAllocatedQuantity"'
        ' where "SOPAllocationLineID" = %s',
        (part.row_id,),
    )
    connection.execute(
        'delete from dbo."AllocationBalance" where "AllocationID" = %s', (part.allocation_id,)
    )
    connection.execute(
        'update dbo."SOPOrderReturnLine" set'
        ' "DespatchReceiptQuantity" = "DespatchReceiptQuantity" + %(q)s,'
        ' "StockUnitDespRcptQuantity" = "StockUnitDespRcptQuantity" + %(q)s,'
        ' "AvailableForDespatch" = "AvailableForDespatch" - %(q)s,'
        ' "StockUnitAvailableForDespatch" = "StockUnitAvailableForDespatch" - %(q)s'
        ' where "SOPOrderReturnLineID" = %(id)s',
        {"q": part.quantity, "id": part.line_id},
    )


def _note(
    connection: psycopg.Connection,
    office: Office,
    despatch_id: int,
    courier: str,
    consignment_no: str,
) -> None:
    courier_id = None
    if courier:
        found = connection.execute(
            "insert into stand_in.courier (courier_id, name) values (%s, %s)"
            " on conflict (name) do update set name = excluded.name returning courier_id",
            (office.counter.next("SLAccountMemo"), courier),
        ).fetchone()
        courier_id = found[0] if found else None
    connection.execute(
        "insert into stand_in.despatch_note values (%s, %s, %s)",
        (despatch_id, courier_id, consignment_no),
    )
