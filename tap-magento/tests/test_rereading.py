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
