"""A write's total time: when it is over the connection is cut, however slowly an answer drips in.

The time-outs of requests are for the next byte; an answer that comes byte by byte could outlive any
lease. Here a timer shuts the socket down, which the waiting thread sees as a cut line.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3 import PoolManager


class _Watch(threading.local):
    """What this thread's connection is, and the write it is used for."""

    line: socket.socket | None = None
    write: _Write | None = None


class _Write:
    """One write under way; its timer may cut the line that its thread has open."""

    def __init__(self, line: socket.socket | None) -> None:
        self._lock = threading.Lock()
        self._line = line
        self._over = False
        self.expired = False

    def opened(self, line: socket.socket) -> None:
        """Take note of a new connection; nothing may be sent on it once the time is over."""
        with self._lock:
            self._line = line
            if self.expired:
                raise ConnectTimeoutError("no connection within the time limit")

    def expire(self) -> None:
        """Cut the line, unless the answer is there."""
        with self._lock:
            if self._over:
                return
            self.expired = True
            if self._line is not None:
                with suppress(OSError):  # closed already
                    # Of the plain socket: that of TLS would touch what its own thread still reads.
                    socket.socket.shutdown(self._line, socket.SHUT_RDWR)

    def end(self) -> None:
        """Leave the line alone from now on."""
        with self._lock:
            self._over = True


_watch = _Watch()


@contextmanager
def deadline(seconds: float) -> Iterator[_Write]:
    """Cut this thread's connection if what happens inside takes longer.

    Args:
        seconds: Time in all, connecting included.

    Yields:
        The write, whose ``expired`` says whether its time was over.
    """
    write = _watch.write = _Write(_watch.line)
    timer = threading.Timer(seconds, write.expire)
    timer.daemon = True
    timer.start()
    try:
        yield write
    finally:
        write.end()
        timer.cancel()
        _watch.write = None


class WatchedAdapter(HTTPAdapter):
    """Connections whose lines a deadline can cut; one session is used by one thread only."""

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _watched(self.poolmanager)

    @override
    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return _watched(super().proxy_manager_for(*args, **kwargs))


def _watched(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return manager


def _opened(line: socket.socket | None) -> None:
    _watch.line = line
    if line is not None and _watch.write is not None:
        _watch.write.opened(line)


class _HTTP(HTTPConnection):
    @override
    def connect(self) -> None:
        super().connect()
        _opened(self.sock)


class _HTTPS(HTTPSConnection):
    @override
    def connect(self) -> None:
        super().connect()
        _opened(self.sock)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS
