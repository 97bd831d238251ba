"""The hours in which documents may be sent (``dispatch_window``). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHAPE = re.compile(
    r"(?:(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? +)?"
    r"(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)"
)


@dataclass(frozen=True)
class Window:
    """Hours of the day, on some days of the week, in the merchant's time zone.

    A window that ends before it starts goes over midnight, and belongs to the day it starts on.
    """

    start: time
    end: time
    days: frozenset[int]
    timezone: str

    def is_open(self, now: datetime) -> bool:
        """Whether ``now`` (with a zone) lies in it; the end is not part of it."""
        local = now.astimezone(ZoneInfo(self.timezone))
        clock, day = local.time().replace(tzinfo=None), local.weekday()
        if self.start <= self.end:
            return day in self.days and self.start <= clock < self.end
        if clock >= self.start:
            return day in self.days
        return clock < self.end and (day - 1) % 7 in self.days


def read_window(text: str, timezone: str) -> Window:
    """Read ``07:00-19:00`` or ``mon-fri 07:00-19:00``.

    Raises:
        ValueError: It has another form; the message says which is meant.
    """
    found = _SHAPE.fullmatch(text.strip().lower())
    msg = f"{text!r} is not of the form 07:00-19:00 or mon-fri 07:00-19:00"
    if found is None:
        raise ValueError(msg)
    first, last = found["first"] or "mon", found["last"] or found["first"] or "sun"
    if first not in _DAYS or last not in _DAYS:
        raise ValueError(msg)
    start, end = (time.fromisoformat(found[name]) for name in ("start", "end"))
    if start == end:
        raise ValueError(f"{text!r} starts and ends at the same time")
    low, high = _DAYS.index(first), _DAYS.index(last)
    days = range(low, high + 1) if low <= high else (*range(low, 7), *range(high + 1))
    return Window(start, end, frozenset(days), timezone)
