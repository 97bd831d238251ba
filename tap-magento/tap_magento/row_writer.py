"""Records to standard output, a page at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from singer_sdk.singerlib import Message


class _RecordLine(msgspec.Struct, tag="RECORD", tag_field="type"):
    stream: str
    record: dict[str, Any]
    time_extracted: datetime
    version: int | msgspec.UnsetType = msgspec.UNSET


class RowWriter(MsgSpecWriter):
    """Writes Singer messages; records of one page in one go.

    Values that are still Magento's text (``msgspec.Raw``) are written as they are, so that the
    digits of an amount cannot change, and no time is spent on taking them apart.
    """

    def __init__(self) -> None:
        """Prepare; nothing is written yet."""
        super().__init__()
        self._encoder = msgspec.json.Encoder(decimal_format="number")

    def write_rows(
        self,
        stream: str,
        records: Iterable[dict[str, Any]],
        *,
        extracted: datetime,
        version: int | None = None,
    ) -> None:
        """Write records of one stream.

        Args:
            stream: The stream.
            records: The records.
            extracted: When they were read.
            version: The version of the table, where the tap announces versions.
        """
        number = msgspec.UNSET if version is None else version
        self.write_lines(
            self._encoder.encode_lines(
                [_RecordLine(stream, record, extracted, number) for record in records]
            )
        )

    @override
    def write_message(self, message: Message) -> None:
        self.write_lines(self.format_message(message))

    def write_lines(self, lines: bytes | bytearray) -> None:
        """Write whole lines.

        Where Python does not buffer (``PYTHONUNBUFFERED``, usual in containers) a write to a full
        pipe that a signal interrupts takes only a part, and says how much.
        """
        left = memoryview(lines)
        while left:
            left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.buffer.flush()
