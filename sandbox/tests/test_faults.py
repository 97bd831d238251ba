"""Each fault does what its rule says, and only to the requests it names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import requests
from sandbox.faults import Fault, FaultInjector, Meddling
from sandbox.serving import serve
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request


@pytest.fixture
def done() -> list[str]:
    """What the application behind the faults has done."""
    return []


@pytest.fixture
def injector(done: list[str]) -> FaultInjector:
    async def act(request: Request) -> JSONResponse:
        body = await request.body()
        done.append(f"{request.method} {request.url.path} {body.decode()}".strip())
        return JSONResponse({"done": len(done), "who": request.headers.get("authorization")})

    return FaultInjector(
        Starlette(routes=[Route("/{rest:path}", act, methods=["GET", "POST"])]),
        meddling=Meddling(
            headers={"expired_token": {"Authorization": "Bearer ended"}},
            revoke_tokens=lambda: done.append("revoked"),
        ),
    )


@pytest.fixture
def base_url(injector: FaultInjector) -> Iterator[str]:
    with serve(injector) as url:
        yield url


def get(url: str) -> int:
    return requests.get(url, timeout=10).status_code


def test_no_rule_no_harm(base_url: str) -> None:
    assert requests.get(f"{base_url}/a", timeout=10).json() == {"done": 1, "who": None}


def test_status_before_the_handler_leaves_nothing_done(
    base_url: str, injector: FaultInjector, done: list[str]
) -> None:
    injector.replace([Fault("status", status=429, headers={"Retry-After": "7"}, body="slow down")])
    answer = requests.get(f"{base_url}/a", timeout=10)
    assert (answer.status_code, answer.headers["Retry-After"], answer.text) == (
        429,
        "7",
        "slow down",
    )
    assert done == []


def test_status_after_the_handler_hides_work_that_was_done(
    base_url: str, injector: FaultInjector, done: list[str]
) -> None:
    injector.replace([Fault("status", "after", status=502)])
    assert requests.post(f"{base_url}/a", data="x", timeout=10).status_code == 502
    assert done == ["POST /a x"]


@pytest.mark.parametrize(
    ("fault", "error", "expected"),
    [
        (Fault("cut", count=1), requests.ConnectionError, []),
        (Fault("cut", "after", count=1), requests.ConnectionError, ["POST /a x"]),
        (Fault("hang", count=1), requests.ReadTimeout, []),
        (Fault("hang", "after", count=1), requests.ReadTimeout, ["POST /a x"]),
    ],
    ids=["cut before", "cut after", "hang before", "hang after"],
)
def test_cut_and_hang_give_no_byte_of_an_answer(
    base_url: str,
    injector: FaultInjector,
    done: list[str],
    fault: Fault,
    error: type[Exception],
    expected: list[str],
) -> None:
    injector.replace([fault])
    with pytest.raises(error):
        requests.post(f"{base_url}/a", data="x", timeout=1)
    assert done == expected
    assert get(f"{base_url}/b") == 200


@pytest.mark.parametrize("moment", ["before", "after"])
def test_delay_is_waited_and_the_request_goes_on(
    base_url: str, injector: FaultInjector, done: list[str], moment: str
) -> None:
    injector.replace([Fault("delay", "before" if moment == "before" else "after", delay_ms=300)])
    start = time.monotonic()
    assert get(f"{base_url}/a") == 200
    assert time.monotonic() - start >= 0.3
    assert done == ["GET /a"]


def test_late_answer_of_finished_work_is_a_timeout_for_the_client(
    base_url: str, injector: FaultInjector, done: list[str]
) -> None:
    injector.replace([Fault("delay", "after", delay_ms=1000)])
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{base_url}/a", data="x", timeout=0.2)
    assert done == ["POST /a x"]


def test_an_expired_token_is_one_the_application_does_not_know(
    base_url: str, injector: FaultInjector
) -> None:
    injector.replace([Fault("expired_token", count=1)])
    headers = {"authorization": "Bearer young"}
    answers = [requests.get(base_url, headers=headers, timeout=10).json() for _ in range(2)]
    assert [answer["who"] for answer in answers] == ["Bearer ended", "Bearer young"]


def test_revoked_tokens_are_revoked_before_the_request_goes_on(
    base_url: str, injector: FaultInjector, done: list[str]
) -> None:
    injector.replace([Fault("revoked_tokens", count=1)])
    assert get(f"{base_url}/a") == 200
    assert get(f"{base_url}/a") == 200
    assert done == ["revoked", "GET /a", "GET /a"]


def test_a_rule_beside_others_leaves_their_counters(base_url: str) -> None:
    control = f"{base_url}/__faults"
    requests.post(control, json={"action": "status", "path": "/a"}, timeout=10)
    assert get(f"{base_url}/a") == 503
    found = requests.patch(control, json={"action": "cut", "path": "/b"}, timeout=10).json()
    assert [(rule["fault"]["action"], rule["struck"]) for rule in found] == [
        ("status", 1),
        ("cut", 0),
    ]


def faults(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.main(["faults", *arguments])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_faults_are_switched_from_the_command_line(
    base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = faults(capsys, base_url, "busy", "--path", "/a", "--count", "1")
    assert code == 0
    assert "status=429" in told
    assert [get(f"{base_url}/a") for _ in range(2)] == [429, 200]
    assert faults(capsys, base_url, "down", "--status", "500", "--add")[0] == 0
    assert get(f"{base_url}/b") == 500
    listed = faults(capsys, base_url)[1].splitlines()
    assert [line.rpartition(": ")[2] for line in listed] == ["saw 2, struck 1", "saw 1, struck 1"]
    assert faults(capsys, base_url, "none") == (0, "")
    assert get(f"{base_url}/a") == 200


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("wrong-company",), "nothing that wrong_company could strike"),
        (("busy", "--share", "2"), "0 to 1"),
    ],
)
def test_the_command_tells_what_cannot_be_set(
    base_url: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], why: str
) -> None:
    code, told = faults(capsys, base_url, *arguments)
    assert code == 1
    assert why in told


def test_the_command_tells_where_nobody_listens(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = faults(capsys, "http://127.0.0.1:9", "busy")
    assert code == 1
    assert "can't be set" in told


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("status", method="POST"), [200, 200, 200, 200]),
        (Fault("status", path="/a/*"), [503, 200, 200, 503]),
        (Fault("status", path="*/2"), [200, 200, 503, 503]),
        (Fault("status", count=2), [503, 503, 200, 200]),
        (Fault("status", skip=1, count=1), [200, 503, 200, 200]),
        (Fault("status", share=0), [200, 200, 200, 200]),
    ],
    ids=["method", "path start", "path end", "count", "skip then count", "share of none"],
)
def test_rule_strikes_only_what_it_names(
    base_url: str, injector: FaultInjector, fault: Fault, expected: list[int]
) -> None:
    injector.replace([fault])
    assert [get(base_url + path) for path in ("/a/1", "/b/1", "/b/2", "/a/2")] == expected


def test_share_is_repeatable_by_its_seed(base_url: str, injector: FaultInjector) -> None:
    def series(seed: int) -> list[int]:
        injector.replace([Fault("status", share=0.5, seed=seed)])
        return [get(f"{base_url}/a") for _ in range(24)]

    assert series(1) == series(1)
    assert series(1) != series(2)
    assert set(series(1)) == {200, 503}


def test_delays_add_up_and_the_first_refusal_decides(
    base_url: str, injector: FaultInjector
) -> None:
    injector.replace(
        [
            Fault("delay", delay_ms=100),
            Fault("delay", delay_ms=100),
            Fault("status", status=429),
            Fault("status", status=500),
        ]
    )
    start = time.monotonic()
    assert get(f"{base_url}/a") == 429
    assert time.monotonic() - start >= 0.2


def test_rules_are_switched_over_http(base_url: str) -> None:
    control = f"{base_url}/__faults"
    rule = {"action": "status", "status": 429, "path": "/a"}
    assert requests.post(control, json=rule, timeout=10).status_code == 200
    assert get(f"{base_url}/a") == 429
    assert requests.get(control, timeout=10).json() == [{"fault": rule, "seen": 1, "struck": 1}]
    assert requests.post(control, json=[rule, rule], timeout=10).json()[1]["seen"] == 0
    assert requests.delete(control, timeout=10).json() == []
    assert get(f"{base_url}/a") == 200


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"action": "explode"}, "explode"),
        ({"action": "status", "statsu": 500}, "statsu"),
        ({"action": "status", "status": 1000}, "599"),
        ({"action": "status", "share": 2}, "0 to 1"),
        ({"action": "delay", "delay_ms": -1}, "negative"),
        ({"action": "expired_token", "moment": "after"}, "before the work"),
        ({"action": "wrong_company"}, "nothing that wrong_company could strike"),
        ("[", "truncated"),
    ],
)
def test_rule_that_makes_no_sense_is_refused_and_changes_nothing(
    base_url: str, injector: FaultInjector, rule: object, why: str
) -> None:
    injector.replace([Fault("status", status=429)])
    if isinstance(rule, str):
        answer = requests.post(f"{base_url}/__faults", data=rule, timeout=10)
    else:
        answer = requests.post(f"{base_url}/__faults", json=rule, timeout=10)
    assert answer.status_code == 400
    assert why in answer.text
    assert len(injector.report()) == 1
