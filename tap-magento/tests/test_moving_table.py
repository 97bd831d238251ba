"""Thousands of orders that change at random, even between a page and its count.

The small version of ``benchmarks.moving``, which reads 50,000.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.magento import recorded_shop_dir
from sandbox.magento.long_table.server import serve_orders
from sandbox.magento.long_table.table import OrderTable, recorded_orders

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERS = 2_000
PAGE_SIZE = 20
CHANGES_A_PAGE = 15


class MovingTable:
    """A table in which orders change with every page that is read."""

    def __init__(self, seed: int) -> None:
        self.table = OrderTable(recorded_orders(recorded_shop_dir()))
        self.now = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
        self.table.fill(ORDERS, first=self.now - timedelta(hours=5), seconds_apart=5)
        self.table.between = self._work
        self._random = random.Random(seed)  # noqa: S311 -- repeatable on purpose

    def _work(self) -> None:
        # Twice each: rows leave a window that is being read, and the rows just read as well.
        self.now += timedelta(seconds=self._random.choice([0, 1, 2]))
        self.table.touch(
            (self._random.randrange(1, ORDERS + 1) for _ in range(CHANGES_A_PAGE)), self.now
        )

    def rest(self) -> None:
        """Stop working, long enough for everything to settle."""
        self.table.between = lambda: None
        self.now += timedelta(minutes=10)


def _held(*outputs: Any) -> dict[int, tuple[str, int]]:
    """What a target holds after these runs."""
    return {
        record["entity_id"]: (
            record["updated_at"].replace("T", " ").removesuffix("+00:00"),
            int(record["customer_note"]),
        )
        for output in outputs
        for record in output.records("orders")
    }


@pytest.mark.parametrize("connections", [1, 8])
def test_two_runs_over_a_table_that_changes_at_random_equal_its_final_state(
    run_tap: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, connections: int
) -> None:
    monkeypatch.setattr("tap_magento.windowed_read._PAGES_A_WINDOW", 30)
    moving = MovingTable(seed=connections)
    with serve_orders(moving.table, clock=lambda: moving.now) as url:
        config = {
            "base_url": url,
            "access_token": "x",
            "page_size": PAGE_SIZE,
            "max_connections": connections,
            "lookback_seconds": 0,
            "rolling_reread_days": 0,
        }
        first = run_tap(config, "orders")
        moving.rest()
        second = run_tap(config, "orders", state=first.state)
    final = moving.table.state()
    assert len(final) == ORDERS
    assert sum(note > 0 for _, note in final.values()) > ORDERS / 4
    assert _held(first, second) == final
    assert len(second.records("orders")) < ORDERS


def test_rows_that_leave_between_page_and_count_hide_no_others(
    run_tap: Callable[..., Any],
) -> None:
    """Magento counts after it has read: a full page may be counted as the last one."""
    now = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
    table = OrderTable(recorded_orders(recorded_shop_dir()))
    table.fill(PAGE_SIZE + 5, first=now - timedelta(hours=5), seconds_apart=5)
    left: list[int] = []

    def leave() -> None:
        # Five of the page just read, when five are behind it; the first question asks the time.
        left.append(len(left))
        if len(left) == 2:
            table.touch(range(1, 6), now)

    table.between = leave
    with serve_orders(table, clock=lambda: now) as url:
        config = {"base_url": url, "access_token": "x", "page_size": PAGE_SIZE}
        output = run_tap({**config, "start_date": "2026-11-23T03:00:00Z"}, "orders")
    assert len(left) > 2
    assert set(output.latest("orders")) == set(range(1, PAGE_SIZE + 6))
