"""Streams read by the API: pages by key, changes by their stamp with an overlap."""

from __future__ import annotations

from dataclasses import dataclass
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
        resource: Where it is.
        after_key: The last key whose page was sent whole.
    """

    started: str
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
        super().__init__(tap, name, budget, self._changed_by(name))

    def _changed_by(self, name: str) -> str | None:
        if name in BY_ID:
            return "nominal_transaction_id"
        return "updated_at" if any(each.stamps for each in self._resources) else None

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
            return Reading(datetime.now(timezone.utc).isoformat())
        return Reading(noted["started"], noted["resource"], noted["after_key"])

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
            where = self._changes(resource)
            if reading.resource == resource.path and reading.after_key is not None:
                after = gt(resource.key, reading.after_key)
                where = after if where is None else where & after
            pages = self.pages_of(client, resource, where)
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
                reading = self._reading = Reading(reading.started, resource.path, last)
                if self._goes_on:
                    self.stream_state["reading"] = {
                        "replication_key": self.replication_key,
                        "started": reading.started,
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
            if error.status != _NOT_FOUND or not self._source.lacks(client, resource.path):
                raise
            self.logger.warning(
                "%s: not read, this release of Sage 200 has no such list; the other streams go "
                "on. %s",
                self.name,
                error,
            )
            return None

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
        size = min(self._pace.batch_size, 5000)
        found = client.get_all(
            resource.path,
            select=self.select_of(resource),
            filter=where,
            key=resource.key,
            orderby=resource.ordered,
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

    def _changes(self, resource: Resource) -> Filter | None:
        value = self.stream_state.get("replication_key_value")
        if not self.incremental or self.full_compare or value is None:
            return None
        if self.stream_state.get("replication_key") != self.replication_key:
            # The bookmark of the other source: read anew.
            return None
        if self.name in BY_ID:
            return gt(resource.key, int(value) - OVERLAPPING_IDS)
        try:
            since = datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise SettingsError(
                f"State of stream {self.name}: {value!r} is not a moment. Run with --full-refresh "
                "to read the stream anew."
            ) from error
        since -= timedelta(seconds=self.config["lookback_seconds"])
        return any_of(ge(stamp, since) for stamp in resource.stamps)

    def _close(self, reading: Reading) -> None:
        self.stream_state.pop("reading", None)
        if not self.incremental:
            return
        value = reading.after_key if self.name in BY_ID else reading.started
        if value is not None:
            self.stream_state["replication_key"] = self.replication_key
            self.stream_state["replication_key_value"] = value
