"""One session's connection to PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.raw_cursor import RawCursor

from sandbox.sql_server.refusal import of_postgresql
from sandbox.sql_server.result_types import Guesses, Origin, type_of
from sandbox.sql_server.tokens import ResultColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

_ISOLATION = {
    "READ UNCOMMITTED": "read uncommitted",
    "READ COMMITTED": "read committed",
    "REPEATABLE READ": "repeatable read",
    "SNAPSHOT": "repeatable read",
    "SERIALIZABLE": "serializable",
}


@dataclass(frozen=True)
class Answered:
    """What a statement gave."""

    columns: tuple[ResultColumn, ...]
    rows: Sequence[Sequence[Any]]


class Backend:
    """PostgreSQL, for one session; a transaction begins with the first statement of it."""

    def __init__(self, url: str, role: str | None, application: str, guesses: Guesses) -> None:
        """Connect.

        Args:
            url: The database.
            role: PostgreSQL's role for the login; None for the URL's own.
            application: What the client calls itself.
            guesses: Types that no published source tells.
        """
        self._connection = psycopg.connect(
            url, autocommit=True, application_name=application, prepare_threshold=None
        )
        self._guesses = guesses
        self._names: dict[tuple[int, int], tuple[str, str]] = {}
        self._connection.execute("set search_path = dbo, public")
        if role is not None:
            self._connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))

    def close(self) -> None:
        """End what is open, and leave."""
        self._connection.close()

    def cancel(self) -> None:
        """Stop the statement that another thread runs here."""
        self._connection.cancel_safe()

    def set_lock_timeout(self, milliseconds: int) -> None:
        """Wait so long for a lock; -1 for ever, 0 hardly at all."""
        # PostgreSQL's 0 is for ever.
        value = 0 if milliseconds < 0 else max(milliseconds, 1)
        self._connection.execute("select set_config('lock_timeout', %s, false)", (f"{value}ms",))

    def run(
        self,
        statement: str,
        values: Sequence[object],
        tree: exp.Query,
        isolation: str,
        waits_for: tuple[str, Sequence[object]] | None,
    ) -> Answered:
        """Run a statement, in the transaction that is open or a new one.

        Args:
            statement: PostgreSQL's text.
            values: Its parameters.
            tree: The statement's tree, for what its columns are.
            isolation: SQL Server's level, for a new transaction.
            waits_for: Statement and parameters that lock the rows a reader of SQL Server would wait
                for; None to wait for none.

        Raises:
            Refusal: SQL Server's error for PostgreSQL's.
        """
        try:
            if waits_for is not None:
                self._wait(*waits_for)
            if self._connection.pgconn.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                self._connection.execute(f"begin isolation level {_ISOLATION[isolation]}".encode())
            with RawCursor(self._connection) as cursor:
                cursor.execute(statement.encode(), values)
                rows = cursor.fetchall()
                result = cursor.pgresult
            if result is None:
                raise RuntimeError("PostgreSQL gave no result")
            return Answered(self._columns(result, rows, tree), rows)
        except psycopg.Error as error:
            self.end()
            raise of_postgresql(error) from error

    def end(self) -> None:
        """End the transaction, as nothing is written here."""
        self._connection.execute("rollback")

    def scalar(self, statement: str) -> Any:
        """Ask PostgreSQL for one value, outside of any transaction of the client."""
        row = self._connection.execute(statement.encode()).fetchone()
        return row[0] if row else None

    def _wait(self, statement: str, values: Sequence[object]) -> None:
        with self._connection.transaction(force_rollback=True), RawCursor(self._connection) as one:
            one.execute(statement.encode(), values)

    def _columns(
        self, result: psycopg.pq.abc.PGresult, rows: Sequence[Sequence[Any]], tree: exp.Query
    ) -> tuple[ResultColumn, ...]:
        count = result.nfields
        self._look_up({(result.ftable(each), result.ftablecol(each)) for each in range(count)})
        by_column = list(zip(*rows)) or [()] * count
        columns = []
        for each, expression in zip(range(count), tree.selects):
            table, column = self._names.get(
                (result.ftable(each), result.ftablecol(each)), (None, None)
            )
            origin = Origin(
                result.ftype(each), result.fmod(each), table, column, expression, by_column[each]
            )
            columns.append(ResultColumn(expression.alias_or_name, type_of(origin, self._guesses)))
        return tuple(columns)

    def _look_up(self, wanted: set[tuple[int, int]]) -> None:
        missing = [pair for pair in wanted if pair[0] and pair not in self._names]
        if not missing:
            return
        rows = self._connection.execute(
            "select attrelid, attnum, relname, attname from pg_attribute "
            "join pg_class on pg_class.oid = attrelid where attrelid = any(%s) and attnum > 0",
            ([table for table, _ in missing],),
        )
        for table, number, name, column in rows:
            self._names[table, number] = (name, column)
