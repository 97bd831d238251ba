"""The refresh in a process of its own, which goes on where the program that asked for it is killed.

Sage's refresh token dies with its use: whoever is killed between Sage's answer and the store has
lost the login, and a person must log in again. So the request and the store are done by a small
process in a session of its own that lets no Ctrl-C and no SIGTERM interrupt it: it ends by itself
after one refresh. Only the loss of the whole computer, or a SIGKILL to everything, still hits both.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from sage200_client.exceptions import FixSettings, LogInAgain, RetryLater, Sage200Error
from sage200_client.settings import Sage200Settings
from sage200_client.token_renewal import renew
from sage200_client.token_store import TokenStore

if TYPE_CHECKING:
    from collections.abc import Callable

_FAILURES: dict[str, Callable[[str], Sage200Error]] = {
    "FixSettings": FixSettings,
    "LogInAgain": LogInAgain,
    "RetryLater": RetryLater,
}
_INTERRUPTS = ("SIGHUP", "SIGINT", "SIGTERM")


class _Asked(msgspec.Struct, frozen=True):
    """What the process is told, on its standard input: secrets never are arguments."""

    settings: dict[str, Any]
    warehouse_url: str
    encryption_key: str | None
    refused: str | None
    url_setting: str


class _Ended(msgspec.Struct, frozen=True):
    """How it went; the tokens themselves are in the store."""

    failure: str | None = None
    text: str = ""


def renew_apart(settings: Sage200Settings, store: TokenStore, refused: str | None) -> None:
    """Refresh in a process of its own and wait for it.

    Raises:
        LogInAgain, FixSettings, RetryLater: As :func:`.token_renewal.renew`.
    """
    asked = _Asked(
        asdict(settings), store.warehouse_url, store.encryption_key, refused, store.url_setting
    )
    with subprocess.Popen(  # noqa: S603 - our own module by our own Python
        # Not -m: the package has loaded this module by then, and Python would warn of it.
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        answer = process.communicate(msgspec.json.encode(asked))[0]
    try:
        ended = msgspec.json.decode(answer, type=_Ended)
    except msgspec.DecodeError:
        raise RetryLater(
            f"The refresh of the Sage 200 tokens ended with code {process.returncode} "
            "and without an answer; try again."
        ) from None
    if ended.failure is not None:
        raise _FAILURES[ended.failure](ended.text)


def main() -> None:
    """Do what standard input asks for; say on standard output how it went."""
    for name in _INTERRUPTS:
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=_Asked)
    store = TokenStore(asked.warehouse_url, asked.encryption_key, url_setting=asked.url_setting)
    try:
        renew(Sage200Settings(**asked.settings), store, asked.refused)
    except Sage200Error as error:
        kind = next(one.__name__ for one in type(error).__mro__ if one.__name__ in _FAILURES)
        ended = _Ended(kind, str(error))
    else:
        ended = _Ended()
    # Whoever asked may be gone; what counts is stored.
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(msgspec.json.encode(ended))
        sys.stdout.buffer.flush()
