"""The HTTP side: as little work as possible, so that who asks is what is measured."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from typing_extensions import override

from sandbox.magento.long_table.table import UnknownQuestionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.magento.long_table.table import OrderTable

_PATHS = frozenset({"/rest/V1/orders", "/rest/all/V1/orders"})


def _now() -> datetime:
    return datetime.now(timezone.utc)


class _Connection(asyncio.Protocol):
    """One connection; requests come one after another."""

    def __init__(
        self, table: OrderTable, latency_seconds: float, clock: Callable[[], datetime]
    ) -> None:
        self._table = table
        self._latency = latency_seconds
        self._clock = clock
        self._received = b""
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- TCP
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            target = head.partition(b" ")[2].partition(b" ")[0].decode("latin-1")
            asyncio.get_running_loop().call_later(self._latency, self._answer, target)

    def _answer(self, target: str) -> None:
        address = urlsplit(target)
        status, body = "404 Not Found", b'{"message":"Request does not match any route."}'
        if address.path in _PATHS:
            try:
                status, body = "200 OK", self._table.search(address.query)
            except UnknownQuestionError as unknown:
                status, body = "501 Not Implemented", f'{{"message":"{unknown}"}}'.encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"Date: {format_datetime(self._clock(), usegmt=True)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        assert self._transport is not None  # noqa: S101 -- the connection is made
        if not self._transport.is_closing():
            self._transport.writelines((head.encode(), body))


async def listen(
    table: OrderTable, latency_seconds: float, clock: Callable[[], datetime] = _now
) -> asyncio.Server:
    """Answer on a free port of this machine, each answer after so many seconds."""
    return await asyncio.get_running_loop().create_server(
        lambda: _Connection(table, latency_seconds, clock), "127.0.0.1", 0
    )


@contextmanager
def serve_orders(
    table: OrderTable, *, latency_seconds: float = 0.0, clock: Callable[[], datetime] = _now
) -> Iterator[str]:
    """Serve in a thread of this process; yields the address."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(listen(table, latency_seconds, clock))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
