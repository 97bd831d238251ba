"""Streams with a bookmark: entities read by time windows, and the parts of their rows."""

from __future__ import annotations

import abc
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from magento_client import WrongSettingsError
from typing_extensions import override

from tap_magento.clocks import Clocks
from tap_magento.ordered_pages import Rows, WindowDone
from tap_magento.records import moment_of
from tap_magento.streams import MagentoStream
from tap_magento.windowed_read import WindowedRead
from tap_magento.windows import horizon, start_of_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from magento_client import RawRow
    from singer_sdk.helpers.types import Context, Record

    from tap_magento.entities import Windowed
    from tap_magento.parts import Part
    from tap_magento.tap import TapMagento


_READ_WHOLE_AT = "read_whole_at"


class BookmarkedStream(MagentoStream, abc.ABC):
    """A stream whose bookmark is the end of the last window that was handed out."""

    def __init__(self, tap: TapMagento, name: str, stamp: str) -> None:
        """Prepare; the shop is not asked."""
        super().__init__(tap, name)
        self.stamp = stamp
        self.replication_key = stamp
        self._now = tap.now
        self._start: datetime | None = None
        self._kept: datetime | None = None

    @property
    @override
    def is_sorted(self) -> bool:
        # Tells Singer that a run that was cut short can go on from its state.
        return True

    def begin(self, clocks: Clocks | None = None) -> datetime | None:
        """Return the first moment that this run needs; None for the beginning.

        Args:
            clocks: The shop's clock and ours; None as long as the shop was not asked.
        """
        self._kept = self._bookmark()
        behind = timedelta(0)
        if clocks is not None:
            behind = clocks.behind
            if self._kept is not None and clocks.in_future(self._kept):
                # Neither clock has been there, so nothing tells since when rows are missing.
                self.log(
                    "The bookmark of %s, %s, lies in the future: the shop's clock was set back, or "
                    "the state was made by hand; everything is read again and the bookmark is set "
                    "back.",
                    self.name,
                    self._kept,
                    level=logging.WARNING,
                )
                self._kept = None
        lookback = timedelta(seconds=self._number("lookback_seconds"))
        self._start = start_of_run(self._kept, self._start_date(), lookback + behind)
        return self._start

    @override
    def wants(self, page: Rows) -> bool:
        return page.end is None or self._start is None or page.end > self._start

    def pass_window(self, end: datetime, last: datetime) -> None:
        """Note that all rows of the windows up to ``end`` have gone out.

        Args:
            end: The end of the window.
            last: The end of the last window of this run; no bookmark is later.
        """
        if self.replication_method == "FULL_TABLE":
            return
        # Another stream of the family may read what this one has read before.
        latest = end if self._kept is None else max(min(self._kept, last), end)
        state = self.stream_state
        state["replication_key"] = self.stamp
        state["replication_key_value"] = latest.isoformat()

    @property
    def reads_everything(self) -> bool:
        """Whether this run reads all there is, and not only what changed."""
        return self._start == self._start_date()

    def is_stale(self, now: datetime, every: timedelta) -> bool:
        """Tell whether it is longer than ``every`` that all rows were read."""
        read = self._moment(_READ_WHOLE_AT)
        # A moment in the future is one of a clock that was set back.
        return read is None or not now - every < read <= now

    def note_whole(self, now: datetime) -> None:
        """Note that all rows have gone out; the state is written when the stream ends."""
        self.stream_state[_READ_WHOLE_AT] = now.isoformat()

    def _number(self, setting: str) -> int:
        return int(self.config.get(setting) or 0)

    def _start_date(self) -> datetime | None:
        text = self.config.get("start_date")
        if not text:
            return None
        try:
            return moment_of(str(text))
        except ValueError:
            raise WrongSettingsError(
                f'The setting start_date is "{text}"; write it as 2026-01-31T00:00:00Z.'
            ) from None

    def _bookmark(self) -> datetime | None:
        if self.replication_method == "FULL_TABLE":
            return None
        if self.stream_state.get("replication_key") != self.stamp:
            return None
        return self._moment("replication_key_value")

    def _moment(self, name: str) -> datetime | None:
        """Read a moment from the state."""
        value = self.stream_state.get(name)
        if not value:
            return None
        try:
            return moment_of(str(value))
        except ValueError:
            raise WrongSettingsError(
                f'The state holds "{value}" as {name} of {self.name}, which is no moment; correct '
                "or remove it to read from start_date."
            ) from None

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        return None

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Leave no marker in the state: where a run began does not help to resume it."""

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Leave the bookmark alone: rows come by key inside a window, not by their stamp."""


class WindowedStream(BookmarkedStream):
    """Rows by time windows, for this stream and for those made of parts of its rows."""

    def __init__(self, tap: TapMagento, entity: Windowed) -> None:
        """Prepare; the shop is not asked."""
        super().__init__(tap, entity.name, entity.stamp)
        self.entity = entity
        self.primary_keys = (entity.key_column,)
        self._parts: list[PartStream] = []

    @override
    def made_of(self, rows: list[RawRow]) -> list[RawRow]:
        completed = self.entity.completed
        return rows if completed is None else [completed(row) for row in rows]

    def add(self, part: PartStream) -> None:
        """Take in a stream that is made of parts of this stream's rows."""
        self._parts.append(part)
        # Tells Singer to run this stream where only the part is selected, and not the part.
        self.child_streams.append(part)
        part.parent_stream_type = type(self)

    @override
    def family(self) -> Sequence[BookmarkedStream]:
        return [one for one in (self, *self._parts) if one.selected]

    @override
    def pages(self) -> Iterator[Rows]:
        access = self.shop()
        reader = WindowedRead(
            access.client,
            access.fetchers,
            access.page_size,
            self.entity,
            access.stores.ids if self.entity.by_store else (),
        )
        if access.sampling:
            yield Rows(reader.sample(), None)
            return
        opening = reader.open(self._first_moment())
        clocks = Clocks(opening.shop_time, self._now(), self._tolerance())
        if doubt := clocks.doubt():
            self.log("Stream %s: %s", self.name, doubt, level=logging.WARNING)
        start = self._first_moment(clocks)
        self.log("Reading %s from %s", self.name, start or "the beginning")
        end = horizon(clocks.latest, self._number("settle_seconds"))
        for event in reader.read(opening, start, end):
            if isinstance(event, WindowDone):
                self._pass_window(event.end, end)
            else:
                yield event
        yield from self._read_again(reader, clocks.latest)

    def _read_again(self, reader: WindowedRead, now: datetime) -> Iterator[Rows]:
        """Hand out rows that may have changed without a new stamp."""
        family = self.family()
        # Who has just read everything has nothing to read again.
        again = [one for one in family if not one.reads_everything]
        days = self._number("rolling_reread_days")
        if again and days and self.entity.reread is not None:
            yield from reader.reread(now, days, self._start_date())
        if not self.entity.reread_whole:
            return
        hours = self._number("products_full_reread_hours")
        due = bool(hours) and any(one.is_stale(now, timedelta(hours=hours)) for one in again)
        if due:
            self.log("Reading all %s again, as every %d hours", self.name, hours)
            yield from reader.whole(self._start_date())
        for one in family:
            if due or one.reads_everything:
                one.note_whole(now)

    def _first_moment(self, clocks: Clocks | None = None) -> datetime | None:
        """Return the first moment that this stream or a part of it needs."""
        starts = [one.begin(clocks) for one in self.family()]
        # A part that was selected later than the rest has all its rows still to come.
        known = [start for start in starts if start is not None]
        return min(known) if known and len(known) == len(starts) else None

    def _pass_window(self, end: datetime, last: datetime) -> None:
        """Write the state after all records of a window have gone out."""
        family = self.family()
        for one in family:
            one.pass_window(end, last)
        for one in family[:1]:
            one.state_manager.is_flushed = False
            one._write_state_message()  # noqa: SLF001 -- a stream as this one

    def _tolerance(self) -> timedelta:
        return timedelta(seconds=self._number("clock_tolerance_seconds"))


class PartStream(BookmarkedStream):
    """Rows that come inside of another stream's rows, read along with them."""

    def __init__(self, tap: TapMagento, part: Part) -> None:
        """Prepare; the shop is not asked."""
        super().__init__(tap, part.name, part.stamp)
        self.part = part
        self.primary_keys = part.keys

    @override
    def made_of(self, rows: list[RawRow]) -> list[RawRow]:
        return [part for row in rows for part in self.part.of(row)]

    @override
    def pages(self) -> Iterator[Rows]:
        """Read nothing: the rows come with those of the stream that they are part of."""
        return iter(())
