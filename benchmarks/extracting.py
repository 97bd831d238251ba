"""tap-magento against its limit: connections x page size / latency of a page."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from sandbox.faults import Fault
from sandbox.magento import create_app, load_shop, recorded_shop_dir
from sandbox.magento.access import DEMO
from sandbox.serving import serve

PAGE_SIZE = 10
LATENCY_MS = 300
CONNECTIONS = (1, 4)


def main() -> None:
    """Read the recorded orders in small, slow pages, on one connection and on four."""
    print(f"tap-magento, orders, pages of {PAGE_SIZE}, {LATENCY_MS} ms each")
    for connections in CONNECTIONS:
        orders, seconds = _read(connections)
        pages = -(-orders // PAGE_SIZE)
        # Planning a window takes two requests before its first page.
        least = (2 + -(-pages // connections)) * LATENCY_MS / 1000
        print(
            f"  {connections} connections: {orders} orders in {seconds:.1f} s,"
            f" limit {least:.1f} s, ratio {least / seconds:.2f}",
            flush=True,
        )


def _read(connections: int) -> tuple[int, float]:
    shop = load_shop(recorded_shop_dir())
    with serve(create_app(shop, faults=[Fault("delay", delay_ms=LATENCY_MS)])) as url:
        environment = {
            **os.environ,
            "TAP_MAGENTO_BASE_URL": url,
            "TAP_MAGENTO_ACCESS_TOKEN": DEMO.access_token,
            "TAP_MAGENTO_PAGE_SIZE": str(PAGE_SIZE),
            "TAP_MAGENTO_MAX_CONNECTIONS": str(connections),
            "TAP_MAGENTO_SETTLE_SECONDS": "0",
        }
        program = str(Path(sys.executable).parent / "tap-magento")
        catalog = subprocess.run(
            [program, "--config=ENV", "--discover"],
            env=environment,
            capture_output=True,
            check=True,
        ).stdout
        chosen = Path(".data") / "bench-catalog.json"
        chosen.parent.mkdir(exist_ok=True)
        chosen.write_bytes(_only_orders(catalog))
        started = time.monotonic()
        result = subprocess.run(
            [program, "--config=ENV", "--catalog", str(chosen)],
            env=environment,
            capture_output=True,
            check=True,
        )
        seconds = time.monotonic() - started - _start_up(program)
    return result.stdout.count(b'"type":"RECORD"'), seconds


def _only_orders(catalog: bytes) -> bytes:
    import json  # noqa: PLC0415  # only this one function speaks Singer

    parsed = json.loads(catalog)
    parsed["streams"] = [one for one in parsed["streams"] if one["tap_stream_id"] == "orders"]
    return json.dumps(parsed).encode()


def _start_up(program: str) -> float:
    """How long the program takes to start, which is no reading."""
    started = time.monotonic()
    subprocess.run([program, "--version"], capture_output=True, check=True)
    return time.monotonic() - started
