"""Reading an entity by time windows and keys: nothing lost while the shop works on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magento_client import Condition, SearchCriteria
from magento_client.rows import value

from tap_magento.exceptions import UnsoundAnswerError
from tap_magento.key_pages import KeyPages
from tap_magento.ordered_pages import OrderedPages
from tap_magento.spans import WindowCutter, WindowSpans
from tap_magento.windows import horizon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from magento_client import MagentoClient

    from tap_magento.entities import Windowed
    from tap_magento.fetchers import Fetchers
    from tap_magento.ordered_pages import Rows, WindowDone
    from tap_magento.page_size import PageSize

_PAGES_A_WINDOW = 100
_DONE_STATES = ("complete", "closed", "canceled")


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
        self._entity = entity
        self._pages = KeyPages(client, page_size, entity.path, entity.key_filter, entity.key_column)
        self._all = SearchCriteria()
        if store_ids and entity.by_store:
            self._all = self._all.where("store_id", Condition.IN, store_ids)

    def shop_time(self) -> datetime:
        """Ask the shop for the time.

        Raises:
            UnsoundAnswerError: A proxy dropped the time from the answer.
        """
        path = self._entity.path
        answer = self._fetchers.call(lambda: self._client.search_rows(path, self._all.sized(1)))
        if answer.shop_time is None:
            raise UnsoundAnswerError(
                f"GET /rest/{path} was answered without a Date header, so it is not known which "
                "rows have settled; let the proxy in front of the shop pass it on."
            )
        return answer.shop_time

    def read(
        self, start: datetime | None, shop_time: datetime, settle_seconds: int
    ) -> Iterator[Rows | WindowDone]:
        """Hand out the rows that changed from ``start`` until the shop's rows have settled.

        Pages come in order of window and key, ``WindowDone`` after each window.

        Args:
            start: First stamp to read; None for the beginning.
            shop_time: The shop's clock.
            settle_seconds: How far before it rows may still appear.
        """
        end = horizon(shop_time, settle_seconds)
        if start is not None and start >= end:
            return
        cutter = WindowCutter(
            self._pages, self._stamp_beyond, self._all, self._entity.stamp, _PAGES_A_WINDOW
        )
        spans = WindowSpans(self._pages, self._fetchers, cutter, start, end)
        yield from OrderedPages(self._pages, self._fetchers).read(spans)

    def reread_open(self, shop_time: datetime, days: int) -> Iterator[Rows]:
        """Hand out the recent orders that are not at their end, whatever their stamp.

        A second part shipment, a comment, a track or an address does not move the stamp.
        """
        criteria = self._all.where(
            "created_at", Condition.GTEQ, shop_time - timedelta(days=days)
        ).where("state", Condition.NIN, _DONE_STATES)
        yield from OrderedPages(self._pages, self._fetchers).whole(criteria)

    def _stamp_beyond(self, criteria: SearchCriteria, rows: int) -> str | None:
        """Return the stamp of the row after the first so many, by stamp."""
        stamp = self._entity.stamp
        asked = criteria.sorted_by(stamp).sized(1).at_page(rows + 1)
        answer = self._client.search_rows(self._entity.path, asked)
        # Magento 2.3 answers the last page instead of an empty one.
        if answer.total_count <= rows or not answer.rows:
            return None
        return str(value(answer.rows[0][stamp]))
