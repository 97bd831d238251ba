"""What the caller may still say right before a write leaves, and how long a write may last."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from sage200_client import Done, Sage200Client, Unknown, Withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ORDER = {"customer_id": 1}


@pytest.mark.parametrize("verb", ["post", "put", "delete"])
def test_nothing_is_sent_where_the_guard_says_no(
    client: Sage200Client, sage: Any, verb: str
) -> None:
    given: dict[str, Any] = {"may_leave": lambda: False}
    if verb == "post":
        outcome = client.post("sop_orders", ORDER, **given)
    elif verb == "put":
        outcome = client.put("sop_orders", 1, {"is_editing": False}, **given)
    else:
        outcome = client.delete("sop_orders", 1, **given)
    assert outcome == Withheld()
    assert sage.api_requests() == []


def test_the_guard_is_asked_once_the_token_is_at_hand(client: Sage200Client, sage: Any) -> None:
    refreshes: list[int] = []

    def may_leave() -> bool:
        refreshes.append(sage.refreshes)
        return True

    assert isinstance(client.post("sop_orders", ORDER, may_leave=may_leave), Done)
    assert refreshes == [1], "the renewal of the token comes before the guard"


def test_the_guard_is_asked_again_before_the_second_send_after_a_401(
    client: Sage200Client, sage: Any
) -> None:
    client.post("sop_orders", ORDER)
    sage.access_tokens.clear()
    answers = [True, False]
    outcome = client.post("sop_orders", ORDER, may_leave=lambda: answers.pop(0))
    assert outcome == Withheld()
    assert (answers, len(sage.posted)) == ([], 1)


def test_the_guard_is_asked_only_when_a_connection_is_free(
    make_client: Callable[..., Sage200Client], sage: Any
) -> None:
    client = make_client(max_connections=1)
    client.post("sop_orders", ORDER)
    sage.faults, sage.slow_seconds = ["slow"], 0.4
    first = threading.Thread(target=client.post, args=("sop_orders", ORDER))
    first.start()
    time.sleep(0.1)
    under_way: list[int] = []
    client.post("sop_orders", ORDER, may_leave=lambda: not under_way.append(sage.at_once))
    first.join()
    assert under_way == [0]


@pytest.fixture
def dripping() -> Iterator[tuple[str, list[bytes]]]:
    """A server that takes a request and answers a byte at a time, for ever."""
    seen: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def drip(line: socket.socket) -> None:
        seen.append(line.recv(65536))
        with suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100:
                line.sendall(bytes([byte]))
                time.sleep(0.1)
        line.close()

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/api", seen
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_write_whose_answer_drips_ends_with_its_time_and_is_in_doubt(
    make_client: Callable[..., Sage200Client],
    client: Sage200Client,
    dripping: tuple[str, list[bytes]],
) -> None:
    client.post("sop_orders", ORDER)
    url, seen = dripping
    started = time.monotonic()
    outcome = make_client(api_url=url, timeout_seconds=0.5).post("sop_orders", ORDER)
    assert time.monotonic() - started < 2
    assert outcome == Unknown(
        "POST sop_orders was sent and no whole answer came: no answer within the time limit; "
        "ask Sage 200 whether it was done."
    )
    assert len(seen) == 1


def test_the_deadline_of_one_write_does_not_cut_the_next(
    make_client: Callable[..., Sage200Client],
) -> None:
    client = make_client(timeout_seconds=0.5)
    for _ in range(4):
        assert isinstance(client.post("sop_orders", ORDER), Done)
        time.sleep(0.2)
