"""Reading Sage 200's database gently: short transactions, small batches, a pause between them.

Every statement is a .sql file. Each runs in a transaction of its own, so that nothing is held
between two of them. Where a Sage user's lock is in the way, the statement is given up, and tried
again smaller.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from tap_sage200.exceptions import AccessError, BusyDatabaseError, SageReadError
from tap_sage200.release import Release
from tap_sage200.rows import Rows
from tap_sage200.session import connection_failure, driver_words, is_conflict, make_engine
from tap_sage200.statements import all_tables, clause, statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection, Engine, TextClause

    from tap_sage200.connection import ConnectionParameters

ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 5.0


@dataclass(frozen=True)
class Pace:
    """How gently to read.

    Attributes:
        batch_size: Rows a statement returns at most.
        pause_seconds: Rest between two batches.
        sleep: The clock's sleep.
    """

    batch_size: int
    pause_seconds: float
    sleep: Callable[[float], None]


@dataclass
class Session:
    """One connection, and the batch size that its statements got through with."""

    connection: Connection
    prepared: Callable[[Connection, str], TextClause]
    parameters: ConnectionParameters
    pace: Pace
    batch_size: int = field(init=False)

    def __post_init__(self) -> None:
        """Start with the batch size of the settings."""
        self.batch_size = self.pace.batch_size

    def check(self, name: str) -> None:
        """Make sure that the tables of ``sql/<name>.sql`` are there for this login.

        Raises:
            AccessError: If one isn't.
        """
        self.prepared(self.connection, name)

    def minimum_active(self) -> bytes:
        """Return the lowest row version an open transaction may still write."""
        return bytes(self.rows("row_version").values[0][0])

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
        return self._patiently(name, lambda: values)

    def batches(
        self, name: str, key: str, after_key: int, *, ahead: bool, **values: object
    ) -> Iterator[tuple[int, Rows]]:
        """Walk a statement's key upwards, a batch at a time; the last batch is the short one.

        Each batch comes with its last key.

        Args:
            name: The statement; it takes ``after_key`` and ``batch_size``.
            key: Alias of its key column.
            after_key: Where to go on.
            ahead: Read the next batch, in a thread of its own, while this one is worked on. Then
                nothing else may be read from this session meanwhile.
            values: Its other named parameters.
        """
        pause, most = self.pace.pause_seconds, self.pace.batch_size

        def ask(after: int) -> tuple[bool, int, Rows]:
            asked = 0

            def parameters() -> Mapping[str, object]:
                nonlocal asked
                asked = self.batch_size
                return {**values, "after_key": after, "batch_size": asked}

            rows = self._patiently(name, parameters)
            self.batch_size = min(self.batch_size * 2, most)
            last = rows.values[-1][rows.aliases.index(key)] if rows.values else after
            return len(rows) == asked, last, rows

        def ask_after_pause(after: int) -> tuple[bool, int, Rows]:
            self.pace.sleep(pause)
            return ask(after)

        with ThreadPoolExecutor(1, thread_name_prefix="tap-sage200") as reader:
            more, after_key, rows = ask(after_key)
            while more:
                coming = reader.submit(ask_after_pause, after_key) if ahead else None
                yield after_key, rows
                more, after_key, rows = coming.result() if coming else ask_after_pause(after_key)
        if rows.values:
            yield after_key, rows

    def _patiently(self, name: str, values: Callable[[], Mapping[str, object]]) -> Rows:
        """Run a statement; after a lock conflict wait and try again with half the batch."""
        prepared = self.prepared(self.connection, name)
        attempt = 0
        while True:
            attempt += 1
            try:
                with self.connection.begin():
                    result = self.connection.execute(prepared, values())
                    return Rows(tuple(result.keys()), result.all())
            except DBAPIError as error:
                if not is_conflict(error):
                    raise failed_statement(name, error, self.parameters) from error
                if attempt == ATTEMPTS:
                    raise BusyDatabaseError(
                        f"Sage 200: statement {name} met locks of Sage users {ATTEMPTS} times, "
                        f"waiting {self.parameters.lock_timeout_ms} ms each. Nothing is lost: "
                        "the next run goes on from here. Run at a quieter time or raise "
                        "lock_timeout_ms. The driver says: "
                        f"{driver_words(error, self.parameters)}"
                    ) from error
                self.batch_size = max(self.batch_size // 2, 1)
                self.pace.sleep(min(0.1 * 2**attempt, LONGEST_WAIT_SECONDS))


class SageDatabase:
    """Sage 200's database, for the length of a run."""

    def __init__(self, parameters: ConnectionParameters, pace: Pace) -> None:
        """Note where and how to read; nothing connects before :meth:`session`."""
        self.parameters = parameters
        self.pace = pace
        self._engine: Engine | None = None
        self._release: Release | None = None
        self._prepared: dict[str, TextClause] = {}

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a connection for one stream.

        Raises:
            ConnectionFailedError: If the server can't be reached or refuses the login.
            DriverMissingError: If this machine lacks the driver.
        """
        if self._engine is None:
            self._engine = make_engine(self.parameters)
        try:
            connection = self._engine.connect()
        except DBAPIError as error:
            raise connection_failure(error, self.parameters) from error
        with connection:
            yield Session(connection, self._statement, self.parameters, self.pace)

    def _statement(self, connection: Connection, name: str) -> TextClause:
        """Fit a statement to this release of Sage 200; once a run."""
        if name not in self._prepared:
            if self._release is None:
                self._release = self._read_release(connection)
            sql = statement(name).for_release(self.parameters.schema, self._release)
            self._prepared[name] = clause(sql)
        return self._prepared[name]

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


def failed_statement(
    name: str, error: DBAPIError, parameters: ConnectionParameters
) -> SageReadError:
    """Return the sentence for a statement the database refused."""
    words = driver_words(error, parameters)
    # 229 and 230: SELECT denied; 42501: insufficient privilege.
    denied = "(229)" in words or "(230)" in words or "permission denied" in words
    if denied:
        return AccessError(
            f"Sage 200: the login may not read what sql/{name}.sql reads. Grant it with "
            f"docs/sql/create_reader.sql. The driver says: {words}"
        )
    # 3952: snapshot isolation isn't allowed in this database.
    if "(3952)" in words:
        return SageReadError(
            "Sage 200: this database doesn't allow isolation_level SNAPSHOT. Set it to READ "
            "COMMITTED, or have the DBA allow snapshot isolation."
        )
    return SageReadError(
        f"Sage 200: {parameters.place} failed statement sql/{name}.sql. The driver says: {words}"
    )
