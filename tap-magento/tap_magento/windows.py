"""Time windows and key ranges, in which rows can be read while the shop works on. Pure.

Why windows: rows that change while they are paged by number move behind the reader, and others
slip into pages already read. A window whose end lies in the past can only lose rows, to a later
window, and inside it rows are paged by a key that never changes.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from magento_client import Condition, SearchCriteria

_DENSE = 1.02
_SPARSE_FILL = 0.8


@dataclass(frozen=True)
class Window:
    """The rows whose stamp is not before ``start`` and before ``end``.

    Attributes:
        start: First moment, UTC, whole seconds; None for the beginning of time.
        end: The moment after the last, UTC, whole seconds.
    """

    start: datetime | None
    end: datetime

    def within(self, criteria: SearchCriteria, stamp: str) -> SearchCriteria:
        """Narrow a search to this window."""
        if self.start is not None:
            criteria = criteria.where(stamp, Condition.GTEQ, self.start)
        return criteria.where(stamp, Condition.LT, self.end)


@dataclass(frozen=True)
class KeyRange:
    """The rows whose key is above ``after`` and not above ``upto``; None leaves a side open."""

    after: int | None = None
    upto: int | None = None

    def within(self, criteria: SearchCriteria, key: str) -> SearchCriteria:
        """Narrow a search to this range, lowest key first."""
        if self.after is not None:
            criteria = criteria.where(key, Condition.GT, self.after)
        if self.upto is not None:
            criteria = criteria.where(key, Condition.LTEQ, self.upto)
        return criteria.sorted_by(key)


def horizon(shop_time: datetime, settle_seconds: int) -> datetime:
    """Return the moment up to which the shop's rows have settled.

    Transactions that are under way carry stamps of the last seconds and become visible later.
    """
    return (shop_time - timedelta(seconds=settle_seconds)).replace(microsecond=0)


def start_of_run(
    bookmark: datetime | None, start_date: datetime | None, lookback: timedelta
) -> datetime | None:
    """Return where a run begins: a little before the bookmark, not before ``start_date``."""
    if bookmark is None:
        return start_date
    again = (bookmark - lookback).replace(microsecond=0)
    return again if start_date is None else max(again, start_date)


def end_of_split(start: datetime | None, stamp: datetime) -> datetime:
    """Return where a crowded window ends, given the stamp of the first row too many.

    A single second with more rows than a window should hold is a window of its own: time cannot
    be divided further, and inside a window any number of rows can be paged.
    """
    if start is not None and stamp <= start:
        return start + timedelta(seconds=1)
    return stamp


def key_ranges(after: int, upto: int, rows: int, page_size: int) -> tuple[KeyRange, ...]:
    """Divide keys into ranges of about a page of rows, which can be read at the same time.

    Args:
        after: The last key already read.
        upto: The highest key.
        rows: Rows between them.
        page_size: Rows that fit a page; a range that holds more takes a second request.
    """
    span = upto - after
    if rows <= 0 or span <= 0:
        return ()
    fill = page_size if span <= rows * _DENSE else page_size * _SPARSE_FILL
    count = min(span, max(1, math.ceil(rows / fill)))
    bounds = [after + span * i // count for i in range(count)] + [upto]
    return tuple(KeyRange(low, high) for low, high in itertools.pairwise(bounds))
