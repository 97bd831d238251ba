"""Faults on demand: late answers, refusals and cut connections, in front of any ASGI application.

Rules are given at the start or while the server runs: ``GET``, ``POST`` and ``DELETE`` on
``/__faults`` from this machine only. ``POST`` takes one rule or a list and replaces all others::

    curl -d '[{"action": "cut", "moment": "after", "method": "POST", "path": "*/sop_orders"}]' \
        http://127.0.0.1:8081/__faults
"""

from __future__ import annotations

import asyncio
import random
import threading
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, cast

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTROL_PATH = "/__faults"
CUT_EXTENSION = "sandbox.cut"
"""Key in ``scope["extensions"]`` of the function that drops the connection (see serving.py)."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule: which requests it strikes, and what happens to them.

    Attributes:
        action: ``status`` answers with ``status`` and ``body``; ``cut`` drops the connection
            without an answer; ``delay`` waits ``delay_ms`` and then lets the request go on.
        moment: ``before`` the application ran (nothing was done) or ``after`` (its work is done,
            its answer is thrown away, or held back for ``delay``).
        method: HTTP method, or ``*``.
        path: Shell pattern of the decoded path without the query (``*`` also matches ``/``).
        skip: How many matching requests pass unharmed first.
        count: How many requests are struck at most; none given means no end.
        share: Share of the remaining matching requests that is struck, 0 to 1.
        seed: Start of the random series behind ``share``; the same seed strikes the same requests.
        status: Status of the answer for ``status``.
        headers: Headers of that answer, such as ``Retry-After``.
        body: Text of that answer.
        media_type: Its Content-Type.
        delay_ms: Milliseconds to wait for ``delay``.
    """

    action: Literal["status", "cut", "delay"]
    moment: Literal["before", "after"] = "before"
    method: str = "*"
    path: str = "*"
    skip: int = 0
    count: int | None = None
    share: float = 1.0
    seed: int = 0
    status: int = 503
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str = '{"message":"Service Temporarily Unavailable"}'
    media_type: str = "application/json"
    delay_ms: int = 0

    def __post_init__(self) -> None:
        """Refuse rules that could never do what they say."""
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is {self.share}; give a number from 0 to 1")
        if not 100 <= self.status <= 599:  # noqa: PLR2004 - the range of HTTP statuses
            raise ValueError(f"status is {self.status}; give an HTTP status from 100 to 599")
        if min(self.skip, self.delay_ms, self.count or 0) < 0:
            raise ValueError("skip, count and delay_ms can't be negative")

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this request at all."""
        return self.method in {"*", method} and fnmatchcase(path, self.path)


class _ActiveFault:
    """A rule with its counters."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = 0
        self.struck = 0
        self._random = random.Random(fault.seed)  # noqa: S311 - repeatable on purpose

    def strikes(self, method: str, path: str) -> bool:
        if not self.fault.matches(method, path):
            return False
        self.seen += 1
        if self.seen <= self.fault.skip:
            return False
        if self.fault.count is not None and self.struck >= self.fault.count:
            return False
        if self.fault.share < 1 and self._random.random() >= self.fault.share:
            return False
        self.struck += 1
        return True


class FaultInjector:
    """ASGI middleware that applies every matching rule, in the order given.

    Delays add up; the first ``status`` or ``cut`` rule that strikes decides the answer.
    Rules can be changed from another thread while requests are served.
    """

    def __init__(self, app: ASGIApp, faults: Iterable[Fault] = ()) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._active: list[_ActiveFault] = []
        self.replace(faults)

    def replace(self, faults: Iterable[Fault]) -> None:
        """Drop all rules and set these; all counters start at zero."""
        active = [_ActiveFault(fault) for fault in faults]
        with self._lock:
            self._active = active

    def report(self) -> list[dict[str, object]]:
        """Return each rule with the number of requests it saw and struck."""
        with self._lock:
            return [
                {"fault": msgspec.to_builtins(a.fault), "seen": a.seen, "struck": a.struck}
                for a in self._active
            ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with whatever the rules hold for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] == CONTROL_PATH:
            response = await self._control(scope, receive)
            await response(scope, receive, send)
            return
        with self._lock:
            struck = [
                a.fault for a in self._active if a.strikes(scope["method"], str(scope["path"]))
            ]
        await self._serve(struck, scope, receive, send)

    async def _serve(
        self, struck: Sequence[Fault], scope: Scope, receive: Receive, send: Send
    ) -> None:
        for fault in (f for f in struck if f.moment == "before"):
            if fault.action == "delay":
                await asyncio.sleep(fault.delay_ms / 1000)
            else:
                await _answer(fault, scope, receive, send)
                return
        after = [f for f in struck if f.moment == "after"]
        if not after:
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await self._app(scope, receive, hold)
        for fault in after:
            if fault.action == "delay":
                await asyncio.sleep(fault.delay_ms / 1000)
            else:
                await _answer(fault, scope, receive, send)
                return
        for message in held:
            await send(message)

    async def _control(self, scope: Scope, receive: Receive) -> Response:
        client = scope.get("client")
        if client is None or client[0] not in {"127.0.0.1", "::1"}:
            return _text(403, "Faults can be set from this machine only.")
        if scope["method"] == "DELETE":
            self.replace(())
        elif scope["method"] == "POST":
            try:
                self.replace(_parse(await _read_body(receive)))
            except msgspec.MsgspecError as error:
                return _text(400, f"The fault rules can't be used: {error}.")
        elif scope["method"] != "GET":
            return _text(405, "Use GET, POST or DELETE.")
        return Response(msgspec.json.encode(self.report()), media_type="application/json")


def _parse(body: bytes) -> list[Fault]:
    if body.lstrip().startswith(b"["):
        return msgspec.json.decode(body, type=list[Fault])
    return [msgspec.json.decode(body, type=Fault)]


def _text(status: int, sentence: str) -> Response:
    return Response(sentence + "\n", status, media_type="text/plain")


async def _answer(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.action == "status":
        headers = {"Content-Type": fault.media_type, **fault.headers}
        await Response(fault.body, fault.status, headers)(scope, receive, send)
        return
    extensions = scope.get("extensions") or {}
    if CUT_EXTENSION not in extensions:
        raise RuntimeError(
            "This server can't cut connections. Run it by sandbox.serving, which can."
        )
    cast("Callable[[], None]", extensions[CUT_EXTENSION])()
    while (await receive())["type"] != "http.disconnect":
        pass  # the rest of the body; without it the server would answer after all


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body
