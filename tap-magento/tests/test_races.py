"""Rows that move between two requests, or between the two halves of one."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest
from magento_client import RowsAnswer, SearchCriteria
from tap_magento.entities import Windowed
from tap_magento.exceptions import UnsoundAnswerError
from tap_magento.fetchers import Fetchers
from tap_magento.key_pages import KeyPages
from tap_magento.ordered_pages import Rows, WindowDone
from tap_magento.page_size import PageSize
from tap_magento.windowed_read import WindowedRead
from tap_magento.windows import KeyRange

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)
ORDERS = Windowed("orders", "V1/orders", "entity_id", "entity_id", "updated_at", by_store=False)
_OPERATORS = {
    "lt": lambda a, b: a < b,
    "gteq": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "lteq": lambda a, b: a <= b,
}


class MovingRows:
    """Rows that all get a new stamp after so many requests."""

    def __init__(self, rows: int, move_after: int) -> None:
        self.stamps = dict.fromkeys(range(1, rows + 1), "2026-01-01 10:00:00")
        self._move_after = move_after
        self._asked = 0

    def search_rows(self, path: str, criteria: SearchCriteria) -> RowsAnswer:
        assert path == ORDERS.path
        self._asked += 1
        keys = [key for key in sorted(self.stamps) if self._fits(key, criteria)]
        if any(direction.value == "DESC" for _, direction in criteria.sort_orders):
            keys.reverse()
        assert criteria.page_size is not None
        first = (criteria.current_page - 1) * criteria.page_size
        rows = [self._row(key) for key in keys[first : first + criteria.page_size]]
        if self._asked == self._move_after:
            self.stamps = dict.fromkeys(self.stamps, "2026-01-01 23:59:59")
        return RowsAnswer(rows, len(keys), NOW)

    def _fits(self, key: int, criteria: SearchCriteria) -> bool:
        for (one,) in criteria.groups:
            compare = _OPERATORS[one.condition.value]
            if one.field == "updated_at":
                fits = compare(self.stamps[key], one.text)
            else:
                fits = compare(key, int(one.text))
            if not fits:
                return False
        return True

    def _row(self, key: int) -> dict[str, msgspec.Raw]:
        values = {"entity_id": key, "updated_at": self.stamps[key]}
        return {name: msgspec.Raw(json.dumps(one).encode()) for name, one in values.items()}


@pytest.fixture
def fetchers() -> Iterator[Fetchers]:
    made = Fetchers(1, threading.Event())
    yield made
    made.close()


@pytest.mark.parametrize("move_after", range(1, 9))
def test_a_window_whose_rows_all_move_while_it_is_read_is_empty_and_not_an_error(
    fetchers: Fetchers, move_after: int
) -> None:
    shop = MovingRows(500, move_after)
    reader = WindowedRead(shop, fetchers, PageSize(100), ORDERS)  # type: ignore[arg-type]
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    end = datetime(2026, 1, 1, 23, 0, tzinfo=timezone.utc)
    events = list(reader.read(reader.open(start), start, end))
    assert events[-1] == WindowDone(end)
    later = datetime(2026, 1, 2, tzinfo=timezone.utc)
    events += reader.read(reader.open(end), end, later)
    keys = {
        int(bytes(row["entity_id"]))
        for event in events
        if isinstance(event, Rows)
        for row in event.rows
    }
    assert keys == set(range(1, 501))


class CountsFirst:
    """Counts before it reads, as Magento 2.3: what left in between is counted and not there."""

    def __init__(self, races: int) -> None:
        self.races = races

    def search_rows(self, path: str, criteria: SearchCriteria) -> RowsAnswer:
        del path, criteria
        self.races -= 1
        return RowsAnswer([], 1 if self.races >= 0 else 0, NOW)


def _pages(shop: CountsFirst) -> KeyPages:
    return KeyPages(shop, PageSize(100), "V1/orders", "entity_id", "entity_id")  # type: ignore[arg-type]


def test_a_count_that_was_outrun_is_asked_again() -> None:
    page = _pages(CountsFirst(races=2)).page(SearchCriteria(), KeyRange())
    assert (page.rows, page.left) == ([], 0)


def test_an_answer_that_never_suits_the_question_is_refused() -> None:
    with pytest.raises(UnsoundAnswerError, match="was answered 3 times with rows that do not suit"):
        _pages(CountsFirst(races=3)).page(SearchCriteria(), KeyRange())
