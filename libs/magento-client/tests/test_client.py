"""The client against a scripted shop: access, retries, pace, and writes that are never doubled."""

from __future__ import annotations

import base64
import json
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from magento_client import (
    AuthMethod,
    Condition,
    InDoubtError,
    LoginRefusedError,
    MagentoClient,
    MagentoError,
    MagentoSettings,
    NotAuthorisedError,
    NotJsonError,
    RetryLaterError,
    SearchCriteria,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

OAUTH1 = {
    "auth_method": "oauth1",
    "consumer_key": "ck",
    "consumer_secret": "SECRET-cs",
    "access_token": "at",
    "access_token_secret": "SECRET-ats",
}
ADMIN = {"auth_method": "admin", "access_token": "", "username": "tap", "password": "SECRET-pw"}


def _settings(base_url: str, config: dict[str, Any]) -> MagentoSettings:
    return MagentoSettings.from_config({"base_url": base_url, **config})


def test_a_read_sends_token_name_and_criteria_and_no_cookie(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient]
) -> None:
    page = {"items": [{"entity_id": 8}], "total_count": 1}
    shop.will_answer(reply(body=page, headers={"Set-Cookie": "PHPSESSID=abc"}), reply(body=page))
    client = client_for(user_agent="tap-magento/9")
    criteria = SearchCriteria().where("entity_id", Condition.GT, 7).sized(2)
    for _ in range(2):
        answer = client.search("V1/orders", criteria)
    assert answer.items == [{"entity_id": 8}]
    assert answer.shop_time is not None
    assert answer.shop_time.isoformat() == "2026-11-23T07:23:37+00:00"
    first, second = shop.received
    assert first.path.startswith("/rest/V1/orders?searchCriteria%5Bfilter_groups%5D")
    assert first.headers["Authorization"] == "Bearer integration-token"
    assert first.headers["User-Agent"] == "tap-magento/9"
    assert first.headers["Accept"] == "application/json"
    assert "Cookie" not in second.headers


@pytest.mark.parametrize(
    ("failures", "pauses"),
    [
        ([{"status": 500, "body": {"message": "Internal Error"}}], [1.0]),
        ([{"status": 503, "body": b"<html>"}, {"status": 502, "body": b"<html>"}], [1.0, 2.0]),
        ([{"status": 429, "headers": {"Retry-After": "7"}}], [8.0]),
        ([{"status": 503, "headers": {"Retry-After": "Mon, 23 Nov 2026 07:23:57 GMT"}}], [21.0]),
        ([{"cut": True}, {"cut": True}, {"cut": True}], [1.0, 2.0, 4.0]),
        ([{"body": b'{"items":['}], [1.0]),
        ([{"body": ["cut", "short"], "missing": 3}], [1.0]),
    ],
)
def test_reads_are_retried_with_growing_pauses_or_the_shops_own(
    *,
    shop: Any,
    reply: Any,
    client_for: Callable[..., MagentoClient],
    fake_time: Any,
    failures: list[dict[str, Any]],
    pauses: list[float],
) -> None:
    shop.will_answer(*(reply(**failure) for failure in failures), reply(body=["ok"]))
    assert client_for().get("V1/modules").body == ["ok"]
    assert fake_time.pauses == pauses
    assert len(shop.received) == len(failures) + 1


def test_one_connection_serves_request_after_request(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient]
) -> None:
    shop.will_answer(reply(body={"items": [{"a": 1}], "total_count": 1}))
    client = client_for()
    for _ in range(3):
        assert len(client.search_rows("V1/orders", SearchCriteria()).rows) == 1
    assert len(shop.received) == 3
    assert len({request.connection for request in shop.received}) == 1


def test_retries_end_and_the_message_names_the_question(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient], fake_time: Any
) -> None:
    shop.will_answer(reply(status=500, body={"message": "Internal Error"}))
    criteria = SearchCriteria().where("entity_id", Condition.GT, 41).sized(100)
    with pytest.raises(RetryLaterError) as caught:
        client_for(max_attempts=3).search("V1/orders", criteria)
    assert str(caught.value) == (
        "GET /rest/V1/orders (where entity_id gt 41, page 1 of 100 rows) was answered 500 "
        "(Internal Error); try again when the shop answers again (gave up after 3 tries)."
    )
    assert fake_time.pauses == [1.0, 2.0]


def test_a_retry_after_beyond_the_limit_ends_the_run_at_once(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient], fake_time: Any
) -> None:
    shop.will_answer(reply(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(RetryLaterError) as caught:
        client_for().get("V1/orders")
    assert caught.value.retry_after == 3600
    assert fake_time.pauses == []


@pytest.mark.parametrize(
    "failure",
    [{"cut": True}, {"status": 500, "body": {"message": "x"}}, {"status": 504, "body": b"<html>"}],
)
def test_a_write_that_must_not_be_doubled_is_sent_once_and_in_doubt(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient], failure: dict[str, Any]
) -> None:
    shop.will_answer(reply(**failure))
    with pytest.raises(InDoubtError, match="look there before sending it again"):
        client_for().post("V1/order/1/ship", {"items": []})
    assert len(shop.received) == 1


@pytest.mark.parametrize("failure", [{"cut": True}, {"status": 500, "body": {"message": "x"}}])
def test_an_idempotent_write_is_repeated(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient], failure: dict[str, Any]
) -> None:
    shop.will_answer(reply(**failure), reply(body=[]))
    body = {"sourceItems": [{"sku": "A", "quantity": Decimal("12.5000"), "status": 1}]}
    assert client_for().post("V1/inventory/source-items", body, retry=True).body == []
    assert [r.body for r in shop.received] == [
        b'{"sourceItems":[{"sku":"A","quantity":12.5000,"status":1}]}'
    ] * 2
    assert shop.received[0].headers["Content-Type"] == "application/json"


def test_a_write_that_the_shop_turned_away_is_repeated_even_if_not_idempotent(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient]
) -> None:
    shop.will_answer(reply(status=429), reply(body="25"))
    assert client_for().post("V1/order/1/ship", {}).body == "25"


def test_the_request_budget_spaces_requests(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient], fake_time: Any
) -> None:
    shop.will_answer(reply(body=[]))
    client = client_for(max_requests_per_second=4)
    for _ in range(4):
        client.get("V1/modules")
    assert fake_time.pauses == [0.25, 0.25, 0.25]


def test_oauth1_signs_with_hmac_sha256(shop: Any, reply: Any) -> None:
    shop.will_answer(reply(body={"items": [], "total_count": 0}))
    with MagentoClient(_settings(shop.base_url, OAUTH1)) as client:
        client.search("V1/orders", SearchCriteria().where("sku", Condition.EQ, "A+B é"))
    header = shop.received[0].headers["Authorization"]
    assert header.startswith("OAuth ")
    assert 'oauth_signature_method="HMAC-SHA256"' in header
    assert "SECRET" not in header


def test_oauth1_refuses_more_groups_than_every_magento_can_check(shop: Any, reply: Any) -> None:
    criteria = SearchCriteria()
    for number in range(11):
        criteria = criteria.where("entity_id", Condition.NEQ, number)
    with (
        MagentoClient(_settings(shop.base_url, OAUTH1)) as client,
        pytest.raises(ValueError, match="at most 10 filter groups"),
    ):
        client.search("V1/orders", criteria)
    assert shop.received == []


def _jwt(issued: int, expires: int) -> str:
    claims = json.dumps({"iat": issued, "exp": expires}).encode()
    return f"h.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.s"


@pytest.mark.parametrize(("token", "renewed_after"), [(_jwt(100, 1100), 800), ("opaque", 2880)])
def test_an_admin_token_is_renewed_before_it_expires(
    *,
    shop: Any,
    reply: Any,
    client_for: Callable[..., MagentoClient],
    fake_time: Any,
    token: str,
    renewed_after: int,
) -> None:
    shop.will_answer(reply(body=token), *[reply(body=[])] * 2, reply(body="new"), reply(body=[]))
    client = client_for(**{**ADMIN, "auth_method": AuthMethod.ADMIN})
    client.get("V1/modules")
    fake_time.now += renewed_after - 1
    client.get("V1/modules")
    fake_time.now += 1
    client.get("V1/modules")
    sent = [(r.method, r.headers.get("Authorization")) for r in shop.received]
    assert sent == [
        ("POST", None),
        ("GET", f"Bearer {token}"),
        ("GET", f"Bearer {token}"),
        ("POST", None),
        ("GET", "Bearer new"),
    ]
    assert json.loads(shop.received[0].body) == {"username": "tap", "password": "SECRET-pw"}


def test_an_admin_token_that_was_revoked_is_renewed_once(shop: Any, reply: Any) -> None:
    denied = reply(status=401, body={"message": "no %r", "parameters": {"r": "x"}})
    shop.will_answer(reply(body="old"), denied, reply(body="new"), reply(body=["ok"]))
    with MagentoClient(_settings(shop.base_url, ADMIN)) as client:
        assert client.get("V1/modules").body == ["ok"]


def test_a_wrong_admin_password_stops_with_the_shops_words(
    shop: Any, reply: Any, caplog: pytest.LogCaptureFixture
) -> None:
    shop.will_answer(reply(status=401, body={"message": "The account sign-in was incorrect."}))
    with (
        caplog.at_level(logging.DEBUG),
        MagentoClient(_settings(shop.base_url, ADMIN)) as client,
        pytest.raises(NotAuthorisedError, match="sign-in was incorrect") as caught,
    ):
        client.get("V1/modules")
    assert "SECRET" not in str(caught.value) + caplog.text


def test_a_refused_admin_login_is_not_tried_again(shop: Any, reply: Any) -> None:
    """Magento locks an account after a few wrong passwords."""
    shop.will_answer(reply(status=401, body={"message": "The account sign-in was incorrect."}))
    with MagentoClient(_settings(shop.base_url, ADMIN)) as client:

        def ask(path: str) -> str:
            with pytest.raises(LoginRefusedError, match="sign-in was incorrect") as caught:
                client.get(path)
            return str(caught.value)

        with ThreadPoolExecutor(8) as threads:
            said = set(threads.map(ask, [f"V1/{n}" for n in range(24)]))
    assert len(said) == 1
    assert len(shop.received) == 1


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "words"),
    [("127.0.0.1", "cannot reach"), ("no-such-shop.invalid", "cannot reach")],
)
def test_an_unreachable_shop_is_one_sentence_and_nothing_is_in_doubt(
    client_for: Callable[..., MagentoClient], host: str, words: str
) -> None:
    client = client_for(base_url=f"http://{host}:{_closed_port()}", max_attempts=2)
    for send in (lambda: client.get("V1/x"), lambda: client.post("V1/x", {})):
        with pytest.raises(UnreachableError, match=words) as caught:
            send()
        assert "check base_url and the network (gave up after 2 tries)." in str(caught.value)


def test_a_log_in_page_is_not_retried(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient]
) -> None:
    shop.will_answer(reply(body=b"<html><title>Log in</title>", content_type="text/html"))
    with pytest.raises(NotJsonError, match="Log in"):
        client_for().get("V1/orders")
    assert len(shop.received) == 1


def test_query_values_of_a_plain_read_stay_out_of_messages(
    shop: Any, reply: Any, client_for: Callable[..., MagentoClient]
) -> None:
    shop.will_answer(reply(status=400, body={"message": "no"}))
    with pytest.raises(MagentoError) as caught:
        client_for().get("V1/customers/password", {"token": "SECRET"})
    assert "SECRET" not in str(caught.value)
