"""Streams read by the API: pages by key, changes by their stamp with an overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any

from sage200_client import (
    FixRequest,
    FixSettings,
    ReportAnswer,
    Sage200Error,
    any_of,
    ge,
    gt,
)
from typing_extensions import override

from tap_sage200.api import ledgers, sales, stock
from tap_sage200.api.groups import MOST_RECORDS
from tap_sage200.api.ledgers import NOT_BY_API
from tap_sage200.exceptions import FailedStreamError, SageReadError, SettingsError
from tap_sage200.streams import SageStream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sage200_client import Filter, Sage200Client
    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record

    from tap_sage200.api.fields import Resource
    from tap_sage200.api.lookups import Lookups
    from tap_sage200.api.source import ApiSource
    from tap_sage200.budget import Budget
    from tap_sage200.database import Pace

RESOURCES = {**stock.RESOURCES, **sales.RESOURCES, **ledgers.RESOURCES}
_NOT_FOUND = 404
_FORBIDDEN = 403
# Ids come from a counter and may be committed out of order: so many are asked for again.
OVERLAPPING_IDS = 1000
BY_ID = frozenset({"nominal_transactions"})
"""Streams whose records are written once and bear no stamp."""
BY_OTHER_LISTS = frozenset({"despatches", "invoices_and_credits"})
"""Streams of documents without a stamp: lists of their parts tell which changed."""
REREAD = BY_OTHER_LISTS | {"stock_levels"}
"""Streams that are read whole from time to time, since their stamps may miss a change."""


def resources_of(stream: str) -> tuple[Resource, ...]:
    """Return what a stream is read from."""
    if stream in NOT_BY_API:
        return ()
    if stream == "sales_document_lines":
        return sales.LINES
    return (RESOURCES[stream],)


@dataclass(frozen=True)
class Reading:
    """How far a stream got.

    Attributes:
        started: When its first run began; what changed since is the next reading's.
        whole: Everything is read, not only what changed.
        resource: Where it is.
        after_key: The last key whose page was sent whole.
    """

    started: str
    whole: bool
    resource: str | None = None
    after_key: int | None = None


class ApiStream(SageStream):
    """A stream whose records come from one resource of the API.

    The bookmark is the moment this machine began to read; the next run asks for what changed since,
    and ``lookback_seconds`` before, because clocks differ and a transaction may be committed after
    its stamp. A run that uses up ``max_seconds`` leaves the last key in the state and the next one
    goes on there; the bookmark is then the moment the first of them began.
    """

    def __init__(self, tap: Tap, name: str, source: ApiSource, budget: Budget, pace: Pace) -> None:
        """Note where to read.

        Args:
            tap: The tap.
            name: The stream.
            source: The API.
            budget: When to stop.
            pace: Records a page, and the rest between pages.
        """
        self._source = source
        self._pace = pace
        self._resources = resources_of(name)
        self._lacking: set[str] = set()
        super().__init__(tap, name, budget, self._changed_by(name))

    def _changed_by(self, name: str) -> str | None:
        if name in BY_ID:
            return "nominal_transaction_id"
        stamped = any(each.stamps for each in self._resources)
        return "updated_at" if stamped or name in BY_OTHER_LISTS else None

    @override
    def record_batches(self) -> Iterator[list[Record]]:
        """Yield what changed, page by page."""
        if self.name in NOT_BY_API:
            self.logger.warning("%s: %s", self.name, NOT_BY_API[self.name])
            return
        try:
            with self._source.session() as (client, names):
                if warning := self._source.new_warning(client):
                    self.logger.warning("%s", warning)
                self._reading = self._opened()
                finished = yield from self._pages(client, names)
        except (FixRequest, ReportAnswer) as error:
            raise FailedStreamError(f"Stream {self.name}: {error}") from error
        except Sage200Error as error:
            if isinstance(error, FixSettings) and error.status == _FORBIDDEN:
                # One module of Sage 200 may be closed to its user, the others not.
                raise FailedStreamError(f"Stream {self.name}: {error}") from error
            raise SageReadError(str(error)) from error
        if finished:
            self._close(self._reading)
            self.finished()

    def _opened(self) -> Reading:
        """Return the reading that an earlier run left unfinished, else a new one."""
        noted = self.stream_state.get("reading") if self._goes_on else None
        if noted is None or noted["replication_key"] != self.replication_key:
            now = datetime.now(timezone.utc)
            return Reading(now.isoformat(), whole=self._reads_whole(now))
        # An older version of this tap noted no "whole".
        whole = noted.get("whole", self._bookmark() is None)
        return Reading(noted["started"], whole, noted["resource"], noted["after_key"])

    def _reads_whole(self, now: datetime) -> bool:
        """Whether everything is due: without a bookmark, or when its last whole reading is old."""
        if self.full_compare or self._bookmark() is None:
            return True
        hours = self.config["full_reread_hours"]
        if self.name not in REREAD or not hours:
            return False
        last = self.stream_state.get("whole_read_at")
        return last is None or now - self._moment(last) >= timedelta(hours=hours)

    @property
    def _goes_on(self) -> bool:
        """Whether a reading that used up its time is gone on with.

        A comparison is not, so that nothing is taken for gone; nor is a table that the target is
        told to replace.
        """
        replaced = not self.incremental and self.emit_activate_version_messages
        return not self.full_compare and not replaced

    def _pages(self, client: Sage200Client, names: Lookups) -> Generator[list[Record], None, bool]:
        """Yield the pages of every resource; return whether the end was reached."""
        paths = [resource.path for resource in self._resources]
        reading = self._reading
        begin = paths.index(reading.resource) if reading.resource in paths else 0
        read_any, lacking = False, 0
        for resource in self._resources[begin:]:
            after_key = reading.after_key if reading.resource == resource.path else None
            pages = self.due_pages(client, resource, after_key)
            page = self._first_page(client, resource, pages)
            if page is None:
                lacking += 1
                continue
            while page:
                if read_any and self._spent(reading):
                    return False
                read_any = True
                last = page[-1][resource.key]
                yield self.made(client, names, resource, page)
                reading = self._reading = replace(reading, resource=resource.path, after_key=last)
                if self._goes_on:
                    self.stream_state["reading"] = {
                        "replication_key": self.replication_key,
                        "started": reading.started,
                        "whole": reading.whole,
                        "resource": reading.resource,
                        "after_key": reading.after_key,
                    }
                page = next(pages, [])
        return lacking < len(paths)

    def _first_page(
        self, client: Sage200Client, resource: Resource, pages: Iterator[list[dict[str, Any]]]
    ) -> list[dict[str, Any]] | None:
        """Return a resource's first page; None where the release has no such list.

        Raises:
            FixRequest: Sage refused it for another reason.
        """
        try:
            return next(pages, [])
        except FixRequest as error:
            if not self.is_lacking(client, resource.path, error):
                raise
            self.logger.warning(
                "%s: not read, this release of Sage 200 has no such list; the other streams go "
                "on. %s",
                self.name,
                error,
            )
            return None

    def is_lacking(self, client: Sage200Client, path: str, error: FixRequest) -> bool:
        """Whether a list was refused because this release doesn't have it."""
        return error.status == _NOT_FOUND and self._source.lacks(client, path)

    def due_pages(
        self, client: Sage200Client, resource: Resource, after_key: int | None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield what of a resource is due, in pages.

        Args:
            client: Where to read.
            resource: What to read.
            after_key: What an earlier run of this reading sent last.
        """
        where = self._changes(resource)
        if after_key is not None:
            after = gt(resource.key, after_key)
            where = after if where is None else where & after
        yield from self.pages_of(client, resource, where)

    def made(
        self,
        client: Sage200Client,  # noqa: ARG002 - for those that have lists
        names: Lookups,
        resource: Resource,
        page: list[dict[str, Any]],
    ) -> list[Record]:
        """Make records of a page.

        Args:
            client: Where a page's lists are read.
            names: Lookups.
            resource: What the page is of.
            page: Records as the API gave them.
        """
        return resource.records(page, self._columns, names)

    def pages_of(
        self, client: Sage200Client, resource: Resource, where: Filter | None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield a resource's records in pages of ``batch_size``."""
        size = self._page_size
        found = client.get_all(
            resource.path,
            select=self.select_of(resource),
            filter=where,
            key=resource.key,
            page_size=size,
        )
        while page := list(islice(found, size)):
            yield page
            self._pace.sleep(self._pace.pause_seconds)

    def select_of(self, resource: Resource) -> list[str]:
        """Return the fields to ask for."""
        return resource.select

    def _spent(self, reading: Reading) -> bool:
        if self._budget.spent:
            self.logger.warning(
                "%s: max_seconds is used up; the next run %s",
                self.name,
                f"goes on after {reading.after_key} of {reading.resource}"
                if self._goes_on
                else "reads the stream again",
            )
            return True
        return False

    @property
    def _page_size(self) -> int:
        return min(self._pace.batch_size, MOST_RECORDS)

    def _bookmark(self) -> Any:
        """Return how far the last reading came; None where the stream is read anew."""
        if self.stream_state.get("replication_key") != self.replication_key:
            # That of the other source, or none.
            return None
        return self.stream_state.get("replication_key_value") if self.incremental else None

    def _asked_since(self) -> datetime | None:
        """Return since when changes are asked for; None where everything is read."""
        if self._reading.whole:
            return None
        return self._moment(self._bookmark()) - timedelta(seconds=self.config["lookback_seconds"])

    def _changes(self, resource: Resource) -> Filter | None:
        if self.name in BY_ID:
            value = None if self._reading.whole else self._bookmark()
            return None if value is None else gt(resource.key, int(value) - OVERLAPPING_IDS)
        since = self._asked_since()
        if since is None or not resource.stamps:
            return None
        return any_of(ge(stamp, since) for stamp in resource.stamps)

    def _moment(self, value: Any) -> datetime:
        try:
            return datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise SettingsError(
                f"State of stream {self.name}: {value!r} is not a moment. Run with --full-refresh "
                "to read the stream anew."
            ) from error

    def _close(self, reading: Reading) -> None:
        self.stream_state.pop("reading", None)
        if not self.incremental:
            return
        value = reading.after_key if self.name in BY_ID else reading.started
        if value is not None:
            self.stream_state["replication_key"] = self.replication_key
            self.stream_state["replication_key_value"] = value
        if reading.whole and self.name in REREAD:
            self.stream_state["whole_read_at"] = reading.started
