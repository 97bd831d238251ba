"""Run an ASGI application on this machine: in a thread for tests, or in the foreground."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.faults import CUT_EXTENSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from starlette.types import ASGIApp

_START_SECONDS = 30
_BACKLOG = 128


class CuttableHttpProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, plus a way for the application to drop the connection."""

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        transport = self.transport
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"] = {CUT_EXTENSION: transport.abort}


def server_config(app: ASGIApp, log_level: str = "warning") -> uvicorn.Config:
    """Return the settings all stand-ins are served with.

    Server and Date headers are left to the application, which answers as the original does and
    dates by its own clock.
    """
    return uvicorn.Config(
        app,
        http=CuttableHttpProtocol,
        loop="asyncio",
        lifespan="off",
        ws="none",
        log_level=log_level,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=5,
    )


def bind(host: str, port: int) -> socket.socket:
    """Return a bound socket; port 0 takes any free one.

    Raises:
        OSError: The port is taken, or not ours to take.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # asyncio leaves it out for such a socket; delayed acknowledgements would add 40 ms a call.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


@contextmanager
def serve(app: ASGIApp, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve ``app`` in a thread for the length of the ``with`` block.

    Args:
        app: The application.
        port: Port to take; 0 takes any free one.
        host: Address to listen on.

    Yields:
        The base URL without a slash at its end, such as ``http://127.0.0.1:41234``.

    Raises:
        OSError: The port is taken.
        RuntimeError: The server did not start or did not stop in time.
    """
    with bind(host, port) as bound:
        server = uvicorn.Server(server_config(app))
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [bound]}, name="stand-in", daemon=True
        )
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield f"http://{host}:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_START_SECONDS)
            if thread.is_alive():
                raise RuntimeError("The stand-in did not stop; a request in it still runs.")


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("The stand-in did not start; see the log above.")
        time.sleep(0.01)


def run_forever(
    app: ASGIApp, host: str, port: int, announce: Callable[[str], None] | None = None
) -> None:
    """Serve ``app`` in the foreground until Ctrl-C or SIGTERM.

    Args:
        app: The application.
        host: Address to listen on.
        port: Port to take; 0 takes any free one.
        announce: Told the base URL once the port is taken.

    Raises:
        OSError: The port is taken.
    """
    with bind(host, port) as bound:
        # From here on a client waits for the server instead of being refused.
        bound.listen(_BACKLOG)
        if announce is not None:
            announce(f"http://{host}:{bound.getsockname()[1]}")
        uvicorn.Server(server_config(app, log_level="info")).run(sockets=[bound])
