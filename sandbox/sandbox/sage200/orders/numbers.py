"""Number series of documents: digits, padded to ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    import psycopg

_LENGTH = 10


def next_number(connection: psycopg.Connection, table: str, column: str) -> str:
    """Take the next number of a series; documents of one series wait for each other here.

    Raises:
        LookupError: The series has no row.
    """
    statement = sql.SQL("update {0} set {1} = {1} + 1 returning {1} - 1").format(
        sql.Identifier("dbo", table), sql.Identifier(column)
    )
    found = connection.execute(statement).fetchone()
    if found is None:
        raise LookupError(f"{table} has no row. Make the company anew.")
    return f"{found[0]:0{_LENGTH}d}"
