"""Reading a table whole: short tables, and source items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_client import Condition, NotJsonError, RetryLaterError, SearchCriteria

from tap_magento.entities import Table, TableKind
from tap_magento.exceptions import UnsoundAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_client import MagentoClient, SearchAnswer

    from tap_magento.fetchers import Fetchers
    from tap_magento.page_size import PageSize
    from tap_magento.records import Row

_ROUNDS = 3


class TableRead:
    """Reads one table of one shop."""

    def __init__(
        self, client: MagentoClient, fetchers: Fetchers, page_size: PageSize, table: Table
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._client = client
        self._fetchers = fetchers
        self._page_size = page_size
        self._table = table

    def read(self) -> Iterator[list[Row]]:
        """Hand out all rows, each once."""
        if self._table.kind is TableKind.LIST:
            yield self._list()
        elif self._table.kind is TableKind.PAGES:
            yield self._steady()
        else:
            yield from self._by_sku()

    def _key(self, row: Row) -> tuple[object, ...]:
        return tuple(row.get(name) for name in self._table.keys)

    def _list(self) -> list[Row]:
        path = self._table.path
        body = self._fetchers.call(lambda: self._client.get(path)).body
        if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
            raise NotJsonError(
                f"GET /rest/{path} was answered with JSON that is not a list of rows; check that "
                "base_url is the Magento shop itself."
            )
        return body

    def _steady(self) -> list[Row]:
        """Page by number, again where the table changed meanwhile: these tables are short."""
        for _ in range(_ROUNDS):
            rows = self._numbered_pages()
            if rows is not None:
                return rows
        raise RetryLaterError(
            f"GET /rest/{self._table.path} changed {_ROUNDS} times while it was read; try again "
            "when nobody works on it."
        )

    def _numbered_pages(self) -> list[Row] | None:
        rows: dict[tuple[object, ...], Row] = {}
        total: int | None = None
        number = 1
        while True:
            answer = self._search(SearchCriteria().at_page(number))
            if total is not None and total != answer.total_count:
                return None
            total = answer.total_count
            rows.update((self._key(row), row) for row in answer.items)
            if not answer.items or len(rows) >= total:
                return list(rows.values()) if len(rows) == total else None
            number += 1

    def _by_sku(self) -> Iterator[list[Row]]:
        """Page by SKU, beginning each page with the SKU that the one before ended with."""
        seen: set[tuple[object, ...]] = set()
        criteria = SearchCriteria()
        while True:
            answer = self._search(criteria.sorted_by("sku").sorted_by("source_code"))
            fresh = [row for row in answer.items if self._key(row) not in seen]
            yield fresh
            if len(answer.items) >= answer.total_count:
                return
            if not answer.items:
                raise UnsoundAnswerError(
                    f"GET /rest/{self._table.path} ({criteria}) was answered with no rows of "
                    f"{answer.total_count}; check that no cache or extension changes the shop's "
                    "answers."
                )
            last = str(answer.items[-1]["sku"])
            if fresh:
                criteria = SearchCriteria().where("sku", Condition.GTEQ, last)
                seen = {self._key(row) for row in answer.items}
            else:
                # One SKU is in more sources than a page has rows.
                yield from self._of_one_sku(last, seen)
                criteria = SearchCriteria().where("sku", Condition.GT, last)
                seen = set()

    def _of_one_sku(self, sku: str, seen: set[tuple[object, ...]]) -> Iterator[list[Row]]:
        criteria = SearchCriteria().where("sku", Condition.EQ, sku).sorted_by("source_code")
        number, read = 1, 0
        while True:
            answer = self._search(criteria.at_page(number))
            yield [row for row in answer.items if self._key(row) not in seen]
            read += len(answer.items)
            if not answer.items or read >= answer.total_count:
                return
            number += 1

    def _search(self, criteria: SearchCriteria) -> SearchAnswer:
        return self._fetchers.call(
            lambda: self._page_size.search(self._client, self._table.path, criteria)
        )
