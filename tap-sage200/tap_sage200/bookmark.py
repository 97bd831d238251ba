"""Which row versions a stream reads next, and how far it got: the state Singer keeps for us.

A stream reads a *window* of row versions: above what the last finished window read, below the
lowest version an open transaction may still write. Inside the window it walks the primary key, so
that each statement seeks an index. A run that dies or uses up its time leaves the window in the
state, with the last key whose batch was sent whole; the next run goes on there. Rows changed in
the meantime carry versions above the window and belong to the next one, so nothing is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_sage200.columns import REPLICATION_KEY
from tap_sage200.exceptions import SettingsError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

LOWEST = bytes(8)
HIGHEST = b"\xff" * 8
BEFORE_ALL_KEYS = -(2**63)
AFTER_ALL_KEYS = 2**63 - 1


@dataclass(frozen=True)
class Window:
    """Row versions to read, and the key to go on after.

    Attributes:
        after: Versions above this one belong to the window.
        below: Versions below this one belong to the window.
        after_key: Keys above this one are still to be read.
        followed: Once all keys were read: which of the stream's watched tables is being followed,
            and up to which of the ids found there the rows have been sent.
        closes_at: Given where everything is read, to be compared: the bound the bookmark moves to.
            Such a reading starts anew when it was interrupted, so that nothing is taken for gone.
    """

    after: bytes
    below: bytes
    after_key: int = BEFORE_ALL_KEYS
    followed: tuple[int, int] = (0, BEFORE_ALL_KEYS)
    closes_at: bytes | None = None


@dataclass(frozen=True)
class Bookmark:
    """The state of one stream.

    Attributes:
        stream: Its name, for messages.
        state: Singer's own dictionary for the stream; changed in place.
        incremental: False where the stream is read whole each time: then no state is kept.
        overlapping: Read what the run before the last one began with: a secondary's upper bound
            may lie above rows that reach it later.
    """

    stream: str
    state: MutableMapping[str, Any]
    incremental: bool = True
    overlapping: bool = False

    def open(self, minimum_active: bytes, *, whole: bool = False) -> Window:
        """Return the window to read and note it in the state.

        Args:
            minimum_active: What ``row_version.sql`` gave just now.
            whole: Read every row, whatever was read before.
        """
        if not self.incremental or whole:
            return Window(LOWEST, HIGHEST, closes_at=minimum_active)
        window = self._unfinished()
        if window is None or window.below > minimum_active:
            window = Window(self.upto(minimum_active), minimum_active)
        self._note(window)
        return window

    def upto(self, minimum_active: bytes) -> bytes:
        """Return the highest version already read; the lowest of all where the stream starts anew.

        A bookmark above what the database hands out now means that the database was restored to
        an earlier day: its versions are given a second time, so the stream is read anew.
        """
        value = self.state.get("replication_key_value")
        if value is None or self.state.get("replication_key") != REPLICATION_KEY:
            return LOWEST
        after = self._version(value)
        if after >= minimum_active:
            return LOWEST
        before = self.state.get("before") if self.overlapping else None
        return after if before is None else min(after, self._version(before))

    def stands_at(self, minimum_active: bytes) -> bool:
        """Return whether everything below this bound was read by an earlier run."""
        value = self.state.get("replication_key_value")
        return (
            self.incremental
            and value is not None
            and self.state.get("replication_key") == REPLICATION_KEY
            and int.from_bytes(self._version(value), "big") + 1
            == int.from_bytes(minimum_active, "big")
        )

    def went_backwards(self, minimum_active: bytes) -> bool:
        """Return whether the database's versions are below what was read before."""
        value = self.state.get("replication_key_value")
        return (
            self.incremental
            and value is not None
            and self.state.get("replication_key") == REPLICATION_KEY
            and self._version(value) >= minimum_active
        )

    def restart(self) -> None:
        """Forget how far the stream got."""
        for name in ("replication_key", "replication_key_value", "before", "window"):
            self.state.pop(name, None)

    def reached(self, window: Window, key: int) -> None:
        """Note that every row of the window up to ``key`` was sent."""
        if self.incremental and window.closes_at is None:
            self._note(Window(window.after, window.below, key))

    def followed(self, window: Window, number: int, upto: int) -> None:
        """Note that rows that hang on a watched table were sent.

        Args:
            window: What is read.
            number: Which of the stream's watched tables.
            upto: The highest id whose rows were sent.
        """
        if self.incremental and window.closes_at is None:
            done = (number, upto)
            self._note(Window(window.after, window.below, AFTER_ALL_KEYS, done))

    def close(self, window: Window) -> None:
        """Note that the window was read to its end."""
        if self.incremental:
            before = self.state.get("replication_key_value")
            if self.overlapping and self.state.get("replication_key") == REPLICATION_KEY:
                self.state["before"] = before
            else:
                self.state.pop("before", None)
            highest = int.from_bytes(window.closes_at or window.below, "big") - 1
            self.state["replication_key"] = REPLICATION_KEY
            self.state["replication_key_value"] = max(highest, 0).to_bytes(8, "big").hex()
            self.state.pop("window", None)

    def _note(self, window: Window) -> None:
        self.state["window"] = {
            "after": window.after.hex(),
            "below": window.below.hex(),
            "after_key": window.after_key,
        }
        if window.after_key == AFTER_ALL_KEYS:
            self.state["window"]["followed"] = list(window.followed)

    def _unfinished(self) -> Window | None:
        noted = self.state.get("window")
        if noted is None or self.state.get("replication_key", REPLICATION_KEY) != REPLICATION_KEY:
            # What the API has read since then isn't known by row version.
            return None
        number, upto = noted.get("followed", (0, BEFORE_ALL_KEYS))
        return Window(
            self._version(noted["after"]),
            self._version(noted["below"]),
            int(noted["after_key"]),
            (int(number), int(upto)),
        )

    def _version(self, value: str) -> bytes:
        try:
            version = bytes.fromhex(value)
        except (TypeError, ValueError):
            version = b""
        if len(version) != len(LOWEST):
            raise SettingsError(
                f"State of stream {self.stream}: {value!r} is not a row version of 16 hexadecimal "
                "characters. Run with --full-refresh to read the stream anew."
            )
        return version
