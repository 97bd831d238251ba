"""Faults on demand: late answers, refusals and cut connections, in front of any ASGI application.

Rules are given at the start or while the server runs: ``GET``, ``POST``, ``PATCH`` and ``DELETE``
on ``/__faults`` from this machine only. ``POST`` takes one rule or a list and replaces all others,
``PATCH`` adds to them. ``sandbox faults`` does the same from the command line::

    curl -d '[{"action": "hang", "moment": "after", "method": "POST", "path": "*/sop_orders"}]' \
        http://127.0.0.1:8081/__faults
"""

from __future__ import annotations

import asyncio
import random
import threading
from typing import TYPE_CHECKING, cast

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import Response

from sandbox.fault_rules import Fault, Meddling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CONTROL_PATH", "CUT_EXTENSION", "Fault", "FaultInjector", "Meddling"]

CONTROL_PATH = "/__faults"
CUT_EXTENSION = "sandbox.cut"
"""Key in ``scope["extensions"]`` of the function that drops the connection (see serving.py)."""


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

    Delays add up; the first ``status``, ``cut`` or ``hang`` rule that strikes decides the answer.
    Rules can be changed from another thread while requests are served.

    Args:
        app: What is served.
        faults: Rules from the start on.
        meddling: What faults may do to a request before the application sees it.

    Raises:
        ValueError: A rule can't be used with this application.
    """

    def __init__(
        self, app: ASGIApp, faults: Iterable[Fault] = (), meddling: Meddling | None = None
    ) -> None:
        self._app = app
        self._meddling = meddling or Meddling()
        self._lock = threading.Lock()
        self._active: list[_ActiveFault] = []
        self.replace(faults)

    def replace(self, faults: Iterable[Fault]) -> None:
        """Drop all rules and set these; all counters start at zero."""
        active = self._checked(faults)
        with self._lock:
            self._active = active

    def add(self, faults: Iterable[Fault]) -> None:
        """Set these rules beside the others, whose counters go on."""
        active = self._checked(faults)
        with self._lock:
            self._active = [*self._active, *active]

    def _checked(self, faults: Iterable[Fault]) -> list[_ActiveFault]:
        given = list(faults)
        for problem in filter(None, map(self._meddling.problem, given)):
            raise ValueError(problem)
        return [_ActiveFault(fault) for fault in given]

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
            elif fault.action == "revoked_tokens":
                await run_in_threadpool(cast("Callable[[], None]", self._meddling.revoke_tokens))
            elif fault.action in self._meddling.headers:
                scope["headers"] = list(scope["headers"])
                MutableHeaders(scope=scope).update(self._meddling.headers[fault.action])
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
        elif scope["method"] in {"POST", "PATCH"}:
            change = self.replace if scope["method"] == "POST" else self.add
            try:
                change(_parse(await _read_body(receive)))
            except (msgspec.MsgspecError, ValueError) as error:
                return _text(400, f"The fault rules can't be used: {error}.")
        elif scope["method"] != "GET":
            return _text(405, "Use GET, POST, PATCH or DELETE.")
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
    if fault.action == "hang":
        await _until_given_up(receive)
        return
    extensions = scope.get("extensions") or {}
    if CUT_EXTENSION not in extensions:
        raise RuntimeError(
            "This server can't cut connections. Run it by sandbox.serving, which can."
        )
    cast("Callable[[], None]", extensions[CUT_EXTENSION])()
    # without this the server would answer after all
    await _until_given_up(receive)


async def _until_given_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # the rest of the body


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body
