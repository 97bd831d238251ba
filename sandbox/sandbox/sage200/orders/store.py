"""Writing orders: rows of Sage's tables from columns by name."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

    from sandbox.sage200.counter import Ids
    from sandbox.sage200.orders.desk import Line
    from sandbox.sage200.orders.wanted import Value


def insert(connection: psycopg.Connection, table: str, rows: Sequence[Mapping[str, Value]]) -> None:
    """Insert rows that may name different columns; what a row leaves out takes its default."""
    if not rows:
        return
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    shapes = tuple(tuple(name in row for name in columns) for row in rows)
    values = [row[name] for row in rows for name in columns if name in row]
    connection.execute(_insert_text(table, columns, shapes), values)


@lru_cache(maxsize=1024)
def _insert_text(table: str, columns: tuple[str, ...], shapes: tuple[tuple[bool, ...], ...]) -> str:
    """Write an insert; it is kept, for putting it together takes longer than running it."""
    given, default = sql.SQL("%s"), sql.SQL("default")
    rows = sql.SQL(", ").join(
        sql.SQL("({})").format(sql.SQL(", ").join(given if there else default for there in shape))
        for shape in shapes
    )
    statement = sql.SQL("insert into {} ({}) values {}").format(
        sql.Identifier("dbo", table), sql.SQL(", ").join(map(sql.Identifier, columns)), rows
    )
    return statement.as_string()


def update(
    connection: psycopg.Connection,
    table: str,
    key: tuple[str, int],
    columns: Mapping[str, Value],
) -> None:
    """Change columns of one row."""
    if columns:
        text = _update_text(table, key[0], tuple(columns))
        connection.execute(text, [*columns.values(), key[1]])


@lru_cache(maxsize=256)
def _update_text(table: str, key: str, columns: tuple[str, ...]) -> str:
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = %s").format(sql.Identifier(name)) for name in columns
    )
    statement = sql.SQL("update {} set {} where {} = %s").format(
        sql.Identifier("dbo", table), assignments, sql.Identifier(key)
    )
    return statement.as_string()


def delete(connection: psycopg.Connection, table: str, key: tuple[str, int]) -> None:
    """Delete the rows whose column has a value."""
    statement = sql.SQL("delete from {} where {} = %s").format(
        sql.Identifier("dbo", table), sql.Identifier(key[0])
    )
    connection.execute(statement, (key[1],))


def log_delete(connection: psycopg.Connection, counter: Ids, entity: str, entity_id: int) -> None:
    """Leave the trace of a deletion that readers of changes look for."""
    row: dict[str, Value] = {
        "DeleteLogID": counter.next("DeleteLog"),
        "EntityName": entity,
        "ForeignID": str(entity_id),
    }
    insert(connection, "DeleteLog", [row])


def insert_lines(
    connection: psycopg.Connection,
    counter: Ids,
    order_id: int,
    lines: Sequence[Line],
    first_number: int = 1,
) -> list[int]:
    """Insert lines, numbered in their order, with the links to their products; return their ids."""
    ids = [counter.next("SOPOrderReturnLine") for _ in lines]
    insert(
        connection,
        "SOPOrderReturnLine",
        [
            {
                "SOPOrderReturnLineID": line_id,
                "SOPOrderReturnID": order_id,
                "PrintSequenceNumber": number,
                **line.columns,
            }
            for number, (line_id, line) in enumerate(zip(ids, lines, strict=True), first_number)
        ],
    )
    insert(
        connection,
        "SOPStandardItemLink",
        [
            {
                "SOPStandardItemLinkID": counter.next("SOPStandardItemLink"),
                "SOPOrderReturnLineID": line_id,
                "ItemID": line.item.id,
                "WarehouseItemID": line.holding.id if line.holding else None,
                "SellingUnitID": line.item.unit_id,
                "SellingPriceUnitID": line.item.unit_id,
            }
            for line_id, line in zip(ids, lines, strict=True)
            if line.item is not None
        ],
    )
    return ids


_PROGRESS = """
    update dbo."SOPOrderReturn" o
    set
        "AllocatedStatusID" = case when s.allocated = 0 then 0 when s.open = 0 then 2 else 1 end,
        "ReadyForAllocation" = (o."DocumentTypeID" = 0 and s.open > 0)::int,
        -- a return is ready for its receipt as long as goods are to come back
        "ReadyForDespatchReceipt" = (
            case o."DocumentTypeID" when 1 then s.open else s.available end > 0
        )::int,
        "ReadyForInvoicePrint" = (s.products = 0)::int
    from (
        select
            coalesce(sum(l."AllocatedQuantity"), 0) as allocated,
            coalesce(sum(l."AvailableForDespatch"), 0) as available,
            count(k."ItemID") as products,
            coalesce(
                sum(
                    l."LineQuantity" - greatest(l."AllocatedQuantity", l."DespatchReceiptQuantity")
                ) filter (where k."WarehouseItemID" is not null),
                0
            ) as open
        from dbo."SOPOrderReturnLine" l
        left join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")
        where l."SOPOrderReturnID" = %(id)s
    ) s
    where o."SOPOrderReturnID" = %(id)s
"""


def refresh_progress(connection: psycopg.Connection, order_id: int) -> None:
    """Bring the header's work-flow columns in step with its lines."""
    connection.execute(_PROGRESS, {"id": order_id})
