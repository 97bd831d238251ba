"""Reading Sage 200's database gently: short transactions, small batches, a pause between them.

Every statement is a .sql file. Each runs in a transaction of its own, so that nothing is held
between two of them. Where a Sage user's lock is in the way, the statement is given up, and tried
again, smaller where it can be.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError

from tap_sage200.exceptions import (
    AccessError,
    BusyDatabaseError,
    FailedStreamError,
    SageReadError,
)
from tap_sage200.release import Release
from tap_sage200.rows import Rows
from tap_sage200.session import (
    connection_failure,
    driver_words,
    highest_version,
    is_conflict,
    is_secondary,
    is_timeout,
    make_engine,
)
from tap_sage200.statements import all_tables, clause, statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection, Engine, TextClause

    from tap_sage200.connection import ConnectionParameters
    from tap_sage200.statements import Statement

Answer = TypeVar("Answer")
ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 5.0


@dataclass(frozen=True)
class Pace:
    """How gently to read.

    Attributes:
        batch_size: Rows a statement returns at most.
        pause_seconds: Rest between two batches.
        sleep: The clock's sleep.
        clock: Seconds that only rise.
    """

    batch_size: int
    pause_seconds: float
    sleep: Callable[[float], None]
    clock: Callable[[], float]


@dataclass(frozen=True)
class Session:
    """One connection, for the length of a stream."""

    connection: Connection
    prepared: Callable[[Connection, Statement], TextClause]
    parameters: ConnectionParameters
    pace: Pace

    def check(self, wanted: Statement) -> None:
        """Make sure that the tables of a statement are there for this login.

        Raises:
            AccessError: If one isn't.
        """
        self.prepared(self.connection, wanted)

    def minimum_active(self) -> bytes:
        """Return the lowest row version an open transaction may still write."""
        return bytes(self.rows("row_version").values[0][0])

    def is_secondary(self) -> bool:
        """Return whether a readable secondary may be answering."""
        return self._answered(is_secondary)

    def holds_back(self, minimum_active: bytes) -> bool:
        """Return whether an open transaction keeps newer row versions from being read."""
        return self._answered(highest_version) >= minimum_active

    def _answered(self, ask: Callable[[Connection, ConnectionParameters], Answer]) -> Answer:
        try:
            return ask(self.connection, self.parameters)
        except DBAPIError as error:
            raise failed_statement(ask.__name__, error, self.parameters) from error

    def rows(self, name: str, **values: object) -> Rows:
        """Run ``sql/<name>.sql`` in a transaction of its own and return its rows.

        Args:
            name: The statement.
            values: Its named parameters.

        Raises:
            BusyDatabaseError: If locks were in the way each time.
            AccessError: If the login may not read what the statement reads.
            SageReadError: If the database failed it for another reason.
        """
        return self.patiently(statement(name), lambda: values)

    def patiently(
        self,
        wanted: Statement,
        values: Callable[[], Mapping[str, object]],
        given_up: Callable[[], None] | None = None,
        *,
        attempts: int = ATTEMPTS,
    ) -> Rows:
        """Run a statement; after a lock conflict wait and try again.

        Args:
            wanted: The statement.
            values: Gives its parameters, for each attempt anew.
            given_up: Told of each attempt given up, so that the next one asks for less. Where
                nothing can be made less, a statement that takes too long is not repeated.
            attempts: How often to try.

        Raises:
            BusyDatabaseError, AccessError, SageReadError: As :meth:`rows`.
        """
        prepared = self.prepared(self.connection, wanted)
        attempt = 0
        while True:
            attempt += 1
            try:
                with self.connection.begin():
                    result = self.connection.execute(prepared, values())
                    return Rows(tuple(result.keys()), result.all())
            except DBAPIError as error:
                too_long = is_timeout(error)
                if not too_long and not is_conflict(error):
                    raise failed_statement(wanted.name, error, self.parameters) from error
                if attempt >= attempts or (too_long and given_up is None):
                    raise busy(wanted.name, attempt, error, self.parameters) from error
                if given_up is not None:
                    given_up()
                self.pace.sleep(min(0.1 * 2**attempt, LONGEST_WAIT_SECONDS))


class SageDatabase:
    """Sage 200's database, for the length of a run."""

    def __init__(self, parameters: ConnectionParameters, pace: Pace) -> None:
        """Note where and how to read; nothing connects before :meth:`session`."""
        self.parameters = parameters
        self.pace = pace
        self._engine: Engine | None = None
        self._running = False
        self.warned_of_open_transaction = False
        self._release: Release | None = None
        self._prepared: dict[Statement, TextClause] = {}

    def engine(self) -> Engine:
        """Make the engine once; nothing connects yet.

        Raises:
            DriverMissingError: If this machine lacks the driver.
        """
        if self._engine is None:
            self._engine = make_engine(self.parameters)
        return self._engine

    @contextmanager
    def run(self) -> Iterator[None]:
        """Keep one connection for all streams of a run, and close it at its end."""
        self._running = True
        try:
            yield
        finally:
            self._running = False
            self._close()

    def _close(self) -> None:
        if self._engine is not None and not self._running:
            self._engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a connection for one stream, or lend it that of the run.

        Raises:
            ConnectionFailedError: If the server can't be reached or refuses the login.
            DriverMissingError: If this machine lacks the driver.
        """
        try:
            connection = self.engine().connect()
        except DBAPIError as error:
            raise connection_failure(error, self.parameters) from error
        try:
            with connection:
                yield Session(connection, self._statement, self.parameters, self.pace)
        finally:
            self._close()

    def _statement(self, connection: Connection, wanted: Statement) -> TextClause:
        """Fit a statement to this release of Sage 200; once a run."""
        if wanted not in self._prepared:
            if self._release is None:
                self._release = self._read_release(connection)
            sql = wanted.for_release(self.parameters.schema, self._release)
            self._prepared[wanted] = clause(sql)
        return self._prepared[wanted]

    def _read_release(self, connection: Connection) -> Release:
        values: dict[str, Any] = {
            "schema_name": self.parameters.schema,
            "table_names": sorted(all_tables()),
        }
        catalogue = clause(statement("catalogue").for_release(self.parameters.schema, Release({})))
        try:
            with connection.begin():
                rows = connection.execute(catalogue, values).all()
        except DBAPIError as error:
            raise failed_statement("catalogue", error, self.parameters) from error
        pairs = (tuple(row) for row in rows)
        return Release.of(pairs, ignores_case=self.parameters.is_sql_server)


def busy(
    name: str, attempts: int, error: DBAPIError, parameters: ConnectionParameters
) -> BusyDatabaseError:
    """Return the sentence for a statement that locks kept from its rows."""
    words = driver_words(error, parameters)
    if is_timeout(error):
        return BusyDatabaseError(
            f"Sage 200: statement {name} took more than {parameters.statement_timeout_seconds} s. "
            "Nothing is lost: the next run goes on from here. Run at a quieter time or raise "
            f"statement_timeout_seconds. The driver says: {words}"
        )
    return BusyDatabaseError(
        f"Sage 200: statement {name} met locks of Sage users {attempts} times, waiting "
        f"{parameters.lock_timeout_ms} ms each. Nothing is lost: the next run goes on from here. "
        f"Run at a quieter time or raise lock_timeout_ms. The driver says: {words}"
    )


def failed_statement(
    name: str, error: DBAPIError, parameters: ConnectionParameters
) -> SageReadError:
    """Return the sentence for a statement the database refused."""
    words = driver_words(error, parameters)
    file = f"sql/{name.partition(' of ')[0]}.sql"
    # 229 and 230: SELECT denied; 42501: insufficient privilege.
    denied = "(229)" in words or "(230)" in words or "permission denied" in words
    if denied:
        return AccessError(
            f"Sage 200: the login may not read what {file} reads. Grant it with "
            f"docs/sql/create_reader.sql. The driver says: {words}"
        )
    # 3952: snapshot isolation isn't allowed in this database.
    if "(3952)" in words:
        return SageReadError(
            "Sage 200: this database doesn't allow isolation_level SNAPSHOT. Set it to READ "
            "COMMITTED, or have the DBA allow snapshot isolation."
        )
    return FailedStreamError(
        f"Sage 200: {parameters.place} failed statement {file}. The driver says: {words}"
    )
