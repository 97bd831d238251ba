"""Windows and key ranges: no key between two ranges, no second between two windows."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from magento_client import SearchCriteria
from tap_magento.windows import (
    KeyRange,
    Window,
    end_of_split,
    horizon,
    key_ranges,
    start_of_run,
)

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=timezone.utc)


@given(
    after=st.integers(0, 10**6),
    span=st.integers(1, 3000),
    rows=st.integers(1, 3000),
    page_size=st.integers(1, 500),
)
def test_key_ranges_cover_every_key_once_and_in_order(
    after: int, span: int, rows: int, page_size: int
) -> None:
    ranges = key_ranges(after, after + span, min(rows, span), page_size)
    assert ranges[0].after == after
    assert ranges[-1].upto == after + span
    assert all(low.upto == high.after for low, high in itertools.pairwise(ranges))
    assert all(r.after is not None and r.upto is not None and r.after < r.upto for r in ranges)


def test_dense_keys_are_divided_into_full_pages() -> None:
    assert key_ranges(100, 400, 300, 100) == (
        KeyRange(100, 200),
        KeyRange(200, 300),
        KeyRange(300, 400),
    )


@pytest.mark.parametrize(("upto", "rows"), [(100, 5), (90, 5), (200, 0)])
def test_nothing_left_needs_no_range(upto: int, rows: int) -> None:
    assert key_ranges(100, upto, rows, 10) == ()


def test_the_horizon_lies_in_the_shops_past_in_whole_seconds() -> None:
    assert horizon(NOON.replace(microsecond=999), 30) == NOON - timedelta(seconds=30)


@pytest.mark.parametrize(
    ("bookmark", "start_date", "start"),
    [
        (None, None, None),
        (None, NOON, NOON),
        (NOON, None, NOON - timedelta(seconds=600)),
        (NOON, NOON - timedelta(days=9), NOON - timedelta(seconds=600)),
        (NOON, NOON, NOON),
        (NOON, NOON + timedelta(days=1), NOON + timedelta(days=1)),
    ],
)
def test_a_run_begins_a_little_before_its_bookmark(
    bookmark: datetime | None, start_date: datetime | None, start: datetime | None
) -> None:
    assert start_of_run(bookmark, start_date, timedelta(seconds=600)) == start


@pytest.mark.parametrize(
    ("start", "stamp", "end"),
    [
        (None, NOON, NOON),
        (NOON - timedelta(hours=1), NOON, NOON),
        (NOON, NOON, NOON + timedelta(seconds=1)),
    ],
)
def test_a_crowded_second_is_a_window_of_its_own(
    start: datetime | None, stamp: datetime, end: datetime
) -> None:
    assert end_of_split(start, stamp) == end


def test_a_window_is_half_open_and_a_range_excludes_what_was_read() -> None:
    criteria = Window(NOON, NOON + timedelta(hours=1)).within(SearchCriteria(), "updated_at")
    assert str(KeyRange(7, 9).within(criteria, "entity_id")) == (
        "where updated_at gteq 2026-11-23 12:00:00 and updated_at lt 2026-11-23 13:00:00 "
        "and entity_id gt 7 and entity_id lteq 9, by entity_id ASC"
    )
    assert "gteq" not in str(Window(None, NOON).within(SearchCriteria(), "updated_at"))
