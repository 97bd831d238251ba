"""When to try again: backoff with full jitter, and the shop's own ``Retry-After``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True)
class Backoff:
    """How long to pause before a try.

    Attributes:
        max_attempts: Tries in all, the first included.
        max_wait_seconds: Longest ``Retry-After`` that is waited for.
        random: A number from 0 up to 1, for the jitter.
    """

    max_attempts: int
    max_wait_seconds: float
    random: Callable[[], float]

    def pause(self, attempt: int, retry_after: float | None) -> float | None:
        """Return the seconds to wait after a failed try, or None to give up.

        Args:
            attempt: Number of the try that failed, from 1.
            retry_after: Seconds that the shop asked for, where it did.
        """
        if attempt >= self.max_attempts:
            return None
        ceiling = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))
        if retry_after is None:
            return ceiling * self.random()
        if retry_after > self.max_wait_seconds:
            return None
        # A little jitter on top, so that connections that were refused together come back apart.
        return retry_after + _FIRST_PAUSE_SECONDS * self.random()


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Read a ``Retry-After`` header: seconds or an HTTP date.

    Args:
        header: The header's text, where there is one.
        now: The sender's clock if known, otherwise ours.

    Returns:
        Seconds from now, never negative; None where the header is missing or unreadable.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isdecimal():
        return float(text)
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def http_date(header: str | None) -> datetime | None:
    """Read an HTTP date header as a UTC moment; None where it is missing or unreadable."""
    if not header:
        return None
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc)
