"""Reading a table whole: short tables, and source items."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from magento_client import Condition, NotFoundError, RetryLaterError, SearchCriteria
from magento_client.rows import value

from tap_magento.entities import Table, TableKind
from tap_magento.exceptions import UnsoundAnswerError
from tap_magento.key_pages import KeyPages
from tap_magento.ordered_pages import OrderedPages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_client import MagentoClient, RawRow, RowsAnswer

    from tap_magento.fetchers import Fetchers
    from tap_magento.page_size import PageSize

logger = logging.getLogger(__name__)

_ROUNDS = 3
_NO_ROUTE = "Request does not match any route"


def tell_of_missing_module(missing: NotFoundError, stream: str, path: str, needs: str) -> None:
    """Say that a stream has no rows because the shop lacks the module.

    Args:
        missing: The shop's answer.
        stream: The stream.
        path: Its endpoint.
        needs: What the shop must have; empty for what every shop has.

    Raises:
        NotFoundError: Every shop has it, or it is not the route that is missing.
    """
    if not needs or _NO_ROUTE not in missing.reason:
        raise missing
    logger.warning(
        "Stream %s has no rows: GET /rest/%s does not exist in this shop, it needs %s.",
        stream,
        path,
        needs,
    )


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

    def read(self) -> Iterator[list[RawRow]]:
        """Hand out all rows, each once."""
        try:
            if self._table.kind is TableKind.LIST:
                path = self._table.path
                yield self._fetchers.call(lambda: self._client.list_rows(path)).rows
            elif self._table.kind is TableKind.PAGES:
                yield self._steady()
            elif self._table.kind is TableKind.KEYS:
                yield from self._by_key()
            else:
                yield from self._by_sku()
        except NotFoundError as missing:
            tell_of_missing_module(missing, self._table.name, self._table.path, self._table.needs)

    def _key(self, row: RawRow) -> tuple[bytes, ...]:
        return tuple(bytes(row[name]) for name in self._table.keys)

    def _by_key(self) -> Iterator[list[RawRow]]:
        (key,) = self._table.keys
        pages = KeyPages(self._client, self._page_size, self._table.path, key, key)
        for page in OrderedPages(pages, self._fetchers).whole(SearchCriteria()):
            yield page.rows

    def _steady(self) -> list[RawRow]:
        """Page by number, again where the table changed meanwhile: these tables are short."""
        for _ in range(_ROUNDS):
            rows = self._numbered_pages()
            if rows is not None:
                return rows
        raise RetryLaterError(
            f"GET /rest/{self._table.path} changed {_ROUNDS} times while it was read; try again "
            "when nobody works on it."
        )

    def _numbered_pages(self) -> list[RawRow] | None:
        rows: dict[tuple[bytes, ...], RawRow] = {}
        total: int | None = None
        number = 1
        while True:
            answer = self._search(SearchCriteria().at_page(number))
            if total is not None and total != answer.total_count:
                return None
            total = answer.total_count
            rows.update((self._key(row), row) for row in answer.rows)
            if not answer.rows or len(rows) >= total:
                return list(rows.values()) if len(rows) == total else None
            number += 1

    def _by_sku(self) -> Iterator[list[RawRow]]:
        """Page by SKU, beginning each page with the SKU that the one before ended with."""
        seen: set[tuple[bytes, ...]] = set()
        criteria = SearchCriteria()
        while True:
            answer = self._search(criteria.sorted_by("sku").sorted_by("source_code"))
            fresh = [row for row in answer.rows if self._key(row) not in seen]
            yield fresh
            if len(answer.rows) >= answer.total_count:
                return
            if not answer.rows:
                raise UnsoundAnswerError(
                    f"GET /rest/{self._table.path} ({criteria}) was answered with no rows of "
                    f"{answer.total_count}; check that no cache or extension changes the shop's "
                    "answers."
                )
            last = str(value(answer.rows[-1]["sku"]))
            if fresh:
                criteria = SearchCriteria().where("sku", Condition.GTEQ, last)
                seen = {self._key(row) for row in answer.rows}
            else:
                # One SKU is in more sources than a page has rows.
                yield from self._of_one_sku(last, seen)
                criteria = SearchCriteria().where("sku", Condition.GT, last)
                seen = set()

    def _of_one_sku(self, sku: str, seen: set[tuple[bytes, ...]]) -> Iterator[list[RawRow]]:
        criteria = SearchCriteria().where("sku", Condition.EQ, sku).sorted_by("source_code")
        number, read = 1, 0
        while True:
            answer = self._search(criteria.at_page(number))
            yield [row for row in answer.rows if self._key(row) not in seen]
            read += len(answer.rows)
            if not answer.rows or read >= answer.total_count:
                return
            number += 1

    def _search(self, criteria: SearchCriteria) -> RowsAnswer:
        return self._fetchers.call(
            lambda: self._page_size.search(self._client, self._table.path, criteria)
        )
