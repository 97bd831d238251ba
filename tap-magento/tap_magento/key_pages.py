"""One page at a time of rows that have a number: asked for by key, and checked."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_client import Direction, NotJsonError, SearchCriteria

from tap_magento.exceptions import UnsoundAnswerError

if TYPE_CHECKING:
    from magento_client import MagentoClient, RawRow, RowsAnswer

    from tap_magento.page_size import PageSize
    from tap_magento.windows import KeyRange

_TRIES = 3


@dataclass(frozen=True)
class Page:
    """Rows with ascending keys.

    Attributes:
        rows: The rows.
        keys: Their keys.
        left: Rows of the same question that are not on this page, as the shop counts them; 0 only
            where it is certain that there are none.
    """

    rows: list[RawRow]
    keys: list[int]
    left: int

    def after(self, key: int) -> Page:
        """Return the rows whose key is above ``key``."""
        kept = sum(one > key for one in self.keys)
        first = len(self.keys) - kept
        return Page(self.rows[first:], self.keys[first:], self.left)


class KeyPages:
    """Asks one list endpoint for pages by key."""

    def __init__(
        self,
        client: MagentoClient,
        page_size: PageSize,
        path: str,
        key_filter: str,
        key_column: str,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            client: Access to the shop.
            page_size: Rows a page.
            path: The list endpoint.
            key_filter: Magento's name of the number that rows are paged by.
            key_column: The same number's name in a row.
        """
        self._client = client
        self._page_size = page_size
        self._path = path
        self._key_filter = key_filter
        self._key_column = key_column

    @property
    def size(self) -> int:
        """Rows a page, as far as is known."""
        return self._page_size.rows

    def page(self, criteria: SearchCriteria, key_range: KeyRange) -> Page:
        """Read the lowest keys of a range."""
        narrowed = key_range.within(criteria, self._key_filter)
        return self._read(narrowed, above=key_range.after)

    def tail(self, criteria: SearchCriteria) -> Page:
        """Read the highest keys."""
        return self._read(criteria.sorted_by(self._key_filter, Direction.DESC), from_end=True)

    def _read(
        self, criteria: SearchCriteria, *, above: int | None = None, from_end: bool = False
    ) -> Page:
        """Ask for a page, a few times where the answer does not suit the question.

        Magento 2.3 counts before it reads: rows that leave in between are counted and not there.
        """
        for _ in range(_TRIES):
            answer = self._page_size.search(self._client, self._path, criteria)
            rows = answer.rows[::-1] if from_end else answer.rows
            keys = [self._key(row) for row in rows]
            if _is_sound(keys, answer, above=above):
                return Page(rows, keys, self._left(answer))
        raise UnsoundAnswerError(
            f"GET /rest/{self._path} ({criteria}) was answered {_TRIES} times with rows that do "
            f"not suit the question ({len(keys)} rows of {answer.total_count}, keys not in order "
            "or already read), so rows could get lost; check that no cache or extension "
            "changes the shop's answers."
        )

    def _left(self, answer: RowsAnswer) -> int:
        """Return how many rows follow.

        Magento counts after it has read. A row that moved in between is on the page and not in
        the total, so that only a page that is not full is certainly the last.
        """
        rows = len(answer.rows)
        return max(answer.total_count - rows, 1 if rows >= self._page_size.rows else 0)

    def _key(self, row: RawRow) -> int:
        try:
            return int(bytes(row[self._key_column]))
        except (KeyError, ValueError):
            raise NotJsonError(
                f"GET /rest/{self._path} was answered with a row without a number as "
                f"{self._key_column}; check that no extension of the shop changes this endpoint."
            ) from None


def _is_sound(keys: list[int], answer: RowsAnswer, *, above: int | None) -> bool:
    """Tell whether a page suits its question: a cache or an extension may ignore it."""
    in_order = all(low < high for low, high in itertools.pairwise(keys))
    new = not keys or above is None or keys[0] > above
    return in_order and new and (bool(keys) or not answer.total_count)
