"""The shop's clock beside ours: how far each is believed. Pure.

Which rows have settled is told by the shop's clock, and what it said is kept as a bookmark. A
clock that ran ahead for a while would make the tap step over rows that are stamped later with
moments it believes to have read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True)
class Clocks:
    """Two clocks at the same moment.

    Attributes:
        shop: What the shop's ``Date`` header said, UTC.
        ours: What this machine said, UTC.
        tolerance: How far apart they may be and both be right.
    """

    shop: datetime
    ours: datetime
    tolerance: timedelta

    @property
    def latest(self) -> datetime:
        """The moment up to which the shop's clock is believed."""
        return min(self.shop, self.ours + self.tolerance)

    @property
    def behind(self) -> timedelta:
        """How far the shop's clock is behind ours; nothing within the tolerance.

        If it was set back since the last run, rows were stamped so much earlier than they would
        have been, that is before moments that were read already.
        """
        difference = self.ours - self.shop
        return difference if difference > self.tolerance else difference * 0

    def in_future(self, moment: datetime) -> bool:
        """Tell whether neither of the clocks can have shown a moment yet."""
        return moment > max(self.shop, self.ours) + self.tolerance

    def doubt(self) -> str | None:
        """Return a sentence about a difference that needs a person; None where there is none."""
        ahead = self.shop - self.ours
        if ahead > self.tolerance:
            return (
                f"The shop's clock (Date header) is {ahead} ahead of this machine's, so rows are "
                f"read up to {self.latest:%Y-%m-%d %H:%M:%S} UTC only and the rest later; set the "
                "clock that is wrong, or see whether a cache or proxy makes up the Date header."
            )
        if self.behind:
            return (
                f"The shop's clock (Date header) is {self.behind} behind this machine's, so this "
                "run begins so much earlier; set the clock that is wrong, or see whether a cache "
                "or proxy answers with an old Date header."
            )
        return None
