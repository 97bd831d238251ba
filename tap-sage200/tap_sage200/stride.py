"""How many keys a statement walks, so that it is short whatever it finds. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

AIM_SECONDS = 0.25
"""What a statement that finds few rows should take: long enough to be worth its round trip, short
enough that nobody notices it."""
GROWTH = 4
KEYS_A_ROW = 20
HIGHEST_KEY = 2**63 - 1


@dataclass
class Stride:
    """The width of the next range of keys.

    Sage's ids come from a counter that tables share, so how many rows a range holds is not known
    beforehand; the time it took is.

    Attributes:
        most_rows: Rows a statement returns at most.
        keys: How many key values the next statement walks, existing or not.
    """

    most_rows: int
    keys: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin with some keys a row."""
        self.keys = self.most_rows * KEYS_A_ROW

    def upto(self, after_key: int) -> int:
        """Return the last key of the next range."""
        return min(after_key + self.keys, HIGHEST_KEY)

    def filled(self, keys: int) -> None:
        """Note that these keys gave as many rows as a statement may return: no need for more."""
        self.keys = max(min(self.keys, keys * GROWTH), 1)

    def walked(self, seconds: float) -> None:
        """Note how long the whole range took."""
        if seconds < AIM_SECONDS / 2:
            self.keys = min(self.keys * GROWTH, HIGHEST_KEY)
        elif seconds > AIM_SECONDS:
            # Not below a batch: what a statement takes whatever it reads, a range can't shorten.
            least = min(self.keys * GROWTH, self.most_rows)
            self.keys = max(self.keys // 2, least)

    def given_up(self) -> None:
        """Note that a lock was in the way, or that the statement took too long.

        The range becomes so small, within a few attempts, that what lies before the locked row is
        read. A wide range is no wider after the first than one that holds a batch of rows.
        """
        self.keys = max(min(self.keys, self.most_rows * 2) // GROWTH, 1)
