"""What changes without a stamp is read again, so that nothing is lost by default."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.magento import Shop

TOKEN = "demo-access-token"
STREAMS = ("shipments", "shipment_tracks", "shipment_items")


@pytest.fixture
def by_default(shop_url: str) -> dict[str, Any]:
    """Settings as a user has them who sets nothing but the access."""
    return {"base_url": shop_url, "access_token": TOKEN}


def _add_track(url: str, number: str) -> None:
    entity = {
        "order_id": 55,
        "parent_id": 25,
        "track_number": number,
        "title": "DPD",
        "carrier_code": "custom",
    }
    answer = requests.post(
        f"{url}/rest/V1/shipment/track",
        json={"entity": entity},
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=30,
    )
    answer.raise_for_status()


@pytest.mark.parametrize("days_later", [1, 25])
def test_a_track_added_to_an_old_shipment_is_read_by_default(
    *,
    shop: Shop,
    hour_of_recording: datetime,
    by_default: dict[str, Any],
    run_tap: Callable[..., Any],
    days_later: int,
) -> None:
    """`POST /V1/shipment/track` moves no stamp, and tracks have no list of their own."""
    first = run_tap(by_default, *STREAMS)
    later = hour_of_recording + timedelta(days=days_later)
    shop.set_clock(lambda: later)
    _add_track(by_default["base_url"], "LATE-9")
    second = run_tap(by_default, *STREAMS, state=first.state)
    assert "LATE-9" in {r["track_number"] for r in second.records("shipment_tracks")}
    assert "LATE-9" in {t["track_number"] for t in second.latest("shipments")[25]["tracks"]}


def test_a_track_of_a_shipment_older_than_asked_for_is_not_looked_for(
    shop: Shop,
    hour_of_recording: datetime,
    by_default: dict[str, Any],
    run_tap: Callable[..., Any],
) -> None:
    first = run_tap(by_default, *STREAMS)
    later = hour_of_recording + timedelta(days=31)
    shop.set_clock(lambda: later)
    _add_track(by_default["base_url"], "LATE-9")
    assert run_tap(by_default, *STREAMS, state=first.state).records("shipment_tracks") == []


def test_a_comment_added_to_a_credit_memo_is_read_by_default(
    shop: Shop,
    hour_of_recording: datetime,
    by_default: dict[str, Any],
    run_tap: Callable[..., Any],
) -> None:
    first = run_tap(by_default, "credit_memos")
    memo = shop.edit("creditmemos", 3)
    assert memo is not None
    memo["comments"].append({"comment": "called the customer", "parent_id": 3, "entity_id": 999})
    shop.put("creditmemos", memo)
    later = hour_of_recording + timedelta(hours=2)
    shop.set_clock(lambda: later)
    second = run_tap(by_default, "credit_memos", state=first.state)
    said = [c["comment"] for c in second.latest("credit_memos")[3]["comments"]]
    assert "called the customer" in said


@pytest.mark.usefixtures("hour_of_recording")
def test_the_first_run_reads_nothing_twice(
    by_default: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    output = run_tap(by_default, "orders", "shipments", "credit_memos")
    for stream in ("orders", "shipments", "credit_memos"):
        assert len(output.records(stream)) == len(output.latest(stream))


@pytest.mark.usefixtures("hour_of_recording")
def test_rows_from_before_the_start_date_are_not_read_again(
    by_default: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    settings = {**by_default, "start_date": "2026-11-23T07:06:00Z"}
    first = run_tap(settings, "orders")
    second = run_tap(settings, "orders", state=first.state)
    assert second.records("orders")
    assert set(second.latest("orders")) <= set(first.latest("orders"))


def _give_a_price(shop: Shop, product_id: int, price: float) -> None:
    """As `POST /V1/products/base-prices` does it: `updated_at` stays."""
    product = shop.edit("products", product_id)
    assert product is not None
    product["price"] = price
    shop.put("products", product)


def test_a_price_given_by_the_price_api_is_read_within_a_day(
    shop: Shop,
    hour_of_recording: datetime,
    config: dict[str, Any],
    run_tap: Callable[..., Any],
) -> None:
    first = run_tap(config, "products", "product_tier_prices")
    assert len(first.records("products")) == 50
    _give_a_price(shop, 3, 1.23)
    soon, next_day = hour_of_recording + timedelta(hours=1), hour_of_recording + timedelta(days=1)
    shop.set_clock(lambda: soon)
    second = run_tap(config, "products", "product_tier_prices", state=first.state)
    assert second.records("products") == []
    shop.set_clock(lambda: next_day)
    third = run_tap(config, "products", "product_tier_prices", state=second.state)
    assert float(third.latest("products", "id")[3]["price"]) == 1.23
    assert third.records("product_tier_prices")
    assert len(third.records("products")) == 50
    fourth = run_tap(config, "products", "product_tier_prices", state=third.state)
    assert fourth.records("products") == []


def test_prices_are_read_again_although_a_part_was_selected_meanwhile(
    shop: Shop,
    hour_of_recording: datetime,
    config: dict[str, Any],
    run_tap: Callable[..., Any],
) -> None:
    first = run_tap(config, "products")
    _give_a_price(shop, 3, 1.23)
    next_day = hour_of_recording + timedelta(days=1)
    shop.set_clock(lambda: next_day)
    second = run_tap(config, "products", "product_tier_prices", state=first.state)
    assert float(second.latest("products", "id")[3]["price"]) == 1.23


def test_a_state_that_knows_of_no_full_reading_is_due(
    shop: Shop,
    hour_of_recording: datetime,
    config: dict[str, Any],
    run_tap: Callable[..., Any],
) -> None:
    first = run_tap(config, "products")
    del first.state["bookmarks"]["products"]["read_whole_at"]
    later = hour_of_recording + timedelta(minutes=20)
    shop.set_clock(lambda: later)
    assert len(run_tap(config, "products", state=first.state).records("products")) == 50
    never = {**config, "products_full_reread_hours": 0}
    assert run_tap(never, "products", state=first.state).records("products") == []


def test_a_transaction_that_a_new_one_closes_is_read_again(
    shop: Shop,
    hour_of_recording: datetime,
    config: dict[str, Any],
    run_tap: Callable[..., Any],
) -> None:
    first = run_tap(config, "transactions")
    later = hour_of_recording + timedelta(days=60)
    shop.set_clock(lambda: later)
    stamp = f"{later - timedelta(minutes=5):%Y-%m-%d %H:%M:%S}"
    # Transaction 10 is a capture, and its parent 4 the authorisation.
    capture, authorisation = shop.edit("transactions", 10), shop.edit("transactions", 4)
    assert capture is not None
    assert authorisation is not None
    capture["is_closed"] = 1
    authorisation["additional_information"] = ["settled"]
    shop.put("transactions", capture)
    shop.put("transactions", authorisation)
    refund = {**capture, "transaction_id": 900, "parent_id": 10, "created_at": stamp}
    shop.put("transactions", {**refund, "txn_type": "refund", "txn_id": "new"})
    second = run_tap(config, "transactions", state=first.state)
    rows = second.latest("transactions", "transaction_id")
    assert set(rows) == {900, 10, 4}
    assert rows[10]["is_closed"] == 1
    assert rows[4]["additional_information"] == ["settled"]
