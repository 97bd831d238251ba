"""What a real shop does to a long read: limits, lost connections, wrong caches, ways of access."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.faults import Fault
from sandbox.magento import Shop, create_app
from sandbox.magento.criteria import InputLimits
from sandbox.magento.settings import Settings
from sandbox.serving import serve
from tap_magento.exceptions import StreamFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

TOKEN = {"access_token": "demo-access-token"}


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long to wait is the client's own test; here it would only take time."""
    monkeypatch.setattr("magento_client.retry._FIRST_PAUSE_SECONDS", 0.001)


@pytest.mark.parametrize("limit", [30, 7])
def test_a_page_size_over_the_shops_limit_is_lowered_and_nothing_is_missing(
    *, shop: Shop, run_tap: Callable[..., Any], caplog: pytest.LogCaptureFixture, limit: int
) -> None:
    app = create_app(shop, settings=Settings(limits=InputLimits(maximum_page_size=limit)))
    with serve(app) as url:
        output = run_tap({"base_url": url, **TOKEN}, "orders", "source_items", "tax_rates")
    assert len(output.latest("orders")) == 68
    assert len(output.records("source_items")) == 176
    assert len(output.records("tax_rates")) == 10
    said = [m for m in caplog.messages if m.startswith("The shop allows pages of")]
    assert said == [
        f"The shop allows pages of {limit} rows at most, not 100; going on with {limit}."
    ]


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize(
    "faults",
    [
        [Fault("cut", share=0.2, seed=1)],
        [Fault("cut", moment="after", share=0.2, seed=2)],
        [Fault("status", share=0.2, seed=3, status=503)],
        [Fault("status", share=0.2, seed=4, status=429, headers={"Retry-After": "0"})],
    ],
    ids=["cut-before", "cut-after", "503", "429"],
)
def test_passing_faults_lose_and_double_nothing(
    shop: Shop, run_tap: Callable[..., Any], connections: int, faults: list[Fault]
) -> None:
    with serve(create_app(shop, faults=faults)) as url:
        output = run_tap(
            {"base_url": url, "page_size": 5, "max_connections": connections, **TOKEN},
            "orders",
            "source_items",
        )
    assert [r["entity_id"] for r in output.records("orders")] == list(range(1, 69))
    assert len({(r["sku"], r["source_code"]) for r in output.records("source_items")}) == 176


def test_a_page_that_keeps_failing_stops_the_run_and_names_its_filter(
    shop: Shop, run_tap: Callable[..., Any]
) -> None:
    fault = Fault("status", path="/rest/V1/orders", skip=4, status=500)
    with (
        serve(create_app(shop, faults=[fault])) as url,
        pytest.raises(StreamFailedError) as stopped,
    ):
        run_tap({"base_url": url, "page_size": 10, "max_connections": 1, **TOKEN}, "orders")
    assert re.fullmatch(
        r"Stream orders: GET /rest/V1/orders \(where updated_at lt [-0-9 :]+ and entity_id gt \d+ "
        r"and entity_id lteq \d+, by entity_id ASC, page 1 of 10 rows\) was answered 500 "
        r"\(.+\); try again when the shop answers again \(gave up after 6 tries\)\.",
        str(stopped.value),
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": [{"entity_id": 2}, {"entity_id": 1}], "total_count": 2}',
        b'{"items": [{"entity_id": 1}], "total_count": 9}',
        b'{"items": [], "total_count": 9}',
    ],
    ids=["not-sorted", "always-the-same-page", "no-rows-although-some-match"],
)
def test_a_cache_that_ignores_the_question_stops_the_run(
    broken_shop: Callable[..., str], run_tap: Callable[..., Any], body: bytes
) -> None:
    url = broken_shop(200, body, headers={"Date": "Mon, 23 Nov 2026 07:23:37 GMT"})
    with pytest.raises(StreamFailedError, match="rows could get lost"):
        run_tap({"base_url": url, **TOKEN}, "orders")


@pytest.mark.parametrize(
    "access",
    [
        TOKEN,
        {
            "auth_method": "oauth1",
            "consumer_key": "demo-consumer-key",
            "consumer_secret": "demo-consumer-secret",
            "access_token": "demo-access-token",
            "access_token_secret": "demo-access-token-secret",
        },
        {"username": "demo-admin", "password": "demo-admin-Passw0rd"},
    ],
    ids=["bearer", "oauth1", "admin"],
)
def test_each_way_of_access_reads_the_shop(
    shop_url: str, run_tap: Callable[..., Any], access: dict[str, str]
) -> None:
    streams = ("orders", "source_items", "products")
    output = run_tap({"base_url": shop_url, "page_size": 20, **access}, *streams)
    assert len(output.latest("orders")) == 68
    assert len(output.records("source_items")) == 176
    assert len(output.records("products")) == 50


def test_a_shop_in_a_folder_of_its_host_is_read(shop: Shop, run_tap: Callable[..., Any]) -> None:
    app = create_app(shop)

    async def in_a_folder(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        assert path.startswith("/uk/shop/rest/")
        path = path.removeprefix("/uk/shop")
        raw = scope["raw_path"].removeprefix(b"/uk/shop")
        await app({**scope, "path": path, "raw_path": raw}, receive, send)

    with serve(in_a_folder) as url:
        output = run_tap({"base_url": f"{url}/uk/shop/", **TOKEN}, "orders", "products")
    assert len(output.latest("orders")) == 68
    assert len(output.records("products")) == 50
