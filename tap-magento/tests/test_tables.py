"""Tables read whole: on all connections, each row that is there all the time, whatever moves."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from magento_client import RetryLaterError, RowsAnswer
from sandbox.magento import Shop, create_app
from sandbox.serving import serve
from tap_magento.entities import Table, TableKind
from tap_magento.exceptions import StreamFailedError
from tap_magento.fetchers import Fetchers
from tap_magento.page_size import PageSize
from tap_magento.table_read import TableRead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magento_client import SearchCriteria
    from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN = {"access_token": "demo-access-token"}
NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)


class Traffic:
    """What goes on while a shop answers: how much at once, and what else changes."""

    def __init__(self, change: Callable[[], None] = lambda: None, seconds: float = 0.01) -> None:
        self.at_once = 0
        self.most = 0
        self.asked: Counter[str] = Counter()
        self._change = change
        self._seconds = seconds

    def over(self, app: ASGIApp) -> ASGIApp:
        async def passed(scope: Scope, receive: Receive, send: Send) -> None:
            self.asked[str(scope.get("path"))] += 1
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            await asyncio.sleep(self._seconds)
            self._change()
            await app(scope, receive, send)
            self.at_once -= 1

        return passed


def _fill(shop: Shop, skus: int) -> None:
    for number in range(skus):
        for source in ("leeds_wh", "york_wh", "us_wh"):
            row = {"sku": f"X-{number:05}", "source_code": source, "quantity": number, "status": 1}
            shop.put("source-items", row)


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("page_size", [20, 7])
def test_source_items_that_come_and_go_hide_no_others(
    shop: Shop, run_tap: Callable[..., Any], connections: int, page_size: int
) -> None:
    _fill(shop, 60)
    steady = {(r["sku"], r["source_code"]) for r in shop.table("source-items").all()}
    number = [0]

    def change() -> None:
        number[0] += 1
        n = number[0]
        # Before, between and after what is there; each is gone again ten requests later.
        for sku in (f"A-{n:05}", f"X-{n % 60:05}-NEW{n}", f"Z-{n:05}"):
            row = {"sku": sku, "source_code": "default", "quantity": 1, "status": 1}
            keys.append(shop.put("source-items", row))
        for key in keys[:-30][:3]:
            shop.remove("source-items", key)
            keys.remove(key)

    keys: list[int] = []
    traffic = Traffic(change)
    with serve(traffic.over(create_app(shop))) as url:
        settings = {"page_size": page_size, "max_connections": connections}
        output = run_tap({"base_url": url, **TOKEN, **settings}, "source_items")
    sent = Counter((r["sku"], r["source_code"]) for r in output.records("source_items"))
    assert steady <= set(sent)
    assert traffic.most == connections


@pytest.mark.parametrize("stream", ["source_items", "tax_rates"])
def test_tables_are_read_on_all_connections(
    shop: Shop, run_tap: Callable[..., Any], stream: str
) -> None:
    # Long enough for four threads to begin, on a busy machine, too.
    traffic = Traffic(seconds=0.3 if stream == "tax_rates" else 0.05)
    with serve(traffic.over(create_app(shop))) as url:
        config = {"base_url": url, **TOKEN, "page_size": 2, "max_connections": 4}
        output = run_tap(config, stream)
    assert len(output.records(stream)) == {"source_items": 176, "tax_rates": 10}[stream]
    assert traffic.most == 4


def test_a_cache_that_answers_every_question_with_the_same_source_items_stops_the_run(
    broken_shop: Callable[..., str], run_tap: Callable[..., Any]
) -> None:
    body = b'{"items": [{"sku": "A", "source_code": "s"}], "total_count": 9}'
    url = broken_shop(200, body)
    with pytest.raises(StreamFailedError, match="rows could get lost"):
        run_tap({"base_url": url, **TOKEN, "page_size": 1}, "source_items")


class LastPageAgain:
    """Magento 2.3: beyond the last page comes the last page again. And one row comes twice."""

    def __init__(self, doubled: bool) -> None:
        self.asked = 0
        self._keys = [*range(1, 101), *range(100 if doubled else 101, 150)]

    def search_rows(self, path: str, criteria: SearchCriteria) -> RowsAnswer:
        del path
        self.asked += 1
        assert self.asked < 50, "asks on for ever"
        number = min(criteria.current_page, 2)
        keys = self._keys[(number - 1) * 100 : number * 100]
        rows = [{"id": msgspec.Raw(str(key).encode())} for key in keys]
        return RowsAnswer(rows, len(self._keys), NOW)


@pytest.fixture
def fetchers() -> Iterator[Fetchers]:
    made = Fetchers(2, threading.Event())
    yield made
    made.close()


def _read(shop: LastPageAgain, fetchers: Fetchers) -> int:
    table = Table("tax_rates", "V1/taxRates/search", ("id",), TableKind.PAGES)
    read = TableRead(shop, fetchers, PageSize(100), table).read()  # type: ignore[arg-type]
    return sum(map(len, read))


def test_numbered_pages_end_with_the_count_and_not_with_an_empty_page(fetchers: Fetchers) -> None:
    shop = LastPageAgain(doubled=False)
    assert _read(shop, fetchers) == 149
    assert shop.asked == 2


def test_a_table_that_never_comes_to_its_count_ends_with_a_sentence(fetchers: Fetchers) -> None:
    with pytest.raises(RetryLaterError, match="changed 3 times while it was read"):
        _read(LastPageAgain(doubled=True), fetchers)


def test_the_connection_test_makes_few_requests_a_stream(
    shop: Shop, tap_process: Callable[..., Any]
) -> None:
    traffic = Traffic()
    with serve(traffic.over(create_app(shop))) as url:
        config = {"base_url": url, **TOKEN, "salable_skus": ["BN-001", "BN-002"]}
        code, _, err = tap_process(config, "--test").rest()
    assert code == 0, err
    quantities = {p for p in traffic.asked if "get-product-salable" in p}
    assert quantities == {"/rest/V1/inventory/get-product-salable-quantity/BN-001/1"}
    # The SKUs that are looked up and the stocks they lie in belong to the salable quantities.
    assert max(traffic.asked.values()) <= 2
    assert "/rest/V1/taxRates/search" in traffic.asked


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"access_token": "x"}, "cannot reach"),
        ({"username": "demo-admin", "password": "wrong"}, "sign-in was incorrect"),
    ],
)
def test_the_connection_test_ends_where_no_stream_can_be_read(
    shop_url: str, tap_process: Callable[..., Any], settings: dict[str, str], words: str
) -> None:
    url = shop_url if "username" in settings else "http://no-such-shop.invalid"
    code, _, err = tap_process({"base_url": url, **settings}, "--test").rest()
    assert code == 1
    errors = [line for line in err.decode().splitlines() if "ERROR" in line]
    assert len(errors) == 1
    assert words in errors[0]


@pytest.mark.parametrize("stream", ["sources", "returns"])
def test_a_missing_module_is_known_in_any_language(
    stream: str,
    broken_shop: Callable[..., str],
    run_tap: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = broken_shop(404, b'{"message":"Die Anfrage passt zu keiner Route."}')
    assert run_tap({"base_url": url, **TOKEN}, stream).records(stream) == []
    assert f"Stream {stream} has no rows" in caplog.text


def test_a_store_that_the_shop_does_not_have_is_refused(
    config: dict[str, Any], run_tap: Callable[..., Any]
) -> None:
    with pytest.raises(StreamFailedError) as stopped:
        run_tap({**config, "store_ids": [1, 77]}, "orders")
    assert str(stopped.value).startswith(
        "Stream orders: The setting store_ids names 77, but the stores of this shop are 0 (admin), "
        "1 (default), 2 (b2b_en)"
    )


def test_stores_that_may_not_be_looked_up_are_taken_as_they_are(
    config: dict[str, Any], run_tap: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    settings = {**config, "access_token": "demo-orders-view-token", "store_ids": [2, 77]}
    output = run_tap(settings, "orders")
    assert {r["store_id"] for r in output.records("orders")} == {2}
    assert "The setting store_ids could not be checked" in caplog.text


def test_a_row_without_its_key_is_a_sentence(
    broken_shop: Callable[..., str], run_tap: Callable[..., Any]
) -> None:
    url = broken_shop(200, b'{"items": [{"name": "x"}], "total_count": 1}')
    with pytest.raises(StreamFailedError, match="was answered with a row without id; check that"):
        run_tap({"base_url": url, **TOKEN}, "tax_rates")
