"""Points 1, 2 and 17: a slow, sometimes absent server, and what it has done nevertheless."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def faulty_url(new_company: Callable[[], str]) -> str:
    return new_company()


@pytest.fixture
def faulty(play: Callable[..., Any], faulty_url: str) -> Iterator[Any]:
    """A stand-in whose faults are gone after the test."""
    sage = play(faulty_url).sign_in()
    yield sage
    requests.delete(f"{sage.base_url}/__faults", timeout=10)


def strike(sage: Any, **rule: Any) -> None:
    """Let the next POST of an order be struck."""
    rule = {"method": "POST", "path": "*/sop_orders", "count": 1} | rule
    answer = requests.post(f"{sage.base_url}/__faults", json=rule, timeout=10)
    assert answer.status_code == 200, answer.text


def orders(sage: Any) -> int:
    ((count,),) = sage.sql('select count(*) from dbo."SOPOrderReturn"')
    return int(count)


@pytest.mark.parametrize(
    ("rule", "status", "made"),
    [
        ({"action": "status", "status": 429}, 429, 0),
        ({"action": "status", "status": 502}, 502, 0),
        ({"action": "status", "status": 503}, 503, 0),
        ({"action": "status", "status": 504}, 504, 0),
        ({"action": "status", "status": 504, "moment": "after"}, 504, 1),
        ({"action": "cut"}, None, 0),
        ({"action": "cut", "moment": "after"}, None, 1),
        ({"action": "hang"}, None, 0),
        ({"action": "hang", "moment": "after"}, None, 1),
        ({"action": "delay", "delay_ms": 50}, 200, 1),
        ({"action": "expired_token"}, 401, 0),
        ({"action": "wrong_company"}, 401, 0),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_what_is_done_and_what_is_told_are_two_things(
    faulty: Any, rule: dict[str, Any], status: int | None, made: int
) -> None:
    body = faulty.order(faulty.free_text("1.00"))
    before = orders(faulty)
    strike(faulty, **rule)
    try:
        answer = faulty.session.post(faulty.api + "/sop_orders", json=_plain(body), timeout=1)
    except (requests.ConnectionError, requests.ReadTimeout):
        assert status is None
    else:
        assert answer.status_code == status
        assert (answer.content == b"") is (status == 401)
    assert orders(faulty) - before == made
    assert faulty.send("POST", "/sop_orders", body).status_code == 200


def test_revoked_tokens_stay_so_until_they_are_refreshed(faulty: Any) -> None:
    token = faulty.new_refresh_token()
    first = faulty.refresh(token).json()
    faulty.session.headers["Authorization"] = f"Bearer {first['access_token']}"
    strike(faulty, action="revoked_tokens", method="*", path="*")
    assert [faulty.send("GET", "/tax_codes").status_code for _ in range(2)] == [401, 401]
    again = faulty.refresh(first["refresh_token"])
    assert again.status_code == 200
    faulty.session.headers["Authorization"] = f"Bearer {again.json()['access_token']}"
    assert faulty.send("GET", "/tax_codes").status_code == 200


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    lines = [line | {"selling_unit_price": 1} for line in body["lines"]]
    return body | {"lines": lines}
