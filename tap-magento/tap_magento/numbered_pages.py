"""Short tables by pages with a number: read at once on all connections, and checked."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from magento_client import RetryLaterError, SearchCriteria

from tap_magento.row_values import needed

if TYPE_CHECKING:
    from magento_client import MagentoClient, RawRow, RowsAnswer

    from tap_magento.entities import Table
    from tap_magento.fetchers import Fetchers
    from tap_magento.page_size import PageSize

_ROUNDS = 3


class NumberedPages:
    """Reads a short table whole."""

    def __init__(
        self, client: MagentoClient, fetchers: Fetchers, page_size: PageSize, table: Table
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._client = client
        self._fetchers = fetchers
        self._page_size = page_size
        self._table = table

    def read(self) -> list[RawRow]:
        """Return all rows; they are read again where the table changed meanwhile.

        Raises:
            RetryLaterError: It changed each time.
        """
        for _ in range(_ROUNDS):
            rows = self._round()
            if rows is not None:
                return rows
        raise RetryLaterError(
            f"GET /rest/{self._table.path} changed {_ROUNDS} times while it was read; try again "
            "when nobody works on it."
        )

    def _round(self) -> list[RawRow] | None:
        """Read all pages; None where they do not come to the rows that the shop counts.

        The number of pages follows from the count: a page beyond the last is the last one again
        in Magento 2.3.
        """
        first = self._fetchers.call(partial(self._page, 1))
        total = first.total_count
        last = math.ceil(total / self._page_size.rows)
        asked = [self._fetchers.submit(partial(self._page, n)) for n in range(2, last + 1)]
        try:
            answers = [first, *map(self._fetchers.result, asked)]
        finally:
            for one in asked:
                one.cancel()
        rows = {self._key(row): row for answer in answers for row in answer.rows}
        steady = all(answer.total_count == total for answer in answers)
        return list(rows.values()) if steady and len(rows) == total else None

    def _page(self, number: int) -> RowsAnswer:
        criteria = SearchCriteria().at_page(number)
        for field in self._table.sorts:
            criteria = criteria.sorted_by(field)
        return self._page_size.search(self._client, self._table.path, criteria)

    def _key(self, row: RawRow) -> tuple[bytes, ...]:
        return tuple(bytes(needed(row, name, self._table.path)) for name in self._table.keys)
