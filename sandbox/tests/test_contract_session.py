"""The suite-wide contract check bites: an inner pytest session with one bad request ends red.

The inner sessions run in one child process, one after another, each with one test that sends its
request to a served application with the stand-in's recorder before it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.contract.request_check import RequestCheck, Sent, Verdict

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = {
    "User-Agent": "target-sage200",
    "Authorization": "Bearer the-access-token",
    "X-Site": "s",
    "X-Company": "1",
    "Content-Type": "application/json",
}
LINE = {"line_type": "EnumLineTypeFreeText"}
ORDER = {"customer_id": 1, "document_date": "2026-01-31T00:00:00Z", "lines": [LINE]}
INNER_TEST = """
import contextlib, json, os, subprocess, sys
import pytest, requests

@contextlib.contextmanager
def own_process():
    command = [sys.executable, "stand_in.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip()
        process.kill()

@pytest.mark.parametrize("sent", json.loads(os.environ["SENT"]))
def test_sends(sent):
    running = os.environ.get("STAND_IN")
    with contextlib.nullcontext(running) if running else own_process() as url:
        url += "/uk/sage200extra/accounts/v1" + sent.pop("path")
        assert requests.request(url=url, timeout=20, **sent).status_code == 200
"""
STAND_IN = """
from sandbox.contract_journal import journal_folder
from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.contract.recorder import ContractRecorder
from sandbox.serving import run_forever
from starlette.responses import Response

async def app(scope, receive, send):
    # Made for each request, because the folder is another one in each inner session.
    inner = ContractRecorder(Response(b"[]"), behaviour=Behaviour(), folder=journal_folder())
    await inner(scope, receive, send)

if __name__ == "__main__":
    run_forever(app, "127.0.0.1", 0, lambda url: print(url, flush=True))
"""
SESSIONS = """
import contextlib, io, json, os, sys
import pytest
from sandbox.serving import serve
from stand_in import app
with serve(app) as os.environ["STAND_IN"]:
    for line in sys.stdin:
        asked = json.loads(line)
        os.environ["SENT"] = json.dumps(asked["sent"])
        sys.modules.pop("inner.test_first", None)
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            code = pytest.main(["-p", "sandbox.contract_session", *asked["arguments"]])
        print(json.dumps([int(code), told.getvalue()]), flush=True)
"""
# Without looking for plugins and collecting garbage an inner session takes a tenth of the time.
QUICK = ["no:cacheprovider", "no:unraisableexception", "no:threadexception", "no:faulthandler"]


def get(path: str, **more: Any) -> dict[str, Any]:
    return {"method": "GET", "path": path, "headers": HEADERS, **more}


def post(path: str = "/sop_orders", method: str = "POST", **changes: Any) -> dict[str, Any]:
    return {"method": method, "path": path, "headers": HEADERS, "json": ORDER | changes}


def line(**changes: Any) -> dict[str, Any]:
    return post(lines=[LINE | changes])


def without(name: str) -> dict[str, Any]:
    return get("/products", headers={key: HEADERS[key] for key in HEADERS if key != name})


VIOLATIONS = {
    "unknown field": (post(colour="red"), "member 'colour'"),
    "unknown field of a line": (line(sku="A"), "member 'lines[0].sku'"),
    "read-only field": (post(total_net_value=1), "'total_net_value' is read-only"),
    "read-only field of a line": (line(line_total_value=1), "'lines[0].line_total_value' is read"),
    "length": (post(customer_document_no="x" * 31), "'customer_document_no' must be a string with"),
    "type": (post(customer_id="1"), "'customer_id' must be a whole number"),
    "type of a number": (line(line_quantity="2"), "'lines[0].line_quantity' must be a number"),
    "decimals": (line(selling_unit_price=1.123456), "'lines[0].selling_unit_price' must have at"),
    "word of a list": (line(line_type="Standard"), "'lines[0].line_type' must be one of"),
    "null": (post(order_priority=None), "'order_priority' must not be null"),
    "bare date": (post(document_date="2026-01-31"), "'document_date' must be a date with a time"),
    "missing field": (post(lines=[{}]), "'lines[0].line_type' is required"),
    "field of an amendment": (post("/sop_orders/5", "PUT", colour=1), "member 'colour'"),
    "no JSON": ({**get("/sop_orders"), "method": "POST", "data": "{"}, "is not JSON"),
    "no body": ({**get("/sop_orders"), "method": "POST"}, "is not JSON"),
    "body of a read": (get("/products", data="{}"), "takes no body"),
    "unknown resource": (get("/stock_items"), "no resource /stock_items"),
    "unknown verb": ({**get("/sop_orders/5"), "method": "PATCH"}, "no PATCH /sop_orders/5"),
    "unknown filter field": (get("/products?$filter=sku eq 'A'"), "property named 'sku'"),
    "unknown field within brackets": (
        get("/products?$filter=id gt 1 and (code eq 'A' or sku eq 'B')"),
        "property named 'sku'",
    ),
    "unknown function field": (get("/products?$filter=contains(sku,'A')"), "property named 'sku'"),
    "text compared with a number": (get("/products?$filter=code eq 5"), "must be a text in quotes"),
    "number compared with a text": (get("/products?$filter=id eq '5'"), "must be a number"),
    "function of a number": (get("/products?$filter=contains(id,'5')"), "'id' is none"),
    "filter that is none": (get("/products?$filter=code in ('A')"), "Syntax error"),
    "unknown select field": (get("/products?$select=id,sku"), "property named 'sku'"),
    "unknown field inside": (get("/sop_orders?$select=lines.sku"), "property named 'lines.sku'"),
    "unknown order field": (get("/products?$orderby=sku"), "property named 'sku'"),
    "unknown expand": (get("/sop_orders?$expand=colours"), "property named 'colours'"),
    "$skip without $orderby": (get("/products?$skip=5"), "only be used together with '$orderby'"),
    "$top over the limit": (get("/products?$top=5001"), "over the limit of 5000"),
    "unknown option": (get("/products?$search=x"), "'$search' is not supported"),
    "option without its sign": (get("/products?filter=x"), "'filter' is unknown"),
    "no company": (without("X-Company"), "'X-Company' is missing"),
    "no site": (without("X-Site"), "'X-Site' is missing"),
    "no token": (without("Authorization"), "must hold a bearer token"),
    "no media type": (
        {**post(), "headers": {**HEADERS, "Content-Type": "text/plain"}},
        "must be sent as application/json",
    ),
}
EACH_KIND = (
    "unknown field",
    "read-only field",
    "length",
    "type",
    "null",
    "bare date",
    "unknown filter field",
    "$skip without $orderby",
    "unknown resource",
)
KEPT = {
    "an order": post(),
    "a read with every option": get(
        "/sop_orders?$filter=(id gt 5 or document_no eq 'O''Brien') and document_date ge 2026-01-31"
        "&$select=id,customer.name,lines.code&$orderby=id desc&$top=5000&$skip=5&$expand=lines"
    ),
    "a lock": get("/sop_orders/5?$expand=is_to_lock"),
    "the companies": {**without("X-Company"), "path": "/sites"},
    "a return as later releases take it": post("/sop_returns"),
}


def agent(name: str) -> dict[str, Any]:
    return {**get("/stock_items"), "headers": {**HEADERS, "User-Agent": name}}


NOT_COUNTED = {
    "deliberate": (agent("target-sage200 (deliberate)"), "1 deliberate"),
    "by hand": (agent("python-requests/2.32.3"), "1 by hand"),
}
ASKED_BY_OTHERS = [{**agent(name), "path": "/sites"} for name in ("magento-sage200", "tap-sage200")]
WHOLE_SUITE = {
    "all programs seen": ([*ASKED_BY_OTHERS, post()], [], None),
    "a program missing": (
        [ASKED_BY_OTHERS[0], post()],
        [],
        "No request of tap-sage200 was checked",
    ),
    "nothing sent": ([], [], "No request of target-sage200 was checked"),
    "no write": ([*ASKED_BY_OTHERS, get("/sites")], [], "No POST of our programs"),
    "a part of the suite": ([], ["-k", "test"], None),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("inner")
    (made / "inner").mkdir()
    (made / "inner" / "test_first.py").write_text(INNER_TEST, "utf-8")
    (made / "stand_in.py").write_text(STAND_IN, "utf-8")
    options = " ".join(f"-p {name}" for name in QUICK)
    (made / "pytest.ini").write_text(
        f"[pytest]\ntestpaths = inner\naddopts = --import-mode=importlib {options}\n", "utf-8"
    )
    return made


@pytest.fixture(scope="module")
def sessions(folder: Path) -> dict[str, tuple[int, str]]:
    """What each inner session said, and its exit code."""
    asked: dict[str, Any] = {}
    one = ["inner/test_first.py"]
    for name in EACH_KIND:
        asked[name] = {"sent": [VIOLATIONS[name][0]], "arguments": one}
    for name, (sent, _) in NOT_COUNTED.items():
        asked[name] = {"sent": [sent], "arguments": one}
    asked["kept"] = {"sent": list(KEPT.values()), "arguments": one}
    for name, (requests, arguments, _) in WHOLE_SUITE.items():
        asked[name] = {"sent": requests or [agent("python-requests/2")], "arguments": arguments}
    done = subprocess.run(
        [sys.executable, "-c", SESSIONS],
        input="\n".join(map(json.dumps, asked.values())),
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    said = map(json.loads, done.stdout.splitlines())
    return {name: (code, text) for name, (code, text) in zip(asked, said, strict=True)}


def verdict_on(sent: dict[str, Any]) -> Verdict:
    path, _, query = sent["path"].partition("?")
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    body = json.dumps(sent["json"]) if "json" in sent else sent.get("data", "")
    options = dict(parse_qsl(query))
    return RequestCheck(Behaviour()).check(
        Sent(sent["method"], path, options, headers, body.encode())
    )


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_is_named(name: str) -> None:
    sent, words = VIOLATIONS[name]
    (sentence,) = verdict_on(sent).violations
    assert words in sentence


@pytest.mark.parametrize("name", KEPT)
def test_what_keeps_the_contract_is_let_through(name: str) -> None:
    assert verdict_on(KEPT[name]).violations == ()


@pytest.mark.parametrize("name", EACH_KIND)
def test_one_violation_ends_the_session_red_and_is_named(
    sessions: dict[str, tuple[int, str]], name: str
) -> None:
    code, said = sessions[name]
    assert VIOLATIONS[name][1] in said
    assert "1 passed" in said, "the test itself must not be what fails"
    assert "inner/test_first.py::test_sends[sent0] (call)" in said
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "the-access-token" not in said


def test_what_keeps_the_contract_ends_green_and_is_counted(
    sessions: dict[str, tuple[int, str]],
) -> None:
    code, said = sessions["kept"]
    assert code == pytest.ExitCode.OK, said
    assert f"{len(KEPT)} requests of our programs checked, 0 break the contract" in said
    assert "GET sites 1, GET sop_orders 2, POST sop_orders 1, POST sop_returns 1" in said


@pytest.mark.parametrize("name", NOT_COUNTED)
def test_what_tests_send_wrong_on_purpose_is_not_counted(
    sessions: dict[str, tuple[int, str]], name: str
) -> None:
    code, said = sessions[name]
    assert code == pytest.ExitCode.OK
    assert NOT_COUNTED[name][1] in said


@pytest.mark.parametrize("name", WHOLE_SUITE)
def test_a_whole_run_that_checked_nothing_is_red(
    sessions: dict[str, tuple[int, str]], name: str
) -> None:
    code, said = sessions[name]
    words = WHOLE_SUITE[name][2]
    assert code == (pytest.ExitCode.OK if words is None else pytest.ExitCode.TESTS_FAILED), said
    assert (words or "Sage 200 contract") in said


def test_workers_and_processes_that_tests_start_are_seen(folder: Path) -> None:
    (folder / "inner" / "test_second.py").write_text(INNER_TEST, "utf-8")
    command = ["-m", "pytest", "-p", "xdist.plugin", "-n", "2", "--dist", "loadfile"]
    sent = json.dumps([post(colour="red")])
    done = subprocess.run(
        [sys.executable, *command, "-p", "sandbox.contract_session", "inner"],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "SENT": sent},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "2 passed" in done.stdout
    assert "2 requests of our programs checked, 2 break the contract" in done.stdout
    assert "member 'colour'" in done.stdout
