"""What stops a run, what survives a broken one, and what is sent again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import psycopg
import pytest
from magento_client import MagentoClient, NotAuthorisedError, RetryLaterError
from outbox.store import Outbox
from target_magento import publish
from target_magento.database import Database
from target_magento.exceptions import (
    AllRefusedError,
    AlreadyRunningError,
    BadRecordError,
    GuardStoppedError,
    StaleReadError,
)
from target_magento.published import PublishedStock

MANY = [f"BN-{number:03}" for number in range(1, 23)]


def test_the_guard_stops_a_run_that_would_empty_the_shop(
    world: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [world.holds(sku, "leeds_wh") for sku in MANY]
    levels = [(sku, "LEEDS", 0) for sku in MANY]
    with pytest.raises(GuardStoppedError, match="22 of the 22 source items that have stock"):
        world.publish(*levels)
    assert [world.holds(sku, "leeds_wh") for sku in MANY] == before
    assert capsys.readouterr().out == "", "no state goes out"
    row = world.published("BN-001", "leeds_wh")
    assert (row["state"], row["cause"]) == ("stopped", "stock_guard_stopped")
    assert world.last_run()["outcome"] == "stopped"

    world.publish(*levels, allow_large_change=True)
    assert {world.holds(sku, "leeds_wh") for sku in MANY} == {(0, 0)}


def test_the_guard_lets_a_first_run_change_everything_but_not_a_later_one(world: Any) -> None:
    world.publish(*((sku, "LEEDS", 7) for sku in MANY))
    with pytest.raises(GuardStoppedError, match="22 of the 22 known source items would change"):
        world.publish(*((sku, "LEEDS", 8) for sku in MANY))
    assert {world.holds(sku, "leeds_wh") for sku in MANY} == {(7, 1)}
    world.publish(*((sku, "LEEDS", 8 if sku < "BN-012" else 7) for sku in MANY))
    assert world.holds("BN-011", "leeds_wh") == (8, 1)


def minutes_ago(minutes: int) -> str:
    return (datetime.now(timezone.utc) - timedelta(minutes=minutes)).isoformat()


def test_levels_that_were_read_too_long_ago_are_not_published(
    world: Any, messages: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StaleReadError, match=r"more than max_age_minutes \(60\) ago"):
        world.run(*messages.levels(("BN-001", "LEEDS", 44), read_at=minutes_ago(61)))
    assert world.holds("BN-001", "leeds_wh") == (58, 1)
    assert capsys.readouterr().out == ""
    row = world.published("BN-001", "leeds_wh")
    assert (row["state"], row["cause"]) == ("stale", "stock_stale")
    world.run(*messages.levels(("BN-001", "LEEDS", 44), read_at=minutes_ago(59)))
    assert world.holds("BN-001", "leeds_wh") == (44, 1)


def test_only_the_stale_part_of_a_long_read_waits(world: Any, messages: Any) -> None:
    world.run(
        *messages.levels(("BN-001", "LEEDS", 44), read_at=minutes_ago(70)),
        *messages.levels(("BN-002", "LEEDS", 45)),
    )
    assert world.holds("BN-001", "leeds_wh") == (58, 1)
    assert world.holds("BN-002", "leeds_wh") == (45, 1)
    assert world.published("BN-001", "leeds_wh")["cause"] == "stock_stale"
    # Nothing changed in Sage since: the next read, which brings only changes, confirms it.
    world.publish(("BN-002", "LEEDS", 46))
    assert world.holds("BN-001", "leeds_wh") == (44, 1)


def test_an_older_read_does_not_replace_a_newer_one(world: Any, messages: Any) -> None:
    world.publish(("BN-001", "LEEDS", 44))
    world.run(*messages.levels(("BN-001", "LEEDS", 50), read_at=minutes_ago(5)))
    assert world.holds("BN-001", "leeds_wh") == (44, 1)


def test_a_crash_between_sending_and_recording_is_made_good(
    world: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PublishedStock, "record_sent", crash)
        with pytest.raises(KeyboardInterrupt):
            world.publish(("BN-001", "LEEDS", 10), ("BN-002", "LEEDS", 11))
    assert world.holds("BN-001", "leeds_wh") == (10, 1)
    assert world.published("BN-001", "leeds_wh")["state"] == "due"
    assert capsys.readouterr().out == ""

    world.publish(("BN-001", "LEEDS", 10), ("BN-002", "LEEDS", 12))
    assert [world.published(f"BN-00{n}", "leeds_wh")["state"] for n in (1, 2)] == ["published"] * 2
    assert world.holds("BN-002", "leeds_wh") == (12, 1)
    assert [
        row["outcome"] for row in world.rows("select outcome from sync.stock_run order by id")
    ] == [
        "broken_off",
        "published",
    ]


def test_a_dry_run_sends_nothing_and_records_what_it_would_send(world: Any) -> None:
    world.publish(("BN-001", "LEEDS", 10), dry_run=True)
    assert world.holds("BN-001", "leeds_wh") == (58, 1)
    row = world.published("BN-001", "leeds_wh")
    assert (row["state"], row["wanted_quantity"], row["quantity"]) == ("planned", 10, None)
    assert world.last_run()["message"] == "1 of 1 source items differ: nothing sent (dry run)"


def test_the_shop_being_away_for_a_moment_is_waited_for(world: Any) -> None:
    world.fault(
        {"action": "cut", "moment": "after", "method": "POST", "path": "*/source-items", "count": 1}
    )
    world.publish(("BN-001", "LEEDS", 10))
    assert world.holds("BN-001", "leeds_wh") == (10, 1)
    assert world.published("BN-001", "leeds_wh")["state"] == "published"


def test_a_run_that_breaks_off_keeps_what_it_sent_and_the_next_one_sends_the_rest(
    world: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    denied = {"action": "status", "method": "POST", "path": "*/source-items", "status": 401}
    world.fault(denied | {"skip": 1})
    levels = [(sku, "LEEDS", 7) for sku in MANY[:9]]
    with pytest.raises(NotAuthorisedError):
        world.publish(*levels, batch_size=5)
    states = world.rows(
        "select state, count(*) as n from sync.published_stock group by 1 order by 1"
    )
    assert [(row["state"], row["n"]) for row in states] == [("due", 4), ("published", 5)]
    run = world.last_run()
    assert (run["outcome"], run["published"]) == ("failed", 5)
    assert capsys.readouterr().out == ""
    world.fault()
    world.publish(*levels)
    assert {world.holds(sku, "leeds_wh") for sku in MANY[:9]} == {(7, 1)}
    assert world.last_run()["message"] == "4 of 9 source items differ: 4 published, 0 refused"


def test_a_shop_that_stays_away_ends_the_run(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "MagentoClient", partial(MagentoClient, sleep=lambda _: None))
    world.fault({"action": "cut", "method": "POST", "path": "*/source-items"})
    with pytest.raises(RetryLaterError, match="gave up after 6 tries"):
        world.publish(("BN-001", "LEEDS", 10))
    assert world.published("BN-001", "leeds_wh")["state"] == "due"


def test_a_shop_that_refuses_every_row_ends_the_run(world: Any) -> None:
    refusal = {"action": "status", "method": "POST", "path": "*/source-items", "status": 400}
    world.fault(refusal | {"body": '{"message":"Read only"}'})
    with pytest.raises(AllRefusedError, match=r'refused all 10 .*"Read only"'):
        world.publish(*((sku, "LEEDS", 7) for sku in MANY), batch_size=10)
    assert world.published("BN-010", "leeds_wh")["state"] == "refused"
    assert world.published("BN-011", "leeds_wh")["state"] == "due"


def test_two_runs_at_once_are_refused(world: Any) -> None:
    with psycopg.connect(world.outbox_url) as other:
        other.execute("select pg_advisory_lock(7268202)")
        with pytest.raises(AlreadyRunningError, match="Another run of target-magento"):
            world.publish(("BN-001", "LEEDS", 10))
    assert world.holds("BN-001", "leeds_wh") == (58, 1)


def test_first_starts_at_the_same_moment_make_the_tables_once(outbox_url: str) -> None:
    def start(number: int) -> None:
        if number % 2:
            with Outbox(outbox_url) as box:
                box.ensure_schema()
        else:
            Database(outbox_url).close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(start, range(6)))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("free_quantity", None, "record of BN-001: free_quantity is missing"),
        ("free_quantity", "lots", "record of BN-001: free_quantity is no number"),
        ("free_quantity", "NaN", "record of BN-001: free_quantity is no number"),
        ("item_code", "", "item_code is missing"),
        ("warehouse_item_id", "1.5", "warehouse_item_id is no whole number"),
    ],
)
def test_a_record_that_cannot_be_decided_on_stops_the_run(
    world: Any, messages: Any, field: str, value: object, words: str
) -> None:
    levels = messages.levels(("BN-002", "LEEDS", 9), ("BN-001", "LEEDS", 10))
    levels[2]["record"][field] = value
    with pytest.raises(BadRecordError, match=words):
        world.run(*levels)
    assert world.holds("BN-002", "leeds_wh") == (63, 1)
