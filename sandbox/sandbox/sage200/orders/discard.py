"""Discarding a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.locks import check_lock
from sandbox.sage200.orders.post import DRAFT
from sandbox.sage200.orders.store import delete, log_delete
from sandbox.sage200.orders.stored import load_order
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.orders.post import Office


def discard_draft(
    connection: psycopg.Connection, office: Office, order_id: int, kind: Kind = Kind.ORDER
) -> None:
    """Delete a draft, as ``DELETE /sop_orders/{Id}`` and ``DELETE /sop_returns/{Id}`` do.

    Raises:
        Refusal: It is no draft, or somebody has it open.
    """
    order = load_order(connection, order_id, kind)
    check_lock(connection, order_id, None)
    if order.status != DRAFT:
        raise Refusal(f"{order.name} is not a draft and cannot be deleted.")
    connection.execute(
        'delete from dbo."SOPStandardItemLink" where "SOPOrderReturnLineID" in'
        ' (select "SOPOrderReturnLineID" from dbo."SOPOrderReturnLine"'
        ' where "SOPOrderReturnID" = %s)',
        (order_id,),
    )
    connection.execute("delete from stand_in.order_memo where order_id = %s", (order_id,))
    parts = ("SOPOrderReturnLine", "SOPDocDelAddress", "CashAcctInvoiceAddress", "SOPPayment")
    delete(connection, "SOPOrderReturnDocumentLink", ("DocumentID", order_id))
    for table in (*parts, "SOPOrderReturn"):
        delete(connection, table, ("SOPOrderReturnID", order_id))
    log_delete(connection, office.counter, "SOPOrderReturn", order_id)
