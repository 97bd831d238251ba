"""Reads: headers, paging, retries, tolerant lists, and errors that say what to do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from sage200_client import (
    Exchange,
    FixRequest,
    FixSettings,
    ReportAnswer,
    RetryLater,
    Sage200Client,
    eq,
)

Make = Callable[..., Sage200Client]
ROWS = [{"id": number, "code": f"C{number}"} for number in range(3, 40, 3)]


@pytest.mark.parametrize("shape", ["bare", "wrapped"])
def test_a_list_is_read_bare_or_under_value(client: Sage200Client, sage: Any, shape: str) -> None:
    sage.lists["products"], sage.wrap_lists = ROWS, shape == "wrapped"
    assert client.get("products") == ROWS


def test_every_request_carries_token_site_and_company(client: Sage200Client, sage: Any) -> None:
    sage.lists["products"] = ROWS
    client.get("products")
    (request,) = sage.api_requests()
    assert request.headers["authorization"].startswith("Bearer access-token")
    assert request.headers["x-site"] == client._caller._transport._settings.site_id
    assert request.headers["x-company"] == "1"
    assert request.headers["accept"] == "application/json"
    assert request.headers["user-agent"] == "magento-sage200"


def test_sites_are_read_without_site_and_company(make_client: Make, sage: Any) -> None:
    sage.lists["sites"] = [{"company_id": 1, "site_id": "x"}]
    client = make_client(site_id="", company_id=None)
    assert client.get("sites") == [{"company_id": 1, "site_id": "x"}]
    assert "x-company" not in sage.api_requests()[0].headers


def test_other_resources_need_site_and_company(make_client: Make) -> None:
    with pytest.raises(FixSettings, match="`sage200 sites` lists"):
        make_client(company_id=None).get("products")


def test_fractions_come_as_decimal(client: Sage200Client, sage: Any) -> None:
    sage.lists["customers"] = [{"id": 1, "balance": Decimal("10.25")}]
    (row,) = client.get_all("customers")
    assert row["balance"] == Decimal("10.25")
    assert isinstance(row["balance"], Decimal)


def test_options_are_sent_as_odata_names_them(client: Sage200Client, sage: Any) -> None:
    sage.lists["products"] = ROWS
    client.get(
        "products",
        filter=eq("code", "O'Brien & Sons"),
        select=["id", "code"],
        orderby="id desc",
        top=5,
        skip=2,
        expand=["units"],
    )
    (request,) = sage.api_requests()
    assert request.query["filter"] == "code eq 'O''Brien & Sons'"
    assert request.raw_query.endswith(
        "&$select=id%2Ccode&$orderby=id%20desc&$top=5&$skip=2&$expand=units"
    )


def test_skip_without_orderby_is_not_even_sent(client: Sage200Client, sage: Any) -> None:
    with pytest.raises(ValueError, match="only together with"):
        client.get("products", skip=5)
    assert sage.seen == []


@pytest.mark.parametrize("most_rows", [1, 4, 5000])
def test_paging_follows_the_key_whatever_the_server_gives(
    client: Sage200Client, sage: Any, most_rows: int
) -> None:
    sage.lists["products"], sage.most_rows = ROWS, most_rows
    assert list(client.get_all("products", page_size=5)) == ROWS
    for request in sage.api_requests():
        assert request.query["orderby"] == "id"
        assert request.query["top"] == "5"
        assert "skip" not in request.query


def test_rows_that_come_and_go_while_paging_shift_nothing(client: Sage200Client, sage: Any) -> None:
    sage.lists["products"] = list(ROWS)
    seen = []
    for row in client.get_all("products", page_size=3):
        seen.append(row)
        if row["id"] == 9:
            sage.lists["products"].pop(0)
    assert seen == ROWS


def test_the_key_is_read_along_and_joined_to_the_filter(client: Sage200Client, sage: Any) -> None:
    sage.lists["products"] = ROWS
    where = eq("code", "C3") | eq("code", "C6")
    assert list(client.get_all("products", select=["code"], filter=where, page_size=12))
    assert [request.query["filter"] for request in sage.api_requests()][:2] == [
        "code eq 'C3' or code eq 'C6'",
        "(code eq 'C3' or code eq 'C6') and id gt 36",
    ]
    assert sage.api_requests()[0].query["select"] == "code,id"


def test_a_view_without_id_is_read_by_skip_in_the_order_of_its_ids(
    client: Sage200Client, sage: Any
) -> None:
    rows = [{"product_id": number, "warehouse_id": 1} for number in range(7)]
    sage.lists["product_warehouse_views"] = rows
    assert list(client.get_all("product_warehouse_views", page_size=3)) == rows
    first, second, *_ = sage.api_requests()
    assert first.query["orderby"] == "product_id,warehouse_holding_id,warehouse_id"
    assert "skip" not in first.query
    assert second.query["skip"] == "3"


def test_paging_that_does_not_move_ends_with_an_error(client: Sage200Client, sage: Any) -> None:
    sage.faults = [{"status": 200, "body": b'[{"id":5}]'}] * 3
    with pytest.raises(ReportAnswer, match="can't be paged by id: after 5 came 5"):
        list(client.get_all("products"))
    sage.faults = [{"status": 200, "body": b'[{"product_id":5}]'}] * 3
    with pytest.raises(ReportAnswer, match="ignores"):
        list(client.get_all("product_warehouse_views"))


@pytest.mark.parametrize("fault", [429, 500, 502, 503, 504, 408, "cut_before", "cut_after", "half"])
def test_a_read_is_repeated_with_growing_waits(
    client: Sage200Client, sage: Any, clock: Any, fault: Any
) -> None:
    sage.lists["products"] = ROWS
    sage.faults = [fault, fault, fault]
    assert client.get("products") == ROWS
    assert clock.slept == [1.0, 2.0, 4.0]


def test_a_read_that_times_out_is_repeated(make_client: Make, sage: Any) -> None:
    sage.lists["products"] = ROWS
    sage.faults, sage.slow_seconds = ["slow"], 0.5
    assert make_client(timeout_seconds=0.2).get("products") == ROWS
    assert len(sage.api_requests()) == 2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(client: Sage200Client, sage: Any, clock: Any, form: str) -> None:
    sage.lists["products"] = ROWS
    asked = format_datetime(clock.now + timedelta(seconds=7)) if form == "date" else "7"
    sage.faults = [{"status": 429, "headers": {"Retry-After": asked}}]
    assert client.get("products") == ROWS
    assert clock.slept == [7.0]


def test_a_wait_that_is_too_long_is_handed_to_the_caller(
    client: Sage200Client, sage: Any, clock: Any
) -> None:
    sage.faults = [{"status": 429, "headers": {"Retry-After": "900"}}]
    with pytest.raises(RetryLater) as caught:
        client.get("products")
    assert caught.value.retry_after_seconds == 900
    assert clock.slept == []


def test_after_five_attempts_the_read_gives_up(client: Sage200Client, sage: Any) -> None:
    sage.faults = [503] * 9
    with pytest.raises(RetryLater, match=r"\(/products\), tried 5 times: it answered 503\."):
        client.get("products")
    assert len(sage.api_requests()) == 5


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, b'{"message":"Unknown field x"}', FixRequest, "Unknown field x"),
        (404, b"", FixRequest, "answered 404 to GET /products"),
        (403, b"", FixSettings, "lacks the permission or the module"),
        (302, b"", FixSettings, "redirects to https://login.example/:"),
        (200, b"<html><body>Maintenance</body></html>", ReportAnswer, "Maintenance"),
        (200, b'"text"', ReportAnswer, "not a list"),
    ],
)
def test_a_read_that_can_not_work_says_what_to_do_and_is_not_repeated(
    client: Sage200Client, sage: Any, status: int, body: bytes, kind: type[Exception], words: str
) -> None:
    headers = {"Location": "https://login.example/?t=1"} if status == 302 else {}
    sage.faults = [{"status": status, "body": body, "headers": headers}]
    with pytest.raises(kind, match=words):
        client.get("products")
    assert len(sage.api_requests()) == 1


def test_a_server_that_is_not_there_is_named(make_client: Make, sage: Any) -> None:
    client = make_client(api_url="http://127.0.0.1:9/api")
    with pytest.raises(RetryLater, match="the connection was refused"):
        client.get("products")


def test_one_connection_per_thread_is_kept_alive(client: Sage200Client, sage: Any) -> None:
    sage.lists["products"] = ROWS
    for _ in range(4):
        client.get("products")
    assert len({request.thread for request in sage.api_requests()}) == 1


def test_no_more_requests_at_once_than_max_connections(make_client: Make, sage: Any) -> None:
    sage.lists["products"], sage.slow_seconds = ROWS, 0.05
    client = make_client(max_connections=2)
    client.get("products")
    sage.faults = ["slow"] * 12
    barrier = threading.Barrier(6)

    def read(_: int) -> None:
        barrier.wait()
        client.get("products")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(read, range(6)))
    assert sage.most_at_once == 2


def test_an_observer_sees_each_request_of_a_read(client: Sage200Client, sage: Any) -> None:
    sage.lists["products"] = ROWS
    sage.faults = [{"status": 503, "body": b"down"}, "cut_before"]
    seen: list[Exchange] = []
    client.get("products", top=1, observe=seen.append)
    assert [(one.status, one.response_body, one.error) for one in seen] == [
        (503, "down", None),
        (None, None, "the connection was cut"),
        (200, ROWS[:1], None),
    ]
    assert {(one.method, one.path) for one in seen} == {("GET", "/products?$top=1")}
