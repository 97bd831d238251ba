"""Allocating free stock to order lines.

Rows of stock are locked in the order of their ids, so that orders taken at the same time wait for
each other and none allocates what another has taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.orders.store import insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from sandbox.sage200.counter import Ids
    from sandbox.sage200.orders.records import Holding
    from sandbox.sage200.orders.wanted import Value
    from sandbox.sage200.sage_id.users import User

_SOURCE_AREA_SOP = 1
_ZERO = Decimal(0)

_FREE = """
    select
        b."BinItemID",
        b."WarehouseItemID",
        b."ConfirmedQtyInStock" + b."UnconfirmedQtyInStock" - b."QuantityAllocatedSOP"
        - b."QuantityAllocatedStock" - b."QuantityAllocatedBOM"
    from dbo."WarehouseItem" h
    join dbo."BinItem" b using ("WarehouseItemID")
    where h."WarehouseItemID" = any(%s)
    order by h."WarehouseItemID", b."AllocationPriority", b."BinItemID"
    for update
"""


@dataclass(frozen=True)
class Request:
    """Stock that a line wants."""

    line_id: int
    item_code: str
    holding: Holding
    quantity: Decimal


def allocate(
    connection: psycopg.Connection,
    counter: Ids,
    user: User,
    document_no: str,
    account_number: str,
    requests: Sequence[Request],
) -> dict[int, Decimal]:
    """Allocate what is free, up to what is wanted; return the quantity per line."""
    # products are locked after holdings, in the order of their ids too
    wanted = sorted((r for r in requests if r.quantity > 0), key=lambda r: r.holding.item_id)
    if not wanted:
        return {}
    holding_ids = sorted({request.holding.id for request in wanted})
    free: dict[int, dict[int, Decimal]] = {}
    for bin_id, holding_id, quantity in connection.execute(_FREE, (holding_ids,)):
        free.setdefault(holding_id, {})[bin_id] = quantity
    taken: list[tuple[Request, int, Decimal]] = []
    for request in wanted:
        bins = free.get(request.holding.id, {})
        left = request.quantity
        for bin_id, available in bins.items():
            part = min(left, available)
            if part > 0:
                taken.append((request, bin_id, part))
                bins[bin_id] -= part
                left -= part
    _write(connection, counter, user, document_no, account_number, taken)
    result: dict[int, Decimal] = {}
    for request, _, part in taken:
        result[request.line_id] = result.get(request.line_id, _ZERO) + part
    return result


def release(connection: psycopg.Connection, line_id: int) -> None:
    """Give back everything a line has allocated and not despatched."""
    rows = connection.execute(
        'select a."SOPAllocationLineID", a."AllocationID", a."AllocatedQuantity", b."BinItemID",'
        ' b."ItemID", b."WarehouseID" from dbo."SOPAllocationLine" a'
        ' join dbo."AllocationBalance" b using ("AllocationID")'
        ' where a."SOPOrderReturnLineID" = %s',
        (line_id,),
    ).fetchall()
    for row_id, balance_id, quantity, bin_id, item_id, warehouse_id in rows:
        _move(connection, bin_id, item_id, warehouse_id, -quantity)
        connection.execute(
            'delete from dbo."SOPAllocationLine" where "SOPAllocationLineID" = %s', (row_id,)
        )
        connection.execute(
            'delete from dbo."AllocationBalance" where "AllocationID" = %s', (balance_id,)
        )


def _write(
    connection: psycopg.Connection,
    counter: Ids,
    user: User,
    document_no: str,
    account_number: str,
    taken: Sequence[tuple[Request, int, Decimal]],
) -> None:
    balances: list[dict[str, Value]] = []
    links: list[dict[str, Value]] = []
    for request, bin_id, quantity in taken:
        holding = request.holding
        _move(connection, bin_id, holding.item_id, holding.warehouse_id, quantity)
        allocation_id = counter.next("AllocationBalance")
        balances.append(
            {
                "AllocationID": allocation_id,
                "BinItemID": bin_id,
                "ItemID": holding.item_id,
                "WarehouseID": holding.warehouse_id,
                "SourceAreaTypeID": _SOURCE_AREA_SOP,
                "RecipientReference": account_number,
                "Reference": document_no,
                "AllocatedQuantity": quantity,
            }
        )
        links.append(
            {
                "SOPAllocationLineID": counter.next("SOPAllocationLine"),
                "SOPOrderReturnLineID": request.line_id,
                "AllocationID": allocation_id,
                "OrderNumber": document_no,
                "ItemCode": request.item_code,
                "UserID": user.number,
                "UserName": user.name,
                "AllocatedQuantity": quantity,
                "StockUnitAllocatedQuantity": quantity,
            }
        )
    insert(connection, "AllocationBalance", balances)
    insert(connection, "SOPAllocationLine", links)


def _move(
    connection: psycopg.Connection,
    bin_id: int,
    item_id: int,
    warehouse_id: int,
    quantity: Decimal,
) -> None:
    connection.execute(
        'update dbo."WarehouseItem" set "QuantityAllocatedSOP" = "QuantityAllocatedSOP" + %s'
        ' where "ItemID" = %s and "WarehouseID" = %s',
        (quantity, item_id, warehouse_id),
    )
    connection.execute(
        'update dbo."BinItem" set "QuantityAllocatedSOP" = "QuantityAllocatedSOP" + %s'
        ' where "BinItemID" = %s',
        (quantity, bin_id),
    )
    connection.execute(
        'update dbo."StockItem" set "FreeStockQuantity" = "FreeStockQuantity" - %s'
        ' where "ItemID" = %s',
        (quantity, item_id),
    )
