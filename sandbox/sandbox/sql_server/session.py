"""A client's session: its settings, its transaction, its prepared statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.sql_server.grammar import checked
from sandbox.sql_server.locks import lock_of_walked_rows
from sandbox.sql_server.refusal import ENDS_TRANSACTION, Refusal
from sandbox.sql_server.tokens import Change, changed_bytes, result
from sandbox.sql_server.translation import MOST_PARAMETERS, translated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.sql_server.backend import Backend
    from sandbox.sql_server.login import Login
    from sandbox.sql_server.tokens import ResultColumn

_descriptors = count(0x3500000001)


@dataclass(frozen=True)
class Seen:
    """A statement the server was sent.

    Attributes:
        text: Its text; for calls that of the statement.
        by: ``batch``, or the procedure it was sent with.
        values: Its parameters.
        transaction: The transaction that was open when it came; 0 for none.
        isolation: The session's isolation level.
        lock_timeout: The session's, milliseconds; -1 for none.
        deadlock_priority: The session's.
        application: What the client calls itself.
    """

    text: str
    by: str
    values: tuple[object, ...]
    transaction: int
    isolation: str
    lock_timeout: int
    deadlock_priority: str
    application: str

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was already open when it came."""
        return self.transaction != 0


@dataclass(frozen=True)
class Prepared:
    """A statement and the types of its parameters."""

    text: str
    types: Mapping[str, str]


@dataclass
class Session:
    """One login's session.

    Attributes:
        login: What the client said of itself.
        backend: PostgreSQL.
        waits_for_writers: Whether readers wait for writers, as SQL Server's do.
        allows_snapshot: Whether the database allows isolation level SNAPSHOT.
        updateable: Whether the database can be written; a readable secondary can't.
        failures: Errors the next statements are answered with, by a part of their text; None
            breaks the connection instead.
        seen: What was asked, by all sessions.
        isolation: As ``SET TRANSACTION ISOLATION LEVEL`` said last.
        lock_timeout: Milliseconds; -1 for ever.
        deadlock_priority: LOW, NORMAL or HIGH.
        quoted_identifier: Whether double quotes are around names, not around text.
        transaction: Its number; 0 for none.
        began_with: The isolation level when it began.
    """

    login: Login
    backend: Backend
    waits_for_writers: bool
    allows_snapshot: bool
    updateable: bool
    failures: list[tuple[str, Refusal | None]]
    seen: list[Seen]
    isolation: str = "READ COMMITTED"
    lock_timeout: int = -1
    deadlock_priority: str = "NORMAL"
    quoted_identifier: bool = False
    transaction: int = 0
    began_with: str = ""
    _handles: dict[int, Prepared] = field(default_factory=dict)
    _next_handle: int = 1

    def note(self, text: str, by: str, values: Sequence[object] = ()) -> None:
        """Note what was asked."""
        self.seen.append(
            Seen(
                text,
                by,
                tuple(values),
                self.transaction,
                self.isolation,
                self.lock_timeout,
                self.deadlock_priority,
                self.login.application,
            )
        )

    def reset(self) -> None:
        """Begin anew, as for a connection taken from a driver's pool."""
        self.end_transaction()
        self.isolation, self.lock_timeout = "READ COMMITTED", -1
        self.deadlock_priority = "NORMAL"
        self.quoted_identifier = self.login.odbc
        self.backend.set_lock_timeout(-1)
        self._handles.clear()

    def __post_init__(self) -> None:
        """Take the settings that come with the login."""
        self.quoted_identifier = self.login.odbc

    def prepare(self, prepared: Prepared) -> int:
        """Keep a statement and return its handle.

        Raises:
            Refusal: If T-SQL has no such statement.
        """
        self._checked(prepared.text)
        translated(prepared.text, dict(prepared.types))
        handle = self._next_handle
        self._next_handle += 1
        self._handles[handle] = prepared
        return handle

    def prepared(self, handle: object) -> Prepared:
        """Return a statement by its handle.

        Raises:
            Refusal: If there is none.
        """
        if not isinstance(handle, int) or handle not in self._handles:
            raise Refusal(8179, f"Could not find prepared statement with handle {handle}.")
        return self._handles[handle]

    def forget(self, handle: object) -> None:
        """Drop a prepared statement.

        Raises:
            Refusal: If there is none.
        """
        self.prepared(handle)
        if isinstance(handle, int):
            del self._handles[handle]

    def run(
        self, prepared: Prepared, values: Mapping[str, object], given: int
    ) -> tuple[bytes, int]:
        """Run a statement.

        Args:
            prepared: The statement.
            values: Its parameters by name.
            given: How many parameters the call had, its own included.

        Returns:
            Columns and rows as sent, and how many rows.

        Raises:
            Refusal: An error of SQL Server.
        """
        _check_parameters(prepared, values, given)
        tree = self._checked(prepared.text)
        _check_fetch(tree, values)
        statement = translated(prepared.text, dict(prepared.types))
        for number, (part, refusal) in enumerate(self.failures):
            if part in prepared.text:
                del self.failures[number]
                raise refusal or ConnectionAbortedError(f"broken at {part}")
        self._check_snapshot()
        waits_for = None
        if self.waits_for_writers and self.isolation != "SNAPSHOT":
            lock = lock_of_walked_rows(tree)
            if lock is not None:
                waiting = translated(lock, dict(prepared.types))
                waits_for = (waiting.sql, [values[name] for name in waiting.names])
        answered = self.backend.run(
            statement.sql,
            [values[name] for name in statement.names],
            tree,
            self.isolation,
            waits_for,
        )
        if not self.transaction:
            self.backend.end()
        return result(answered.columns, answered.rows), len(answered.rows)

    def _checked(self, text: str) -> exp.Query:
        if '"' in text and not self.quoted_identifier:
            raise Refusal(102, "Incorrect syntax near '\"'.", 15, at_compile_time=True)
        return checked(text)

    def _check_snapshot(self) -> None:
        if self.isolation != "SNAPSHOT":
            return
        words = "Snapshot isolation transaction failed accessing database 'Sage' because snapshot "
        if not self.allows_snapshot:
            words += "isolation is not allowed in this database. Use ALTER DATABASE to allow it."
            raise Refusal(3952, words)
        if self.transaction and self.began_with != "SNAPSHOT":
            words = (
                "Transaction failed in database 'Sage' because the statement was run under "
                "snapshot isolation but the transaction did not start in snapshot isolation."
            )
            raise Refusal(3951, words)

    def begin(self) -> bytes:
        """Begin a transaction and say so."""
        self.transaction = next(_descriptors)
        self.began_with = self.isolation
        return changed_bytes(Change.BEGUN, self.transaction.to_bytes(8, "little"))

    def end_transaction(self, how: Change = Change.ROLLED_BACK) -> bytes:
        """End the transaction, where there is one, and say so."""
        self.backend.end()
        if not self.transaction:
            return b""
        old = self.transaction.to_bytes(8, "little")
        self.transaction = 0
        return changed_bytes(how, old=old)

    def after(self, refusal: Refusal) -> bytes:
        """Return what the client is told of its transaction after an error."""
        return self.end_transaction() if refusal.number in ENDS_TRANSACTION else b""


def _check_parameters(prepared: Prepared, values: Mapping[str, object], given: int) -> None:
    if given > MOST_PARAMETERS:
        words = (
            "The incoming request has too many parameters. The server supports a maximum of "
            "2100 parameters. Reduce the number of parameters and resend the request."
        )
        raise Refusal(8003, words)
    for name in prepared.types:
        if name not in values:
            words = f"The parameterized query expects the parameter '{name}', which was not"
            raise Refusal(8178, f"{words} supplied.")


def _check_fetch(tree: exp.Query, values: Mapping[str, object]) -> None:
    for fetch in tree.find_all(exp.Fetch):
        count = fetch.args.get("count")
        value = values.get(f"@{count.name}") if isinstance(count, exp.Parameter) else 1
        if not isinstance(value, int) or value < 1:
            words = "The number of rows provided for a FETCH clause must be greater then zero."
            raise Refusal(10744, words)


def rows_of(columns: Sequence[ResultColumn], rows: Sequence[Sequence[object]]) -> tuple[bytes, int]:
    """Return a small result that needs no PostgreSQL."""
    return result(columns, rows), len(rows)
