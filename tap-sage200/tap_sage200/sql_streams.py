"""Streams read by SQL, window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from typing_extensions import override

from tap_sage200.bookmark import BEFORE_ALL_KEYS, HIGHEST, LOWEST, Bookmark
from tap_sage200.catalogue import CHILDREN, NOT_BY_SQL, NOT_IN_EVERY_RELEASE
from tap_sage200.catalogue.moved import ARCHIVES, HISTORIES
from tap_sage200.catalogue.watched import WATCHED
from tap_sage200.columns import REPLICATION_KEY
from tap_sage200.exceptions import AccessError
from tap_sage200.rows import attach, records
from tap_sage200.statements import archived, changed_rows, for_named, key_above, statement
from tap_sage200.streams import SageStream
from tap_sage200.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record

    from tap_sage200.bookmark import Window
    from tap_sage200.budget import Budget
    from tap_sage200.catalogue.watched import Watched
    from tap_sage200.database import SageDatabase, Session
    from tap_sage200.rows import Rows

SECOND_LOOK_SECONDS = 1.0
LISTED_A_STATEMENT = 500
"""Values a statement lists; SQL Server takes 2,100 parameters."""
NAMED_A_STATEMENT = 100
"""Ids a statement lists whose rows come all at once; an order has some lines."""
Value = TypeVar("Value")


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
        self._zone = database.parameters.zone
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
                session.check(statement(name))
            for watched in WATCHED.get(self.name, ()):
                session.check(changed_rows(watched))
        except AccessError as error:
            if self.name not in NOT_IN_EVERY_RELEASE or "replication_key" in self.stream_state:
                # What was read before is no table that this release lacks.
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

        def to_records(rows: Rows) -> list[Record]:
            return self._records(session, rows)

        if (yield from self._window(session, bookmark, window, to_records)):
            yield from self._end(session, bookmark, window, to_records)

    def _end(
        self,
        session: Session,
        bookmark: Bookmark,
        window: Window,
        to_records: Callable[[Rows], list[Record]],
    ) -> Iterator[list[Record]]:
        """Close a window that was read to its end; a comparison also reads what was archived."""
        comparable = self.full_compare and self._knows_what_moved(session)
        if comparable and self.name in ARCHIVES:
            values = {"after": LOWEST, "below": HIGHEST}
            walk = Walk(session, archived(self.name), self._key, values)
            for batch in walk.batches(BEFORE_ALL_KEYS, ahead=True):
                yield to_records(batch.rows)
        bookmark.close(window)
        if comparable:
            self.finished()

    def _knows_what_moved(self, session: Session) -> bool:
        """Return whether what is gone can be told from what Sage moved elsewhere."""
        moved = None
        try:
            if self.name in ARCHIVES:
                session.check(archived(self.name))
            if self.name in HISTORIES:
                moved, key = HISTORIES[self.name]
                first = {"after_key": BEFORE_ALL_KEYS}
                if not session.patiently(key_above(moved, key, moved), lambda: first).values:
                    return True
        except AccessError as error:
            self.logger.warning(
                "%s: not compared, since where Sage moves old rows can't be seen. %s",
                self.name,
                error.message,
            )
            return False
        if moved:
            self.logger.warning(
                "%s: not compared. Sage has moved old rows to %s, and what it moved can't be told "
                "from what was deleted.",
                self.name,
                moved,
            )
        return moved is None

    def _records(self, session: Session, rows: Rows) -> list[Record]:
        """Turn a batch into records, with their lists."""
        made = records(rows, self._columns, self._zone)
        for name, child in CHILDREN.get(self.name, {}).items():
            columns = next(column.of for column in self._columns if column.name == name)
            for parents in parts(made):
                ids = [parent[self._key] for parent in parents]
                found = session.rows(child, parent_ids=ids)
                children = records(found, columns, self._zone)
                attach(parents, self._key, name, children, found.column("parent_id"))
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
        bounds = {"after": window.after, "below": window.below}
        walk = Walk(session, statement(self.name), self._key, {**bounds, **values})
        # Lists are read from the same session.
        for batch in walk.batches(window.after_key, ahead=self.name not in CHILDREN):
            yield to_records(batch.rows)
            bookmark.reached(window, batch.upto_key)
            if batch.more and self._budget.spent:
                self._tell_of_budget(f"{self._key} {batch.upto_key}")
                return False
        if window.after == LOWEST:
            # Every row was read in any case.
            return True
        for number, watched in enumerate(WATCHED.get(self.name, ())):
            due = self._due_ids(session, window, number, watched)
            for ids in parts(due, NAMED_A_STATEMENT):
                chosen = {**bounds, **values, "named_ids": ids}
                for rows in self._named(session, watched, chosen):
                    yield to_records(rows)
                bookmark.followed(window, number, ids[-1])
                if self._budget.spent:
                    self._tell_of_budget(f"{watched.column} {ids[-1]}, changed in {watched.table}")
                    return False
        return True

    def _due_ids(
        self, session: Session, window: Window, number: int, watched: Watched
    ) -> list[int]:
        """Return the ids that changed in a watched table and whose rows were not sent yet."""
        done, upto = window.followed
        if number < done:
            return []
        walk = Walk(
            session,
            changed_rows(watched),
            "watched_key",
            {"after": window.after, "below": window.below},
        )
        found: set[int] = set()
        for batch in walk.batches(BEFORE_ALL_KEYS, ahead=False):
            found.update(each for each in batch.rows.column("named_id") if each is not None)
        return sorted(each for each in found if number > done or each > upto)

    def _named(
        self, session: Session, watched: Watched, values: Mapping[str, object]
    ) -> Iterator[Rows]:
        """Yield the stream's rows that hang on these ids of a watched table."""
        wanted = for_named(statement(self.name), watched.named, wide=watched.wide)
        if not watched.wide:
            yield session.patiently(wanted, lambda: values)
            return
        walk = Walk(session, wanted, self._key, values)
        for batch in walk.batches(BEFORE_ALL_KEYS, ahead=False):
            yield batch.rows

    def _tell_of_budget(self, place: str) -> None:
        if self.full_compare:
            place = "the stream's beginning: only a comparison that is whole tells what is gone"
        self.logger.warning(
            "%s: max_seconds is used up; the next run goes on after %s", self.name, place
        )


def parts(values: Sequence[Value], most: int | None = None) -> Iterator[list[Value]]:
    """Split what statements list."""
    most = most or LISTED_A_STATEMENT
    for start in range(0, len(values), most):
        yield list(values[start : start + most])
