"""What leaves is whole lines, also where a write takes only a part."""

from __future__ import annotations

import io
import json
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import StateMessage
from tap_magento.row_writer import RowWriter

if TYPE_CHECKING:
    import pytest


class Pipe(io.RawIOBase):
    """Standard output of an unbuffered Python: takes a few bytes and says how many."""

    def __init__(self) -> None:
        self.taken = b""

    def write(self, data: Any) -> int:
        self.taken += bytes(data[:7])
        return min(len(data), 7)


def test_a_write_that_takes_only_a_part_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=pipe, flush=pipe.flush))
    writer = RowWriter()
    writer.write_rows(
        "orders",
        [{"id": 1, "note": "longer than seven bytes"}],
        extracted=datetime.now(timezone.utc),
    )
    writer.write_message(StateMessage(value={"bookmarks": {"orders": "2026-11-23"}}))
    record, state = map(json.loads, pipe.taken.splitlines())
    assert record["record"] == {"id": 1, "note": "longer than seven bytes"}
    assert state == {"type": "STATE", "value": {"bookmarks": {"orders": "2026-11-23"}}}
