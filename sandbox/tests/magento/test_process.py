"""``sandbox magento`` as a process: it says where it is, stops when told, and loses nothing."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests
from sandbox.magento.access import DEMO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADERS = {"Authorization": f"Bearer {DEMO.access_token}"}
START = (
    "import argparse, sys; from sandbox.magento import command; p = argparse.ArgumentParser(); "
    "command.add_arguments(p); sys.exit(command.run(p.parse_args()))"
)
FILTER = "searchCriteria[filter_groups][0][filters][0]"


@contextmanager
def magento(state: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    given = [sys.executable, "-c", START, "--port", "0", "--state", str(state)]
    with subprocess.Popen(
        given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.fullmatch(r"Magento with 68 orders at (http://\S+)\. Token: .*\n", line)
            assert found is not None, line
            yield process, found[1]
        finally:
            process.kill()


def quantity(base_url: str) -> object:
    query = f"{FILTER}[field]=sku&{FILTER}[value]=BN-020&fields=items[source_code,quantity]"
    url = f"{base_url}/rest/V1/inventory/source-items?{query}"
    items = requests.get(url, headers=HEADERS, timeout=30).json()["items"]
    return next(i["quantity"] for i in items if i["source_code"] == "leeds_wh")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_stopped_process_goes_on_where_it_was(tmp_path: Path, how: signal.Signals) -> None:
    state = tmp_path / "shop.state"
    row = {"sku": "BN-020", "source_code": "leeds_wh", "quantity": 4321, "status": 1}
    with magento(state) as (process, base_url):
        url = f"{base_url}/rest/V1/inventory/source-items"
        assert requests.post(url, json={"sourceItems": [row]}, headers=HEADERS, timeout=30).ok
        process.send_signal(how)
        code = process.wait(30)
    assert code == {signal.SIGTERM: -15, signal.SIGINT: -2, signal.SIGKILL: -9}[how] or code == 0
    with magento(state) as (_, base_url):
        assert quantity(base_url) == 4321
