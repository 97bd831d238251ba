"""Confirming that the goods of a return came back: they go back to stock. Source: section 2.6."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from sandbox.sage200.back_office.despatch import move_line
from sandbox.sage200.back_office.note import Moved, write_note
from sandbox.sage200.back_office.orders import live_document
from sandbox.sage200.back_office.stock import lock_holdings
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.stored import StoredOrder

_OPEN = """
    select
        l."SOPOrderReturnLineID", lower(l."ItemCode"), k."WarehouseItemID",
        (
            select b."BinItemID" from dbo."BinItem" b
            where b."WarehouseItemID" = k."WarehouseItemID"
            order by b."AllocationPriority", b."BinItemID" limit 1
        ),
        l."LineQuantity" - l."DespatchReceiptQuantity"
    from dbo."SOPOrderReturnLine" l
    join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")
    where l."SOPOrderReturnID" = %s and k."WarehouseItemID" is not null
    and l."LineQuantity" > l."DespatchReceiptQuantity"
    order by k."WarehouseItemID", l."SOPOrderReturnLineID"
"""


class _Open(NamedTuple):
    """What of a line has not come back yet."""

    line_id: int
    code: str
    holding_id: int
    bin_id: int
    quantity: Decimal


def receive_return(
    connection: psycopg.Connection,
    office: Office,
    document_no: str,
    quantities: Mapping[str, Decimal] | None = None,
) -> str:
    """Confirm the receipt of a return's goods; return the receipt's number.

    Args:
        connection: The transaction.
        office: Who confirms it.
        document_no: Number of the return.
        quantities: What came back by stock code; everything outstanding where there is none.

    Raises:
        Refusal: The return cannot be worked on, nothing is outstanding, or less of it.
    """
    document = live_document(connection, Kind.RETURN, document_no)
    outstanding = [_Open(*row) for row in connection.execute(_OPEN, (document.id,))]
    moved = _received(document, outstanding, quantities)
    if not moved:
        raise Refusal(f"{document.name} has nothing to receive.")
    lock_holdings(connection, (line.holding_id for line in outstanding))
    note = write_note(connection, office, document, moved)
    for part in moved:
        move_line(connection, office, document, part, note.number)
    return note.number


def _received(
    document: StoredOrder, outstanding: Sequence[_Open], quantities: Mapping[str, Decimal] | None
) -> list[Moved]:
    if quantities is None:
        return [Moved(line.line_id, line.bin_id, line.quantity) for line in outstanding]
    left = {code.lower(): quantity for code, quantity in quantities.items()}
    moved = []
    for line in outstanding:
        quantity = min(line.quantity, left.get(line.code, Decimal(0)))
        if quantity > 0:
            left[line.code] -= quantity
            moved.append(Moved(line.line_id, line.bin_id, quantity))
    for code, quantity in left.items():
        if quantity:
            raise Refusal(
                f"{document.name} has {quantity.normalize():f} of '{code.upper()}' less to "
                f"receive than came back. Amend the return first."
            )
    return moved
