"""Whole runs against the recorded shop: what it holds afterwards, and what is recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from target_magento.exceptions import (
    UnknownSkusError,
)

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "sage_warehouse,magento_source,buffer_quantity\n"
MANY = [f"BN-{number:03}" for number in range(1, 23)]


def test_only_differences_are_sent(world: Any, capsys: pytest.CaptureFixture[str]) -> None:
    untouched = world.holds("BN-002", "leeds_wh")
    world.publish(("BN-001", "LEEDS", 58), ("BN-001", "YORK", "40.5"))
    assert world.holds("BN-001", "leeds_wh") == (58, 1)
    assert world.holds("BN-001", "york_wh") == (40.5, 1)
    assert world.holds("BN-002", "leeds_wh") == untouched
    run = world.last_run()
    assert run["message"] == "1 of 2 source items differ: 1 published, 0 refused"
    assert run["outcome"] == "published"
    sent, equal = world.published("BN-001", "york_wh"), world.published("BN-001", "leeds_wh")
    assert (sent["state"], sent["quantity"], sent["published_at"] is None) == (
        "published",
        40.5,
        False,
    )
    assert (equal["state"], equal["quantity"], equal["published_at"]) == ("published", 58, None)
    assert json.loads(capsys.readouterr().out) == {"bookmarks": {"at": 1}}


def test_the_same_levels_again_send_nothing(world: Any) -> None:
    world.publish(("BN-001", "LEEDS", 12))
    world.fault({"action": "status", "method": "POST", "path": "*/source-items", "status": 400})
    world.publish(("BN-001", "LEEDS", 12))
    assert world.last_run()["message"] == "0 of 1 source items differ: 0 published, 0 refused"


def test_web_allocations_are_added_back_and_the_buffer_is_held_back(
    world: Any, mappings_dir: Path
) -> None:
    (mappings_dir / "warehouses.csv").write_text(f"{HEADER}LEEDS,leeds_wh,2\n")
    world.publish(("BN-001", "LEEDS", 10, 3))
    assert world.holds("BN-001", "leeds_wh") == (11, 1)
    row = world.published("BN-001", "leeds_wh")
    assert (row["sage_free"], row["allocated_to_web"], row["buffer"]) == (10, 3, 2)


def test_warehouses_of_one_source_are_added(world: Any, mappings_dir: Path) -> None:
    (mappings_dir / "warehouses.csv").write_text(f"{HEADER}LEEDS,leeds_wh,1\nHULL,leeds_wh,0\n")
    world.publish(("BN-001", "LEEDS", 10), ("BN-001", "HULL", 5), ("BN-001", "QUARANTINE", 99))
    assert world.holds("BN-001", "leeds_wh") == (14, 1)
    assert len(world.rows("select * from sync.published_stock")) == 1


@pytest.mark.parametrize("zero_status", [0, 1])
def test_zero_is_sent_with_the_status_that_is_set(world: Any, zero_status: int) -> None:
    world.publish(("BACKORD", "LEEDS", 0), zero_status=zero_status)
    assert world.holds("BACKORD", "leeds_wh") == (0, zero_status)


def test_zero_does_not_assign_a_source_that_the_product_does_not_have(world: Any) -> None:
    world.publish(("BACKORD", "YORK", 0))
    assert world.holds("BACKORD", "york_wh") is None
    assert world.published("BACKORD", "york_wh")["state"] == "published"


def test_stock_that_returned_to_an_empty_source_is_put_on_sale_again(world: Any) -> None:
    world.publish(("BN-001", "LEEDS", 0))
    assert world.holds("BN-001", "leeds_wh") == (0, 0)
    world.put("BN-001", "leeds_wh", 3, status=0)
    world.publish(("BN-001", "LEEDS", 3))
    assert world.holds("BN-001", "leeds_wh") == (3, 1)


def test_a_warehouse_closed_for_sales_offers_nothing(world: Any) -> None:
    world.publish(("BN-001", "LEEDS", 10, 0, False))
    assert world.holds("BN-001", "leeds_wh") == (0, 0)


def test_skus_are_mapped_and_spelled_as_magento_spells_them(world: Any, mappings_dir: Path) -> None:
    long_sku = "X" * 60 + "-64C"
    (mappings_dir / "skus.csv").write_text(f"magento_sku,sage_code\n{long_sku},LONG-SKU-64\n")
    odd = ["00123", "SKU WITH SPACE", "SLASH/ED-1", "A+B-1", "PCT%20X", "QUOTE\"1'"]
    world.publish(
        ("LONG-SKU-64", "LEEDS", 17), ("bn-001", "LEEDS", 18), *((sku, "LEEDS", 19) for sku in odd)
    )
    assert world.holds(long_sku, "leeds_wh") == (17, 1)
    assert world.published("BN-001", "leeds_wh")["quantity"] == 18
    assert [world.holds(sku, "leeds_wh") for sku in odd] == [(19, 1)] * len(odd)


def order(increment_id: str, sku: str, shipped: int) -> dict[str, Any]:
    row = {"item_id": 1, "sku": sku, "product_type": "simple", "qty_shipped": shipped}
    return {"increment_id": increment_id, "store_id": 1, "items": [row]}


def test_what_magento_shipped_and_sage_did_not_despatch_is_not_sold_again(
    world: Any, messages: Any
) -> None:
    world.outbox(order("O1", "BN-001", 3))
    level = messages.levels(("BN-001", "LEEDS", 7, 3), ("BN-001", "YORK", 5))
    world.run(*messages.lines((1, "O1", "BN-001", "LEEDS", 3, 0)), *level)
    assert world.holds("BN-001", "leeds_wh") == (7, 1)
    assert world.holds("BN-001", "york_wh") == (5, 1)
    assert world.published("BN-001", "leeds_wh")["shipped_not_despatched"] == 3

    world.run(
        *messages.lines((1, "O1", "BN-001", "LEEDS", 3, 2)),
        *messages.levels(("BN-001", "LEEDS", 7, 1)),
    )
    assert world.holds("BN-001", "leeds_wh") == (7, 1), "2 are despatched, 1 is still to go"

    world.run(
        *messages.lines((1, "O1", "BN-001", "LEEDS", 3, 3)),
        *messages.levels(("BN-001", "LEEDS", 7, 0)),
    )
    assert world.holds("BN-001", "leeds_wh") == (7, 1)
    assert world.published("BN-001", "leeds_wh")["shipped_not_despatched"] == 0


@pytest.mark.parametrize(
    ("state", "expected"),
    [("waiting", 7), ("rejected", 7), ("in_doubt", 7), ("ignored", 10), ("superseded", 10)],
)
def test_an_order_that_sage_lacks_counts_whole_unless_a_person_took_it_out(
    world: Any, state: str, expected: int
) -> None:
    world.outbox(order("O1", "BN-001", 3), state=state)
    world.publish(("BN-001", "LEEDS", 10), ("BN-001", "YORK", 10))
    assert world.holds("BN-001", "leeds_wh") == (expected, 1)
    assert world.holds("BN-001", "york_wh") == (10, 1), "store 1 is served from LEEDS"


def test_a_return_of_the_same_number_is_not_taken_for_the_orders_despatch(
    world: Any, messages: Any
) -> None:
    world.outbox(order("O1", "BN-001", 3))
    lines = messages.lines((1, "O1", "BN-001", "LEEDS", 3, 0), (2, "O1", "BN-001", "LEEDS", 3, 3))
    lines[2]["record"]["sales_document_id"] = 8
    world.run(*lines, *messages.levels(("BN-001", "LEEDS", 7, 3)))
    assert world.holds("BN-001", "leeds_wh") == (7, 1)


@pytest.mark.parametrize(
    ("sku", "cause"),
    [
        ("NO-SUCH-SKU", "unknown_in_magento"),
        ("TEE", "composite_sku"),
        ("BUNDLE-DYN", "composite_sku"),
        ("WITH,COMMA", "unknown_in_magento"),
    ],
)
def test_what_magento_must_not_store_is_not_written(world: Any, sku: str, cause: str) -> None:
    world.publish((sku, "LEEDS", 5), ("BN-001", "LEEDS", 41))
    assert world.holds(sku, "leeds_wh") is None
    row = world.published(sku, "leeds_wh")
    assert (row["state"], row["cause"], row["quantity"]) == ("skipped", cause, None)
    assert world.holds("BN-001", "leeds_wh") == (41, 1)
    assert world.last_run()["message"].endswith(
        "1 published, 0 refused; 1 left out, with reasons in sync.published_stock"
    )


def test_unknown_skus_may_be_told_to_stop_the_run(world: Any) -> None:
    with pytest.raises(UnknownSkusError, match=r"lacks 1 SKUs .* such as NO-SUCH-SKU"):
        world.publish(("NO-SUCH-SKU", "LEEDS", 5), ("BN-001", "LEEDS", 41), skip_unknown_skus=False)
    assert world.holds("BN-001", "leeds_wh") == (58, 1)


def test_a_disabled_and_an_unknown_source_are_left_out_with_the_reason(
    world: Any, mappings_dir: Path
) -> None:
    (mappings_dir / "warehouses.csv").write_text(
        f"{HEADER}LEEDS,leeds_wh,0\nOLD,closed_wh,0\nNEW,no_such_wh,0\n"
    )
    world.publish(*((("BN-001", name, 33)) for name in ("LEEDS", "OLD", "NEW")))
    assert world.holds("BN-001", "leeds_wh") == (33, 1)
    assert world.holds("BN-001", "closed_wh") is None
    assert world.published("BN-001", "closed_wh")["cause"] == "source_disabled"
    row = world.published("BN-001", "no_such_wh")
    assert row["cause"] == "source_unknown"
    assert 'no source "no_such_wh"' in row["error"]


def test_a_refused_row_keeps_no_other_back(world: Any) -> None:
    """KIT-A may not be in york_wh: it is part of a bundle that ships together."""
    good = [(sku, "YORK", 31) for sku in MANY[:9]]
    world.publish(("KIT-A", "YORK", 5), *good)
    assert world.holds("KIT-A", "york_wh") is None
    assert all(world.holds(sku, "york_wh") == (31, 1) for sku, _, _ in good)
    row = world.published("KIT-A", "york_wh")
    assert (row["state"], row["cause"], row["quantity"]) == ("refused", "stock_refused", None)
    assert 'Not able to assign "york_wh" to product "KIT-A"' in row["error"]
    run = world.last_run()
    assert run["message"] == "10 of 10 source items differ: 9 published, 1 refused"
    assert run["outcome"] == "partly_refused"

    world.publish(("BN-001", "YORK", 30))
    assert world.holds("BN-001", "york_wh") == (30, 1)
    assert world.last_run()["message"].startswith("2 of 10 ")


def test_a_run_that_brings_one_level_still_publishes_what_a_new_buffer_changes(
    world: Any, mappings_dir: Path
) -> None:
    world.publish(("BN-001", "LEEDS", 10), ("BN-002", "LEEDS", 20))
    (mappings_dir / "warehouses.csv").write_text(f"{HEADER}LEEDS,leeds_wh,4\n")
    world.publish(("BN-001", "LEEDS", 9))
    assert world.holds("BN-001", "leeds_wh") == (5, 1)
    assert world.holds("BN-002", "leeds_wh") == (16, 1)


def test_a_run_without_changes_in_sage_publishes_what_is_left(world: Any, messages: Any) -> None:
    world.publish(("BN-001", "LEEDS", 10), dry_run=True)
    world.run(*messages.levels())
    assert world.holds("BN-001", "leeds_wh") == (10, 1)


def test_a_level_that_comes_twice_counts_once_and_last(world: Any) -> None:
    world.publish(("BN-001", "LEEDS", 10), ("BN-001", "LEEDS", 11))
    assert world.holds("BN-001", "leeds_wh") == (11, 1)
    assert world.last_run()["levels_read"] == 1


@pytest.mark.parametrize(
    ("compare_with", "expected"), [("magento", (10, 1)), ("published", (99, 1))]
)
def test_what_was_changed_in_magento_is_put_right_if_magento_is_compared(
    world: Any, compare_with: str, expected: tuple[int, int]
) -> None:
    world.publish(("BN-001", "LEEDS", 10), compare_with=compare_with)
    world.put("BN-001", "leeds_wh", 99)
    world.publish(("BN-001", "LEEDS", 10), compare_with=compare_with)
    assert world.holds("BN-001", "leeds_wh") == expected


def test_a_source_item_that_sage_no_longer_reports_is_shown_and_kept(
    world: Any, mappings_dir: Path
) -> None:
    world.publish(("BN-001", "LEEDS", 10), ("BN-001", "YORK", 11))
    (mappings_dir / "warehouses.csv").write_text(f"{HEADER}LEEDS,leeds_wh,0\n")
    world.publish(("BN-001", "LEEDS", 10))
    assert world.holds("BN-001", "york_wh") == (11, 1)
    assert world.published("BN-001", "york_wh")["cause"] == "unknown_in_sage"


def test_small_batches_publish_everything(world: Any) -> None:
    world.publish(*((sku, "LEEDS", 7) for sku in MANY), batch_size=5)
    assert {world.holds(sku, "leeds_wh") for sku in MANY} == {(7, 1)}


def test_another_stream_is_ignored_with_one_warning(
    world: Any, messages: Any, caplog: pytest.LogCaptureFixture
) -> None:
    schema = {"properties": {"id": {"type": "integer"}}}
    other = [{"type": "SCHEMA", "stream": "prices", "schema": schema, "key_properties": ["id"]}]
    other += [{"type": "RECORD", "stream": "prices", "record": {"id": n}} for n in range(3)]
    world.run(*other, *messages.levels(("BN-001", "LEEDS", 10)))
    assert caplog.text.count("The stream prices is ignored") == 1
    assert world.holds("BN-001", "leeds_wh") == (10, 1)


def test_an_input_without_levels_publishes_nothing(
    world: Any, messages: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    world.publish(("BN-001", "LEEDS", 10), dry_run=True)
    world.run(*messages.lines((1, "O1", "BN-001", "LEEDS", 3, 0)))
    assert world.holds("BN-001", "leeds_wh") == (58, 1)
    assert capsys.readouterr().out.count("bookmarks") == 2
