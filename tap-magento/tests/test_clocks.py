"""Clocks that are wrong, are set right or are made up: rows come late at most, none is lost."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from tap_magento.clocks import Clocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.magento import Shop

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class TwoClocks:
    """A shop and this machine, each with a clock of its own."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.ours = NOON
        self.apart = timedelta(0)
        shop.set_clock(lambda: self.ours + self.apart)

    def now(self) -> datetime:
        return self.ours

    def change_an_order(self) -> None:
        self.shop.touch(7, status="holded", updated_at=f"{self.shop.now():%Y-%m-%d %H:%M:%S}")


@pytest.fixture
def clocks(shop: Shop) -> TwoClocks:
    return TwoClocks(shop)


@pytest.fixture
def run(
    clocks: TwoClocks, config: dict[str, Any], run_tap: Callable[..., Any]
) -> Callable[..., Any]:
    def run(state: dict[str, Any] | None = None) -> Any:
        return run_tap(config, "orders", state=state, clock=clocks.now)

    return run


def _state(bookmark: datetime) -> dict[str, Any]:
    mark = {"replication_key": "updated_at", "replication_key_value": bookmark.isoformat()}
    return {"bookmarks": {"orders": mark}}


def _bookmark(output: Any) -> datetime:
    return datetime.fromisoformat(output.bookmark("orders"))


def test_a_shop_that_ran_ahead_for_a_while_loses_no_row(
    clocks: TwoClocks, run: Callable[..., Any]
) -> None:
    clocks.apart = DAY
    first = run()
    assert _bookmark(first) <= clocks.ours + 5 * MINUTE
    clocks.apart = timedelta(0)
    clocks.ours += 10 * MINUTE
    clocks.change_an_order()
    clocks.ours += 60 * MINUTE
    second = run(first.state)
    assert [r["entity_id"] for r in second.records("orders")] == [7]


@pytest.mark.parametrize("runs_after", [20 * MINUTE, 2 * DAY], ids=["soon", "days later"])
def test_a_shop_that_was_set_back_wrongly_loses_no_row(
    clocks: TwoClocks, run: Callable[..., Any], runs_after: timedelta
) -> None:
    first = run()
    clocks.apart = -DAY
    clocks.ours += 5 * MINUTE
    clocks.change_an_order()
    clocks.ours += runs_after
    second = run(first.state)
    assert 7 in second.latest("orders")
    assert _bookmark(second) <= clocks.shop.now()


def test_a_bookmark_in_the_future_is_told_of_and_everything_is_read_again(
    clocks: TwoClocks, run: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    output = run(_state(NOON + DAY))
    assert len(output.records("orders")) == 68
    assert _bookmark(output) == NOON - timedelta(seconds=30)
    assert "lies in the future: the shop's clock was set back" in caplog.text
    clocks.ours += 10 * MINUTE
    assert run(output.state).records("orders") == []


def test_a_bookmark_within_the_tolerance_is_set_back_to_what_was_read(
    run: Callable[..., Any],
) -> None:
    output = run(_state(NOON + 2 * MINUTE))
    assert _bookmark(output) == NOON - timedelta(seconds=30)
    assert output.records("orders") == []


def test_a_date_header_of_another_time_stops_nothing_and_is_told_of(
    clocks: TwoClocks, run: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    clocks.apart = -DAY / 2
    first = run()
    assert _bookmark(first) == NOON - DAY / 2 - timedelta(seconds=30)
    assert "12:00:00 behind this machine's" in caplog.text
    assert "old Date header" in caplog.text


@pytest.mark.parametrize(
    ("apart", "latest", "behind"),
    [
        (timedelta(0), timedelta(0), timedelta(0)),
        (5 * MINUTE, 5 * MINUTE, timedelta(0)),
        (6 * MINUTE, 5 * MINUTE, timedelta(0)),
        (-5 * MINUTE, -5 * MINUTE, timedelta(0)),
        (-6 * MINUTE, -6 * MINUTE, 6 * MINUTE),
    ],
)
def test_how_far_a_clock_is_believed(
    apart: timedelta, latest: timedelta, behind: timedelta
) -> None:
    clocks = Clocks(NOON + apart, NOON, 5 * MINUTE)
    assert clocks.latest == NOON + latest
    assert clocks.behind == behind
    assert (clocks.doubt() is None) is (abs(apart) <= 5 * MINUTE)
