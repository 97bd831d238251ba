"""How the records of one stream leave: written as they are, or through Singer's stream maps."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from singer_sdk.mapper import SameRecordTransform

from tap_magento.records import parsed
from tap_magento.row_writer import RowWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    from magento_client import RawRow

    from tap_magento.records import Record
    from tap_magento.streams import MagentoStream


class Outlet:
    """Sends the rows of one stream for one run."""

    def __init__(self, stream: MagentoStream, metrics: ExitStack) -> None:
        """Prepare; nothing is sent yet.

        Args:
            stream: Whose rows are sent.
            metrics: Ends the count of records.
        """
        self.stream = stream
        self._columns = stream.columns()
        self._counter = metrics.enter_context(stream.get_record_counter())
        writer = stream.message_writer
        self._writer = writer if isinstance(writer, RowWriter) and _unmapped(stream) else None

    def send(self, rows: list[RawRow]) -> None:
        """Write rows as RECORD messages."""
        if not rows:
            return
        if self._writer is None:
            for record in self.records(rows):
                self.stream._write_record_message(record)  # noqa: SLF001 -- Singer has no other way
        else:
            self._writer.write_rows(
                self.stream.name,
                map(self._columns.shape, rows),
                extracted=datetime.now(timezone.utc),
                version=self.stream._stream_version,  # noqa: SLF001 -- Singer has no other way
            )
        self.stream.state_manager.is_flushed = False
        self._counter.increment(len(rows))

    def records(self, rows: list[RawRow]) -> Iterator[Record]:
        """Return rows as records, every value parsed."""
        return (parsed(self._columns.shape(row)) for row in rows)


def _unmapped(stream: MagentoStream) -> bool:
    """Tell whether records leave as they are: no stream map, no flattening."""
    maps = stream.stream_maps
    return (
        len(maps) == 1
        and type(maps[0]) is SameRecordTransform
        and maps[0].stream_alias == stream.name
        and not (maps[0].flattening_options and maps[0].flattening_enabled)
    )
