"""The rotating refresh token is stored before it is used, and is never lost or used twice."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sage200_client import (
    FixSettings,
    LogInAgain,
    RetryLater,
    Sage200Client,
    Sage200Settings,
    TokenStore,
)
from sage200_client.sealing import new_key
from sage200_client.stored_tokens import fingerprint
from sage200_client.tokens import AccessTokens

MakeSettings = Callable[..., Sage200Settings]

ONE_PROCESS = """
import sys
from sage200_client import Sage200Settings, TokenStore
from sage200_client.tokens import AccessTokens
token_url, secret, seed, site, url, how_often = sys.argv[1:]
settings = Sage200Settings(
    api_url="http://127.0.0.1:9", token_url=token_url, client_id="our-client",
    client_secret=secret, refresh_token=seed, site_id=site, company_id=1,
)
for _ in range(int(how_often)):
    print(AccessTokens(settings, TokenStore(url, None)).get())
"""


@pytest.fixture
def tokens(make_settings: MakeSettings, store: TokenStore, clock: Any) -> AccessTokens:
    return AccessTokens(make_settings(), store, clock=clock, sleep=clock.sleep)


@pytest.fixture
def again(
    make_settings: MakeSettings, store: TokenStore, clock: Any
) -> Callable[..., AccessTokens]:
    """Make what another process would have: the same store, nothing in memory."""

    def make(**changes: Any) -> AccessTokens:
        return AccessTokens(make_settings(**changes), store, clock=clock, sleep=clock.sleep)

    return make


def stored(warehouse_url: str) -> dict[str, Any]:
    with psycopg.connect(warehouse_url, row_factory=psycopg.rows.dict_row) as connection:
        row = connection.execute("select * from sync.sage_token").fetchone()
    assert row is not None
    return row


def test_the_new_refresh_token_is_committed_before_the_access_token_is_used(
    make_settings: MakeSettings, store: TokenStore, sage: Any, warehouse_url: str
) -> None:
    found = []
    with Sage200Client(make_settings(), store, renew_in_own_process=False) as client:
        client.post(
            "sop_orders", {"customer_id": 1}, observe=lambda _: found.append(stored(warehouse_url))
        )
    assert found[0]["refresh_token"] == "refresh-token-number-1"
    assert found[0]["access_token"] == "access-token-number-1"


def test_all_processes_share_one_access_token(
    tokens: AccessTokens, again: Callable[..., AccessTokens], sage: Any
) -> None:
    assert tokens.get() == tokens.get() == again().get() == "access-token-number-1"
    assert sage.refreshes == 1


def test_it_is_renewed_a_minute_before_its_end(tokens: AccessTokens, clock: Any) -> None:
    tokens.get()
    clock.move(seconds=28800 - 61)
    assert tokens.get() == "access-token-number-1"
    clock.move(seconds=2)
    assert tokens.get() == "access-token-number-2"


def test_a_short_lived_one_is_used_for_nine_tenths_of_its_life(
    tokens: AccessTokens, sage: Any, clock: Any
) -> None:
    sage.expires_in = 100
    tokens.get()
    clock.move(seconds=89)
    assert tokens.get() == "access-token-number-1"
    clock.move(seconds=2)
    assert tokens.get() == "access-token-number-2"


def test_two_threads_refresh_once(tokens: AccessTokens, sage: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: tokens.get(), range(16))) == {"access-token-number-1"}
    assert sage.refreshes == 1


def test_two_processes_never_refresh_at_once(
    make_settings: MakeSettings, warehouse_url: str, sage: Any
) -> None:
    settings = make_settings()
    sage.token_faults, sage.slow_seconds = ["slow"] * 20, 0.2
    sage.expires_in = 0  # every call must refresh
    processes = [
        subprocess.Popen(
            [
                *(sys.executable, "-c", ONE_PROCESS, settings.token_url),
                *(settings.client_secret or "", settings.refresh_token or ""),
                *(settings.site_id, warehouse_url, "3"),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    printed = [line for one in processes for line in one.communicate(timeout=60)[0].split()]
    assert [one.returncode for one in processes] == [0, 0]
    assert len(set(printed)) == len(printed) == sage.refreshes == 6
    assert sage.most_at_once == 1


def test_a_refresh_without_an_answer_is_tried_again_with_the_stored_token(
    tokens: AccessTokens, again: Callable[..., AccessTokens], sage: Any, warehouse_url: str
) -> None:
    sage.token_faults = ["cut_before"]
    with pytest.raises(RetryLater, match="gave no answer: the connection was cut; the request may"):
        tokens.get()
    assert stored(warehouse_url)["refresh_started_at"] is not None
    assert again().get() == "access-token-number-1"
    assert stored(warehouse_url)["refresh_started_at"] is None


def test_a_refresh_whose_answer_was_lost_ends_in_one_sentence_for_a_person(
    tokens: AccessTokens, again: Callable[..., AccessTokens], sage: Any
) -> None:
    sage.token_faults = ["cut_after"]
    with pytest.raises(RetryLater):
        tokens.get()
    with pytest.raises(LogInAgain) as caught:
        again().get()
    assert str(caught.value) == (
        "Sage refused the refresh token (Unknown or invalid refresh token: …; invalid_grant). "
        "A refresh started at 2025-01-31T09:00:00+00:00 never got its answer, which used the "
        "token up. A person must log in again: run `sage200 login`."
    )


def test_a_crash_between_refresh_and_store_is_told_apart_from_an_expired_login(
    tokens: AccessTokens,
    again: Callable[..., AccessTokens],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens.get()

    def crash(*_: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("sage200_client.token_renewal.stored_from", crash)
        with pytest.raises(MemoryError):
            tokens.get(refused="access-token-number-1")
    with pytest.raises(LogInAgain, match="never got its answer, which used the token up"):
        again().get(refused="access-token-number-1")


def test_a_database_that_goes_away_during_the_refresh_loses_nothing(
    tokens: AccessTokens, sage: Any, warehouse_url: str, clock: Any
) -> None:
    issue = sage.issue

    def issue_and_break() -> dict[str, Any]:
        with psycopg.connect(warehouse_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where state = 'idle in transaction' and pid <> pg_backend_pid()"
            )
        answer: dict[str, Any] = issue()
        return answer

    sage.issue = issue_and_break
    assert tokens.get() == "access-token-number-1"
    assert clock.slept == [1.0]
    assert stored(warehouse_url)["refresh_token"] == "refresh-token-number-1"


def test_the_setting_is_used_first_and_then_never_again(
    tokens: AccessTokens, again: Callable[..., AccessTokens], sage: Any, clock: Any
) -> None:
    for number in (1, 2, 3):
        assert again().get() == f"access-token-number-{number}"
        clock.move(hours=9)
    assert sage.refresh_tokens == {"refresh-token-number-3"}


def test_a_new_setting_wins_over_the_store(
    tokens: AccessTokens, again: Callable[..., AccessTokens], sage: Any
) -> None:
    tokens.get()
    sage.refresh_tokens.add("a-new-login")
    assert again(refresh_token="a-new-login").get() == "access-token-number-2"
    assert again(refresh_token="a-new-login").get() == "access-token-number-2"
    assert "refresh-token-number-1" in sage.refresh_tokens


def test_a_dead_setting_does_not_lock_a_good_store_out(
    tokens: AccessTokens, again: Callable[..., AccessTokens], sage: Any, clock: Any
) -> None:
    tokens.get()
    clock.move(hours=9)
    assert again(refresh_token="of-last-year").get() == "access-token-number-2"
    asked = len(sage.seen)
    clock.move(hours=9)
    assert again(refresh_token="of-last-year").get() == "access-token-number-3"
    assert len(sage.seen) == asked + 1  # it is not tried first again


def test_a_login_is_not_overruled_by_an_old_setting(
    again: Callable[..., AccessTokens], sage: Any, warehouse_url: str, clock: Any
) -> None:
    sage.refresh_tokens |= {"of-the-login"}
    again(refresh_token="of-the-login").get()
    with psycopg.connect(warehouse_url) as connection:
        connection.execute("update sync.sage_token set seed_hash = null")
    clock.move(hours=9)
    again().get()
    assert stored(warehouse_url)["refresh_token"] == "refresh-token-number-2"
    sage.refresh_tokens.discard("refresh-token-number-2")
    clock.move(hours=9)
    again().get()  # the stored one is dead: only now the setting is tried
    assert stored(warehouse_url)["seed_hash"] == fingerprint("the-seed-refresh-token-91bc")


def test_the_setting_is_tried_again_before_a_person_is_asked(
    tokens: AccessTokens, again: Callable[..., AccessTokens], sage: Any, clock: Any
) -> None:
    tokens.get()
    sage.refresh_tokens = {"the-seed-refresh-token-91bc"}  # a test system that was set up anew
    clock.move(hours=9)
    assert again().get() == "access-token-number-2"


def test_no_token_at_all_asks_for_a_login(again: Callable[..., AccessTokens]) -> None:
    with pytest.raises(LogInAgain, match="No Sage 200 refresh token is stored or set"):
        again(refresh_token=None).get()


@pytest.mark.parametrize("status", [400, 403, 429])
def test_too_early_goes_on_with_the_token_there_is(
    tokens: AccessTokens, again: Callable[..., AccessTokens], sage: Any, clock: Any, status: int
) -> None:
    tokens.get()
    clock.move(seconds=28800 - 30)
    early = b'{"error":"Rate limit exceeded: access_token not expired"}'
    sage.token_faults = [{"status": status, "body": early}]
    assert tokens.get() == "access-token-number-1"
    assert again().get() == "access-token-number-1"
    clock.move(seconds=31)
    assert again().get() == "access-token-number-2"


def test_too_early_without_a_stored_token_waits(
    again: Callable[..., AccessTokens], sage: Any
) -> None:
    sage.token_faults = [{"status": 400, "body": b"access_token not expired"}]
    with pytest.raises(RetryLater, match="no new access token yet"):
        again().get()


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (503, RetryLater, "answered 503"),
        (429, RetryLater, "answered 429"),
        (404, FixSettings, "check token_url"),
        ({"status": 200, "body": b"<html></html>"}, FixSettings, "without a token"),
        ({"status": 302, "headers": {"Location": "/"}}, FixSettings, "without a token"),
    ],
)
def test_a_sign_in_that_fails_otherwise_keeps_the_token(
    again: Callable[..., AccessTokens], sage: Any, fault: Any, kind: type[Exception], words: str
) -> None:
    sage.token_faults = [fault]
    with pytest.raises(kind, match=words):
        again().get()
    assert again().get() == "access-token-number-1"


def test_a_wrong_client_secret_names_the_setting(again: Callable[..., AccessTokens]) -> None:
    with pytest.raises(FixSettings, match="check client_id and client_secret"):
        again(client_secret="wrong").get()


def test_no_secret_is_in_any_message_log_or_repr(
    again: Callable[..., AccessTokens],
    make_client: Callable[..., Sage200Client],
    make_settings: MakeSettings,
    store: TokenStore,
    sage: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = [repr(make_settings()), str(make_settings())]
    again().get()
    texts += [repr(store.read(make_settings())), repr(store), repr(again())]
    client = make_client()
    texts += [repr(client), repr(client.post("sop_orders", {"customer_id": 1})), repr(vars(client))]
    sage.faults = ["cut_after", 401]
    texts += [
        repr(client.post("sop_orders", {"customer_id": 1})),
        repr(client.post("sop_orders", {"customer_id": 1})),
    ]
    sage.refresh_tokens.clear()
    with pytest.raises(LogInAgain) as caught:
        again().get(refused="access-token-number-2")
    error: BaseException | None = caught.value
    while error is not None:
        texts += [repr(error), str(error)]
        error = error.__cause__ or error.__context__
    said = "\n".join([*texts, caplog.text])
    assert "our-client" in said
    for secret in (
        "the-client-secret",
        "the-seed-refresh",
        "refresh-token-num",
        "access-token-num",
    ):
        assert secret not in said


def test_days_left_count_from_the_login_until_proven_otherwise(
    again: Callable[..., AccessTokens], make_settings: MakeSettings, store: TokenStore, clock: Any
) -> None:
    settings = make_settings(refresh_token_days=30)
    begin = clock.now
    assert store.days_left(settings, clock.now) is None
    again(refresh_token_days=30).get()
    assert store.days_left(settings, clock.now) == 30
    clock.move(days=20)
    again(refresh_token_days=30).get()
    assert store.days_left(settings, clock.now) == 10
    clock.move(days=11)
    assert store.days_left(settings, clock.now) == -1
    again(refresh_token_days=30).get()  # Sage took it: so each refresh starts the days anew
    assert store.days_left(settings, clock.now) == 30
    found = store.read(settings)
    assert found is not None
    assert (found.signed_in_at, found.ends_at()) == (begin, clock.now + timedelta(days=30))


def test_tokens_are_encrypted_at_rest(
    make_settings: MakeSettings, warehouse_url: str, clock: Any, sage: Any
) -> None:
    first, second = new_key(), new_key()

    def get(keys: str | None, **changes: Any) -> str:
        store = TokenStore(warehouse_url, keys)
        return AccessTokens(make_settings(**changes), store, clock=clock, sleep=clock.sleep).get()

    assert get(None) == "access-token-number-1"
    assert "refresh-token-number-1" in str(stored(warehouse_url))
    clock.move(hours=9)
    assert get(first) == "access-token-number-2"
    assert "token-number" not in str(stored(warehouse_url))
    assert get(f"{second}, {first}") == "access-token-number-2"
    with pytest.raises(FixSettings, match="are encrypted: set SAGE200_TOKEN_KEY"):
        get(None)
    with pytest.raises(FixSettings, match="with another key"):
        get(second)
    clock.move(hours=9)
    assert get(f"{second}, {first}") == "access-token-number-3"
    assert get(second) == "access-token-number-3"


def test_a_key_that_is_none_is_refused_without_showing_it() -> None:
    with pytest.raises(FixSettings, match="`sage200 token new-key`") as caught:
        TokenStore("postgresql://", "my-secret-key")
    assert "my-secret-key" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_login_before_the_site_was_known_is_taken_over(
    again: Callable[..., AccessTokens], sage: Any, warehouse_url: str, clock: Any
) -> None:
    with pytest.raises(LogInAgain):
        again(refresh_token=None).get()
    again(site_id="").get()
    assert again(refresh_token=None).get() == "access-token-number-1"
    assert stored(warehouse_url)["site_id"].startswith("1111")
    sage.refresh_tokens = {"second-login"}
    clock.move(hours=9)
    again(site_id="", refresh_token="second-login").get()
    assert again(refresh_token=None).get() == "access-token-number-2"


def test_many_can_make_the_table_at_once(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop schema if exists sync cascade")

    def make_schema(number: int) -> None:
        if number % 2:
            TokenStore(postgres, None).ensure_schema()
            return
        with psycopg.connect(postgres, autocommit=True) as other, suppress(psycopg.Error):
            other.execute("create schema if not exists sync")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make_schema, range(16)))
    assert TokenStore(postgres, None).read(Sage200Settings("https://x", "y")) is None


def test_a_store_that_is_not_there_is_named(make_settings: MakeSettings, postgres: str) -> None:
    with pytest.raises(RetryLater, match="WAREHOUSE_URL"):
        AccessTokens(make_settings(), TokenStore("postgresql://127.0.0.1:9/x", None)).get()
    with pytest.raises(FixSettings, match="not a PostgreSQL address") as caught:
        AccessTokens(make_settings(), TokenStore("mysql//user:hush@host", None)).get()
    assert "hush" not in repr(caught.value.__cause__)
    named = TokenStore("postgresql://127.0.0.1:9/x", None, url_setting="token_store_url")
    with pytest.raises(RetryLater, match=r"\(token_store_url\) can't be reached"):
        AccessTokens(make_settings(), named).get()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop schema if exists sync cascade")
    with pytest.raises(FixSettings, match=r"sync\.sage_token is missing"):
        AccessTokens(make_settings(), TokenStore(postgres, None)).get()
