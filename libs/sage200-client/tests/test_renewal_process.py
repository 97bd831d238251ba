"""A program that is killed while it refreshes locks nobody out: the refresh outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sage200_client import FixSettings, LogInAgain, RetryLater, Sage200Client, TokenStore
from sage200_client.tokens import AccessTokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage200_client import Sage200Settings

ONE_PROGRAM = """
import sys
from sage200_client import Sage200Client, Sage200Settings, TokenStore
api_url, token_url, secret, seed, site, url = sys.argv[1:]
settings = Sage200Settings(
    api_url=api_url, token_url=token_url, client_id="our-client", client_secret=secret,
    refresh_token=seed, site_id=site, company_id=1,
)
with Sage200Client(settings, TokenStore(url, None)) as client:
    client.get("products")
"""


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("kill", "number"),
    [(os.kill, signal.SIGKILL), (os.killpg, signal.SIGTERM), (os.killpg, signal.SIGINT)],
    ids=["killed outright", "its group told to end", "Ctrl-C"],
)
def test_a_kill_between_refresh_and_store_costs_no_login(
    make_settings: Callable[..., Sage200Settings],
    store: TokenStore,
    sage: Any,
    kill: Callable[[int, int], None],
    number: signal.Signals,
) -> None:
    settings = make_settings()
    sage.token_faults, sage.slow_seconds = ["slow"], 1.5
    given = [settings.api_url, settings.token_url, settings.client_secret, settings.refresh_token]
    program = subprocess.Popen(
        [
            sys.executable,
            "-c",
            ONE_PROGRAM,
            *map(str, given),
            settings.site_id,
            store.warehouse_url,
        ],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: sage.refreshes == 1)  # the old token is dead, the answer on its way
    kill(program.pid, number)
    assert program.wait(60) != 0
    assert AccessTokens(settings, store).get() == "access-token-number-1"
    assert sage.refreshes == 1
    stored = store.read(settings)
    assert stored is not None
    assert (stored.refresh_token, stored.refresh_started_at) == ("refresh-token-number-1", None)


def test_two_programs_at_once_refresh_once(
    make_settings: Callable[..., Sage200Settings], store: TokenStore, sage: Any
) -> None:
    sage.lists["products"] = []
    sage.token_faults, sage.slow_seconds = ["slow"], 0.5
    settings = make_settings()
    given = [settings.api_url, settings.token_url, settings.client_secret, settings.refresh_token]
    command = [sys.executable, "-c", ONE_PROGRAM, *map(str, given), settings.site_id]
    programs = [subprocess.Popen([*command, store.warehouse_url]) for _ in range(2)]
    assert [program.wait(60) for program in programs] == [0, 0]
    assert sage.refreshes == 1


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"refresh_token": None}, LogInAgain, "run `sage200 login`"),
        ({"client_secret": "wrong"}, FixSettings, "client_secret"),
        ({"token_url": "http://127.0.0.1:9/oauth/token"}, RetryLater, "was refused"),
    ],
)
def test_what_went_wrong_is_told_as_if_it_was_done_here(
    make_settings: Callable[..., Sage200Settings],
    store: TokenStore,
    changes: dict[str, Any],
    kind: type[Exception],
    words: str,
) -> None:
    settings = make_settings(**changes)
    with pytest.raises(kind, match=words) as apart:
        AccessTokens(settings, store, renew_in_own_process=True).get()
    with pytest.raises(kind) as here:
        AccessTokens(settings, store).get()
    assert type(apart.value) is type(here.value)


def test_a_refresh_that_ends_without_a_word_can_be_tried_again(
    make_settings: Callable[..., Sage200Settings],
    store: TokenStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens = AccessTokens(make_settings(), store, renew_in_own_process=True)
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/bin/false")
        with pytest.raises(RetryLater, match="ended with code 1 and without an answer"):
            tokens.get()
    assert tokens.get() == "access-token-number-1"


def test_a_key_reaches_the_process_and_what_it_stores_is_sealed(
    make_settings: Callable[..., Sage200Settings], warehouse_url: str, sage: Any
) -> None:
    key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    sage.lists["products"] = []
    with Sage200Client(make_settings(), TokenStore(warehouse_url, key)) as client:
        assert client.get("products") == []
    with psycopg.connect(warehouse_url) as connection:
        ((stored,),) = connection.execute("select refresh_token from sync.sage_token").fetchall()
    assert stored.startswith("sealed:")
