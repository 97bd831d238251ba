"""Writes: sent once, and what became of them is an outcome."""

from __future__ import annotations

import socket
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import requests
from sage200_client import (
    Done,
    Exchange,
    NotAllowed,
    Outcome,
    Refused,
    Sage200Client,
    TryLater,
    Unknown,
)

Make = Callable[..., Sage200Client]
LINE = {"line_type": "EnumLineTypeFreeText", "selling_unit_price": Decimal("8.30000")}
ORDER = {"customer_id": 1, "lines": [LINE]}
SENT = (
    b'{"customer_id":1,"lines":[{"line_type":"EnumLineTypeFreeText","selling_unit_price":8.30000}]}'
)


def test_a_post_is_done_and_its_numbers_are_exact(client: Sage200Client, sage: Any) -> None:
    outcome = client.post("sop_orders", ORDER)
    assert outcome == Done(
        {"id": 1, "document_no": "0000000001", "total_net_value": Decimal("10.10")}, 200
    )
    assert sage.posted == [SENT]
    assert sage.api_requests()[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (201, b'{"id":5}', Done({"id": 5}, 201)),
        (204, b"", Done(None, 204)),
        (200, b"", Done(None, 200)),
        (400, b'{"message":"Account is on hold"}', Refused("Account is on hold", 400)),
        (400, b"SageNullFieldException", Refused("SageNullFieldException", 400)),
        (404, b"", Refused("Sage 200 answered 404 without a text.", 404)),
        (409, b"locked", Refused("locked", 409)),
        (422, b'["bad"]', Refused("bad", 422)),
        (429, b"Busy", TryLater("Busy", 429, 12.0)),
    ],
)
def test_an_answer_becomes_an_outcome(
    client: Sage200Client, sage: Any, status: int, body: bytes, outcome: Outcome
) -> None:
    sage.faults = [{"status": status, "body": body, "headers": {"Retry-After": "12"}}]
    assert client.post("sop_orders", ORDER) == outcome
    assert len(sage.api_requests()) == 1


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 408])
def test_a_5xx_leaves_a_write_in_doubt_and_is_never_repeated(
    client: Sage200Client, sage: Any, status: int
) -> None:
    sage.faults = [{"status": status, "body": b"<html><h1>Bad gateway</h1></html>"}]
    assert client.post("sop_orders", ORDER) == Unknown(
        f"POST sop_orders was answered with {status} (Bad gateway); "
        "ask Sage 200 whether it was done.",
        status,
    )
    assert len(sage.api_requests()) == 1


@pytest.mark.parametrize(
    ("fault", "why", "made"),
    [
        ("cut_before", "the connection was cut", 0),
        ("cut_after", "the connection was cut", 1),
        ("half", "the answer was cut off", 1),
        ("slow", "no answer within the time limit", 1),
    ],
)
def test_a_write_without_a_whole_answer_is_in_doubt(
    make_client: Make, sage: Any, fault: str, why: str, made: int
) -> None:
    client = make_client(timeout_seconds=0.3)
    sage.faults, sage.slow_seconds = [fault], 0.6
    assert client.post("sop_orders", ORDER) == Unknown(
        f"POST sop_orders was sent and no whole answer came: {why}; "
        "ask Sage 200 whether it was done."
    )
    assert len(sage.api_requests()) == 1
    assert len(sage.posted) == made


def test_an_ok_that_is_no_json_leaves_a_write_in_doubt(client: Sage200Client, sage: Any) -> None:
    sage.faults = [{"status": 200, "body": b"<html><body>Please log in</body></html>"}]
    outcome = client.post("sop_orders", ORDER)
    assert isinstance(outcome, Unknown)
    assert "Please log in" in outcome.text


@pytest.mark.parametrize(
    ("api_url", "why"),
    [
        ("http://127.0.0.1:9/api", "the connection was refused"),
        ("http://no-such-host.invalid/api", "its name is not known"),
    ],
)
def test_a_connection_that_never_came_about_is_for_later(
    make_client: Make, monkeypatch: pytest.MonkeyPatch, api_url: str, why: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    outcome = make_client(api_url=api_url).post("sop_orders", ORDER)
    assert outcome == TryLater(
        f"Sage 200 was not reached for POST sop_orders: {why}; nothing was sent."
    )


def test_a_connection_that_hangs_before_it_stands_is_for_later(make_client: Make) -> None:
    # A listener whose queue is full: the handshake is never finished.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)  # noqa: FBT003 - the socket's own interface
            one.connect_ex(("127.0.0.1", port))
        try:
            client = make_client(api_url=f"http://127.0.0.1:{port}/api", timeout_seconds=0.5)
            outcome = client.post("sop_orders", ORDER)
        finally:
            for one in waiting:
                one.close()
    assert isinstance(outcome, TryLater)
    assert "no connection within the time limit" in outcome.text


def test_a_proxy_that_is_not_there_is_for_later(
    make_client: Make, sage: Any, monkeypatch: pytest.MonkeyPatch, client: Sage200Client
) -> None:
    client.post("sop_orders", ORDER)
    client = make_client(api_url="http://sage.example/api")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    outcome = client.post("sop_orders", ORDER)
    assert isinstance(outcome, TryLater)
    assert "the proxy can't be reached" in outcome.text


def test_an_earlier_failure_of_the_caller_does_not_make_a_sent_write_look_unsent(
    make_client: Make, sage: Any
) -> None:
    client = make_client(timeout_seconds=0.3)
    sage.faults, sage.slow_seconds = ["slow"], 0.6
    try:
        requests.get("http://127.0.0.1:9/", timeout=1)
    except requests.ConnectionError:
        outcome = client.post("sop_orders", ORDER)
    assert isinstance(outcome, Unknown)


def test_a_token_that_ended_is_renewed_and_the_write_sent_once_more(
    client: Sage200Client, sage: Any
) -> None:
    client.post("sop_orders", ORDER)
    sage.access_tokens.clear()
    assert isinstance(client.post("sop_orders", ORDER), Done)
    assert (len(sage.posted), sage.refreshes) == (2, 2)


def test_401_twice_is_not_allowed_and_names_what_to_check(make_client: Make, sage: Any) -> None:
    client = make_client(company_id=2)
    outcome = client.post("sop_orders", ORDER)
    assert isinstance(outcome, NotAllowed)
    assert outcome.status == 401
    for word in ("site_id", "company_id", "`sage200 sites`", "`sage200 login`"):
        assert word in outcome.text
    assert (len(sage.api_requests()), sage.refreshes) == (2, 2)


def test_a_wrong_company_does_not_wear_out_the_sign_in(make_client: Make, sage: Any) -> None:
    client = make_client(company_id=2)
    for _ in range(5):
        assert isinstance(client.post("sop_orders", ORDER), NotAllowed)
    assert sage.refreshes == 2


def test_403_is_not_allowed(client: Sage200Client, sage: Any) -> None:
    sage.faults = [{"status": 403, "body": b"No SOP module"}]
    outcome = client.post("sop_orders", ORDER)
    assert isinstance(outcome, NotAllowed)
    assert "403 (No SOP module)" in outcome.text
    assert sage.refreshes == 1


def test_a_redirect_is_not_followed(client: Sage200Client, sage: Any) -> None:
    sage.faults = [{"status": 307, "headers": {"Location": f"{sage.url}/api/elsewhere"}}]
    assert isinstance(client.post("sop_orders", ORDER), NotAllowed)
    assert len(sage.api_requests()) == 1


def test_no_token_to_be_had_is_an_outcome_too(make_client: Make, sage: Any) -> None:
    sage.token_faults = [503]
    assert isinstance(make_client().post("sop_orders", ORDER), TryLater)
    sage.refresh_tokens.clear()
    outcome = make_client().post("sop_orders", ORDER)
    assert isinstance(outcome, NotAllowed)
    assert "`sage200 login`" in outcome.text
    assert sage.api_requests() == []


def test_an_audit_row_can_be_written_of_each_request(client: Sage200Client, sage: Any) -> None:
    sage.faults = [401, {"status": 400, "body": b'{"message":"no","value":1.10}'}]
    seen: list[Exchange] = []
    client.post("sop_orders", ORDER, observe=seen.append)
    assert [(one.method, one.path, one.request_body, one.status) for one in seen] == [
        ("POST", "/sop_orders", ORDER, 401),
        ("POST", "/sop_orders", ORDER, 400),
    ]
    assert seen[1].response_body == {"message": "no", "value": Decimal("1.10")}
    assert seen[1].duration_ms >= 0
    assert "token" not in repr(seen)


def test_put_and_delete_name_the_record(client: Sage200Client, sage: Any) -> None:
    sage.faults = [200, {"status": 200, "body": b'{"id":5}'}]
    assert client.delete("sop_orders", 5) == Done(None, 200)
    assert client.put("sop_orders", 5, {"is_editing": False}) == Done({"id": 5}, 200)
    assert [(one.method, one.path) for one in sage.api_requests()] == [
        ("DELETE", "/api/sop_orders/5"),
        ("PUT", "/api/sop_orders/5"),
    ]


def test_a_float_in_the_body_is_a_defect_and_is_not_sent(client: Sage200Client, sage: Any) -> None:
    with pytest.raises(TypeError, match="float"):
        client.post("sop_orders", {"payment_value": 1.5})
    assert sage.seen == []


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (
            {"customer_document_no": "31 characters, one over the most"[:31]},
            [
                (
                    "sop_orders customer_document_no is '31 characters, one over the mos': "
                    "Sage 200 takes 30 characters, this has 31. Shorten it."
                )
            ],
        ),
        (
            {"colour": "red", "order_priority": None},
            [
                "sop_orders colour is 'red': Sage 200 has no such field. Leave it out.",
                "sop_orders order_priority is None: Sage 200 refuses null. Leave the field out.",
            ],
        ),
        (
            dict.fromkeys("abcde", 1),
            [
                *(f"sop_orders {a} is 1: Sage 200 has no such field. Leave it out." for a in "abc"),
                "And 2 more.",
            ],
        ),
    ],
)
def test_what_breaks_the_contract_is_refused_here_and_never_sent(
    client: Sage200Client, sage: Any, change: dict[str, Any], sentences: list[str]
) -> None:
    text = " ".join(["Not sent:", *sentences])
    assert client.post("sop_orders", ORDER | change) == Refused(text, None)
    assert client.put("sop_orders", 5, change) == Refused(text, None)
    assert sage.seen == []


def test_a_document_of_a_later_release_can_be_sent_all_the_same(
    make_client: Make, sage: Any
) -> None:
    client = make_client(user_agent="magento-sage200 (deliberate)")
    newer = ORDER | {"use_header_requested_date": True}
    assert isinstance(client.post("sop_orders", newer, checked=False), Done)
    client.post("sop_orders_status", {"id": 1, "status": "x"})
    assert [seen.path for seen in sage.seen[-2:]] == ["/api/sop_orders", "/api/sop_orders_status"]
