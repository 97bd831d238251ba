"""What Singer sees: one stream a table, read window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_sage200.bookmark import Bookmark
from tap_sage200.catalogue import STREAMS
from tap_sage200.columns import REPLICATION_KEY, RecordMaker, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_sage200.bookmark import Window
    from tap_sage200.budget import Budget
    from tap_sage200.database import Row, SageDatabase, Session


SECOND_LOOK_SECONDS = 1.0


class SageStream(Stream):
    """A stream whose rows come from ``sql/<name>.sql``, in key order, by row version."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, name: str, database: SageDatabase, budget: Budget) -> None:
        """Take the columns from the catalogue.

        Args:
            tap: The tap.
            name: Stream, .sql file and catalogue entry.
            database: Where to read.
            budget: When to stop.
        """
        self._columns = STREAMS[name]
        self._database = database
        self._budget = budget
        super().__init__(tap, schema=schema_of(self._columns), name=name)
        self.primary_keys = [self._columns[0].name]
        self.replication_key = REPLICATION_KEY

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Yield the rows that are due."""
        if self._budget.spent:
            self.logger.warning(
                "%s: not read, max_seconds is used up; the next run reads it", self.name
            )
            return
        bookmark = Bookmark(
            self.name,
            self.stream_state,
            incremental=self.replication_method != REPLICATION_FULL_TABLE,
        )
        with self._database.session() as session:
            session.check(self.name)
            minimum_active = session.minimum_active()
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

    def _read(
        self, session: Session, bookmark: Bookmark, minimum_active: bytes
    ) -> Generator[Record, None, None]:
        """Yield one window and close it."""
        window = bookmark.open(minimum_active)
        finished = yield from self._window(session, bookmark, window, self._records)
        if finished:
            bookmark.close(window)

    def _records(self, rows: list[Row]) -> Iterable[Record]:
        """Turn a batch, which is never empty, into records."""
        return map(RecordMaker.of(self._columns, rows[0]).record, rows)

    def _window(
        self,
        session: Session,
        bookmark: Bookmark,
        window: Window,
        to_records: Callable[[list[Row]], Iterable[Record]],
        **values: object,
    ) -> Generator[Record, None, bool]:
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
        key = self._columns[0].name
        batches = session.batches(
            self.name, key, window.after_key, after=window.after, below=window.below, **values
        )
        for rows in batches:
            yield from to_records(rows)
            bookmark.reached(window, rows[-1][key])
            if self._budget.spent:
                self.logger.warning(
                    "%s: max_seconds is used up; the next run goes on after %s %s",
                    self.name,
                    key,
                    rows[-1][key],
                )
                return False
        return True

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Leave the state to the bookmark: a record's row version says nothing about its window."""

    @override
    def generate_child_contexts(
        self, record: Record, context: Context | None
    ) -> Iterable[Context | None]:
        """Return none: no stream has children."""
        return ()
