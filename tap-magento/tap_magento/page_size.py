"""The page size: what the settings ask for, lowered to what the shop allows."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from magento_client import InputLimitError

if TYPE_CHECKING:
    from magento_client import MagentoClient, RowsAnswer, SearchCriteria

logger = logging.getLogger(__name__)


class PageSize:
    """Rows a page, shared by all streams: a limit needs to be met only once."""

    def __init__(self, wanted: int) -> None:
        """Begin with what the settings ask for."""
        self._rows = wanted
        self._lock = threading.Lock()

    @property
    def rows(self) -> int:
        """Rows a page, as far as is known."""
        return self._rows

    def search(self, client: MagentoClient, path: str, criteria: SearchCriteria) -> RowsAnswer:
        """Read a page of the largest size that the shop allows.

        Raises:
            InputLimitError: The shop names a limit that was kept.
        """
        while True:
            rows = self._rows
            try:
                return client.search_rows(path, criteria.sized(rows))
            except InputLimitError as error:
                if not 0 < error.limit < rows:
                    raise
                self._lower(error.limit)

    def _lower(self, limit: int) -> None:
        with self._lock:
            if limit < self._rows:
                logger.warning(
                    "The shop allows pages of %d rows at most, not %d; going on with %d.",
                    limit,
                    self._rows,
                    limit,
                )
                self._rows = limit
