"""Orders as the back office works on them: found by number, live, and not open elsewhere."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.orders.allocation import Request, allocate
from sandbox.sage200.orders.locks import check_lock
from sandbox.sage200.orders.post import LIVE
from sandbox.sage200.orders.records import Holding, customer
from sandbox.sage200.orders.store import refresh_progress
from sandbox.sage200.orders.stored import StoredOrder, load_order
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.orders.post import Office

_OPEN_LINES = """
    select
        l."SOPOrderReturnLineID", l."ItemCode",
        l."LineQuantity" - greatest(l."AllocatedQuantity", l."DespatchReceiptQuantity"),
        h."WarehouseItemID", h."ItemID", h."WarehouseID", w."Name", w."UseForSalesTrading" = 1
    from dbo."SOPOrderReturnLine" l
    join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")
    join dbo."WarehouseItem" h on h."WarehouseItemID" = k."WarehouseItemID"
    join dbo."Warehouse" w on w."WarehouseID" = h."WarehouseID"
    where l."SOPOrderReturnID" = %s
    order by l."PrintSequenceNumber"
"""


def live_order(connection: psycopg.Connection, document_no: str) -> StoredOrder:
    """Return an order by its number, locked until the transaction ends.

    Raises:
        Refusal: There is no such order, it is not live, or somebody has it open.
    """
    found = connection.execute(
        'select "SOPOrderReturnID" from dbo."SOPOrderReturn"'
        ' where lower("DocumentNo") = lower(%s) and "DocumentTypeID" = 0',
        (document_no,),
    ).fetchone()
    if found is None:
        raise Refusal(f"There is no sales order '{document_no}'.")
    order = load_order(connection, found[0])
    check_lock(connection, order.id, None)
    if order.status != LIVE:
        raise Refusal(f"Sales order '{order.document_no}' is not live: nothing can be done to it.")
    return order


def allocate_order(connection: psycopg.Connection, office: Office, document_no: str) -> Decimal:
    """Allocate what is free to the lines of an order; return how much was allocated.

    Raises:
        Refusal: The order cannot be worked on.
    """
    order = live_order(connection, document_no)
    account = customer(connection, order.customer_id)
    requests = [
        Request(line_id, code, Holding(*holding), quantity)
        for line_id, code, quantity, *holding in connection.execute(_OPEN_LINES, (order.id,))
    ]
    allocated = allocate(
        connection, office.counter, office.user, order.document_no, account.number, requests
    )
    for line_id, quantity in allocated.items():
        connection.execute(
            'update dbo."SOPOrderReturnLine" set'
            ' "AllocatedQuantity" = "AllocatedQuantity" + %(q)s,'
            ' "StockUnitAllocatedQuantity" = "StockUnitAllocatedQuantity" + %(q)s,'
            ' "AvailableForDespatch" = "AvailableForDespatch" + %(q)s,'
            ' "StockUnitAvailableForDespatch" = "StockUnitAvailableForDespatch" + %(q)s'
            ' where "SOPOrderReturnLineID" = %(id)s',
            {"q": quantity, "id": line_id},
        )
    refresh_progress(connection, order.id)
    return sum(allocated.values(), Decimal(0))
