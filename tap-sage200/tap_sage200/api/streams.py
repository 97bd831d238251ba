"""Streams read by the API: pages by key, changes by their stamp with an overlap."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any

from sage200_client import FixRequest, Sage200Error, any_of, ge, gt
from typing_extensions import override

from tap_sage200.api import ledgers, sales, stock
from tap_sage200.api.ledgers import NOT_BY_API
from tap_sage200.exceptions import SageReadError, SettingsError
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
# Ids come from a counter and may be committed out of order: so many are asked for again.
OVERLAPPING_IDS = 1000
BY_ID = frozenset({"nominal_transactions"})
"""Streams whose records are written once and bear no stamp."""


def resources_of(stream: str) -> tuple[Resource, ...]:
    """Return what a stream is read from."""
    if stream in NOT_BY_API:
        return ()
    if stream == "sales_document_lines":
        return (sales.ORDER_LINES, sales.RETURN_LINES)
    return (RESOURCES[stream],)


class ApiStream(SageStream):
    """A stream whose records come from one resource of the API.

    The bookmark is the moment this machine began to read; the next run asks for what changed since,
    and ``lookback_seconds`` before, because clocks differ and a transaction may be committed after
    its stamp.
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
        started = datetime.now(timezone.utc)
        try:
            with self._source.session() as (client, names):
                if warning := self._source.new_warning(client):
                    self.logger.warning("%s", warning)
                finished = yield from self._pages(client, names)
        except FixRequest as error:
            if error.status != _NOT_FOUND:
                raise SageReadError(str(error)) from error
            self.logger.warning(
                "%s: not read, this release of Sage 200 has no such list; the other streams go "
                "on. %s",
                self.name,
                error,
            )
            return
        except Sage200Error as error:
            raise SageReadError(str(error)) from error
        if finished:
            self._close(started)
            self.finished()

    def _pages(self, client: Sage200Client, names: Lookups) -> Generator[list[Record], None, bool]:
        """Yield the pages of every resource; return whether the end was reached."""
        for resource in self._resources:
            for page in self.pages_of(client, resource, self._changes(resource)):
                yield self.made(client, names, resource, page)
                if self._spent():
                    return False
        return True

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
        self._note_highest(resource, page)
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

    def _spent(self) -> bool:
        if self._budget.spent:
            self.logger.warning(
                "%s: max_seconds is used up; the next run reads the stream again", self.name
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

    def _note_highest(self, resource: Resource, page: list[dict[str, Any]]) -> None:
        if self.name in BY_ID:
            self._highest = page[-1][resource.key]

    def _close(self, started: datetime) -> None:
        if not self.incremental:
            return
        highest = getattr(self, "_highest", None)
        value = highest if self.name in BY_ID else started.isoformat()
        if value is not None:
            self.stream_state["replication_key"] = self.replication_key
            self.stream_state["replication_key_value"] = value
