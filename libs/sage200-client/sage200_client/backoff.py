"""How long a read waits before it is repeated. Writes are never repeated."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Backoff:
    """Exponential waits with full jitter; what the server asks for comes first.

    Attributes:
        attempts: Requests in all, the first included.
        first_seconds: Upper bound of the first wait; doubled for each further one.
        most_seconds: Upper bound of any wait. A longer ``Retry-After`` ends the attempts instead.
        sleep: Waits for some seconds.
        random: A number from 0 to 1.
        now: Time of day in UTC, for a ``Retry-After`` that is a date.
    """

    attempts: int = 5
    first_seconds: float = 1.0
    most_seconds: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)

    def wait(self, repeats: int, retry_after: float | None) -> float:
        """Return the seconds to wait after ``repeats`` earlier repeats."""
        if retry_after is not None:
            return retry_after
        bound: float = min(self.most_seconds, self.first_seconds * 2.0**repeats)
        return bound * self.random()

    def retry_after(self, header: str) -> float | None:
        """Read ``Retry-After``, seconds or a date (RFC 9110 10.2.3); None where there is none."""
        header = header.strip()
        if header.isascii() and header.isdecimal():
            return float(header)
        if not header:
            return None
        try:
            when = parsedate_to_datetime(header)
        except (ValueError, TypeError):
            return None
        if when.tzinfo is None:
            when = when.replace(tzinfo=timezone.utc)
        return max(0.0, (when - self.now()).total_seconds())
