"""Rows gathered for Sage's tables, with ids from the counter, written in one go."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from psycopg import sql

from sandbox.sage200.contract.tables import tables
from sandbox.sage200.schema.ddl import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    import psycopg

    Value = str | int | Decimal | bool | date | None

_FIRST_ID = 1001
_ROUND_SPARE_ID = 1000


class Rows:
    """What a new company starts with, table by table."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Value]]] = defaultdict(list)
        self._next: dict[str, int] = defaultdict(lambda: _FIRST_ID)

    def add(self, table_name: str, values: dict[str, Value]) -> int:
        """Add a row and return its id; ``values`` need not name the key."""
        table = tables()[table_name]
        unknown = values.keys() - table.columns.keys()
        if unknown:
            raise KeyError(f"{table_name} has no column {', '.join(sorted(unknown))}")
        given = values.get(table.key)
        row_id = given if isinstance(given, int) else self._next[table_name]
        self._next[table_name] = max(self._next[table_name], row_id + 1)
        self._rows[table_name].append({table.key: row_id, **values})
        return row_id

    def write(self, connection: psycopg.Connection) -> None:
        """Write everything, and the counter with the next id of every table."""
        for counter_id, name in enumerate(tables(), start=_FIRST_ID):
            self._rows["Counter"].append(
                {
                    "CounterID": counter_id,
                    "CounterName": name,
                    "NextValue": self._next[name] + (_ROUND_SPARE_ID if name == "Counter" else 0),
                }
            )
        for name, rows in self._rows.items():
            for columns in {tuple(row) for row in rows}:
                _copy(connection, name, columns, [row for row in rows if tuple(row) == columns])


def _copy(
    connection: psycopg.Connection,
    table: str,
    columns: Sequence[str],
    rows: list[dict[str, Value]],
) -> None:
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(SCHEMA, table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            # bits are 0 and 1 in the tables
            copy.write_row([int(v) if isinstance(v, bool) else v for v in row.values()])
