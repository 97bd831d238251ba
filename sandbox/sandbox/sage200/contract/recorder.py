"""Writes each request to the API into the contract journal, with what the contract says to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sandbox.contract_journal import Entry, write_entry
from sandbox.sage200.contract.request_check import RequestCheck, Sent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.sage200.behaviour import Behaviour

_MOST_BODY = 4000


class Recorder:
    """Checks requests to one edition and writes them down."""

    def __init__(self, behaviour: Behaviour, folder: Path) -> None:
        self._check = RequestCheck(behaviour)
        self._folder = folder

    def record(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Write one request down.

        Args:
            method: HTTP verb.
            path: Decoded path below the API's base path.
            query: Query string as sent.
            headers: Headers by lower-case name.
            body: The body's bytes.
        """
        options = dict(parse_qsl(query, keep_blank_values=True))
        verdict = self._check.check(Sent(method, path, options, headers, body))
        wrong = bool(verdict.violations)
        asked = f"{path}?{query}" if query else path
        entry = Entry(
            agent=headers.get("user-agent", ""),
            method=method,
            resource=verdict.resource,
            violations=verdict.violations,
            path=asked if wrong else "",
            body=body[:_MOST_BODY].decode("utf-8", "replace") if wrong else "",
            test=os.environ.get("PYTEST_CURRENT_TEST", ""),
        )
        write_entry(self._folder, entry)


class ContractRecorder:
    """ASGI middleware: writes each request to the API down, then lets it through."""

    def __init__(self, app: ASGIApp, *, behaviour: Behaviour, folder: Path) -> None:
        self._app = app
        self._base = behaviour.base_path
        self._recorder = Recorder(behaviour, folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{self._base}/"):
            await self._app(scope, receive, send)
            return
        messages, body = await _whole_body(receive)
        if body is not None:
            self._recorder.record(
                scope["method"],
                scope["path"].removeprefix(self._base),
                scope["query_string"].decode("latin-1"),
                {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]},
                body,
            )
        rest = iter(messages)

        async def replay() -> Message:
            message = next(rest, None)
            return await receive() if message is None else message

        await self._app(scope, replay, send)


async def _whole_body(receive: Receive) -> tuple[list[Message], bytes | None]:
    """Return the messages of a request and its body; None where the client went away."""
    messages: list[Message] = []
    body = b""
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            return messages, None
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return messages, body
