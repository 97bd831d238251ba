"""Ids from Sage's central counter, taken in blocks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.database import Database

_BLOCK = 50


class Ids(Protocol):
    """Whatever hands out ids."""

    def next(self, table: str) -> int:
        """Return the next id of a table."""


class TransactionCounter:
    """Hands out ids one by one inside a transaction, for a company that is only being made."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def next(self, table: str) -> int:
        """Return the next id of a table."""
        return _take(self._connection, table, 1)


class Counter:
    """Hands out ids per table.

    A block is taken in a transaction of its own, so that a business transaction neither waits for
    another one's ids nor gives them back: ids are unique, not dense, as in Sage.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._blocks: dict[str, range] = {}

    def next(self, table: str) -> int:
        """Return the next id of a table."""
        with self._lock:
            block = self._blocks.get(table) or self._take(table)
            self._blocks[table] = block[1:]
            return block[0]

    def _take(self, table: str) -> range:
        with self._database.transaction() as connection:
            first = _take(connection, table, _BLOCK)
        return range(first, first + _BLOCK)


def _take(connection: psycopg.Connection, table: str, how_many: int) -> int:
    found = connection.execute("select dbo.next_ids(%s, %s)", (table, how_many)).fetchone()
    if found is None:
        raise LookupError(f"Counter has no row for {table}.")
    first: int = found[0]
    return first
