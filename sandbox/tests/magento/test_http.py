"""The HTTP side: formats, headers, switches and faults."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
import requests
from sandbox.faults import Fault
from sandbox.magento import create_app, load_shop
from sandbox.magento.access import DEMO
from sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.magento import Shop

HEADERS = {"Authorization": f"Bearer {DEMO.access_token}"}


@pytest.fixture
def rest(base_url: str, stage: Callable[..., Shop]) -> Iterator[str]:
    stage()
    return f"{base_url}/rest"


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers={**HEADERS, **headers}, timeout=30)


def test_text_leaves_as_ascii_with_escaped_slashes(rest: str) -> None:
    text = get(f"{rest}/V1/products/SLASH%2FED-1").content
    assert b'"sku":"SLASH\\/ED-1"' in text
    assert text.isascii()
    assert b"\\u00dcNI-\\u00c7ODE" in get(f"{rest}/V1/products/%C3%9CNI-%C3%87ODE").content


@pytest.mark.parametrize("store", ["", "/default", "/b2b_en", "/all"])
def test_store_code_in_the_path_filters_nothing(rest: str, store: str) -> None:
    answer = get(f"{rest}{store}/V1/orders?searchCriteria[pageSize]=1&fields=total_count")
    assert answer.json() == {"total_count": 68}


def test_date_header_is_the_shops_time(rest: str, stage: Callable[..., Shop]) -> None:
    stage().set_clock(lambda: datetime(2031, 2, 3, 4, 5, 6, tzinfo=timezone.utc))
    assert get(f"{rest}/V1/modules").headers["Date"] == "Mon, 03 Feb 2031 04:05:06 GMT"


@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        ("application/json", 200, "application/json"),
        ("text/html, application/json;q=0.5", 200, "application/json"),
        ("application/xml", 200, "application/xml"),
        ("text/html", 500, "text/html"),
        ("image/png", 500, "text/html"),
    ],
)
def test_answer_has_the_format_that_was_asked_for(
    rest: str, accept: str, status: int, media_type: str
) -> None:
    answer = get(f"{rest}/V1/orders/1/statuses", Accept=accept)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(media_type)


def test_xml_holds_the_same(rest: str) -> None:
    answer = get(f"{rest}/V1/orders/1?fields=entity_id,items[sku]", Accept="application/xml")
    assert answer.text == (
        '<?xml version="1.0"?>\n<response><entity_id>1</entity_id>'
        "<items><item><sku>BN-001</sku></item></items></response>\n"
    )


def test_maintenance_is_switched_while_running(base_url: str, rest: str) -> None:
    control = f"{base_url}/__settings"
    assert requests.post(control, json={"maintenance": True}, timeout=30).json()["maintenance"]
    answer = get(f"{rest}/V1/modules")
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        503,
        "text/html; charset=UTF-8",
    )
    assert "Retry-After" not in answer.headers
    requests.post(control, json={"maintenance": False, "maximum_page_size": 5}, timeout=30)
    assert get(f"{rest}/V1/orders?searchCriteria[pageSize]=6").status_code == 400
    assert requests.get(control, timeout=30).json()["maximum_page_size"] == 5


def test_setting_that_does_not_exist_is_refused(base_url: str, rest: str) -> None:
    answer = requests.post(f"{base_url}/__settings", json={"maintenence": True}, timeout=30)
    assert answer.status_code == 400
    assert "maintenence" in answer.text


def test_asynchronous_api_says_that_it_is_not_played(rest: str) -> None:
    url = f"{rest}/async/bulk/V1/inventory/source-items"
    answer = requests.post(url, json=[], headers=HEADERS, timeout=30)
    assert answer.status_code == 501
    assert "asynchronous" in answer.text


def test_request_cut_after_the_handler_ran_has_written(shop_folder: Path) -> None:
    shop = load_shop(shop_folder)
    fault = Fault("cut", "after", "POST", "*/source-items", count=1)
    row = {"sku": "BN-020", "source_code": "leeds_wh", "quantity": 7, "status": 1}
    with serve(create_app(shop, faults=[fault])) as base_url:
        url = f"{base_url}/rest/V1/inventory/source-items"
        with pytest.raises(requests.ConnectionError):
            requests.post(url, json={"sourceItems": [row]}, headers=HEADERS, timeout=30)
        filters = "searchCriteria[filter_groups][0][filters][0]"
        query = f"{filters}[field]=sku&{filters}[value]=BN-020&searchCriteria[pageSize]=9"
        items = get(f"{url}?{query}").json()["items"]
    assert row in items


def test_fault_answers_before_rights_are_looked_at(shop_folder: Path) -> None:
    fault = Fault("status", status=429, headers={"Retry-After": "1"}, count=1)
    with serve(create_app(load_shop(shop_folder), faults=[fault])) as base_url:
        answer = requests.get(f"{base_url}/rest/V1/orders", timeout=30)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert requests.get(f"{base_url}/rest/V1/orders", timeout=30).status_code == 401


def test_port_that_is_taken_is_an_error_at_once(base_url: str, shop_folder: Path) -> None:
    port = int(base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"), serve(create_app(load_shop(shop_folder)), port):
        pass


def test_importing_the_server_needs_no_database() -> None:
    code = "import sys, sandbox.magento, sandbox.serving; sys.exit('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == 0
