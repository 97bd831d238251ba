"""Orders that change at random while tap-magento reads them: nothing missing after two runs.

The large version of tap-magento/tests/test_moving_table.py.
"""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
from sandbox.magento import recorded_shop_dir
from sandbox.magento.long_table.server import serve_orders
from sandbox.magento.long_table.table import OrderTable, recorded_orders
from tap_magento.row_writer import RowWriter
from tap_magento.tap import TapMagento
from typing_extensions import override

ORDERS = 50_000
CHANGES_A_PAGE = 100
CONNECTIONS = (1, 8)


class _Held(RowWriter):
    """What a target would hold: of each order the stamp and the note that came last."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[int, tuple[str, int]] = {}
        self.state: dict[str, Any] = {}
        self.records = 0

    @override
    def write_lines(self, lines: bytes) -> None:
        for line in lines.splitlines():
            record = msgspec.json.decode(line)["record"]
            stamp = record["updated_at"].replace("T", " ").removesuffix("+00:00")
            self.orders[record["entity_id"]] = (stamp, int(record["customer_note"]))
            self.records += 1

    @override
    def write_message(self, message: Any) -> None:
        if message.type == "STATE":
            self.state = message.value


def main() -> None:
    """Read the moving table twice on one connection, and on eight."""
    print(f"tap-magento, {ORDERS:,} orders, {CHANGES_A_PAGE} changed at random with each page")
    for connections in CONNECTIONS:
        _read_twice(connections)


def _read_twice(connections: int) -> None:
    table = OrderTable(recorded_orders(recorded_shop_dir()))
    now = [datetime(2026, 11, 23, 8, tzinfo=timezone.utc)]
    table.fill(ORDERS, first=now[0] - timedelta(days=30), seconds_apart=30)
    chance = random.Random(connections)  # noqa: S311  # repeatable on purpose

    def work() -> None:
        now[0] += timedelta(seconds=1)
        table.touch((chance.randrange(1, ORDERS + 1) for _ in range(CHANGES_A_PAGE)), now[0])

    table.between = work
    held = _Held()
    started = time.monotonic()
    with serve_orders(table, clock=lambda: now[0]) as url:
        config = {
            "base_url": url,
            "access_token": "x",
            "max_connections": connections,
            "lookback_seconds": 0,
            "rolling_reread_days": 0,
            # The table's clock is one of its own.
            "clock_tolerance_seconds": 10**9,
        }
        _run(config, held, {})
        first = held.records
        table.between = lambda: None
        now[0] += timedelta(minutes=10)
        _run(config, held, held.state)
    final = table.state()
    changed = sum(note > 0 for _, note in final.values())
    if held.orders != final:
        missing = sum(held.orders.get(key) != value for key, value in final.items())
        raise RuntimeError(f"{missing} of {ORDERS} orders are missing or stale after two runs.")
    print(
        f"  {connections} connections: {changed:,} orders changed meanwhile; {first:,} and"
        f" {held.records - first:,} records in two runs hold the shop's final state, 0 missing"
        f" ({time.monotonic() - started:.0f} s)",
        flush=True,
    )


def _run(config: dict[str, Any], held: _Held, state: dict[str, Any]) -> None:
    tap = TapMagento(config=config, state=state or None, message_writer=held)
    for stream in tap.streams.values():
        stream.selected = stream.name == "orders"
    tap.sync_all()
    tap.shop().close()
