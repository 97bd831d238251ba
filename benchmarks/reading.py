"""tap-magento against its limits and its peers: the same pages, one machine, one run.

Every program writes its orders to standard output; what counts is the time from its first line,
which all of them write before their first page, to its end.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tap_magento.tap import TapMagento

from benchmarks.measuring import BIN, Figure, install_peers, measured, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
PAGE = 100
CONNECTIONS = (1, 4, 8)
LATENCY_MS = 300
SLOW_ORDERS = 5_000
"""For each connection, at 300 ms a page: 15 s."""
ORDERS = 20_000
PEER_ORDERS = 5_000
MANY_ORDERS = 200_000
ROUNDS = 3
PEERS = (
    "tap-rest-api-msdk==1.4.2",
    "pymagento==2.14.0",
    "orjson==3.13.0",
    "requests",
    "setuptools<81",
)


def main() -> None:
    """Measure slow pages, fast pages, and a long table."""
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        peers = install_peers(folder, *PEERS)
        _slow(folder, peers)
        _fast(folder, peers)
        _long(folder)


def _slow(folder: Path, peers: Path) -> None:
    print(f"tap-magento, pages of {PAGE} orders that take {LATENCY_MS} ms")
    print(f"  {'':34}{'orders/s':>10}{'limit':>8}{'ratio':>7}{'MB':>6}")
    for connections in CONNECTIONS:
        orders = SLOW_ORDERS * connections
        limit = connections * PAGE * 1000 / LATENCY_MS
        with _shop(orders, LATENCY_MS) as url:
            for what, command in (
                (f"tap-magento, {connections} connections", _tap(folder, url, connections)),
                ("requests and orjson", _bare(peers, url, orders, connections)),
            ):
                one = measured(command, orders)
                print(
                    f"  {what:34}{one.rate:>10,.0f}{limit:>8,.0f}{one.rate / limit:>7.2f}"
                    f"{one.megabytes:>6.0f}",
                    flush=True,
                )


def _fast(folder: Path, peers: Path) -> None:
    print(f"\ntap-magento, pages of {PAGE} orders without delay, medians of {ROUNDS}")
    print(f"  {'':34}{'orders/s':>10}{'MB':>6}")
    figures: dict[str, list[Figure]] = defaultdict(list)
    with _shop(ORDERS, 0) as url, _shop(PEER_ORDERS, 0) as short:
        runs: list[tuple[str, Callable[[], list[str]], int]] = [
            *(
                (
                    f"tap-magento, {n} connections",
                    lambda n=n: _tap(folder, url, n),  # type: ignore[misc]
                    ORDERS,
                )
                for n in CONNECTIONS
            ),
            *(
                (
                    f"requests and orjson, {n} connections",
                    lambda n=n: _bare(peers, url, ORDERS, n),  # type: ignore[misc]
                    ORDERS,
                )
                for n in (1, 8)
            ),
            ("tap-rest-api-msdk", lambda: _rest_api(folder, peers, short), PEER_ORDERS),
            (
                "pymagento",
                lambda: [str(peers), str(HERE / "peers" / "with_pymagento.py"), short],
                PEER_ORDERS,
            ),
        ]
        for _ in range(ROUNDS):
            for what, command, orders in runs:
                figures[what].append(measured(command(), orders))
    for what, found in figures.items():
        rate = statistics.median(one.rate for one in found)
        memory = max(one.megabytes for one in found)
        print(f"  {what:34}{rate:>10,.0f}{memory:>6.0f}", flush=True)
    best = max(
        statistics.median(one.rate for one in figures[peer])
        for peer in ("tap-rest-api-msdk", "pymagento")
    )
    ours = max(
        statistics.median(one.rate for one in figures[f"tap-magento, {n} connections"])
        for n in CONNECTIONS
    )
    print(f"  {ours / best:.1f} times the best peer")


def _long(folder: Path) -> None:
    with _shop(MANY_ORDERS, 0) as url:
        one = measured(_tap(folder, url, CONNECTIONS[-1]), MANY_ORDERS)
    print(
        f"\ntap-magento, {MANY_ORDERS:,} orders, {CONNECTIONS[-1]} connections:"
        f" {one.rate:,.0f} orders/s, peak memory {one.megabytes:.0f} MB"
    )


@contextmanager
def _shop(orders: int, latency_ms: int) -> Iterator[str]:
    command = [sys.executable, "-m", "sandbox.magento.long_table"]
    command += [f"--orders={orders}", f"--latency-ms={latency_ms}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as shop:
        try:
            yield "" if shop.stdout is None else shop.stdout.readline().strip()
        finally:
            shop.kill()


def _tap(folder: Path, url: str, connections: int) -> list[str]:
    config = {"base_url": url, "access_token": "x", "max_connections": connections}
    tap = TapMagento(config=config)
    for stream in tap.streams.values():
        stream.selected = stream.name == "orders"
    catalog = written(folder / "catalog.json", tap.catalog_dict)
    settings = written(folder / "tap-magento.json", config)
    return [str(BIN / "tap-magento"), "--config", settings, "--catalog", catalog]


def _bare(peers: Path, url: str, orders: int, connections: int) -> list[str]:
    return [str(peers), str(HERE / "peers" / "bare.py"), url, str(orders), str(connections)]


def _rest_api(folder: Path, peers: Path, url: str) -> list[str]:
    config = {
        "api_url": url,
        "pagination_request_style": "page_number_paginator",
        "pagination_response_style": "page",
        "pagination_next_page_param": "searchCriteria[currentPage]",
        "pagination_initial_offset": 1,
        # Goes on as long as a page has an order.
        "next_page_token_path": "$.items[0].entity_id",
        "streams": [
            {
                "name": "orders",
                "path": "/rest/V1/orders",
                "params": {"searchCriteria[pageSize]": str(PAGE)},
                "records_path": "$.items[*]",
                "primary_keys": ["entity_id"],
                "num_inference_records": 50,
            }
        ],
    }
    settings = written(folder / "tap-rest-api-msdk.json", config)
    return [str(peers.parent / "tap-rest-api-msdk"), "--config", settings]
