"""Parts of documents: read along with them, each once, with bookmarks of their own."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sandbox.magento import Shop, create_app
from sandbox.serving import serve
from tap_magento.exceptions import StreamFailedError, UnsoundAnswerError
from tap_magento.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send
    from tap_magento.parts import Part

ALL_PARTS = tuple(part.name for part in PARTS)


@pytest.fixture
def asked() -> Counter[str]:
    """Requests by path."""
    return Counter()


@pytest.fixture
def config(shop: Shop, asked: Counter[str]) -> Iterator[dict[str, Any]]:
    app = create_app(shop)

    def counted(app: ASGIApp) -> ASGIApp:
        async def count(scope: Scope, receive: Receive, send: Send) -> None:
            asked[str(scope.get("path"))] += 1
            await app(scope, receive, send)

        return count

    with serve(counted(app)) as url:
        yield {"base_url": url, "access_token": "demo-access-token", "rolling_reread_days": 0}


def test_parts_are_what_the_documents_hold(
    config: dict[str, Any], run_tap: Callable[..., Any], recorded: Callable[[str], Any]
) -> None:
    output = run_tap({**config, "page_size": 9}, *ALL_PARTS)
    orders = recorded("orders")
    for stream, name, key in (
        ("order_items", "orders", "item_id"),
        ("invoice_items", "invoices", "entity_id"),
        ("credit_memo_items", "creditmemos", "entity_id"),
        ("shipment_items", "shipments", "entity_id"),
    ):
        expected = {item[key]: item for row in recorded(name) for item in row["items"]}
        sent = output.latest(stream, key)
        assert sent.keys() == expected.keys()
        assert len(output.records(stream)) == len(expected)
        for number, item in expected.items():
            amounts = {n: v for n, v in item.items() if isinstance(v, (int, Decimal))}
            assert amounts.items() <= sent[number].items()
    tracks = {t["entity_id"]: t["track_number"] for r in recorded("shipments") for t in r["tracks"]}
    sent_tracks = output.latest("shipment_tracks")
    assert {key: one["track_number"] for key, one in sent_tracks.items()} == tracks
    assert {r["order_id"]: r["method"] for r in output.records("order_payments")} == {
        r["entity_id"]: r["payment"]["method"] for r in orders
    }
    kinds = Counter(r["address_type"] for r in output.records("order_addresses"))
    virtual = sum(bool(r["is_virtual"]) for r in orders)
    assert kinds == {"billing": len(orders), "shipping": len(orders) - virtual}
    taxes: dict[int, Decimal] = {}
    for line in output.records("order_tax_lines"):
        taxes[line["order_id"]] = taxes.get(line["order_id"], Decimal(0)) + line["amount"]
    expected_taxes = {r["entity_id"]: Decimal(r["tax_amount"]) for r in orders if r["tax_amount"]}
    assert {key: amount for key, amount in taxes.items() if amount} == expected_taxes


def test_tier_prices_are_a_table_of_their_own(
    shop: Shop, config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    """Those of all websites (0) and those of any single one, as Magento keeps them."""
    product = next(p for p in shop.table("products").all() if p["sku"] == "TIER-1")
    b2b = {"customer_group_id": 2, "qty": 1, "value": Decimal("6.5")}
    prices = [*product["tier_prices"], {**b2b, "extension_attributes": {"website_id": 2}}]
    shop.put("products", {**product, "tier_prices": prices})
    sent = {
        (r["sku"], r["website_id"], r["customer_group_id"], r["qty"]): r["value"]
        for r in run_tap(config, "product_tier_prices").records("product_tier_prices")
    }
    assert sent == {
        ("BN-007", 0, 2, 10): Decimal("5.5"),
        ("TIER-1", 0, 2, 1): Decimal("7.77"),
        ("TIER-1", 0, 32000, 5): Decimal("8.88"),
        ("TIER-1", 2, 2, 1): Decimal("6.5"),
    }


def test_each_part_carries_key_and_stamp_of_its_document(
    config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    wholes = {part.whole for part in PARTS}
    output = run_tap(config, *wholes, *ALL_PARTS)
    for part in PARTS:
        documents = output.latest(part.whole, part.key)
        for record in output.records(part.name):
            assert record[part.stamp] == documents[record[part.whole_key]]["updated_at"]


def test_one_read_feeds_the_documents_and_all_their_parts(
    config: dict[str, Any], run_tap: Callable[..., Any], asked: Counter[str]
) -> None:
    run_tap(config, "orders")
    alone = asked["/rest/V1/orders"]
    output = run_tap(config, "orders", *(name for name in ALL_PARTS if name.startswith("order_")))
    assert asked["/rest/V1/orders"] == 2 * alone
    assert set(asked) == {"/rest/V1/orders"}
    names = [m["stream"] for m in output.messages if m["type"] == "SCHEMA"]
    assert len(names) == len(set(names)) == 5


def test_a_part_can_be_read_without_its_document(
    config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    first = run_tap(config, "order_items")
    assert {m["stream"] for m in first.messages if "stream" in m} == {"order_items"}
    assert len(first.records("order_items")) > 68
    assert set(first.state["bookmarks"]) == {"order_items"}
    assert first.state["bookmarks"]["order_items"]["replication_key"] == "order_updated_at"


def test_a_part_selected_later_reads_its_own_past_and_the_documents_are_not_sent_again(
    shop: Shop, config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    now = shop.now().replace(microsecond=0)
    shop.set_clock(lambda: now)
    first = run_tap(config, "orders")
    later = now + timedelta(days=1)
    shop.set_clock(lambda: later)
    shop.touch(7, updated_at=(later - timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M:%S"))
    second = run_tap({**config, "page_size": 1}, "orders", "order_items", state=first.state)
    plain = run_tap(config, "order_items")
    assert (
        second.latest("order_items", "item_id").keys()
        == plain.latest("order_items", "item_id").keys()
    )
    assert second.bookmark("orders") == second.bookmark("order_items")
    third = run_tap(config, "orders", "order_items", state=second.state)
    assert {r["entity_id"] for r in third.records("orders")} == {7}
    assert {r["order_id"] for r in third.records("order_items")} == {7}


def test_windows_that_a_document_has_sent_are_read_for_its_parts_only(
    shop: Shop,
    config: dict[str, Any],
    run_tap: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tap_magento.windowed_read._PAGES_A_WINDOW", 2)
    first = run_tap(config, "orders")
    second = run_tap({**config, "page_size": 5}, "orders", "order_items", state=first.state)
    assert len(second.records("orders")) < 15
    assert {r["order_id"] for r in second.records("order_items")} == set(shop.table("orders").keys)


@pytest.mark.usefixtures("hour_of_recording")
def test_orders_read_again_bring_their_lines_along(
    config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    first = run_tap(config, "orders", "order_items")
    settings = {**config, "rolling_reread_days": 3}
    second = run_tap(settings, "orders", "order_items", state=first.state)
    again = set(second.latest("orders"))
    assert again
    assert {r["order_id"] for r in second.records("order_items")} == again


def test_a_document_with_parts_of_another_shape_stops_the_run_with_its_key(
    shop: Shop, config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    order = shop.edit("orders", 5)
    assert order is not None
    order["items"] = "see extension"
    shop.put("orders", order)
    with pytest.raises(StreamFailedError) as stopped:
        run_tap(config, "order_items")
    assert str(stopped.value).startswith(
        "Stream orders: The row 5 of orders does not hold order_items as Magento writes them"
    )


def test_an_order_whose_taxes_are_not_itemised_has_those_of_the_order() -> None:
    (part,) = [part for part in PARTS if part.name == "order_tax_lines"]
    row = {
        "entity_id": 5,
        "updated_at": "2026-11-23 07:01:00",
        "extension_attributes": {"applied_taxes": [{"code": "GB", "amount": 1.5}]},
    }
    raw = {name: msgspec.Raw(json.dumps(value).encode()) for name, value in row.items()}
    (line,) = part.of(raw)
    assert bytes(line["applies_to"]) == b'"order"'
    assert bytes(line["amount"]) == b"1.5"
    assert bytes(line["position"]) == b"1"
    assert bytes(line["order_id"]) == b"5"
    raw["extension_attributes"] = msgspec.Raw(b"[]")
    assert part.of(raw) == []


@pytest.mark.parametrize("nothing", [b"null", b"[]"])
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_nothing_where_an_object_belongs_is_no_part(part: Part, nothing: bytes) -> None:
    names = (
        "billing_address",
        "payment",
        "extension_attributes",
        "items",
        "tracks",
        "tier_prices",
    )
    row = dict.fromkeys(names, msgspec.Raw(nothing))
    row |= {part.key: msgspec.Raw(b"5"), "updated_at": msgspec.Raw(b'"2026-11-23 07:01:00"')}
    assert part.of(row) == []


def test_a_delivery_without_an_address_is_none() -> None:
    (part,) = [part for part in PARTS if part.name == "order_addresses"]
    for shipping in (b'{"shipping":null}', b'{"shipping":[]}', b'{"shipping":{"address":null}}'):
        extension = b'{"shipping_assignments":[%b]}' % shipping
        row = {
            "entity_id": msgspec.Raw(b"5"),
            "updated_at": msgspec.Raw(b'"2026-11-23 07:01:00"'),
            "extension_attributes": msgspec.Raw(extension),
        }
        assert part.of(row) == []


def test_a_document_without_its_key_or_stamp_stops_the_run_with_one_sentence() -> None:
    (part,) = [part for part in PARTS if part.name == "order_items"]
    with pytest.raises(UnsoundAnswerError, match=r"row 5 of orders .*\(without 'updated_at'\)"):
        part.of({"entity_id": msgspec.Raw(b"5")})
    with pytest.raises(UnsoundAnswerError, match=r"row without key of orders"):
        part.of({"updated_at": msgspec.Raw(b'"2026-11-23 07:01:00"')})
