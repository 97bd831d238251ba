"""The shop's own time: never before its newest document."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Clock = Callable[[], datetime]

_AFTER_NEWEST = timedelta(hours=1)


def system_clock() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(timezone.utc)


def parse_moment(text: str) -> datetime:
    """Return Magento's ``YYYY-MM-DD HH:MM:SS`` as a UTC time.

    Raises:
        ValueError: The text is no such timestamp.
    """
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)


def format_moment(moment: datetime) -> str:
    """Return a time as Magento stores it: UTC, whole seconds, no zone."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def clock_after(newest: str | None, clock: Clock = system_clock) -> Clock:
    """Return a clock that runs like ``clock`` but is past the shop's newest document.

    A shop recorded in the future of this machine would otherwise change in its own past, and a
    client that reads "changed since" would never see it.

    Args:
        newest: Newest timestamp in the shop's data; None where there is none.
        clock: The clock to follow.
    """
    if newest is None:
        return clock
    earliest = parse_moment(newest) + _AFTER_NEWEST
    behind = earliest - clock()
    if behind <= timedelta(0):
        return clock
    return lambda: clock() + behind
