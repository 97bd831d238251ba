"""Goods that arrive from a supplier: stock rises, and what is on purchase order falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.back_office.stock import Movement, lock_holdings, move_stock
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.schema.movements import MovementType

if TYPE_CHECKING:
    from decimal import Decimal

    import psycopg

    from sandbox.sage200.orders.post import Office

_HOLDING = """
    select h."WarehouseItemID", b."BinItemID"
    from dbo."StockItem" i
    join dbo."WarehouseItem" h using ("ItemID")
    join dbo."Warehouse" w using ("WarehouseID")
    join dbo."BinItem" b using ("WarehouseItemID")
    where lower(i."Code") = lower(%(code)s)
    and (
        lower(w."Name") = lower(%(warehouse)s)
        or (%(warehouse)s = '' and w."UseForSalesTrading" = 1 and w."WarehouseTypeID" = 0)
    )
    order by h."WarehouseID", b."AllocationPriority", b."BinItemID"
    limit 1
"""
_LEVELS = """
    update dbo."WarehouseItem"
    set "QuantityOnPOPOrder" = greatest("QuantityOnPOPOrder" - %s, 0)
    where "WarehouseItemID" = %s
"""


def receive_goods(
    connection: psycopg.Connection,
    office: Office,
    code: str,
    quantity: Decimal,
    warehouse: str = "",
    cost: Decimal | None = None,
    reference: str = "",
) -> str:
    """Take goods into stock and return the reference of their movement.

    Args:
        connection: The transaction.
        office: Who takes them in.
        code: Stock code of the product.
        quantity: In stock units.
        warehouse: Name of the warehouse; the first that sells where there is none.
        cost: What a unit costs; the standard cost where there is none.
        reference: Number of the delivery; one is made up where there is none.

    Raises:
        Refusal: The quantity or cost is below zero, or the warehouse does not keep the product.
    """
    if quantity <= 0:
        raise Refusal(f"The quantity received must be above 0, not {quantity}.")
    if cost is not None and cost < 0:
        raise Refusal(f"The cost must not be below 0, as {cost} is.")
    found = connection.execute(_HOLDING, {"code": code, "warehouse": warehouse}).fetchone()
    if found is None:
        where = f"warehouse '{warehouse}'" if warehouse else "a warehouse that sells"
        raise Refusal(f"Product '{code}' is not kept in {where}.")
    holding_id, bin_id = found
    lock_holdings(connection, [holding_id])
    note = reference or f"GRN{office.counter.next('SOPDespatchReceipt'):07d}"
    movement = Movement(MovementType.GOODS_RECEIVED, bin_id, quantity, note, cost=cost)
    move_stock(connection, office, movement)
    connection.execute(_LEVELS, (quantity, holding_id))
    if cost is not None:
        connection.execute(
            'update dbo."BinItem" set "LastCostPrice" = %s where "BinItemID" = %s', (cost, bin_id)
        )
    return note
