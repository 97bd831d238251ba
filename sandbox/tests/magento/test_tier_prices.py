"""Tier prices: each store shows those of its own website and of all, and calls them its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from sandbox.magento import Shop, create_app, load_shop, recorded_shop_dir
from sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def url() -> Iterator[str]:
    shop: Shop = load_shop(recorded_shop_dir())
    tier = next(p for p in shop.table("products").all() if p["sku"] == "TIER-1")
    price = {"customer_group_id": 2, "qty": 1, "value": 6.5}
    b2b = {**price, "extension_attributes": {"website_id": 2}}
    shop.put("products", {**tier, "tier_prices": [*tier["tier_prices"], b2b]})
    with serve(create_app(shop)) as address:
        yield address


def _prices(url: str, scope: str, sku: str) -> list[tuple[int, float, float]]:
    """Website, quantity and price; the list and the single product must agree."""
    headers = {"Authorization": "Bearer demo-access-token"}
    query = {
        "searchCriteria[filter_groups][0][filters][0][field]": "sku",
        "searchCriteria[filter_groups][0][filters][0][value]": sku,
    }
    base = f"{url}/rest/{scope}V1/products"
    (listed,) = requests.get(base, params=query, headers=headers, timeout=30).json()["items"]
    single: dict[str, Any] = requests.get(f"{base}/{sku}", headers=headers, timeout=30).json()
    assert single["tier_prices"] == listed["tier_prices"]
    return [
        (p["extension_attributes"]["website_id"], p["qty"], p["value"])
        for p in listed["tier_prices"]
    ]


@pytest.mark.parametrize(
    ("scope", "prices"),
    [
        ("", [(1, 1, 7.77), (1, 5, 8.88)]),
        ("default/", [(1, 1, 7.77), (1, 5, 8.88)]),
        ("b2b_en/", [(2, 5, 8.88), (2, 1, 6.5)]),
        ("all/", [(0, 1, 7.77), (0, 5, 8.88), (2, 1, 6.5)]),
    ],
)
def test_what_a_store_shows(url: str, scope: str, prices: list[tuple[int, float, float]]) -> None:
    assert _prices(url, scope, "TIER-1") == prices


def test_the_recorded_answer_is_that_of_the_default_store(url: str) -> None:
    """The price was written for website 0, and answered for website 1."""
    assert _prices(url, "", "BN-007") == [(1, 10, 5.5)]
    assert _prices(url, "all/", "BN-007") == [(0, 10, 5.5)]
