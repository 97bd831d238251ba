"""Threads that ask the shop ahead of time, so that pages are there when their turn comes."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_LOOK_UP_SECONDS = 0.2


class StopRequestedError(BaseException):
    """The program was asked to end; not an error, so nothing may catch it as one."""


class Fetchers:
    """A fixed number of threads, each with its own connection.

    The threads are daemons: a request that hangs does not keep the program from ending.
    """

    def __init__(self, connections: int, stop: threading.Event) -> None:
        """Prepare; threads start with the first request.

        Args:
            connections: Requests at the same time.
            stop: Set when the program should end.
        """
        self._connections = connections
        self._stop = stop
        self._tasks: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = (
            queue.SimpleQueue()
        )
        self._threads: list[threading.Thread] = []

    @property
    def connections(self) -> int:
        """Requests at the same time."""
        return self._connections

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Start a request."""
        if not self._threads:
            self._start()
        future: Future[T] = Future()
        self._tasks.put((future, call))
        return future

    def result(self, future: Future[T]) -> T:
        """Wait for an answer.

        Raises:
            StopRequestedError: The program should end.
        """
        while True:
            if self._stop.is_set():
                raise StopRequestedError
            try:
                return future.result(timeout=_LOOK_UP_SECONDS)
            except NotYetError:
                if future.done():
                    # The call itself failed with a time-out.
                    return future.result()

    def call(self, call: Callable[[], T]) -> T:
        """Make one request and wait for its answer."""
        return self.result(self.submit(call))

    def close(self) -> None:
        """Let the threads end when they have nothing left to do."""
        for _ in self._threads:
            self._tasks.put(None)
        self._threads = []

    def _start(self) -> None:
        self._threads = [
            # Bound to the queue and not to self, so that a forgotten pool can be collected.
            threading.Thread(target=_work, args=(self._tasks,), name=f"fetch-{n}", daemon=True)
            for n in range(self._connections)
        ]
        for thread in self._threads:
            thread.start()


def _work(tasks: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]) -> None:
    while (task := tasks.get()) is not None:
        future, call = task
        if not future.set_running_or_notify_cancel():
            continue
        try:
            answer = call()
        except BaseException as error:  # noqa: BLE001 -- handed to the one who waits
            future.set_exception(error)
        else:
            future.set_result(answer)
        del task, future, call
