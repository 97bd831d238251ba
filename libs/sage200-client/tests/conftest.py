"""A PostgreSQL, and a small strict server that plays Sage's sign-in and API, with faults."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest
from sage200_client import Backoff, Sage200Client, Sage200Settings, TokenStore
from sandbox.contract_journal import journal_folder
from sandbox.postgres import embedded_postgres
from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.contract.recorder import Recorder
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SITE = "11111111-2222-4333-8444-555555555555"
CLIENT_SECRET = "the-client-secret-7f3a"
SEED = "the-seed-refresh-token-91bc"


@dataclass
class Seen:
    """One request that reached the server."""

    method: str
    path: str
    query: dict[str, str]
    raw_query: str
    headers: dict[str, str]
    content: bytes
    thread: int


@dataclass
class FakeSage:
    """The server's memory, and what it is told to do wrong.

    Each fault is used up by one request to the API (``faults``) or to the sign-in
    (``token_faults``): a number is a status, a dict has ``status``, ``body``, ``headers``; words
    are ``cut_before`` (close before acting), ``cut_after`` (act, then close), ``slow`` (act, then
    answer too late), ``half`` (act, then cut the answer in the middle).
    """

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[Any] = field(default_factory=list)
    token_faults: list[Any] = field(default_factory=list)
    refresh_tokens: set[str] = field(default_factory=lambda: {SEED})
    access_tokens: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refreshes: int = 0
    at_once: int = 0
    most_at_once: int = 0
    expires_in: int = 28800
    most_rows: int = 5000
    slow_seconds: float = 1.0
    wrap_lists: bool = False
    recorder: Recorder | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def api_requests(self) -> list[Seen]:
        return [one for one in self.seen if not one.path.startswith("/oauth")]

    def issue(self) -> dict[str, Any]:
        self.refreshes += 1
        refresh = f"refresh-token-number-{self.refreshes}"
        access = f"access-token-number-{self.refreshes}"
        self.refresh_tokens.add(refresh)
        self.access_tokens = {access}
        return {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": self.expires_in,
            "token_type": "Bearer",
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sage: FakeSage

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        sage = self.sage
        parts = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        query = {
            key.removeprefix("$"): unquote(value)
            for key, _, value in (pair.partition("=") for pair in parts.query.split("&") if pair)
        }
        headers = {key.lower(): value for key, value in self.headers.items()}
        with sage.lock:
            sage.seen.append(
                Seen(
                    self.command,
                    parts.path,
                    query,
                    parts.query,
                    headers,
                    content,
                    threading.get_ident(),
                )
            )
            sage.at_once += 1
            sage.most_at_once = max(sage.most_at_once, sage.at_once)
            faults = sage.token_faults if parts.path == "/oauth/token" else sage.faults
            fault = faults.pop(0) if faults else None
        if sage.recorder is not None and parts.path.startswith("/api/"):
            path = unquote(parts.path).removeprefix("/api")
            sage.recorder.record(self.command, path, parts.query, headers, content)
        self._under_way = True
        try:
            self._play(fault, parts.path, query, content)
        finally:
            self._done()

    def _done(self) -> None:
        """Count the request as over: before its answer leaves, as the client may go on then."""
        with self.sage.lock:
            self.sage.at_once -= self._under_way
            self._under_way = False

    def _play(self, fault: Any, path: str, query: dict[str, str], content: bytes) -> None:
        if isinstance(fault, int):
            fault = {"status": fault}
        if isinstance(fault, dict):
            self._answer(fault["status"], fault.get("body", b""), fault.get("headers", {}))
            return
        if fault == "cut_before":
            self._cut()
            return
        if path == "/oauth/token":
            status, body = self._token(content)
        else:
            status, body = self._api(path, query, content)
        if fault == "cut_after":
            self._cut()
        elif fault == "slow":
            time.sleep(self.sage.slow_seconds)
            with contextlib.suppress(OSError):  # the client may have gone meanwhile
                self._answer(status, body, {})
        elif fault == "half":
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + 100))
            self.end_headers()
            self.wfile.write(body)
            self._cut()
        else:
            self._answer(status, body, {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self._done()
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def _token(self, content: bytes) -> tuple[int, bytes]:
        form = {key: values[0] for key, values in parse_qs(content.decode()).items()}
        with self.sage.lock:
            if form.get("client_secret") != CLIENT_SECRET:
                return 401, b'{"error":"invalid_client","error_description":"Unauthorized"}'
            if form["grant_type"] == "authorization_code":
                login = self.sage.codes.pop(form["code"], None)
                if login is None or login["redirect_uri"] != form["redirect_uri"]:
                    return 403, b'{"error":"invalid_grant","error_description":"Invalid code"}'
                return 200, json.dumps(self.sage.issue()).encode()
            if form["refresh_token"] not in self.sage.refresh_tokens:
                text = "Unknown or invalid refresh token: " + form["refresh_token"]
                body = {"error": "invalid_grant", "error_description": text}
                return 403, json.dumps(body).encode()
            self.sage.refresh_tokens.discard(form["refresh_token"])
            return 200, json.dumps(self.sage.issue()).encode()

    def _api(self, path: str, query: dict[str, str], content: bytes) -> tuple[int, bytes]:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.sage.access_tokens:
            return 401, b""
        company = (self.headers.get("X-Site"), self.headers.get("X-Company"))
        if path != "/api/sites" and company != (SITE, "1"):
            return 401, b""
        if self.command == "POST":
            with self.sage.lock:
                self.sage.posted.append(content)
                number = len(self.sage.posted)
            return 200, b'{"id":%d,"document_no":"%010d","total_net_value":10.10}' % (
                number,
                number,
            )
        return self._list(path.removeprefix("/api/"), query)

    def _list(self, resource: str, query: dict[str, str]) -> tuple[int, bytes]:
        if resource not in self.sage.lists:
            return 404, b"<html><head><title>404</title></head><body>Not&nbsp;found</body></html>"
        if "skip" in query and "orderby" not in query:
            return 400, b'{"message":"$skip needs $orderby"}'
        rows = self.sage.lists[resource]
        after = re.search(r"\bid gt (\d+)", query.get("filter", ""))
        if after:
            rows = [row for row in rows if row["id"] > int(after[1])]
        skip = int(query.get("skip", "0"))
        rows = rows[skip : skip + min(int(query.get("top", "500")), self.sage.most_rows)]
        if query.get("select"):
            names = query["select"].split(",")
            rows = [{name: row.get(name) for name in names if name in row} for row in rows]
        answer = {"value": rows} if self.sage.wrap_lists else rows
        return 200, json.dumps(answer, default=_number).encode()


def _number(value: Any) -> float:
    assert isinstance(value, Decimal)
    return float(value)


@dataclass
class Clock:
    """A clock that stands until it is moved; sleeping moves it."""

    now: datetime = datetime(2025, 1, 31, 9, 0, tzinfo=timezone.utc)
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="sg-") as folder,
        embedded_postgres(Path(folder) / "pg", durable=False) as url,
    ):
        yield url


@pytest.fixture
def warehouse_url(postgres: str) -> str:
    TokenStore(postgres, None).ensure_schema()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("delete from sync.sage_token")
    return postgres


@pytest.fixture
def store(warehouse_url: str) -> TokenStore:
    return TokenStore(warehouse_url, None)


@pytest.fixture
def sage() -> Iterator[FakeSage]:
    folder = journal_folder()
    memory = FakeSage(recorder=Recorder(Behaviour(), folder) if folder else None)
    handler = type("Handler", (_Handler,), {"sage": memory})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    memory.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield memory
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_settings(sage: FakeSage) -> Callable[..., Sage200Settings]:
    def make(**changes: Any) -> Sage200Settings:
        given: dict[str, Any] = {
            "api_url": f"{sage.url}/api/",
            "token_url": f"{sage.url}/oauth/token",
            "client_id": "our-client",
            "client_secret": CLIENT_SECRET,
            "refresh_token": SEED,
            "site_id": SITE,
            "company_id": 1,
            "timeout_seconds": 10,
        }
        return Sage200Settings(**{**given, **changes})

    return make


@pytest.fixture
def make_client(
    make_settings: Callable[..., Sage200Settings], store: TokenStore, clock: Clock
) -> Iterator[Callable[..., Sage200Client]]:
    made: list[Sage200Client] = []

    def make(**changes: Any) -> Sage200Client:
        backoff = Backoff(sleep=clock.sleep, random=lambda: 1.0, now=clock)
        made.append(
            Sage200Client(
                make_settings(**changes), store, backoff=backoff, renew_in_own_process=False
            )
        )
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., Sage200Client]) -> Sage200Client:
    return make_client()
