"""Streams read by SQL, window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_sage200.bookmark import Bookmark
from tap_sage200.catalogue import CHILDREN, NOT_BY_SQL, NOT_IN_EVERY_RELEASE
from tap_sage200.columns import REPLICATION_KEY
from tap_sage200.exceptions import AccessError
from tap_sage200.rows import attach, records
from tap_sage200.streams import SageStream
from tap_sage200.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record

    from tap_sage200.bookmark import Window
    from tap_sage200.budget import Budget
    from tap_sage200.database import SageDatabase, Session
    from tap_sage200.rows import Rows

SECOND_LOOK_SECONDS = 1.0
PARENTS_A_STATEMENT = 500


class SqlStream(SageStream):
    """A stream whose rows come from ``sql/<name>.sql``, in key order, by row version."""

    def __init__(self, tap: Tap, name: str, database: SageDatabase, budget: Budget) -> None:
        """Note where to read.

        Args:
            tap: The tap.
            name: Stream, .sql file and catalogue entry.
            database: Where to read.
            budget: When to stop.
        """
        self._database = database
        super().__init__(tap, name, budget, REPLICATION_KEY)

    @override
    def prepare(self) -> None:
        """Load the driver.

        Raises:
            DriverMissingError: If this machine lacks it.
        """
        self._database.engine()

    @override
    def record_batches(self) -> Iterator[list[Record]]:
        """Yield the rows of the window that is due."""
        if self.name in NOT_BY_SQL:
            self.logger.warning(
                "%s: SQL doesn't give it, since no published source names its table; name it in "
                "the setting api_streams to read it by the REST API",
                self.name,
            )
            return
        with self._database.session() as session:
            if not self._is_there(session):
                return
            bookmark = Bookmark(
                self.name, self.stream_state, self.incremental, session.is_secondary()
            )
            minimum_active = session.minimum_active()
            self._warn_of_standstill(session, bookmark, minimum_active)
            if bookmark.went_backwards(minimum_active):
                # Looked at twice: the answer is a full read.
                self._database.pace.sleep(SECOND_LOOK_SECONDS)
                minimum_active = session.minimum_active()
            if bookmark.went_backwards(minimum_active):
                self.logger.warning(
                    "%s: the database hands out row versions below those already read, as after "
                    "a restore; the stream is read anew",
                    self.name,
                )
            yield from self._read(session, bookmark, minimum_active)

    def _warn_of_standstill(
        self, session: Session, bookmark: Bookmark, minimum_active: bytes
    ) -> None:
        """Say once a run that a transaction has been open since the last one."""
        if (
            not self._database.warned_of_open_transaction
            and bookmark.stands_at(minimum_active)
            and session.holds_back(minimum_active)
        ):
            self._database.warned_of_open_transaction = True
            self.logger.warning(
                "%s: nothing new can be read since the last run. A transaction has been open in "
                "Sage 200's database since then, and what was written after it began waits for "
                "its end. Ask the DBA for the oldest open transaction (DBCC OPENTRAN).",
                self.name,
            )

    def _is_there(self, session: Session) -> bool:
        """Make sure of the tables.

        Raises:
            AccessError: If one isn't there that every release has.
        """
        try:
            for name in (self.name, *CHILDREN.get(self.name, {}).values()):
                session.check(name)
        except AccessError as error:
            if self.name not in NOT_IN_EVERY_RELEASE:
                raise
            self.logger.warning(
                "%s: not read. %s Where this release has no such table, the setting full_compare "
                "finds what is gone.",
                self.name,
                error.message,
            )
            return False
        return True

    def _read(
        self, session: Session, bookmark: Bookmark, minimum_active: bytes
    ) -> Generator[list[Record], None, None]:
        """Yield one window and close it."""
        window = bookmark.open(minimum_active, whole=self.full_compare)
        finished = yield from self._window(
            session, bookmark, window, lambda rows: self._records(session, rows)
        )
        if finished:
            bookmark.close(window)
            self.finished()

    def _records(self, session: Session, rows: Rows) -> list[Record]:
        """Turn a batch into records, with their lists."""
        made = records(rows, self._columns)
        for name, child in CHILDREN.get(self.name, {}).items():
            columns = next(column.of for column in self._columns if column.name == name)
            for start in range(0, len(made), PARENTS_A_STATEMENT):
                parents = made[start : start + PARENTS_A_STATEMENT]
                ids = [parent[self._key] for parent in parents]
                attach(parents, self._key, name, session.rows(child, parent_ids=ids), columns)
        return made

    def _window(
        self,
        session: Session,
        bookmark: Bookmark,
        window: Window,
        to_records: Callable[[Rows], list[Record]],
        **values: object,
    ) -> Generator[list[Record], None, bool]:
        """Yield the records of a window; return whether its end was reached.

        The bookmark moves when the next batch is asked for: by then every record of the last one
        has been written.

        Args:
            session: An open connection.
            bookmark: The stream's state.
            window: What to read.
            to_records: Makes records of a batch.
            values: Parameters of the statement beside window and batch.
        """
        walk = Walk(
            session,
            self.name,
            self._key,
            {"after": window.after, "below": window.below, **values},
        )
        # Lists are read from the same session.
        for batch in walk.batches(window.after_key, ahead=self.name not in CHILDREN):
            yield to_records(batch.rows)
            bookmark.reached(window, batch.upto_key)
            if batch.more and self._budget.spent:
                self.logger.warning(
                    "%s: max_seconds is used up; the next run goes on after %s %s",
                    self.name,
                    self._key,
                    batch.upto_key,
                )
                return False
        return True
