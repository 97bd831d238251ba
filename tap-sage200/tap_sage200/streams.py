"""What Singer sees: a stream with the catalogue's columns, written batch by batch."""

from __future__ import annotations

import gc
import time
from abc import abstractmethod
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_sage200.catalogue import STREAMS
from tap_sage200.columns import schema_of
from tap_sage200.exceptions import FailedStreamError, SageReadError, UnreadableColumnError
from tap_sage200.writing import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_sage200.budget import Budget
    from tap_sage200.shortfall import Shortfall


BEGUN = "begun_at"


class SageStream(Stream):
    """A stream of the catalogue, whatever source it is read from.

    With the setting ``full_compare`` every record carries the run's table version, and once all
    were sent an ACTIVATE_VERSION message tells the target that what it has of older versions is
    gone from Sage. It is sent last: a run that is cut off takes nothing away.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, name: str, budget: Budget, replication_key: str | None) -> None:
        """Take the columns from the catalogue.

        Args:
            tap: The tap.
            name: The stream.
            budget: When to stop.
            replication_key: The column that tells what changed; None where nothing does.
        """
        self._columns = STREAMS[name]
        self._key = self._columns[0].name
        self._budget = budget
        self._compared = False
        super().__init__(tap, schema=schema_of(self._columns), name=name)
        self.primary_keys = [self._key]
        if replication_key is not None:
            self.replication_key = replication_key

    @property
    def incremental(self) -> bool:
        """Whether a bookmark is kept."""
        return self.replication_method != REPLICATION_FULL_TABLE

    @property
    def begun(self) -> str:
        """When a run with a time limit last began to read this stream; empty for never."""
        return str(self.stream_state.get(BEGUN, ""))

    @property
    def full_compare(self) -> bool:
        """Whether everything is read, so that the target finds what is gone."""
        return bool(self.config.get("full_compare"))

    @abstractmethod
    def record_batches(self) -> Iterator[list[Record]]:
        """Yield what is due, a batch at a time; state moves when the next one is asked for."""

    def write_state(self) -> None:
        """Write the state now."""
        self.state_manager.is_flushed = False
        self._write_state_message()

    def prepare(self) -> None:
        """Make sure of what reading needs on this machine, before anything is written."""

    def finished(self) -> None:
        """Note that the source was read to its end, so that a comparison is whole."""
        self._compared = self.full_compare

    def _due_batches(self) -> Iterator[list[Record]]:
        if self._budget.spent:
            self.logger.warning(
                "%s: not read, max_seconds is used up; the next run reads it", self.name
            )
            return
        if self._budget.max_seconds is not None:
            self.stream_state[BEGUN] = datetime.now(timezone.utc).isoformat(timespec="seconds")
        try:
            yield from self.record_batches()
        except UnreadableColumnError as error:
            raise FailedStreamError(f"Stream {self.name}: {error.message}") from error

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Yield the rows that are due, one by one."""
        for batch in self._due_batches():
            yield from batch

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        """Write records and state; what concerns this stream alone doesn't stop the others.

        Raises:
            SageReadError: The run can't go on, or there is no run around this stream.
        """
        try:
            yield from self._written(context, write_messages=write_messages)
        except SageReadError as error:
            shortfall: Shortfall | None = getattr(self._tap, "shortfall", None)
            if shortfall is None or not error.concerns_one_stream:
                raise
            self.logger.warning("%s: not read to its end. %s", self.name, error.message)
            shortfall.note(self, error)

    def _written(
        self, context: Context | None, *, write_messages: bool
    ) -> Generator[dict[str, Any], Any, Any]:
        """Write by the batch where nothing asks for the SDK's way of one record at a time."""
        if self.full_compare:
            self._stream_version = time.time_ns() // 1_000_000
        writer = self._tap.message_writer
        if write_messages and isinstance(writer, BatchWriter) and self._goes_out_as_it_is():
            self._write_batches(writer)
        else:
            yield from super()._sync_records(context, write_messages=write_messages)
        if write_messages and self._compared:
            self._write_activate_version_message(self._stream_version or 0)

    def _goes_out_as_it_is(self) -> bool:
        maps = self.stream_maps
        return (
            self.selected
            and self.ABORT_AT_RECORD_COUNT is None
            and len(maps) == 1
            and isinstance(maps[0], SameRecordTransform)
            and not maps[0].flattening_enabled
            and maps[0].stream_alias == self.name
        )

    def _write_batches(self, writer: BatchWriter) -> None:
        left_out = [
            column.name for column in self._columns if not self.mask["properties", column.name]
        ]
        unstated = 0
        # What is there by now stays there: not looked through again for each batch's garbage.
        gc.freeze()
        with self.get_record_counter() as counter, self.get_sync_timer():
            for batch in self._due_batches():
                if unstated >= self.STATE_MSG_FREQUENCY:
                    self._write_state_message()
                    unstated = 0
                if not batch:
                    continue
                for name in left_out:
                    for record in batch:
                        record.pop(name, None)
                writer.write_records(self.name, batch, self._stream_version)
                self.state_manager.is_flushed = False
                counter.increment(len(batch))
                unstated += len(batch)
        gc.unfreeze()
        self._finalize_state(self.stream_state)
        self._write_state_message()

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Leave the state to the bookmark: a record's own stamp says nothing about its window."""

    @override
    def generate_child_contexts(
        self, record: Record, context: Context | None
    ) -> Iterable[Context | None]:
        """Return none: no stream has children."""
        return ()
