"""Who gets in, with which rights, and what is said to those who don't."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests_oauthlib import OAuth1
from sandbox.magento.access import (
    DEMO,
    DEMO_ADMINISTRATOR,
    DEMO_NOTHING,
    DEMO_ORDERS_VIEW,
    DEMO_STOCK,
    Access,
    Integration,
)
from sandbox.magento.oauth1 import natural_compare, normalise_path
from sandbox.magento.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.magento import Shop

ORDERS = "orders?searchCriteria[pageSize]=1&fields=total_count"
PRODUCTS = "products?searchCriteria[pageSize]=1&fields=total_count"
SOURCE_ITEMS = "inventory/source-items?searchCriteria[pageSize]=1"
SHIP = "order/17/ship"


@pytest.fixture
def rest(base_url: str, stage: Callable[..., Shop]) -> str:
    stage()
    return f"{base_url}/rest/V1"


def get(url: str, token: str | None) -> requests.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.get(url, headers=headers, timeout=30)


def signed(**changes: Any) -> OAuth1:
    keys = {
        "client_key": DEMO.consumer_key,
        "client_secret": DEMO.consumer_secret,
        "resource_owner_key": DEMO.access_token,
        "resource_owner_secret": DEMO.access_token_secret,
        "signature_method": "HMAC-SHA256",
    }
    return OAuth1(**{**keys, **changes})


@pytest.mark.parametrize(
    ("token", "path", "missing"),
    [
        (DEMO, ORDERS, None),
        (DEMO_STOCK, SOURCE_ITEMS, None),
        (DEMO_STOCK, PRODUCTS, None),
        (DEMO_STOCK, "modules", None),
        (DEMO_STOCK, ORDERS, "Magento_Sales::actions_view"),
        (DEMO_STOCK, "store/websites", "Magento_Backend::store"),
        (DEMO_ORDERS_VIEW, ORDERS, None),
        (DEMO_ORDERS_VIEW, PRODUCTS, "Magento_Catalog::products"),
        (DEMO_ORDERS_VIEW, SOURCE_ITEMS, "Magento_InventoryApi::source"),
        (DEMO_NOTHING, ORDERS, "Magento_Sales::actions_view"),
        (DEMO_NOTHING, "directory/currency", None),
    ],
)
def test_right_that_is_missing_is_named_by_a_401(
    rest: str, token: Integration, path: str, missing: str | None
) -> None:
    answer = get(f"{rest}/{path}", token.access_token)
    assert answer.status_code == (200 if missing is None else 401)
    if missing is not None:
        assert answer.json() == {
            "message": "The consumer isn't authorized to access %resources.",
            "parameters": {"resources": missing},
        }


@pytest.mark.parametrize("token", [None, "", "wrong", "a.b.c"])
@pytest.mark.parametrize("path", [ORDERS, "modules"])
def test_no_or_wrong_token_is_the_same_401(rest: str, token: str | None, path: str) -> None:
    assert get(f"{rest}/{path}", token).status_code == 401


@pytest.mark.parametrize("path", ["directory/countries", "directory/currency"])
def test_some_paths_are_open_to_all(rest: str, path: str) -> None:
    assert get(f"{rest}/{path}", None).status_code == 200


def test_stock_token_writes_stock_and_does_not_ship(rest: str) -> None:
    headers = {"Authorization": f"Bearer {DEMO_STOCK.access_token}"}
    row = {"sku": "BN-001", "source_code": "leeds_wh", "quantity": 1, "status": 1}
    body = {"sourceItems": [row]}
    url = f"{rest}/inventory/source-items"
    assert requests.post(url, json=body, headers=headers, timeout=30).json() == []
    refused = requests.post(f"{rest}/{SHIP}", json={}, headers=headers, timeout=30)
    assert refused.json()["parameters"] == {"resources": "Magento_Sales::ship"}


def test_administrators_token_works_for_one_hour(rest: str, stage: Callable[..., Shop]) -> None:
    shop = stage()
    user = {"username": DEMO_ADMINISTRATOR.username, "password": DEMO_ADMINISTRATOR.password}
    token = requests.post(f"{rest}/integration/admin/token", json=user, timeout=30).json()
    assert get(f"{rest}/{ORDERS}", token).status_code == 200
    start = shop.now()
    shop.set_clock(lambda: start + timedelta(minutes=59))
    assert get(f"{rest}/{ORDERS}", token).status_code == 200
    shop.set_clock(lambda: start + timedelta(minutes=61))
    assert get(f"{rest}/{ORDERS}", token).status_code == 401


def test_administrators_token_survives_where_integrations_may_not_be_bearers(
    rest: str, stage: Callable[..., Shop]
) -> None:
    stage(Settings(integration_bearer=False))
    user = {"username": DEMO_ADMINISTRATOR.username, "password": DEMO_ADMINISTRATOR.password}
    token = requests.post(f"{rest}/integration/admin/token", json=user, timeout=30).json()
    assert get(f"{rest}/{ORDERS}", token).status_code == 200
    assert get(f"{rest}/{ORDERS}", DEMO.access_token).status_code == 401
    assert requests.get(f"{rest}/{ORDERS}", auth=signed(), timeout=30).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({}, 200, None),
        ({"signature_method": "HMAC-SHA1"}, 400, "Signature method %1 is not supported"),
        ({"client_secret": "x"}, 401, "The signature is invalid. Verify and try again."),
        ({"resource_owner_secret": "x"}, 401, "The signature is invalid. Verify and try again."),
        ({"client_key": "x"}, 401, "The signature is invalid. Verify and try again."),
        ({"resource_owner_key": "x"}, 401, "The signature is invalid. Verify and try again."),
    ],
)
def test_signature_must_fit(
    rest: str, changes: dict[str, str], status: int, message: str | None
) -> None:
    answer = requests.get(f"{rest}/{ORDERS}", auth=signed(**changes), timeout=30)
    assert answer.status_code == status
    assert answer.json().get("message") == message


@pytest.mark.parametrize(
    ("sku", "status"),
    [
        ("BN-001", 200),
        ("SKU%20WITH%20SPACE", 200),
        ("%C3%9CNI-%C3%87ODE", 200),
        ("QUOTE%221%27", 401),
        ("SLASH%2FED-1", 401),
        ("A%2BB-1", 401),
        ("PCT%2520X", 401),
    ],
)
def test_path_with_reserved_characters_can_not_be_signed_by_the_book(
    rest: str, sku: str, status: int
) -> None:
    answer = requests.get(f"{rest}/products/{sku}", auth=signed(), timeout=30)
    assert answer.status_code == status


@pytest.mark.parametrize(("groups", "status"), [(10, 200), (11, 401)])
def test_eleven_filter_groups_can_not_be_signed_by_the_book(
    rest: str, groups: int, status: int
) -> None:
    query = "&".join(
        f"searchCriteria[filter_groups][{n}][filters][0][{key}]={value}"
        for n in range(groups)
        for key, value in (("field", "entity_id"), ("value", n), ("condition_type", "neq"))
    )
    answer = requests.get(f"{rest}/orders?{query}&fields=total_count", auth=signed(), timeout=30)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("left", "right", "sign"),
    [
        ("a[2]", "a[10]", -1),
        ("a[10]", "a[2]", 1),
        ("a[2]", "a[2]", 0),
        ("a", "ab", -1),
        ("a%5B2", "a%5B10", -1),
        ("x9y", "x9z", -1),
    ],
)
def test_natural_order_counts_digits_as_numbers(left: str, right: str, sign: int) -> None:
    order = natural_compare(left, right)
    assert (order > 0) - (order < 0) == sign


@pytest.mark.parametrize(
    ("sent", "normalised"),
    [
        ("/a%2Fb", "/a/b"),
        ("/a%2Bb", "/a+b"),
        ("/a%27b", "/a'b"),
        ("/a%2520b", "/a%20b"),
        ("/a%20b", "/a%20b"),
        ("/a%22b", "/a%22b"),
        ("/%C3%9C", "/%C3%9C"),
    ],
)
def test_path_is_decoded_once_before_it_is_signed(sent: str, normalised: str) -> None:
    assert normalise_path(sent) == normalised


def test_secrets_are_not_in_the_representation() -> None:
    shown = repr(DEMO) + repr(DEMO_ADMINISTRATOR) + repr(Access())
    for secret in (DEMO.access_token, DEMO.consumer_secret, DEMO_ADMINISTRATOR.password):
        assert secret not in shown


def test_an_expired_token_is_answered_as_magento_answers_it(base_url: str, rest: str) -> None:
    rule = {"action": "expired_token", "count": 1}
    assert requests.post(f"{base_url}/__faults", json=rule, timeout=30).status_code == 200
    struck, next_one = (get(f"{rest}/{ORDERS}", DEMO.access_token) for _ in range(2))
    assert struck.status_code == 401
    assert struck.json()["parameters"] == {"resources": "Magento_Sales::actions_view"}
    assert next_one.status_code == 200


def test_revoked_tokens_are_those_of_administrators(base_url: str, rest: str) -> None:
    sign_in = {"username": DEMO_ADMINISTRATOR.username, "password": DEMO_ADMINISTRATOR.password}
    token = requests.post(f"{rest}/integration/admin/token", json=sign_in, timeout=30).json()
    assert get(f"{rest}/{ORDERS}", token).status_code == 200
    rule = {"action": "revoked_tokens", "count": 1}
    assert requests.post(f"{base_url}/__faults", json=rule, timeout=30).status_code == 200
    assert get(f"{rest}/{ORDERS}", token).status_code == 401
    assert get(f"{rest}/{ORDERS}", DEMO.access_token).status_code == 200


def test_a_shop_has_no_company_to_be_wrong(base_url: str, rest: str) -> None:
    answer = requests.post(f"{base_url}/__faults", json={"action": "wrong_company"}, timeout=30)
    assert rest.startswith(base_url)
    assert answer.status_code == 400
