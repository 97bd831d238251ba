"""Singer messages on their way out: a batch of records is one piece of text and one write."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.singerlib import Message

    from tap_sage200.rows import Record


class BatchWriter(MsgSpecWriter):
    """Writes records by the batch; every other message as the SDK does.

    The SDK makes, encodes, writes and flushes each record by itself, which costs more than reading
    it from the database.
    """

    def write_records(self, stream: str, records: Sequence[Record], version: int | None) -> None:
        """Write one RECORD message a record.

        Args:
            stream: Name of the stream.
            records: Records as they go out; decimals become JSON numbers, digit for digit.
            version: Table version, where the stream is compared whole.
        """
        _write(record_lines(stream, records, version))

    @override
    def write_message(self, message: Message) -> None:
        _write(self.format_message(message))


def _write(lines: bytes | bytearray) -> None:
    """Write all of it.

    Where Python does not buffer (``PYTHONUNBUFFERED``, usual in containers) a write to a full pipe
    that a signal interrupts takes only a part, and says how much.
    """
    left = memoryview(lines)
    while left:
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


class _Line(msgspec.Struct, gc=False):
    """A RECORD message; the names and their order are Singer's."""

    type: str
    stream: str
    record: dict[str, Any]
    time_extracted: str
    version: int | msgspec.UnsetType = msgspec.UNSET


def record_lines(stream: str, records: Sequence[Record], version: int | None) -> bytes:
    """Return RECORD messages, one a line."""
    extracted = datetime.now(timezone.utc).isoformat()
    given = msgspec.UNSET if version is None else version
    return encoder.encode_lines(
        [_Line("RECORD", stream, record, extracted, given) for record in records]
    )
