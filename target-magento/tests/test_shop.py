"""Talking to a shop that limits or refuses: a local server that says what real shops say."""

from __future__ import annotations

import json
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from magento_client import MagentoClient, MagentoSettings, NotFoundError
from target_magento.shop import Change, Shop
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = tuple[int, dict[str, Any]]


@contextmanager
def shop(answer: Callable[[str, dict[str, list[str]], Any], Answer]) -> Iterator[Shop]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: Any) -> None:
            address = urlsplit(self.path)
            status, document = answer(address.path, parse_qs(address.query), body)
            text = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        settings = MagentoSettings(f"http://127.0.0.1:{server.server_port}", access_token="t")
        with MagentoClient(settings) as client:
            yield Shop(client)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def changes(count: int) -> list[Change]:
    return [Change(n, "leeds", f"SKU-{n}", Decimal("1.5000"), 1) for n in range(count)]


@pytest.mark.parametrize("bad", [set(), {0}, {9}, {3, 4}, {0, 5, 9}, set(range(10))])
def test_bad_rows_are_found_by_halving_and_the_others_go_through(bad: set[int]) -> None:
    stored: list[str] = []

    def answer(_: str, __: Any, body: Any) -> Answer:
        skus = [item["sku"] for item in body["sourceItems"]]
        if any(f"SKU-{number}" in skus for number in bad):
            return 400, {"message": "Could not save %1", "parameters": ["Source Item"]}
        stored.extend(skus)
        return 200, {}

    with shop(answer) as one:
        refused = one.publish(changes(10))
    assert [refusal.id for refusal in refused] == sorted(bad)
    assert {refusal.words for refusal in refused} <= {"Could not save Source Item"}
    assert sorted(stored) == [f"SKU-{number}" for number in range(10) if number not in bad]


def test_a_limit_of_the_shop_is_learnt_once() -> None:
    sizes: list[int] = []

    def answer(_: str, __: Any, body: Any) -> Answer:
        sizes.append(len(body["sourceItems"]))
        if sizes[-1] > 4:
            message = 'Maximum items of type "%type" is %max'
            return 400, {"message": message, "parameters": {"type": "SourceItem", "max": 4}}
        return 200, {}

    with shop(answer) as one:
        assert one.publish(changes(10)) == []
        assert one.publish(changes(5)) == []
    assert sizes == [10, 4, 4, 2, 4, 1]


def test_a_shop_without_multi_source_inventory_stops_the_run() -> None:
    message = "Request does not match any route."
    with shop(lambda *_: (404, {"message": message})) as one, pytest.raises(NotFoundError):
        one.publish(changes(2))


@pytest.mark.parametrize("limit", [None, 100])
def test_source_items_are_read_to_the_last_page(limit: int | None) -> None:
    rows = [
        {"sku": f"S{number}", "source_code": "leeds", "quantity": 1.25, "status": 1}
        for number in range(2300)
    ]

    def answer(_: str, query: dict[str, list[str]], __: Any) -> Answer:
        size = int(query["searchCriteria[pageSize]"][0])
        page = int(query["searchCriteria[currentPage]"][0])
        if limit and size > limit:
            return 400, {"message": "Maximum is %max", "parameters": {"max": limit}}
        part = rows[(page - 1) * size : page * size]
        return 200, {"items": part, "total_count": len(rows)}

    with shop(answer) as one:
        items = list(one.source_items(["leeds"]))
    assert [item.sku for item in items] == [row["sku"] for row in rows]
    assert {item.quantity for item in items} == {Decimal("1.25")}


def test_products_are_asked_for_in_short_lists_and_commas_alone() -> None:
    asked: list[list[str]] = []

    def answer(_: str, query: dict[str, list[str]], __: Any) -> Answer:
        values = [value[0] for name, value in query.items() if name.endswith("[value]")]
        conditions = {value[0] for name, value in query.items() if name.endswith("type]")}
        found = values[0].split(",") if conditions == {"in"} else values
        asked.append(found)
        items = [{"sku": sku, "type_id": "simple"} for sku in found]
        return 200, {"items": items, "total_count": len(items)}

    skus = [f"SKU-{number}" for number in range(120)] + ["A,B", "C,D"] + ["Ü" * 60] * 9
    with shop(answer) as one:
        found = [product.sku for product in one.products(skus)]
    assert sorted(found) == sorted(skus)
    assert [len(part) for part in asked] == [50, 50, 23, 4, 2, 2]
