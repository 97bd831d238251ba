"""Rows that a newer row has changed without a new stamp: the parents of what came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_client import Condition, SearchCriteria
from magento_client.rows import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from magento_client import RawRow

    from tap_magento.entities import Windowed
    from tap_magento.ordered_pages import OrderedPages, Rows

_AT_ONCE = 100


class ParentRead:
    """Reads again the rows that new rows name as their parents, up to the oldest ancestor.

    Those made since the run began are not asked for: the run itself reads them, and after their
    children were there.
    """

    def __init__(
        self, pages: OrderedPages, everything: SearchCriteria, entity: Windowed, start: datetime
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            pages: Reads the rows that answer a question.
            everything: What all rows are part of.
            entity: What is read.
            start: First moment that the run reads.
        """
        self._pages = pages
        self._older = everything.where(entity.stamp, Condition.LT, start)
        self._key = entity.key_filter
        self._named: set[int] = set()

    def note(self, rows: Iterable[RawRow]) -> Iterator[Rows]:
        """Remember whom rows name as parent; hand out what is known once there are many."""
        self._named |= _parents(rows)
        if len(self._named) >= _AT_ONCE:
            yield from self.read()

    def read(self) -> Iterator[Rows]:
        """Hand out the parents of the rows noted so far, and their parents."""
        asked: set[int] = set()
        named, self._named = self._named, set()
        while named:
            asked |= named
            above: set[int] = set()
            keys = sorted(named)
            for first in range(0, len(keys), _AT_ONCE):
                some = keys[first : first + _AT_ONCE]
                for page in self._pages.whole(self._older.where(self._key, Condition.IN, some)):
                    yield page
                    above |= _parents(page.rows)
            named = above - asked


def _parents(rows: Iterable[RawRow]) -> set[int]:
    found = (value(row["parent_id"]) for row in rows if "parent_id" in row)
    return {parent for parent in found if isinstance(parent, int) and parent}
