"""Streams against the recorded shop: each row once, each amount to the last digit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tap_magento.entities import TABLES, WINDOWED
from tap_magento.records import zoned

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.magento import Shop

RECORDED = {
    "orders": ("orders", ("entity_id",)),
    "credit_memos": ("creditmemos", ("entity_id",)),
    "invoices": ("invoices", ("entity_id",)),
    "shipments": ("shipments", ("entity_id",)),
    "transactions": ("transactions", ("transaction_id",)),
    "products": ("products", ("id",)),
    "source_items": ("source-items", ("sku", "source_code")),
    "sources": ("sources", ("source_code",)),
    "stocks": ("stocks", ("stock_id",)),
    "stock_source_links": ("stock-source-links", ("stock_id", "source_code")),
    "websites": ("websites", ("id",)),
    "store_groups": ("storeGroups", ("id",)),
    "store_views": ("storeViews", ("id",)),
    "store_configs": ("storeConfigs", ("id",)),
    "tax_rates": ("taxRates", ("id",)),
    "tax_rules": ("taxRules", ("id",)),
    "tax_classes": ("taxClasses", ("class_id",)),
    "customer_groups": ("customerGroups", ("id",)),
    "customers": ("customers", ("id",)),
    "coupons": ("coupons", ("coupon_id",)),
    "sales_rules": ("salesRules", ("rule_id",)),
}


def _as_emitted(row: dict[str, Any]) -> dict[str, Any]:
    for attribute in row.get("custom_attributes") or ():
        name, text = attribute["attribute_code"], attribute["value"]
        if name in {"special_price", "cost", "tax_class_id"}:
            row[name] = Decimal(text)
        elif name in {"special_from_date", "special_to_date"}:
            row[name] = text
    # Recorded through the default store view, read in the scope of all.
    for price in row.get("tier_prices") or ():
        price["extension_attributes"]["website_id"] = 0
    for name in ("created_at", "updated_at"):
        if name in row:
            row[name] = zoned(row[name])
    return {**row, "additional_attributes": None}


@pytest.mark.parametrize(("page_size", "connections"), [(100, 4), (7, 1), (3, 3)])
def test_every_stream_equals_the_recorded_list(
    *,
    config: dict[str, Any],
    run_tap: Callable[..., Any],
    recorded: Callable[[str], list[dict[str, Any]]],
    page_size: int,
    connections: int,
) -> None:
    streams = list(RECORDED)
    output = run_tap({**config, "page_size": page_size, "max_connections": connections}, *streams)
    for stream in streams:
        name, keys = RECORDED[stream]

        def key(row: dict[str, Any], keys: tuple[str, ...] = keys) -> tuple[Any, ...]:
            return tuple(row[k] for k in keys)

        emitted = output.records(stream)
        expected = [_as_emitted(row) for row in recorded(name)]
        assert len(emitted) == len(expected), stream
        assert sorted(emitted, key=key) == sorted(expected, key=key)


def test_the_contract_of_names_keys_and_stamps() -> None:
    assert {e.name: (e.key_column, e.stamp) for e in WINDOWED} == {
        "orders": ("entity_id", "updated_at"),
        "credit_memos": ("entity_id", "updated_at"),
        "invoices": ("entity_id", "updated_at"),
        "shipments": ("entity_id", "updated_at"),
        "transactions": ("transaction_id", "created_at"),
        "products": ("id", "updated_at"),
        "customers": ("id", "updated_at"),
    }
    assert {t.name: t.keys for t in TABLES} == {
        **{n: keys for n, (_, keys) in RECORDED.items() if n not in {e.name for e in WINDOWED}},
        "returns": ("entity_id",),
    }


@pytest.mark.parametrize(
    "amount",
    [
        Decimal("1.7763568394003E-15"),
        Decimal("0.0040000000000004"),
        Decimal("11.2989"),
        Decimal("123456789012345.6789"),
    ],
)
def test_amounts_keep_every_digit(
    shop: Shop, config: dict[str, Any], run_tap: Callable[..., Any], amount: Decimal
) -> None:
    order = shop.edit("orders", 1)
    assert order is not None
    order["grand_total"] = amount
    order["items"][0]["row_total"] = amount
    shop.put("orders", order)
    record = run_tap(config, "orders").latest("orders")[1]
    assert record["grand_total"] == amount
    assert record["items"][0]["row_total"] == amount


def test_unknown_attributes_survive_at_the_top_and_nested(
    shop: Shop, config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    order = shop.edit("orders", 1)
    assert order is not None
    order["erp_reference"] = {"no": 7}
    order["extension_attributes"]["delivery_date"] = "2026-12-01"
    shop.put("orders", order)
    record = run_tap(config, "orders").latest("orders")[1]
    assert record["additional_attributes"] == {"erp_reference": {"no": 7}}
    assert record["extension_attributes"]["delivery_date"] == "2026-12-01"


def test_only_the_chosen_stores_are_read(
    config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    output = run_tap({**config, "store_ids": [2, 3]}, "orders", "invoices", "products")
    assert {r["store_id"] for r in output.records("orders")} == {2, 3}
    assert {r["store_id"] for r in output.records("invoices")} == {2, 3}
    assert len(output.records("products")) == 50


def test_a_start_date_leaves_out_what_is_older(
    config: dict[str, Any], run_tap: Callable[..., Any], recorded: Callable[[str], Any]
) -> None:
    stamps = sorted(row["updated_at"] for row in recorded("orders"))
    middle = stamps[len(stamps) // 2]
    output = run_tap({**config, "start_date": middle.replace(" ", "T") + "Z"}, "orders")
    assert len(output.records("orders")) == sum(stamp >= middle for stamp in stamps)
    assert all(r["updated_at"] >= zoned(middle) for r in output.records("orders"))


def test_the_bookmark_is_the_settled_time_of_the_shop(
    shop: Shop, config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    now = shop.now().replace(microsecond=0)
    shop.set_clock(lambda: now)
    output = run_tap({**config, "settle_seconds": 45}, "orders", "transactions")
    settled = (now - timedelta(seconds=45)).isoformat()
    assert output.state == {
        "bookmarks": {
            "orders": {"replication_key": "updated_at", "replication_key_value": settled},
            "transactions": {"replication_key": "created_at", "replication_key_value": settled},
        }
    }


def test_a_second_run_reads_only_what_changed_since(
    shop: Shop, config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    now = shop.now().replace(microsecond=0)
    shop.set_clock(lambda: now)
    first = run_tap(config, "orders")
    later = now + timedelta(hours=1)
    shop.set_clock(lambda: later)
    shop.touch(
        7, status="holded", updated_at=(later - timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M:%S")
    )
    second = run_tap(config, "orders", state=first.state)
    assert [(r["entity_id"], r["status"]) for r in second.records("orders")] == [(7, "holded")]


@pytest.mark.parametrize(
    ("behind_bookmark", "lookback_seconds", "found"),
    [(300, 600, True), (300, 0, False), (900, 600, False)],
)
def test_rows_committed_late_are_found_within_the_lookback(
    *,
    shop: Shop,
    config: dict[str, Any],
    run_tap: Callable[..., Any],
    behind_bookmark: int,
    lookback_seconds: int,
    found: bool,
) -> None:
    now = shop.now().replace(microsecond=0)
    shop.set_clock(lambda: now)
    first = run_tap(config, "orders")
    stamp = now - timedelta(seconds=30 + behind_bookmark)
    shop.touch(7, updated_at=stamp.strftime("%Y-%m-%d %H:%M:%S"))
    second = run_tap({**config, "lookback_seconds": lookback_seconds}, "orders", state=first.state)
    assert [r["entity_id"] for r in second.records("orders")] == ([7] if found else [])


def test_open_orders_are_read_again_where_asked_for(
    shop: Shop,
    hour_of_recording: datetime,
    config: dict[str, Any],
    run_tap: Callable[..., Any],
    recorded: Callable[[str], Any],
) -> None:
    first = run_tap({**config, "rolling_reread_days": 3}, "orders")
    still_open = {
        row["entity_id"]
        for row in recorded("orders")
        if row["state"] not in {"complete", "closed", "canceled"}
    }
    order = shop.edit("orders", min(still_open))
    assert order is not None
    order["customer_note"] = "changed without a stamp"
    shop.put("orders", order)
    later = hour_of_recording + timedelta(hours=1)
    shop.set_clock(lambda: later)
    second = run_tap({**config, "rolling_reread_days": 3}, "orders", state=first.state)
    assert set(second.latest("orders")) == still_open
    assert second.latest("orders")[min(still_open)]["customer_note"] == "changed without a stamp"
    plain = run_tap(config, "orders", state=first.state)
    assert plain.records("orders") == []
