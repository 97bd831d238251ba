"""A run that is cut short: the next one goes on from the last state, and nothing is missing."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.magento import Shop, create_app
from sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

ORDERS = 400


def _slow(app: ASGIApp) -> ASGIApp:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.01)
        await app(scope, receive, send)

    return slow


@pytest.fixture
def config(shop: Shop) -> Iterator[dict[str, Any]]:
    """A slow shop of some windows, at three rows a page."""
    template = shop.edit("orders", 1)
    assert template is not None
    own = {"entity_id", "increment_id", "created_at", "updated_at"}
    order = {k: v for k, v in template.items() if k not in own}
    for number in range(ORDERS):
        stamp = f"2026-11-22 {number // 60:02}:{number % 60:02}:00"
        shop.add_order({**order, "created_at": stamp, "updated_at": stamp})
    with serve(_slow(create_app(shop))) as url:
        yield {"base_url": url, "access_token": "demo-access-token", "page_size": 3}


def _read_until(program: Any, kind: str, count: int) -> list[dict[str, Any]]:
    """Read messages until so many of a kind have come."""
    messages: list[dict[str, Any]] = []
    while sum(m["type"] == kind for m in messages) < count:
        messages.append(json.loads(program.line()))
    return messages


def _keys(messages: list[dict[str, Any]]) -> set[int]:
    return {m["record"]["entity_id"] for m in messages if m["type"] == "RECORD"}


@pytest.mark.parametrize(
    ("kind", "count"),
    [("RECORD", 1), ("STATE", 1), ("RECORD", random.randrange(2, 450))],  # noqa: S311 -- another moment in each run
    ids=["first-record", "first-state", "anywhere"],
)
def test_a_killed_run_is_resumed_from_its_last_state(
    *,
    config: dict[str, Any],
    shop: Shop,
    tap_process: Callable[..., Any],
    run_tap: Callable[..., Any],
    kind: str,
    count: int,
) -> None:
    program = tap_process(config, streams=("orders",))
    messages = _read_until(program, kind, count)
    program.process.send_signal(signal.SIGKILL)
    _, out, _ = program.rest()
    # Only a killed program may leave an unfinished last line.
    messages += [json.loads(line) for line in out.split(b"\n")[:-1]]
    states = [m["value"] for m in messages if m["type"] == "STATE"]
    # What a target has stored for sure is what came before the last state.
    last = max((n for n, m in enumerate(messages) if m["type"] == "STATE"), default=0)
    stored = _keys(messages[:last])
    assert len(stored) < len(shop.table("orders").keys)
    resumed = run_tap(config, "orders", state=states[-1] if states else None)
    assert stored | set(resumed.latest("orders")) == set(shop.table("orders").keys)
    if stored:
        assert len(resumed.records("orders")) < len(shop.table("orders").keys)


def test_a_request_to_end_leaves_whole_lines_and_a_state_to_go_on_from(
    config: dict[str, Any],
    shop: Shop,
    tap_process: Callable[..., Any],
    run_tap: Callable[..., Any],
) -> None:
    program = tap_process(config, streams=("orders",))
    messages = _read_until(program, "STATE", 1)
    program.process.send_signal(signal.SIGTERM)
    code, out, err = program.rest()
    assert code == 143
    assert out.endswith(b"\n") or not out
    messages += [json.loads(line) for line in out.splitlines()]
    assert b"Traceback" not in err
    assert b"Stopped on request" in err
    assert len(_keys(messages)) < len(shop.table("orders").keys)
    state = [m["value"] for m in messages if m["type"] == "STATE"][-1]
    resumed = run_tap(config, "orders", state=state)
    assert _keys(messages) | set(resumed.latest("orders")) == set(shop.table("orders").keys)
