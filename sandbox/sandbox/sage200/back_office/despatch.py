"""Despatching what an order has allocated, with courier and consignment number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sandbox.sage200.back_office.note import Moved, write_note
from sandbox.sage200.back_office.orders import live_document
from sandbox.sage200.back_office.stock import Movement, move_stock
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.schema.movements import MovementType

if TYPE_CHECKING:
    from decimal import Decimal

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.stored import StoredOrder

_ALLOCATED = """
    select
        a."SOPAllocationLineID", a."SOPOrderReturnLineID", a."AllocationID", b."BinItemID",
        b."AllocatedQuantity"
    from dbo."SOPAllocationLine" a
    join dbo."AllocationBalance" b using ("AllocationID")
    join dbo."SOPOrderReturnLine" l using ("SOPOrderReturnLineID")
    where l."SOPOrderReturnID" = %s and a."AllocatedQuantity" > a."DespatchedQuantity"
    order by b."WarehouseID", b."ItemID", b."BinItemID"
"""
_TRADER_AND_PRICE = """
    select
        c."CustomerAccountNumber", c."CustomerAccountName",
        l."UnitSellingPrice" - l."UnitDiscountValue"
    from dbo."SOPOrderReturnLine" l
    join dbo."SOPOrderReturn" o using ("SOPOrderReturnID")
    join dbo."SLCustomerAccount" c on c."SLCustomerAccountID" = o."CustomerID"
    where l."SOPOrderReturnLineID" = %s
"""


class _Allocated(NamedTuple):
    """Allocated stock of a line in one bin."""

    row_id: int
    line_id: int
    allocation_id: int
    bin_id: int
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
    order = live_document(connection, Kind.ORDER, document_no)
    allocated = [_Allocated(*row) for row in connection.execute(_ALLOCATED, (order.id,))]
    if not allocated:
        raise Refusal(f"{order.name} has nothing allocated to despatch.")
    moved = [Moved(part.line_id, part.bin_id, part.quantity) for part in allocated]
    note = write_note(connection, office, order, moved)
    for row in allocated:
        _take_off(connection, row)
    if stock_leaves_on_despatch(connection):
        for part in moved:
            move_line(connection, office, order, part, note.number)
    _add_courier(connection, office, note.id, courier, consignment_no)
    return note.number


def stock_leaves_on_despatch(connection: psycopg.Connection) -> bool:
    """Whether stock leaves on despatch; on posting the invoice otherwise."""
    found = connection.execute('select "UpdateStockOnDespatch" from dbo."SOPSetting"').fetchone()
    return found == (1,)


def move_line(
    connection: psycopg.Connection, office: Office, document: StoredOrder, part: Moved, note: str
) -> None:
    """Move the stock of a line: out for an order, in for a return."""
    is_order = document.kind is Kind.ORDER
    number, name, price = connection.execute(_TRADER_AND_PRICE, (part.line_id,)).fetchone() or (
        "",
        "",
        0,
    )
    movement = Movement(
        MovementType.SALES_DESPATCH if is_order else MovementType.SALES_RETURN,
        part.bin_id,
        part.quantity,
        note,
        document.document_no,
        (number, name),
        price,
    )
    move_stock(connection, office, movement)


def _take_off(connection: psycopg.Connection, part: _Allocated) -> None:
    connection.execute(
        'update dbo."SOPAllocationLine" set "DespatchedQuantity" = "AllocatedQuantity",'
        ' "StockUnitDespatchedQuantity" = "StockUnitAllocatedQuantity"'
        ' where "SOPAllocationLineID" = %s',
        (part.row_id,),
    )
    connection.execute(
        'delete from dbo."AllocationBalance" where "AllocationID" = %s', (part.allocation_id,)
    )


def _add_courier(
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
