"""Stock that comes in or goes out: levels of warehouse, bin and product, and the movement's row.

The cost of what moves is not posted to the nominal ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.orders.store import insert
from sandbox.sage200.schema.enums import enum_id
from sandbox.sage200.schema.movements import MovementType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.wanted import Value

_AREA = {
    MovementType.GOODS_RECEIVED: enum_id("source_area_types", "EnumSourceAreaTypePOP"),
    MovementType.SALES_RETURN: enum_id("source_area_types", "EnumSourceAreaTypeSOP"),
    MovementType.SALES_DESPATCH: enum_id("source_area_types", "EnumSourceAreaTypeSOP"),
}
_HOLDING_LEVELS = """
    update dbo."WarehouseItem"
    set
        "ConfirmedQtyInStock" = "ConfirmedQtyInStock" + %s,
        "QuantityAllocatedSOP" = "QuantityAllocatedSOP" - %s
    where "WarehouseItemID" = %s
"""
_BIN_LEVELS = """
    update dbo."BinItem"
    set
        "ConfirmedQtyInStock" = "ConfirmedQtyInStock" + %s,
        "QuantityAllocatedSOP" = "QuantityAllocatedSOP" - %s
    where "BinItemID" = %s
"""
_BIN = """
    select
        b."BinName", i."ItemID", i."StandardCost", w."Name", h."WarehouseItemID"
    from dbo."BinItem" b
    join dbo."WarehouseItem" h using ("WarehouseItemID")
    join dbo."Warehouse" w using ("WarehouseID")
    join dbo."StockItem" i on i."ItemID" = h."ItemID"
    where b."BinItemID" = %s
"""


@dataclass(frozen=True)
class Movement:
    """Stock that comes in or goes out.

    Attributes:
        quantity: In stock units, above zero whatever the direction.
        trader: Account number and name of whom it goes to or comes from.
        reference: Number of the note it is moved by.
        second_reference: Number of the document behind it.
        price: What a unit is sold for.
        cost: What a unit costs; the standard cost where there is none.
    """

    type: MovementType
    bin_id: int
    quantity: Decimal
    reference: str
    second_reference: str = ""
    trader: tuple[str, str] = ("", "")
    price: Decimal = Decimal(0)
    cost: Decimal | None = None
    date: datetime | None = None


def lock_holdings(connection: psycopg.Connection, holding_ids: Iterable[int]) -> None:
    """Lock holdings in the order of their ids, as allocation does, until the transaction ends."""
    connection.execute(
        'select from dbo."WarehouseItem" where "WarehouseItemID" = any(%s)'
        ' order by "WarehouseItemID" for update',
        (sorted(set(holding_ids)),),
    )


def move_stock(connection: psycopg.Connection, office: Office, movement: Movement) -> None:
    """Move stock and write it to the history.

    What goes out was allocated, so that free stock stays as it is; what comes in is free.
    """
    found = connection.execute(_BIN, (movement.bin_id,)).fetchone()
    if found is None:
        raise LookupError(f"There is no bin {movement.bin_id}.")
    bin_name, item_id, standard_cost, warehouse, holding_id = found
    out = movement.type.sign < 0
    moved = movement.type.sign * movement.quantity
    released = movement.quantity if out else Decimal(0)
    for statement, key in ((_HOLDING_LEVELS, holding_id), (_BIN_LEVELS, movement.bin_id)):
        connection.execute(statement, (moved, released, key))
    if out:
        connection.execute(
            'update dbo."WarehouseItem" set "DateOfLastSale" = dbo.utc_now()'
            ' where "WarehouseItemID" = %s',
            (holding_id,),
        )
    else:
        connection.execute(
            'update dbo."StockItem" set "FreeStockQuantity" = "FreeStockQuantity" + %s'
            ' where "ItemID" = %s',
            (movement.quantity, item_id),
        )
    cost = standard_cost if movement.cost is None else movement.cost
    row: dict[str, Value] = {
        "TransactionHistoryID": office.counter.next("TransactionHistory"),
        "ItemID": item_id,
        "TransactionTypeID": movement.type,
        "Quantity": movement.quantity,
        "SourceAreaTypeID": _AREA[movement.type],
        "SourceAreaReference": movement.trader[0],
        "SourceAreaName": movement.trader[1][:20],
        "Reference": movement.reference,
        "SecondReference": movement.second_reference,
        "WarehouseName": warehouse,
        "BinName": bin_name,
        "UnitCostPrice": cost,
        "CostValue": cost * movement.quantity,
        "UnitIssuePrice": movement.price,
        "IssueValue": movement.price * movement.quantity,
        "UserName": office.user.name,
        "PostingUser": office.user.number,
    }
    if movement.date is not None:
        row["TransactionDate"] = movement.date
    insert(connection, "TransactionHistory", [row])
