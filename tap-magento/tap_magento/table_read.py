"""Reading a table whole, each kind in its own way."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from magento_client import NotFoundError, SearchCriteria

from tap_magento.entities import Table, TableKind
from tap_magento.key_pages import KeyPages
from tap_magento.numbered_pages import NumberedPages
from tap_magento.ordered_pages import OrderedPages
from tap_magento.sku_pages import SkuPages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_client import MagentoClient, RawRow

    from tap_magento.fetchers import Fetchers
    from tap_magento.page_size import PageSize

logger = logging.getLogger(__name__)


def _tell_of_missing_module(missing: NotFoundError, table: Table) -> None:
    """Say that a stream has no rows because the shop lacks the module.

    Magento's words depend on its language, so any 404 of the list's own path counts.

    Raises:
        NotFoundError: Every shop has it.
    """
    if not table.needs:
        raise missing
    logger.warning(
        "Stream %s has no rows: GET /rest/%s does not exist in this shop, it needs %s.",
        table.name,
        table.path,
        table.needs,
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
        """Hand out all rows."""
        try:
            yield from self._read()
        except NotFoundError as missing:
            _tell_of_missing_module(missing, self._table)

    def sample(self) -> Iterator[list[RawRow]]:
        """Hand out a few rows, with a single request: enough to know that they may be read."""
        try:
            yield self._fetchers.call(self._sample)
        except NotFoundError as missing:
            _tell_of_missing_module(missing, self._table)

    def _sample(self) -> list[RawRow]:
        path = self._table.path
        if self._table.kind is TableKind.LIST:
            return self._client.list_rows(path).rows
        return self._client.search_rows(path, SearchCriteria().sized(1)).rows

    def _read(self) -> Iterator[list[RawRow]]:
        client, fetchers, page_size, table = (
            self._client,
            self._fetchers,
            self._page_size,
            self._table,
        )
        if table.kind is TableKind.LIST:
            yield fetchers.call(lambda: client.list_rows(table.path)).rows
        elif table.kind is TableKind.PAGES:
            yield NumberedPages(client, fetchers, page_size, table).read()
        elif table.kind is TableKind.SKUS:
            yield from SkuPages(client, fetchers, page_size, table).read()
        else:
            (key,) = table.keys
            pages = KeyPages(client, page_size, table.path, key, key)
            for page in OrderedPages(pages, fetchers).whole(SearchCriteria()):
                yield page.rows
