"""Orders that nobody foresaw: each becomes a row, and none keeps another one from being posted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from outbox.command import main as outbox_command

if TYPE_CHECKING:
    from conftest import Bench

pytestmark = pytest.mark.end_to_end
Order = dict[str, Any]
ABSENT = "(absent)"


def lines(stream: str, key: str, *records: dict[str, Any]) -> list[str]:
    """Singer messages with every character as it is, also those no database can hold."""
    properties: dict[str, Any] = {"properties": {key: {}}}
    schema = {"type": "SCHEMA", "stream": stream, "key_properties": [key], "schema": properties}
    made = [{"type": "RECORD", "stream": stream, "record": record} for record in records]
    return [json.dumps(one) for one in (schema, *made)]


def orders(*records: Order) -> list[str]:
    return lines("orders", "entity_id", *records)


def states(bench: Bench) -> dict[str, tuple[str, str | None]]:
    with psycopg.connect(bench.around.warehouse_url) as connection:
        rows = connection.execute("select source_key, state, cause from sync.outbox").fetchall()
    return {key: (state, cause) for key, state, cause in rows}


@pytest.mark.parametrize("note", ["a\0b", "half \ud83d"], ids=["NUL", "half a pair"])
def test_order_with_characters_no_database_holds_is_posted(bench: Bench, note: str) -> None:
    order = bench.order()
    order["customer_note"] = note
    for _ in range(2):
        bench.listen(orders(order))
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", None), row["error"]


@pytest.mark.parametrize(
    ("change", "key", "cause"),
    [
        ({"updated_at": "0000-00-00 00:00:00"}, None, None),
        ({"created_at": "0000-00-00 00:00:00"}, None, "malformed_order"),
        ({"entity_id": None}, None, "malformed_order"),
        ({"entity_id": ABSENT}, None, "malformed_order"),
        ({"entity_id": "x"}, None, "malformed_order"),
        ({"entity_id": None, "increment_id": None}, "record ", "malformed_order"),
        ({"increment_id": None}, "entity ", "malformed_order"),
        ({"items": 7}, None, "malformed_order"),
        ({"relation_parent_id": "none"}, None, "mapping_failed"),
        ({"grand_total": "1e999999"}, None, None),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_order_that_cannot_be_read_is_a_row_and_stops_no_other(
    bench: Bench, change: dict[str, Any], key: str | None, cause: str | None
) -> None:
    bench.run()
    odd, other = bench.order(), bench.order()
    before = set(states(bench))
    for _ in range(2):
        changed = {**odd, **change}
        read = {name: value for name, value in changed.items() if value is not ABSENT}
        bench.listen(orders(read, other))
    after = states(bench)
    new = {one: after[one] for one in after if one not in before}
    assert new.pop(other["increment_id"]) == ("posted", None)
    assert len(new) == 1, new
    number, (state, found) = new.popitem()
    assert number.startswith(key or odd["increment_id"])
    if cause is not None:
        assert (state, found) == ("rejected", cause)


def test_change_of_a_posted_order_that_cannot_be_read_stops_no_other(bench: Bench) -> None:
    odd, other = bench.order(), bench.order()
    bench.run(odd)
    with psycopg.connect(bench.around.warehouse_url) as connection:
        connection.execute(
            "update sync.outbox set detail = detail || jsonb_build_object("
            "'cancelled_in_magento', 'much') where source_key = %s",
            (odd["increment_id"],),
        )
    for _ in range(2):
        bench.run({**odd, "updated_at": "2026-12-31 00:00:00", "status": "complete"}, other)
    row = bench.row(odd["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", "mapping_failed")
    assert bench.row(other["increment_id"])["state"] == "posted"


def test_payment_without_ids_stops_nothing(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    order = bench.order()
    poison = {"transaction_id": None, "order_id": 1, "txn_type": "capture"}
    bench.listen([*lines("transactions", "transaction_id", poison), *orders(order)])
    assert bench.row(order["increment_id"])["state"] == "posted"
    assert "has no usable id" in caplog.text


def test_second_order_with_a_number_is_kept_and_refused(bench: Bench) -> None:
    first, second = bench.order(), bench.order()
    number = first["increment_id"]
    second["increment_id"] = number
    for _ in range(2):
        bench.run(first, second)
    row = bench.row(number)
    assert (row["state"], row["source_id"]) == ("posted", int(first["entity_id"]))
    other = bench.row(f"{number}#entity {second['entity_id']}")
    assert (other["state"], other["cause"]) == ("rejected", "number_used_twice")
    assert "Enter it by hand" in other["error"]
    assert len(bench.in_sage(number)) == 1


def test_edited_order_waits_for_a_parent_that_is_about_to_be_sent(bench: Bench) -> None:
    parent, edited = bench.order(), bench.order()
    edited["relation_parent_id"] = str(parent["entity_id"])
    bench.run(parent, edited, dispatch_window="00:00-00:01")
    assert bench.row(parent["increment_id"])["state"] == "ready"
    row = bench.row(edited["increment_id"])
    assert (row["state"], row["cause"]) == ("waiting", "replaces_live_order")


def test_number_found_on_an_account_of_before_is_left_to_a_person_who_can_end_it(
    bench: Bench,
) -> None:
    order = bench.order()
    number = order["increment_id"]
    bench.run(order)
    with psycopg.connect(bench.around.warehouse_url) as connection:
        connection.execute("delete from sync.outbox_attempt")
        connection.execute("delete from sync.outbox where source_key = %s", (number,))
    bench.add("customers.csv", store_id="*", customer_group_id="0", account="TRADE")
    bench.add("customers.csv", store_id="*", customer_group_id="1", account="TRADE")
    try:
        bench.run(order)
        row = bench.row(number)
        assert (row["state"], row["cause"]) == ("in_doubt", "found_but_differs"), row["error"]
        assert "on another account" in row["error"]
        assert len(bench.in_sage(number)) == 1
        url = bench.around.warehouse_url
        ignore = ["--url", url, "ignore", number, "--reason", "it is there", "--who", "Jo"]
        assert outbox_command(ignore) == 0
        assert bench.row(number)["state"] == "ignored"
    finally:
        for _ in range(2):
            path = bench.tables / "customers.csv"
            text = path.read_text(encoding="utf-8").splitlines()
            path.write_text("\n".join(text[:-1]) + "\n", encoding="utf-8")
