"""What a write of stock leaves behind, and what can be sold after it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import requests
from sandbox.magento import order_actions, reads, ship, source_items, stock
from sandbox.magento.access import DEMO
from sandbox.magento.criteria import InputLimits
from sandbox.magento.entities import source_item_identity
from sandbox.magento.errors import MagentoError
from sandbox.magento.invoice import invoice
from sandbox.magento.php_query import parse_query
from sandbox.magento.refund import refund_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.magento import Shop

UK_STOCK = 2


def item(sku: str = "BN-020", **changes: Any) -> dict[str, Any]:
    row = {"sku": sku, "source_code": "leeds_wh", "quantity": 7, "status": 1}
    return {**row, **changes}


def stored(shop: Shop, sku: str, source: str = "leeds_wh") -> dict[str, Any] | None:
    return shop.table("source-items").find(source_item_identity(source, sku))


def salable(shop: Shop, sku: str) -> Decimal:
    return Decimal(stock.salable_quantity(shop, sku, UK_STOCK))


@pytest.mark.parametrize(
    ("given", "quantity"),
    [
        (Decimal("12.5"), "12.5"),
        (Decimal("40.123456"), "40.1235"),
        (Decimal("40.00005"), "40.0001"),
        ("12.5", "12.5"),
        (-5, "-5"),
        (10**15, "99999999.9999"),
        (-(10**15), "-99999999.9999"),
        (0, "0"),
        (Decimal("3.10"), "3.1"),
    ],
)
def test_quantity_is_kept_to_four_places_and_cut_at_the_columns_end(
    shop: Shop, given: object, quantity: str
) -> None:
    source_items.save_source_items(shop, [item(quantity=given)])
    row = stored(shop, "BN-020")
    assert row is not None
    assert str(row["quantity"]) == quantity


def test_status_does_not_follow_from_the_quantity(shop: Shop) -> None:
    source_items.save_source_items(shop, [item(quantity=0, status=1), item("BN-019", status=0)])
    rows = [stored(shop, sku) for sku in ("BN-020", "BN-019")]
    assert [row and (row["quantity"], row["status"]) for row in rows] == [(0, 1), (7, 0)]


@pytest.mark.parametrize("sku", ["NO-SUCH-SKU", "TEE", "BUNDLE-DYN"])
def test_unknown_and_composite_skus_are_stored(shop: Shop, sku: str) -> None:
    source_items.save_source_items(shop, [item(sku, source_code="us_wh")])
    row = stored(shop, sku, "us_wh")
    assert row is not None
    assert row["quantity"] == 7


def test_sku_in_other_case_is_the_same_row_and_keeps_its_spelling(shop: Shop) -> None:
    count = len(shop.table("source-items").keys)
    source_items.save_source_items(shop, [item("bn-020", quantity=9)])
    row = stored(shop, "BN-020")
    assert row is not None
    assert (row["sku"], row["quantity"]) == ("BN-020", 9)
    assert len(shop.table("source-items").keys) == count


def test_last_of_two_rows_for_one_item_wins(shop: Shop) -> None:
    source_items.save_source_items(shop, [item(quantity=1), item(quantity=2)])
    row = stored(shop, "BN-020")
    assert row is not None
    assert row["quantity"] == 2


@pytest.mark.parametrize(
    "bad",
    [
        item(source_code="nowhere"),
        item("KIT-A", source_code="york_wh"),
        item(status=2),
        item(status=None),
        item(quantity=None),
        item(quantity="lots"),
        item(" BN-020"),
        item(""),
        item(colour="red"),
        item(status=True),
    ],
    ids=lambda row: str(sorted(row.items())[-1:]),
)
def test_one_bad_row_refuses_the_whole_batch(shop: Shop, bad: dict[str, Any]) -> None:
    before = stored(shop, "BN-020")
    with pytest.raises(MagentoError) as caught:
        source_items.save_source_items(shop, [item(quantity=77), bad])
    assert caught.value.status == 400
    assert stored(shop, "BN-020") == before


def test_unknown_source_is_not_named(shop: Shop) -> None:
    with pytest.raises(MagentoError) as caught:
        source_items.save_source_items(shop, [item(), item(source_code="nowhere")])
    assert caught.value.body() == {"message": "Could not save Source Item"}


def test_delete_takes_the_row_out(shop: Shop) -> None:
    source_items.delete_source_items(shop, [{"sku": "bn-020", "source_code": "leeds_wh"}])
    assert stored(shop, "BN-020") is None


def test_disabled_sources_and_items_out_of_stock_do_not_count_as_salable(shop: Shop) -> None:
    before = salable(shop, "BN-020")
    source_items.save_source_items(shop, [item(source_code="closed_wh", quantity=1000)])
    assert salable(shop, "BN-020") == before
    row = stored(shop, "BN-020")
    assert row is not None
    source_items.save_source_items(shop, [{**row, "status": 0}])
    assert salable(shop, "BN-020") == before - row["quantity"]


def test_reservations_follow_an_order_from_placing_to_the_end(shop: Shop) -> None:
    start = salable(shop, "BN-020")
    order = {
        "store_id": 1,
        "state": "new",
        "status": "pending",
        "billing_address_id": 1,
        "base_grand_total": 20,
        "grand_total": 20,
        "payment": {"method": "checkmo"},
        "items": [{"sku": "BN-020", "product_id": 20, "product_type": "simple", "qty_ordered": 4}],
    }
    shipped, canceled = shop.add_order(order), shop.add_order(order)
    assert salable(shop, "BN-020") == start - 8
    source = {"arguments": {"extension_attributes": {"source_code": "leeds_wh"}}}
    row = stored(shop, "BN-020")
    assert row is not None
    held = row["quantity"]
    ship.ship(shop, shipped, source)
    row = stored(shop, "BN-020")
    assert row is not None
    assert row["quantity"] == held - 4
    assert salable(shop, "BN-020") == start - 8
    assert order_actions.cancel(shop, canceled)
    assert salable(shop, "BN-020") == start - 4


def test_refunded_goods_go_back_to_the_source_they_came_from_only_if_told(shop: Shop) -> None:
    order_id = 58
    line = shop.table("orders").rows[order_id]["items"][0]
    sku, item_id = line["sku"], line["item_id"]
    source = {"arguments": {"extension_attributes": {"source_code": "york_wh"}}}
    invoice(shop, order_id, {})
    ship.ship(shop, order_id, source)
    row = stored(shop, sku, "york_wh")
    assert row is not None
    left = row["quantity"]
    one = {"items": [{"order_item_id": item_id, "qty": 1}], "arguments": {"shipping_amount": 0}}
    refund_order(shop, order_id, one)
    row = stored(shop, sku, "york_wh")
    assert row is not None
    assert row["quantity"] == left
    back = {"extension_attributes": {"return_to_stock_items": [item_id]}, "shipping_amount": 0}
    refund_order(shop, order_id, {**one, "arguments": back})
    row = stored(shop, sku, "york_wh")
    assert row is not None
    assert row["quantity"] == left + 1


def test_source_that_gives_its_last_piece_is_out_of_stock(shop: Shop) -> None:
    line = shop.table("orders").rows[62]["items"][0]
    sku = line["sku"]
    source_items.save_source_items(shop, [item(sku, quantity=line["qty_ordered"])])
    source = {"arguments": {"extension_attributes": {"source_code": "leeds_wh"}}}
    ship.ship(shop, 62, source)
    row = stored(shop, sku)
    assert row is not None
    assert (row["quantity"], row["status"]) == (0, 0)


def test_export_of_salable_stock_but_for_the_row_that_no_document_explains(
    shop: Shop, recorded: Callable[[str], Any]
) -> None:
    exchange = recorded("source-items/export_stock_salable_qty")
    query = parse_query(exchange.request["query_string"])
    answer = reads.export_stock(shop, "website", "base", query, InputLimits())
    pairs = zip(exchange.body["items"], answer["items"], strict=True)
    assert [ours["sku"] for theirs, ours in pairs if theirs != ours] == ["BN-010"]
    assert answer["total_count"] == exchange.body["total_count"]


def test_legacy_write_goes_to_the_default_source(base_url: str, stage: Callable[..., Shop]) -> None:
    shop = stage()
    answer = requests.put(
        f"{base_url}/rest/V1/products/BN-004/stockItems/999999",
        json={"stockItem": {"qty": 78, "is_in_stock": True}},
        headers={"Authorization": f"Bearer {DEMO.access_token}"},
        timeout=30,
    )
    assert (answer.status_code, answer.json()) == (200, 7)
    row = stored(shop, "BN-004", "default")
    assert row is not None
    assert (row["quantity"], row["status"]) == (78, 1)
