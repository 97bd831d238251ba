"""Before a login ends a person is told, in time and by the same reading everywhere."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sage200_client import FixSettings, TokenStore
from sage200_client.stored_tokens import StoredTokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage200_client import Sage200Client, Sage200Settings

NOW = datetime(2026, 3, 25, 12, tzinfo=timezone.utc)
LOGIN = NOW - timedelta(days=84)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("stored", "days", "words"),
    [
        (StoredTokens("r", signed_in_at=LOGIN), 7, "ends on 31 March 2026, in 6 days"),
        (StoredTokens("r", signed_in_at=LOGIN), 6, None),
        (StoredTokens("r", signed_in_at=LOGIN - HOUR), 6, "in 5 days"),
        (StoredTokens("r", signed_in_at=LOGIN - timedelta(days=6)), 7, "ended on 25 March 2026"),
        (StoredTokens("r", signed_in_at=LOGIN - timedelta(days=9)), 0, "ended on 22 March 2026"),
        (StoredTokens("r", signed_in_at=LOGIN, lifetime_days=120), 7, None),
        (StoredTokens("r", signed_in_at=LOGIN, refresh_expires_at=NOW + HOUR), 1, "in 0 days"),
        (StoredTokens("r"), 7, None),
        (StoredTokens(signed_in_at=LOGIN), 7, None),
    ],
)
def test_a_login_that_ends_within_the_warning_days_is_told(
    stored: StoredTokens, days: int, words: str | None
) -> None:
    told = stored.warning(NOW, days)
    if words is None:
        assert told is None
    else:
        assert told is not None
        assert words in told
        assert told.endswith(": a person must run `sage200 login`.")


@pytest.mark.parametrize(
    "stored",
    [
        StoredTokens("r", signed_in_at=LOGIN, refresh_obtained_at=NOW, warning_days=3),
        StoredTokens("r", signed_in_at=LOGIN, refresh_obtained_at=NOW, lifetime_rolls=True),
        StoredTokens("r", signed_in_at=LOGIN, refresh_obtained_at=NOW, lifetime_days=30),
        StoredTokens("r", signed_in_at=LOGIN, refresh_expires_at=NOW + HOUR),
        StoredTokens("r"),
    ],
    ids=["from the login", "from the last refresh", "shorter life", "as Sage says", "unknown"],
)
def test_reports_see_the_end_that_the_programs_see_and_no_secret(
    store: TokenStore,
    make_settings: Callable[..., Sage200Settings],
    warehouse_url: str,
    stored: StoredTokens,
) -> None:
    store.save(make_settings(), stored)
    with psycopg.connect(warehouse_url) as connection:
        # Where daylight saving begins within the 90 days, a day may have 23 hours.
        connection.execute("set time zone 'Europe/London'")
        cursor = connection.execute("select * from sync.sage_login")
        names = [column.name for column in cursor.description or ()]
        (row,) = cursor.fetchall()
    found = dict(zip(names, row, strict=True))
    assert (found["ends_at"], found["warning_days"]) == (stored.ends_at(), stored.warning_days)
    secrets = {"refresh_token", "access_token", "seed_hash"}
    assert not secrets & set(names)


def test_the_warning_days_of_the_settings_reach_the_reports_with_a_refresh(
    make_client: Callable[..., Sage200Client], sage: Any, warehouse_url: str
) -> None:
    sage.lists["products"] = []
    make_client(login_warning_days=14).get("products")
    with psycopg.connect(warehouse_url) as connection:
        found = connection.execute("select warning_days from sync.sage_login").fetchall()
    assert found == [(14,)]


def test_a_client_warns_by_its_settings(
    store: TokenStore, make_client: Callable[..., Sage200Client], clock: Any
) -> None:
    clock.now = NOW
    assert make_client().login_warning() is None
    store.save(make_client()._settings, StoredTokens("r", signed_in_at=LOGIN))
    assert "31 March" in (make_client().login_warning() or "")
    assert make_client(login_warning_days=6).login_warning() is None


def test_a_table_of_an_earlier_version_is_brought_up_to_date(
    store: TokenStore, make_settings: Callable[..., Sage200Settings], warehouse_url: str
) -> None:
    store.save(make_settings(), StoredTokens("kept", signed_in_at=LOGIN))
    with psycopg.connect(warehouse_url) as connection:
        connection.execute("drop view sync.sage_login")
        connection.execute("alter table sync.sage_token drop column warning_days")
    store.ensure_schema()
    stored = store.read(make_settings())
    assert stored == StoredTokens("kept", signed_in_at=LOGIN, warning_days=7)


def test_negative_warning_days_are_refused(make_settings: Callable[..., Sage200Settings]) -> None:
    with pytest.raises(FixSettings, match="login_warning_days"):
        make_settings(login_warning_days=-1)
