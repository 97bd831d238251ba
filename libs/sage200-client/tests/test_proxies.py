"""Behind a proxy: a cut after the request left is in doubt, however the proxy's error is named."""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from sage200_client import RetryLater, Sage200Client, TryLater, Unknown
from sage200_client.sign_in import refresh
from sage200_client.token_renewal import renew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD_END = b"\r\n\r\n"


@dataclass
class Proxy:
    """A server that passes no request on: it reads each to its end and cuts the line.

    Attributes:
        reset: Cut with a reset instead of an orderly end.
        requests: First lines of the requests that reached it.
    """

    url: str = ""
    reset: bool = False
    requests: list[bytes] = field(default_factory=list)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    listener = socket.create_server(("127.0.0.1", 0))
    made.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            made.requests.append(_read_request(line))
            if made.reset:
                linger = struct.pack("ii", 1, 0)
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            line.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield made
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def _read_request(line: socket.socket) -> bytes:
    read = b""
    while HEAD_END not in read:
        read += line.recv(65536)
    head, _, body = read.partition(HEAD_END)
    lines = head.split(b"\r\n")
    length = next(
        (int(one.split(b":")[1]) for one in lines if one.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += line.recv(65536)
    return lines[0]


@pytest.mark.parametrize("reset", [False, True], ids=["ended", "reset"])
def test_a_cut_after_the_post_left_through_a_proxy_is_in_doubt(
    make_client: Callable[..., Sage200Client],
    client: Sage200Client,
    monkeypatch: pytest.MonkeyPatch,
    proxy: Proxy,
    reset: bool,
) -> None:
    client.post("sop_orders", {"customer_id": 1})  # a token is at hand
    proxy.reset = reset
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    outcome = make_client(api_url="http://sage.example/api").post("sop_orders", {"customer_id": 1})
    assert isinstance(outcome, Unknown), outcome
    assert "cut" in outcome.text
    assert [line.split()[0] for line in proxy.requests] == [b"POST"]


def test_a_proxy_that_is_not_there_has_sent_nothing(
    make_client: Callable[..., Sage200Client],
    client: Sage200Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.post("sop_orders", {"customer_id": 1})
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", "http://127.0.0.1:9")
        client = make_client(api_url=f"{scheme}://sage.example/api")
        outcome = client.post("sop_orders", {"customer_id": 1})
        assert isinstance(outcome, TryLater), outcome
        assert "the proxy can't be reached; nothing was sent" in outcome.text


def test_a_sign_in_cut_behind_a_proxy_may_have_been_handled(
    make_settings: Callable[..., Any],
    store: Any,
    monkeypatch: pytest.MonkeyPatch,
    proxy: Proxy,
    clock: Any,
) -> None:
    settings = make_settings(token_url="http://id.sage.example/oauth/token")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with pytest.raises(RetryLater, match="the request may have been handled"):
        refresh(settings, "a-token")
    # The trace of the refresh stays, so that the loss can be told when the token is refused.
    with pytest.raises(RetryLater):
        renew(settings, store, None, clock=clock)
    stored = store.read(settings)
    assert stored is not None
    assert stored.refresh_started_at is not None
