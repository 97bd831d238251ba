"""Connections to the company database: a bounded pool, one transaction per use."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_CONNECTIONS = 16


class Database:
    """A pool of connections; the one given back last is the one taken next.

    More than ``most`` threads at a time wait for each other.
    """

    def __init__(self, url: str, most: int = _MOST_CONNECTIONS) -> None:
        self._url = url
        self._idle: queue.LifoQueue[psycopg.Connection] = queue.LifoQueue()
        self._slots = threading.BoundedSemaphore(most)
        self._closed = False

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """Yield a connection in a transaction: committed at the end, rolled back on any error."""
        with self._slots:
            connection = self._take()
            try:
                with connection.transaction():
                    yield connection
            finally:
                self._give_back(connection)

    def close(self) -> None:
        """Close what is idle now, and from now on each connection when it is given back."""
        self._closed = True
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _take(self) -> psycopg.Connection:
        while True:
            try:
                connection = self._idle.get_nowait()
            except queue.Empty:
                return self._connect()
            if not connection.broken and self._is_alive(connection):
                return connection
            connection.close()

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self._url, autocommit=True)
        # Pages are short and begin anywhere: a merge join would read everything before them first,
        # and compiling a statement takes longer than running it.
        connection.execute("set enable_mergejoin = off; set jit = off")
        return connection

    @staticmethod
    def _is_alive(connection: psycopg.Connection) -> bool:
        """Whether the server still holds the other end (it may have been restarted)."""
        try:
            connection.pgconn.consume_input()
        except psycopg.OperationalError:
            return False
        return not connection.closed

    def _give_back(self, connection: psycopg.Connection) -> None:
        if self._closed or connection.closed:
            connection.close()
        else:
            self._idle.put(connection)
