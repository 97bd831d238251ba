"""Reading an entity by time windows and keys: nothing lost while the shop works on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from magento_client import Condition, SearchCriteria
from magento_client.rows import value

from tap_magento.entities import Reread
from tap_magento.exceptions import UnsoundAnswerError
from tap_magento.key_pages import KeyPages
from tap_magento.ordered_pages import OrderedPages, Rows, WindowDone
from tap_magento.parent_read import ParentRead
from tap_magento.records import moment_of
from tap_magento.row_values import needed
from tap_magento.spans import WindowCutter, WindowSpans

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from magento_client import MagentoClient, RawRow, RowsAnswer

    from tap_magento.entities import Windowed
    from tap_magento.fetchers import Fetchers
    from tap_magento.page_size import PageSize

_PAGES_A_WINDOW = 100
_DONE_STATES = ("complete", "closed", "canceled")


@dataclass(frozen=True)
class Opening:
    """What is known before the first window.

    Attributes:
        shop_time: The shop's clock.
        row_beyond: The answer to where the first window ends, where everything is read.
    """

    shop_time: datetime
    row_beyond: RowsAnswer | None


class WindowedRead:
    """Reads one entity of one shop."""

    def __init__(
        self,
        client: MagentoClient,
        fetchers: Fetchers,
        page_size: PageSize,
        entity: Windowed,
        store_ids: tuple[int, ...] = (),
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            client: Access to the shop.
            fetchers: The connections.
            page_size: Rows a page.
            entity: What to read.
            store_ids: Stores to keep to, where rows have one; empty for all.
        """
        self._client = client
        self._fetchers = fetchers
        self._entity = entity
        self._pages = KeyPages(client, page_size, entity.path, entity.key_filter, entity.key_column)
        self._all = SearchCriteria()
        if store_ids:
            self._all = self._all.where("store_id", Condition.IN, store_ids)

    def sample(self) -> list[RawRow]:
        """Return a row, with a single request: enough to know that rows may be read."""
        path, question = self._entity.path, self._all.sized(1)
        return self._fetchers.call(lambda: self._client.search_rows(path, question)).rows

    def open(self, start: datetime | None) -> Opening:
        """Ask the shop for the time, and where everything is read also for the first window.

        Args:
            start: First stamp to read; None for the beginning.

        Raises:
            UnsoundAnswerError: A proxy dropped the time from the answer.
        """
        path = self._entity.path
        question = self._all.sized(1) if start is not None else self._row_beyond(self._all)
        answer = self._fetchers.call(lambda: self._client.search_rows(path, question))
        if answer.shop_time is None:
            raise UnsoundAnswerError(
                f"GET /rest/{path} was answered without a Date header, so it is not known which "
                "rows have settled; let the proxy in front of the shop pass it on."
            )
        return Opening(answer.shop_time, None if start is not None else answer)

    def read(
        self, opening: Opening, start: datetime | None, end: datetime
    ) -> Iterator[Rows | WindowDone]:
        """Hand out the rows that changed from ``start`` until ``end``.

        Pages come in order of window and key, ``WindowDone`` after each window.

        Args:
            opening: What ``open`` returned.
            start: First stamp to read; None for the beginning.
            end: The moment up to which the shop's rows have settled.
        """
        if start is not None and start >= end:
            yield WindowDone(end)
            return
        cutter = WindowCutter(
            self._pages, self._ask_stamp_beyond, self._all, self._entity.stamp, _PAGES_A_WINDOW
        )
        # All rows there are, those after the end included: where they are few, so is a part.
        answer = opening.row_beyond
        first = None if answer is None else cutter.cut_at(start, end, self._stamp_beyond(answer))
        spans = WindowSpans(self._pages, self._fetchers, cutter, start, end, first)
        parents = None
        if start is not None and self._entity.has_parents:
            parents = ParentRead(self._ordered(), self._all, self._entity, start)
        for event in self._ordered().read(spans):
            # Before a window is done: its state says that nothing of it is missing.
            if parents is not None and isinstance(event, WindowDone):
                yield from parents.read()
            yield event
            if parents is not None and isinstance(event, Rows):
                yield from parents.note(event.rows)

    def reread(self, shop_time: datetime, days: int, since: datetime | None) -> Iterator[Rows]:
        """Hand out the recent rows that may have changed without a new stamp, whatever theirs is.

        Args:
            shop_time: The shop's clock.
            days: How long ago they were made at most.
            since: Stamp of the oldest rows that are wanted at all; None for all.
        """
        criteria = self._all.where("created_at", Condition.GTEQ, shop_time - timedelta(days=days))
        if self._entity.reread is Reread.OPEN:
            criteria = criteria.where("state", Condition.NIN, _DONE_STATES)
        if since is not None:
            criteria = criteria.where(self._entity.stamp, Condition.GTEQ, since)
        yield from self._ordered().whole(criteria)

    def whole(self, since: datetime | None) -> Iterator[Rows]:
        """Hand out all rows, whatever their stamp is.

        Args:
            since: Stamp of the oldest rows that are wanted at all; None for all.
        """
        stamp = self._entity.stamp
        criteria = self._all if since is None else self._all.where(stamp, Condition.GTEQ, since)
        yield from self._ordered().whole(criteria)

    def _ordered(self) -> OrderedPages:
        return OrderedPages(self._pages, self._fetchers)

    def _ask_stamp_beyond(self, criteria: SearchCriteria) -> datetime | None:
        """Return the stamp of the first row, by stamp, that a window has no room for."""
        question = self._row_beyond(criteria)
        return self._stamp_beyond(self._client.search_rows(self._entity.path, question))

    def _row_beyond(self, criteria: SearchCriteria) -> SearchCriteria:
        return criteria.sorted_by(self._entity.stamp).sized(1).at_page(self._room() + 1)

    def _stamp_beyond(self, answer: RowsAnswer) -> datetime | None:
        # Magento 2.3 answers the last page where there is none.
        if answer.total_count <= self._room() or not answer.rows:
            return None
        stamp = value(needed(answer.rows[0], self._entity.stamp, self._entity.path))
        try:
            return moment_of(str(stamp))
        except ValueError:
            raise UnsoundAnswerError(
                f'GET /rest/{self._entity.path} was answered with "{stamp}" as '
                f"{self._entity.stamp}, which is no moment; check that no extension of the shop "
                "changes this endpoint."
            ) from None

    def _room(self) -> int:
        return _PAGES_A_WINDOW * self._pages.size
