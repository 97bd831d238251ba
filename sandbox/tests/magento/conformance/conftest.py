"""Shops in the states the exchanges were recorded in, and the replay of an exchange."""

from __future__ import annotations

import copy
import csv
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
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
)
from sandbox.magento.criteria import InputLimits
from sandbox.magento.invoice import invoice
from sandbox.magento.json_text import magento_json
from sandbox.magento.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.magento import Shop
    from starlette.types import ASGIApp

RECORDED = Path(__file__).parents[4] / "tests" / "fixtures" / "magento" / "recorded"
TABLE = Path(__file__).with_name("exchanges.csv")
NOT_DECODABLE = b'{"sourceItems": [{"sku": "\xff\xfe"}]}'
BEARERS = {
    "bearer integration token, all resources": DEMO.access_token,
    "bearer integration token, no resources": DEMO_NOTHING.access_token,
    "bearer integration token, sales order view only": DEMO_ORDERS_VIEW.access_token,
    "bearer integration token, catalog+inventory resources only": DEMO_STOCK.access_token,
    "bearer token (other)": "no-such-token",
}
SETTINGS: dict[str, Callable[[], Settings]] = {
    "maintenance": lambda: Settings(maintenance=True),
    "bearer_off": lambda: Settings(integration_bearer=False),
    "first_67_bearer_off": lambda: Settings(integration_bearer=False),
    "first_67_limits": lambda: Settings(limits=InputLimits(30, 20, 20)),
}
SCENARIOS = ("source_items", "first_round", "second_round", "signed_comment")


@dataclass(frozen=True)
class Row:
    """One line of exchanges.csv."""

    pattern: str
    how: str
    where: str
    why: str


def read_table() -> list[Row]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [Row(**line) for line in csv.DictReader(file)]


def row_of(name: str, rows: list[Row]) -> Row | None:
    """Return the first row whose pattern fits."""
    return next((row for row in rows if fnmatchcase(name, row.pattern)), None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test the recorded exchanges that can be replayed one by one, or the scenarios."""
    rows = read_table()
    if "single" in metafunc.fixturenames:
        paths = RECORDED.glob("*/*.json")
        names = sorted(p.relative_to(RECORDED).with_suffix("").as_posix() for p in paths)
        singles = [
            name
            for name in names
            if (row := row_of(name, rows)) is not None and row.how == "single"
        ]
        metafunc.parametrize("single", singles)
    if "scenario" in metafunc.fixturenames:
        metafunc.parametrize("scenario", SCENARIOS)


@pytest.fixture
def table() -> list[Row]:
    """The lines of exchanges.csv."""
    return read_table()


@pytest.fixture
def find_row() -> Callable[[str, list[Row]], Row | None]:
    """Which line of exchanges.csv is about an exchange."""
    return row_of


@pytest.fixture(scope="session")
def kept_apps() -> dict[str, ASGIApp]:
    """Shops in states in which nothing is written, made once."""
    return {}


@pytest.fixture(scope="session")
def replay(base_url: str) -> Callable[[Any], requests.Response]:
    """Send a recorded request to the shop in front."""

    def send(exchange: Any) -> requests.Response:
        request = exchange.request
        url = base_url + request["path"]
        if request["query_string"]:
            url += "?" + request["query_string"]
        headers: dict[str, Any] = {}
        body = request["raw_body"]
        if request["body"] is not None:
            body = magento_json(request["body"])
        elif exchange.name.endswith("utf8_invalid_bytes"):
            body = NOT_DECODABLE  # the bytes themselves could not be recorded
        if body:
            headers["Content-Type"] = "application/json"
        headers.update(request["extra_headers"] or {})
        auth = _sign_in(request["auth"], headers, base_url)
        data = body.encode() if isinstance(body, str) else body
        return requests.request(
            request["method"], url, data=data, headers=headers, auth=auth, timeout=30
        )

    return send


def _sign_in(how: str, headers: dict[str, Any], base_url: str) -> OAuth1 | None:
    if how in BEARERS:
        headers["Authorization"] = f"Bearer {BEARERS[how]}"
    elif how == "bearer admin token":
        user = {"username": DEMO_ADMINISTRATOR.username, "password": DEMO_ADMINISTRATOR.password}
        url = f"{base_url}/rest/V1/integration/admin/token"
        token = requests.post(url, json=user, timeout=30).json()
        headers["Authorization"] = f"Bearer {token}"
    elif how.startswith("OAuth1"):
        secret = "wrong" if "wrong" in how else DEMO.access_token_secret
        return OAuth1(
            DEMO.consumer_key,
            DEMO.consumer_secret,
            DEMO.access_token,
            secret,
            signature_method="HMAC-SHA1" if "SHA1" in how else "HMAC-SHA256",
        )
    else:
        assert how == "none"
    return None


@pytest.fixture
def stage_kept(
    front: Any, stage_state: Callable[[str], Shop], kept_apps: dict[str, ASGIApp]
) -> Callable[[str], None]:
    """Put the shop in front, in the named state; not to be written to."""

    def put(state: str) -> None:
        if state not in kept_apps:
            stage_state(state)
            kept_apps[state] = front.app
        front.app = kept_apps[state]

    return put


@pytest.fixture
def stage_state(
    stage: Callable[..., Shop],
    recorded: Callable[[str], Any],
    rewind: Callable[[Shop, int], None],
) -> Callable[[str], Shop]:
    """Put a new shop in front, in the named state."""
    arrange: dict[str, Callable[[Shop], None]] = {
        "first_54": lambda shop: _first_54(shop, recorded),
        "source_items": lambda shop: _first_54(shop, recorded),
        "signed_comment": lambda shop: _first_54(shop, recorded),
        "first_64": lambda shop: _cut(shop, 64),
        "first_67_limits": lambda shop: _cut(shop, 67),
        "first_67_bearer_off": lambda shop: _cut(shop, 67),
        "first_round": lambda shop: _first_round(shop, recorded, rewind),
        "second_round": lambda shop: _second_round(shop, rewind),
    }

    def put(state: str) -> Shop:
        shop = stage(SETTINGS[state]() if state in SETTINGS else None)
        if state in arrange:
            arrange[state](shop)
        return shop

    return put


def _cut(shop: Shop, orders: int, **last: int) -> None:
    for name, highest in {"orders": orders, **last}.items():
        for key in [k for k in shop.table(name).keys if k > highest]:
            shop.remove(name, key)


def _first_54(shop: Shop, recorded: Callable[[str], Any]) -> None:
    """07:09 to 07:13, before prices, customers and stock were written to."""
    _cut(shop, 54, invoices=46, shipments=24, creditmemos=31, transactions=19)
    order = shop.edit("orders", 22)
    assert order is not None
    order["status_histories"] = [h for h in order["status_histories"] if h["entity_id"] < 46]
    shop.put("orders", order)
    for product in recorded("pagination/products_pageSize_0").body["items"]:
        shop.put("products", product)
    for key, group_id in ((2, 2), (6, 1)):
        customer = shop.edit("customers", key)
        assert customer is not None
        as_made = {"group_id": group_id, "updated_at": customer["created_at"]}
        shop.put("customers", {**customer, **as_made})
    items = shop.table("source-items")
    shop.remove("source-items", next(k for k in items.keys if items.rows[k]["sku"] == "NOPE-9"))


def _first_round(
    shop: Shop, recorded: Callable[[str], Any], rewind: Callable[[Shop, int], None]
) -> None:
    """07:15:35, when orders 55 to 64 had just been placed."""
    _cut(shop, 64, invoices=47, shipments=24, creditmemos=31, transactions=20)
    paid = shop.edit("orders", 60)
    for order_id in range(55, 65):
        rewind(shop, order_id)
    assert paid is not None
    for item in paid["items"]:
        item["qty_refunded"] = item["amount_refunded"] = item["base_amount_refunded"] = 0
    for key in [k for k in paid if k.endswith("_refunded")]:
        del paid[key]
    paid |= {"state": "processing", "status": "processing"}
    shop.put("orders", paid)
    before = recorded("order-save/after_ext_order_id").body
    del before["ext_order_id"]
    shop.put("orders", {**before, "updated_at": before["created_at"]})
    shop._counters["orders:status_histories"] = 47


def _second_round(shop: Shop, rewind: Callable[[Shop, int], None]) -> None:
    """07:26, with the orders 69 and 72, which were not recorded themselves."""
    for order_id, item_ids in ((69, (121, 122)), (72, (124,))):
        order = copy.deepcopy(shop.get("orders", 55))
        assert order is not None
        order |= {"entity_id": order_id, "increment_id": f"00000{order_id:04}"}
        order["items"] = order["items"][: len(item_ids)]
        quantities = (12, 3)
        for item, item_id, quantity in zip(order["items"], item_ids, quantities, strict=False):
            item |= {"item_id": item_id, "order_id": order_id, "qty_ordered": quantity}
        order["billing_address_id"] = 136
        shipping = order["extension_attributes"]["shipping_assignments"][0]["shipping"]
        shipping["address"]["entity_id"] = 135
        order["billing_address"]["entity_id"] = 136
        shop.put("orders", order)
        rewind(shop, order_id)
    invoice(shop, 72, {})
    shop._counters |= {"orders": 69, "orders:items": 122}
