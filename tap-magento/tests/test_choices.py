"""What a user may choose: columns, personal data, SKUs, stream maps; what a shop may lack."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.magento import Shop, create_app
from sandbox.magento.criteria import InputLimits
from sandbox.magento.settings import Settings
from sandbox.serving import serve
from tap_magento.records import personal
from tap_magento.streams import schema_of
from tap_magento.tap import TapMagento

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN = {"access_token": "demo-access-token"}
WITH_PERSONAL_DATA = ("orders", "order_addresses", "order_payments", "customers", "credit_memos")


def test_personal_data_is_left_out_where_asked_for(
    config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    output = run_tap({**config, "drop_personal_data": True}, *WITH_PERSONAL_DATA)
    text = repr(output.messages)
    for person in ("Jürgen", "alice@example.com", "High Street", "+49 221 1234567", "50667"):
        assert person not in text
    schemas = {m["stream"]: m["schema"] for m in output.messages if m["type"] == "SCHEMA"}
    for stream in WITH_PERSONAL_DATA:
        dropped = personal(schema_of(stream))
        assert not dropped & schemas[stream]["properties"].keys()
        assert len(output.records(stream)) > 0
        assert all(not dropped & record.keys() for record in output.records(stream))
    assert {r["country_id"] for r in output.records("order_addresses")} >= {"GB", "DE"}


def test_what_a_gateway_or_carrier_answered_is_left_out_with_personal_data(
    shop: Shop, config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    payer = "payer@example.com"
    for name, key, column in (
        ("transactions", 1, "additional_information"),
        ("transactions", 2, "child_transactions"),
        ("shipments", 1, "shipping_label"),
        ("invoices", 1, "extension_attributes"),
    ):
        row = shop.edit(name, key)
        assert row is not None
        row[column] = [{"payer": payer}]
        shop.put(name, row)
    streams = ("transactions", "shipments", "invoices")
    assert repr(run_tap(config, *streams).messages).count(payer) == 4
    dropping = {**config, "drop_personal_data": True}
    assert payer not in repr(run_tap(dropping, *streams).messages)


def test_personal_data_is_kept_unless_asked_for(
    config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    text = repr(run_tap(config, *WITH_PERSONAL_DATA).messages)
    for person in ("Jürgen", "alice@example.com", "High Street", "+49 221 1234567", "50667"):
        assert person in text


def test_a_column_that_is_not_selected_is_neither_announced_nor_sent(
    config: dict[str, Any], run_tap: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    discover = TapMagento.discover_streams

    def chosen(tap: TapMagento) -> Any:
        streams = discover(tap)
        for stream in streams:
            if stream.name == "orders":
                stream.metadata[("properties", "customer_email")].selected = False
                stream._mask = None
        return streams

    monkeypatch.setattr(TapMagento, "discover_streams", chosen)
    output = run_tap(config, "orders")
    (schema,) = [m["schema"] for m in output.messages if m["type"] == "SCHEMA"]
    assert "customer_email" not in schema["properties"]
    assert all("customer_email" not in record for record in output.records("orders"))
    assert all(record["additional_attributes"] is None for record in output.records("orders"))


@pytest.mark.parametrize(
    "extra",
    [
        {
            "stream_maps": {
                "orders": {"entity_id": "entity_id", "net": "grand_total", "__else__": None}
            }
        },
        {"flattening_enabled": True, "flattening_max_depth": 1},
    ],
    ids=["stream-map", "flattening"],
)
def test_amounts_stay_exact_through_singers_own_ways(
    shop: Shop, config: dict[str, Any], run_tap: Callable[..., Any], extra: dict[str, Any]
) -> None:
    amount = Decimal("0.30000000000000004")
    order = shop.edit("orders", 1)
    assert order is not None
    order["grand_total"] = amount
    shop.put("orders", order)
    records = run_tap({**config, **extra}, "orders").records("orders")
    name = "net" if "stream_maps" in extra else "grand_total"
    assert [record[name] for record in records if record[name] == amount] == [amount]
    assert len(records) == 68


def test_salable_quantities_of_chosen_skus(
    config: dict[str, Any], run_tap: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    skus = ["BN-001", "SLASH/ED-1", "ÜNI-ÇODE", "BACKORD", "TEE", "NOPE", "BN-001"]
    output = run_tap({**config, "salable_skus": skus}, "salable_quantities")
    quantities = {
        (r["sku"], r["stock_id"]): r["salable_quantity"]
        for r in output.records("salable_quantities")
    }
    assert len(output.records("salable_quantities")) == len(quantities) == 4 * 3
    assert quantities["BACKORD", 2] == -3
    assert quantities["SLASH/ED-1", 2] == 69
    said = [m for m in caplog.messages if m.startswith("salable_quantities: ")]
    assert said == [
        "salable_quantities: SKU TEE is of type configurable and is left out.",
        "salable_quantities: SKU NOPE is no product of this shop and is left out.",
    ]


def test_salable_quantities_with_oauth1_leave_out_what_cannot_be_signed_for_every_magento(
    shop_url: str, run_tap: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    config = {
        "base_url": shop_url,
        "auth_method": "oauth1",
        "consumer_key": "demo-consumer-key",
        "consumer_secret": "demo-consumer-secret",
        "access_token": "demo-access-token",
        "access_token_secret": "demo-access-token-secret",
        "salable_skus": ["SLASH/ED-1", "SKU WITH SPACE"],
    }
    output = run_tap(config, "salable_quantities")
    assert {r["sku"] for r in output.records("salable_quantities")} == {"SKU WITH SPACE"}
    assert "SKU SLASH/ED-1 is left out: Magento's versions sign" in caplog.text


@pytest.mark.parametrize("limit", [3, 1])
def test_salable_quantities_keep_to_the_shops_limit(
    shop: Shop, run_tap: Callable[..., Any], limit: int
) -> None:
    app = create_app(shop, settings=Settings(limits=InputLimits(maximum_page_size=limit)))
    skus = [f"BN-00{number}" for number in range(1, 8)]
    with serve(app) as url:
        output = run_tap({"base_url": url, **TOKEN, "salable_skus": skus}, "salable_quantities")
    assert {r["sku"] for r in output.records("salable_quantities")} == set(skus)


def test_a_sku_whose_slash_the_web_server_refuses_is_told_of_and_left_out(
    shop: Shop, run_tap: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Apache answers %2F in a path 404 by itself unless AllowEncodedSlashes is set."""
    app = create_app(shop)

    async def apache(scope: Scope, receive: Receive, send: Send) -> None:
        if b"%2F" in scope.get("raw_path", b""):
            headers = [(b"content-type", b"text/html")]
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": b"<html>Not Found</html>"})
            return
        await app(scope, receive, send)

    with serve(apache) as url:
        config = {"base_url": url, **TOKEN, "salable_skus": ["SLASH/ED-1", "BN-001"]}
        output = run_tap(config, "salable_quantities")
    assert {r["sku"] for r in output.records("salable_quantities")} == {"BN-001"}
    assert "SKU SLASH/ED-1 is left out, as the web server does not pass on a slash" in caplog.text


def test_no_chosen_sku_asks_the_shop_nothing(run_tap: Callable[..., Any]) -> None:
    config = {"base_url": "http://127.0.0.1:9", **TOKEN}
    assert run_tap(config, "salable_quantities").records("salable_quantities") == []


def _without(app: ASGIApp, *words: str) -> ASGIApp:
    """A shop that lacks the modules whose paths hold one of ``words``."""

    async def older(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        if any(word in path for word in words):
            scope = {**scope, "path": "/rest/V1/nothing", "raw_path": b"/rest/V1/nothing"}
        await app(scope, receive, send)

    return older


def test_a_shop_without_multi_source_inventory_and_returns_is_told_of_and_read(
    shop: Shop, run_tap: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Magento 2.3 with MSI removed; Open Source has no returns either."""
    lacking = ("source_items", "sources", "stocks", "stock_source_links")
    with serve(_without(create_app(shop), "/inventory/")) as url:
        config = {"base_url": url, **TOKEN, "salable_skus": ["BN-001"]}
        output = run_tap(config, *lacking, "salable_quantities", "returns", "products")
    assert len(output.records("products")) == 50
    said = {m for m in caplog.messages if " has no rows: " in m}
    assert {m.split(" ")[1] for m in said} == {*lacking, "returns"}
    assert (
        "Stream returns has no rows: GET /rest/V1/returns does not exist in this shop, it needs "
        "returns (the module Magento_Rma of Adobe Commerce)."
    ) in said


def test_what_every_shop_has_may_not_be_missing(shop: Shop, run_tap: Callable[..., Any]) -> None:
    with (
        serve(_without(create_app(shop), "/taxRates/")) as url,
        pytest.raises(Exception, match=r"^Stream tax_rates: .* answered 404"),
    ):
        run_tap({"base_url": url, **TOKEN}, "tax_rates")
