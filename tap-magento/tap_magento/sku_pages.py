"""Rows by SKU: a long table whose rows have no number."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from magento_client import Condition, SearchCriteria
from magento_client.rows import value

from tap_magento.exceptions import UnsoundAnswerError
from tap_magento.row_values import needed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from magento_client import MagentoClient, RawRow, RowsAnswer

    from tap_magento.entities import Table
    from tap_magento.fetchers import Fetchers
    from tap_magento.page_size import PageSize

_TRIES = 3
_FEWEST_PAGES_A_RANGE = 2
_MOST_PAGES_A_RANGE = 10


class SkuPages:
    """Reads a table by SKU on all connections.

    The table is divided at SKUs that stand at even distances now. Whatever comes or goes after
    that, each SKU is in a range, and inside a range each page begins with the SKU that the one
    before ended with: a row that is there all the time is read.
    """

    def __init__(
        self, client: MagentoClient, fetchers: Fetchers, page_size: PageSize, table: Table
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._client = client
        self._fetchers = fetchers
        self._page_size = page_size
        self._table = table

    def read(self) -> Iterator[list[RawRow]]:
        """Hand out all rows, a range at a time; one range a connection waits for its turn."""
        ranges = iter(self._ranges())
        ahead: list[Future[list[RawRow]]] = []
        try:
            while True:
                for low, high in ranges:
                    ahead.append(self._fetchers.submit(partial(self._rows, low, high)))
                    if len(ahead) > self._fetchers.connections:
                        break
                if not ahead:
                    return
                yield self._fetchers.result(ahead.pop(0))
        finally:
            for asked in ahead:
                asked.cancel()

    def _ranges(self) -> list[tuple[str | None, str | None]]:
        """Divide the SKUs; each range begins with its first SKU and ends before its second."""
        total = self._fetchers.call(
            partial(self._client.search_rows, self._table.path, SearchCriteria().sized(1))
        ).total_count
        pages = math.ceil(total / self._page_size.rows)
        even = math.ceil(pages / self._fetchers.connections)
        step = self._page_size.rows * max(_FEWEST_PAGES_A_RANGE, min(even, _MOST_PAGES_A_RANGE))
        asked = [
            self._fetchers.submit(partial(self._sku_at, row)) for row in range(step, total, step)
        ]
        found = (self._fetchers.result(one) for one in asked)
        borders = list(dict.fromkeys(sku for sku in found if sku is not None))
        return list(zip([None, *borders], [*borders, None], strict=True))

    def _sku_at(self, row: int) -> str | None:
        question = _sorted(SearchCriteria()).sized(1).at_page(row + 1)
        rows = self._client.search_rows(self._table.path, question).rows
        return self._sku(rows[0]) if rows else None

    def _rows(self, low: str | None, high: str | None) -> list[RawRow]:
        """Read the rows of a range."""
        within = SearchCriteria()
        if high is not None:
            within = within.where("sku", Condition.LT, high)
        criteria = within if low is None else within.where("sku", Condition.GTEQ, low)
        found: list[RawRow] = []
        seen: set[tuple[bytes, ...]] = set()
        after: str | None = None
        while True:
            answer = self._page(criteria, after)
            fresh = [row for row in answer.rows if self._key(row) not in seen]
            found += fresh
            # Magento counts apart from reading, so only a page that is not full is the last.
            if len(answer.rows) < self._page_size.rows:
                return found
            last = self._sku(answer.rows[-1])
            if fresh:
                criteria = within.where("sku", Condition.GTEQ, last)
                seen = {self._key(row) for row in answer.rows}
                after = None
            else:
                # One SKU is in more sources than a page has rows.
                found += [row for row in self._of_one_sku(last) if self._key(row) not in seen]
                criteria = within.where("sku", Condition.GT, last)
                seen = set()
                after = last

    def _page(self, criteria: SearchCriteria, after: str | None) -> RowsAnswer:
        """Ask for a page, a few times where the answer does not suit the question."""
        for _ in range(_TRIES):
            answer = self._page_size.search(self._client, self._table.path, _sorted(criteria))
            rows = answer.rows
            if (rows and (after is None or self._sku(rows[0]) != after)) or (
                not rows and not answer.total_count
            ):
                return answer
        raise UnsoundAnswerError(
            f"GET /rest/{self._table.path} ({criteria}) was answered {_TRIES} times with rows that "
            f"do not suit the question ({len(rows)} rows of {answer.total_count}), so rows could "
            "get lost; check that no cache or extension changes the shop's answers."
        )

    def _of_one_sku(self, sku: str) -> list[RawRow]:
        criteria = SearchCriteria().where("sku", Condition.EQ, sku).sorted_by("source_code")
        found: dict[tuple[bytes, ...], RawRow] = {}
        number = 1
        while True:
            answer = self._page_size.search(
                self._client, self._table.path, criteria.at_page(number)
            )
            known = len(found)
            found |= {self._key(row): row for row in answer.rows}
            # Magento 2.3 answers the last page again where there is none.
            if len(answer.rows) < self._page_size.rows or len(found) == known:
                return list(found.values())
            number += 1

    def _key(self, row: RawRow) -> tuple[bytes, ...]:
        return tuple(bytes(needed(row, name, self._table.path)) for name in self._table.keys)

    def _sku(self, row: RawRow) -> str:
        return str(value(needed(row, "sku", self._table.path)))


def _sorted(criteria: SearchCriteria) -> SearchCriteria:
    return criteria.sorted_by("sku").sorted_by("source_code")
