"""The note of what was despatched or received: SOPDespatchReceipt, its lines, and the progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.store import insert, refresh_progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.stored import StoredOrder
    from sandbox.sage200.orders.wanted import Value

_NUMBER_LENGTH = 10
_DESPATCH, _RECEIPT = 0, 1
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


class Moved(NamedTuple):
    """What of a line moves, and from or to which bin."""

    line_id: int
    bin_id: int
    quantity: Decimal


class Note(NamedTuple):
    """A note that was written."""

    id: int
    number: str


def write_note(
    connection: psycopg.Connection, office: Office, document: StoredOrder, moved: Sequence[Moved]
) -> Note:
    """Write the despatch note of an order, or the receipt of a return."""
    is_order = document.kind is Kind.ORDER
    note_id = office.counter.next("SOPDespatchReceipt")
    number = f"{note_id:0{_NUMBER_LENGTH}d}"
    header: dict[str, Value] = {
        "SOPDespatchReceiptID": note_id,
        "SOPDespatchReceiptTypeID": _DESPATCH if is_order else _RECEIPT,
        "DocumentNo": number,
        "UserID": office.user.number,
        "UserName": office.user.name,
        "SOPOrderID": document.id,
    }
    insert(connection, "SOPDespatchReceipt", [header])
    lines: list[dict[str, Value]] = [
        {
            "SOPDespatchReceiptLineID": office.counter.next("SOPDespatchReceiptLine"),
            "SOPDespatchReceiptID": note_id,
            "SOPOrderReturnLineID": part.line_id,
            "DespatchReceiptNo": number,
            "OrderReturnNo": document.document_no,
            "BinItemID": part.bin_id,
            "UserID": office.user.number,
            "UserName": office.user.name,
            "DespatchReceiptQuantity": part.quantity,
            "StockUnitDespRcptQuantity": part.quantity,
        }
        for part in moved
    ]
    insert(connection, "SOPDespatchReceiptLine", lines)
    for part in moved:
        # only an order's goods were there to be despatched
        available = part.quantity if is_order else 0
        connection.execute(
            'update dbo."SOPOrderReturnLine" set'
            ' "DespatchReceiptQuantity" = "DespatchReceiptQuantity" + %(q)s,'
            ' "StockUnitDespRcptQuantity" = "StockUnitDespRcptQuantity" + %(q)s,'
            ' "AvailableForDespatch" = "AvailableForDespatch" - %(a)s,'
            ' "StockUnitAvailableForDespatch" = "StockUnitAvailableForDespatch" - %(a)s'
            ' where "SOPOrderReturnLineID" = %(id)s',
            {"q": part.quantity, "a": available, "id": part.line_id},
        )
    connection.execute(_STATUS, {"id": document.id})
    refresh_progress(connection, document.id)
    return Note(note_id, number)
