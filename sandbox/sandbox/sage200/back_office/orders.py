"""Documents as the back office works on them: found by number, live, and not open elsewhere."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.orders.allocation import Request, allocate
from sandbox.sage200.orders.kind import Kind
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


def document_by_number(connection: psycopg.Connection, kind: Kind, document_no: str) -> StoredOrder:
    """Return a document by its number, locked until the transaction ends.

    Raises:
        Refusal: There is no such document.
    """
    found = connection.execute(
        'select "SOPOrderReturnID" from dbo."SOPOrderReturn"'
        ' where lower("DocumentNo") = lower(%s) and "DocumentTypeID" = %s',
        (document_no, kind),
    ).fetchone()
    if found is None:
        raise Refusal(f"There is no {kind.word} '{document_no}'.")
    return load_order(connection, found[0], kind)


def live_document(connection: psycopg.Connection, kind: Kind, document_no: str) -> StoredOrder:
    """Return a document that can be worked on, locked until the transaction ends.

    Raises:
        Refusal: There is no such document, it is not live, or somebody has it open.
    """
    document = document_by_number(connection, kind, document_no)
    check_lock(connection, document.id, None)
    if document.status != LIVE:
        raise Refusal(f"{document.name} is not live: nothing can be done to it.")
    return document


def allocate_order(connection: psycopg.Connection, office: Office, document_no: str) -> Decimal:
    """Allocate what is free to the lines of an order; return how much was allocated.

    Raises:
        Refusal: The order cannot be worked on.
    """
    order = live_document(connection, Kind.ORDER, document_no)
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
