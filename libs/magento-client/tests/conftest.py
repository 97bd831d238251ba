"""A scripted shop on a free port: it answers what a test lays out and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from magento_client import MagentoClient, MagentoSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JSON = "application/json; charset=utf-8"


@dataclass
class Reply:
    """One scripted answer.

    ``cut`` closes the connection after the request was read, ``missing`` so many bytes before
    the end of the body.
    """

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON
    cut: bool = False
    missing: int = 0


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


class ScriptedShop:
    """Answers in the order of ``replies``; the last one is repeated."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.replies: deque[Reply] = deque()
        self.received: list[Received] = []

    def will_answer(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def next_reply(self) -> Reply:
        return self.replies.popleft() if len(self.replies) > 1 else self.replies[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shop: ScriptedShop

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.shop.received.append(
            Received(
                self.command,
                self.path,
                dict(self.headers.items()),
                body,
                connection=self.client_address[1],
            )
        )
        reply = self.shop.next_reply()
        if reply.cut:
            self.close_connection = True
            return
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response_only(reply.status)
        headers = {"Date": "Mon, 23 Nov 2026 07:23:37 GMT", "Content-Type": reply.content_type}
        for name, value in {**headers, **reply.headers}.items():
            if value:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) - reply.missing])
        if reply.missing:
            self.close_connection = True

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 -- the base class looks for these

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Keep quiet."""


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def shop() -> Iterator[ScriptedShop]:
    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scripted = ScriptedShop(f"http://127.0.0.1:{server.server_address[1]}")
    Handler.shop = scripted
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield scripted
    server.shutdown()
    server.server_close()
    thread.join()


class FakeTime:
    """A clock that only moves when someone sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def client_for(shop: ScriptedShop, fake_time: FakeTime) -> Iterator[Callable[..., MagentoClient]]:
    made: list[MagentoClient] = []

    def make(**changes: Any) -> MagentoClient:
        values: dict[str, Any] = {"base_url": shop.base_url, "access_token": "integration-token"}
        client = MagentoClient(
            MagentoSettings(**{**values, **changes}),
            clock=fake_time.clock,
            sleep=fake_time.sleep,
            jitter=lambda: 1.0,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
