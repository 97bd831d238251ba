"""Reading an entity by time windows and keys: nothing lost while the shop works on."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from magento_client import Condition, Direction, NotJsonError, SearchCriteria

from tap_magento.exceptions import UnsoundAnswerError
from tap_magento.records import moment_of
from tap_magento.windows import KeyRange, Window, end_of_split, horizon, key_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_client import MagentoClient, SearchAnswer

    from tap_magento.entities import Windowed
    from tap_magento.fetchers import Fetchers
    from tap_magento.page_size import PageSize
    from tap_magento.records import Row

logger = logging.getLogger(__name__)

_PAGES_A_WINDOW = 50
_DONE_STATES = ("complete", "closed", "canceled")


@dataclass(frozen=True)
class Page:
    """Rows with ascending keys.

    Attributes:
        rows: The rows.
        last_key: The highest key; None where there are no rows.
        left: Rows of the same range that are not on this page.
    """

    rows: list[Row]
    last_key: int | None
    left: int


@dataclass(frozen=True)
class WindowDone:
    """All rows of the windows up to ``end`` have been handed out."""

    end: datetime


@dataclass(frozen=True)
class _Plan:
    """A window of bounded size: its first page, and the key ranges of the others."""

    window: Window
    first: Page
    ranges: tuple[KeyRange, ...]
    crowded: bool


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
            store_ids: Stores to keep to; empty for all.
        """
        self._client = client
        self._fetchers = fetchers
        self._page_size = page_size
        self._entity = entity
        self._all = SearchCriteria()
        if store_ids and entity.by_store:
            self._all = self._all.where("store_id", Condition.IN, store_ids)

    def shop_time(self) -> datetime:
        """Ask the shop for the time.

        Raises:
            UnsoundAnswerError: A proxy dropped the time from the answer.
        """
        path = self._entity.path
        answer = self._fetchers.call(lambda: self._client.search(path, self._all.sized(1)))
        if answer.shop_time is None:
            raise UnsoundAnswerError(
                f"GET /rest/{path} was answered without a Date header, so it is not known which "
                "rows have settled; let the proxy in front of the shop pass it on."
            )
        return answer.shop_time

    def read(
        self, start: datetime | None, shop_time: datetime, settle_seconds: int
    ) -> Iterator[list[Row] | WindowDone]:
        """Hand out the rows that changed from ``start`` until the shop's rows have settled.

        Pages come in order of window and key, ``WindowDone`` after each window. A window is
        planned while the one before it is read.

        Args:
            start: First stamp to read; None for the beginning.
            shop_time: The shop's clock.
            settle_seconds: How far before it rows may still appear.
        """
        end = horizon(shop_time, settle_seconds)
        if start is not None and start >= end:
            return
        planning = self._fetchers.submit(partial(self._plan, start, end, crowded=False))
        while True:
            plan = self._fetchers.result(planning)
            window_end = plan.window.end
            if window_end < end:
                planning = self._fetchers.submit(
                    partial(self._plan, window_end, end, crowded=plan.crowded)
                )
            yield from self._pages(plan)
            yield WindowDone(window_end)
            if window_end >= end:
                return

    def reread_open(self, shop_time: datetime, days: int) -> Iterator[list[Row]]:
        """Hand out the recent orders that are not at their end, whatever their stamp.

        A second part shipment, a comment, a track or an address does not move the stamp.
        """
        criteria = self._all.where(
            "created_at", Condition.GTEQ, shop_time - timedelta(days=days)
        ).where("state", Condition.NIN, _DONE_STATES)
        page = self._fetchers.call(partial(self._page, criteria, KeyRange()))
        yield page.rows
        yield from self._continue(criteria, KeyRange(), page)

    def _pages(self, plan: _Plan) -> Iterator[list[Row]]:
        criteria = plan.window.within(self._all, self._entity.stamp)
        yield plan.first.rows
        pages = self._fetchers.in_order(
            partial(self._page, criteria, key_range) for key_range in plan.ranges
        )
        for key_range, page in zip(plan.ranges, pages, strict=True):
            yield page.rows
            yield from self._continue(criteria, key_range, page)

    def _continue(
        self, criteria: SearchCriteria, key_range: KeyRange, page: Page
    ) -> Iterator[list[Row]]:
        """Hand out what a range holds beyond its first page."""
        while page.left:
            rest = KeyRange(page.last_key, key_range.upto)
            page = self._fetchers.call(partial(self._page, criteria, rest))
            yield page.rows

    def _plan(self, start: datetime | None, end: datetime, *, crowded: bool) -> _Plan:
        """Find the next window of at most so many pages, and read its first page.

        Args:
            start: Where it begins.
            end: Where it ends at the latest.
            crowded: Whether the window before held fewer rows than were left.
        """
        most = _PAGES_A_WINDOW * self._page_size.rows
        entity = self._entity
        if not crowded:
            window = Window(start, end)
            page = self._page(window.within(self._all, entity.stamp), KeyRange())
            if len(page.rows) + page.left <= most:
                return self._planned(window, page, crowded=False)
        window = Window(start, self._split(start, end, most))
        page = self._page(window.within(self._all, entity.stamp), KeyRange())
        return self._planned(window, page, crowded=window.end < end)

    def _planned(self, window: Window, first: Page, *, crowded: bool) -> _Plan:
        rows = self._page_size.rows
        ranges: tuple[KeyRange, ...] = ()
        if first.left and first.last_key is not None:
            if first.left <= rows:
                ranges = (KeyRange(first.last_key),)
            else:
                criteria = window.within(self._all, self._entity.stamp)
                highest = self._client.search(
                    self._entity.path,
                    criteria.sorted_by(self._entity.key_filter, Direction.DESC).sized(1),
                )
                if highest.items:
                    upto = self._key(highest.items[0])
                    ranges = key_ranges(first.last_key, upto, first.left, rows)
        return _Plan(window, first, ranges, crowded)

    def _split(self, start: datetime | None, end: datetime, most: int) -> datetime:
        """Return the end of the longest window from ``start`` that holds at most ``most`` rows."""
        entity = self._entity
        criteria = Window(start, end).within(self._all, entity.stamp).sorted_by(entity.stamp)
        answer = self._client.search(entity.path, criteria.sized(1).at_page(most + 1))
        if answer.total_count <= most or not answer.items:
            return end
        return min(end, end_of_split(start, moment_of(answer.items[0][entity.stamp])))

    def _page(self, criteria: SearchCriteria, key_range: KeyRange) -> Page:
        entity = self._entity
        narrowed = key_range.within(criteria, entity.key_filter)
        answer = self._page_size.search(self._client, entity.path, narrowed)
        keys = [self._key(row) for row in answer.items]
        self._check(narrowed, key_range, keys, answer)
        left = max(0, answer.total_count - len(keys))
        return Page(answer.items, keys[-1] if keys else None, left)

    def _key(self, row: Row) -> int:
        key = row.get(self._entity.key_column)
        if isinstance(key, int):
            return key
        raise NotJsonError(
            f"GET /rest/{self._entity.path} was answered with a row without "
            f"{self._entity.key_column}; check that no extension of the shop changes this "
            "endpoint."
        )

    def _check(
        self,
        criteria: SearchCriteria,
        key_range: KeyRange,
        keys: list[int],
        answer: SearchAnswer,
    ) -> None:
        """Refuse a page that would lose rows: a cache or an extension may ignore the question."""
        lowest = key_range.after
        ascending = all(low < high for low, high in itertools.pairwise(keys))
        above = not keys or lowest is None or keys[0] > lowest
        if not (ascending and above) or (not keys and answer.total_count):
            raise UnsoundAnswerError(
                f"GET /rest/{self._entity.path} ({criteria}) was answered with rows that do not "
                f"suit the question ({len(keys)} rows of {answer.total_count}, keys not ascending "
                "or already read), so rows could get lost; check that no cache or extension "
                "changes the shop's answers."
            )
