"""Tokens in PostgreSQL: ``sync.sage_token``, one row per (token address, client, site).

Sage replaces the refresh token on each refresh and the old one dies, so the row is locked while a
refresh runs, and the new refresh token is committed before its access token is used by anybody.
All processes share the stored access token, because Sage may refuse to make another one early.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from sage200_client.exceptions import FixSettings, RetryLater
from sage200_client.sealing import Seal
from sage200_client.stored_tokens import StoredTokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sage200_client.settings import Sage200Settings

_SCHEMA = """
create schema if not exists sync;
create table if not exists sync.sage_token (
    token_url text not null,
    client_id text not null,
    site_id text not null,
    refresh_token text,
    seed_hash text,
    access_token text,
    access_renew_at timestamptz,
    access_expires_at timestamptz,
    signed_in_at timestamptz,
    refresh_obtained_at timestamptz,
    refresh_expires_at timestamptz,
    lifetime_days integer not null default 90,
    lifetime_rolls boolean not null default false,
    refresh_started_at timestamptz,
    warning_days integer not null default 7,
    primary key (token_url, client_id, site_id)
);
alter table sync.sage_token add column if not exists warning_days integer not null default 7;
comment on table sync.sage_token is
    'Sign-in to Sage 200: the rotating refresh token and the access token that all processes share';
-- For reports: what is known of a login without its secrets, read as StoredTokens.ends_at reads it.
create or replace view sync.sage_login as
select
    token_url,
    client_id,
    site_id,
    signed_in_at,
    greatest(signed_in_at, refresh_obtained_at) as renewed_at,
    coalesce(
        refresh_expires_at,
        case when lifetime_rolls then refresh_obtained_at else signed_in_at end
        + make_interval(hours => 24 * lifetime_days)
    ) as ends_at,
    warning_days
from sync.sage_token
where refresh_token is not null;
"""
_SELECT = """
select refresh_token, seed_hash, access_token, access_renew_at, access_expires_at,
    signed_in_at, refresh_obtained_at, refresh_expires_at, lifetime_days, lifetime_rolls,
    refresh_started_at, warning_days
from sync.sage_token
where token_url = %(token_url)s and client_id = %(client_id)s and site_id = %(site_id)s
"""
_UPSERT = """
insert into sync.sage_token (
    token_url, client_id, site_id, refresh_token, seed_hash, access_token, access_renew_at,
    access_expires_at, signed_in_at, refresh_obtained_at, refresh_expires_at, lifetime_days,
    lifetime_rolls, refresh_started_at, warning_days
) values (
    %(token_url)s, %(client_id)s, %(site_id)s, %(refresh_token)s, %(seed_hash)s, %(access_token)s,
    %(access_renew_at)s, %(access_expires_at)s, %(signed_in_at)s, %(refresh_obtained_at)s,
    %(refresh_expires_at)s, %(lifetime_days)s, %(lifetime_rolls)s, %(refresh_started_at)s,
    %(warning_days)s
)
on conflict (token_url, client_id, site_id) do update set
    refresh_token = excluded.refresh_token,
    seed_hash = excluded.seed_hash,
    access_token = excluded.access_token,
    access_renew_at = excluded.access_renew_at,
    access_expires_at = excluded.access_expires_at,
    signed_in_at = excluded.signed_in_at,
    refresh_obtained_at = excluded.refresh_obtained_at,
    refresh_expires_at = excluded.refresh_expires_at,
    lifetime_days = excluded.lifetime_days,
    lifetime_rolls = excluded.lifetime_rolls,
    refresh_started_at = excluded.refresh_started_at,
    warning_days = excluded.warning_days
"""
_RESERVE = """
insert into sync.sage_token (token_url, client_id, site_id)
values (%(token_url)s, %(client_id)s, %(site_id)s)
on conflict do nothing
"""
# A login made before the site was known is taken over by the first site that uses it: it is moved,
# since two rows with one rotating token would kill each other's. An older login makes room for it.
_MAKE_ROOM = """
delete from sync.sage_token as older
using sync.sage_token as newer
where older.token_url = %(token_url)s and older.client_id = %(client_id)s
    and older.site_id = %(site_id)s and older.site_id <> ''
    and newer.token_url = older.token_url and newer.client_id = older.client_id
    and newer.site_id = '' and newer.refresh_token is not null
    and (older.refresh_token is null or newer.signed_in_at > older.signed_in_at)
"""
_TAKE_OVER = """
update sync.sage_token set site_id = %(site_id)s
where token_url = %(token_url)s and client_id = %(client_id)s and site_id = ''
    and refresh_token is not null
    and not exists (
        select from sync.sage_token
        where token_url = %(token_url)s and client_id = %(client_id)s and site_id = %(site_id)s
    )
"""


class TokenStore:
    """The table of tokens; safe to share between threads and processes.

    Attributes:
        warehouse_url: libpq URL of the PostgreSQL database, password included.
        encryption_key: What seals the tokens.
        url_setting: What the caller calls the address, for sentences about it.
    """

    def __init__(
        self, warehouse_url: str, encryption_key: str | None, *, url_setting: str = "WAREHOUSE_URL"
    ) -> None:
        """Keep the address; nothing is opened before it is used.

        Args:
            warehouse_url: libpq URL of the PostgreSQL database.
            encryption_key: Value of ``SAGE200_TOKEN_KEY``; None stores tokens in the clear.
            url_setting: The setting or variable that the address came from.

        Raises:
            FixSettings: The key isn't one.
        """
        self.warehouse_url = warehouse_url
        self.encryption_key = encryption_key
        self.url_setting = url_setting
        self._seal = Seal(encryption_key)

    def ensure_schema(self) -> None:
        """Make the schema, the table and the view without secrets where they are missing.

        Raises:
            RetryLater: The database can't be reached.
        """
        try:
            self._create()
        except psycopg.errors.UniqueViolation:
            # Another program made the schema, which it shares with us, at the same moment:
            # `create schema if not exists` doesn't wait for it.
            self._create()

    def _create(self) -> None:
        with self._connect() as connection:
            connection.execute("select pg_advisory_xact_lock(hashtext('sync.sage_token'))")
            found = connection.execute("select to_regclass('sync.sage_login')").fetchone()
            if found is None or found[0] is None:
                connection.execute(_SCHEMA)

    def read(self, settings: Sage200Settings) -> StoredTokens | None:
        """Return what is stored for these settings, without locking; None where nothing is.

        Raises:
            FixSettings: It is encrypted and the key is missing or another one.
            RetryLater: The database can't be reached.
        """
        with self._connect() as connection:
            _take_over(connection, settings)
            return self._row(connection, settings, lock=False)

    def days_left(self, settings: Sage200Settings, now: datetime) -> int | None:
        """Return the whole days until a person must log in again; None where unknown."""
        stored = self.read(settings)
        return None if stored is None else stored.days_left(now)

    def login_warning(self, settings: Sage200Settings, now: datetime) -> str | None:
        """Return a sentence where the login ends within ``login_warning_days``, else None.

        Raises:
            FixSettings: The row is encrypted and the key is missing or another one.
            RetryLater: The database can't be reached.
        """
        stored = self.read(settings)
        return None if stored is None else stored.warning(now, settings.login_warning_days)

    def save(self, settings: Sage200Settings, tokens: StoredTokens) -> None:
        """Store and commit.

        Raises:
            RetryLater: The database can't be reached.
        """
        with self._connect() as connection:
            self._write(connection, settings, tokens)

    @contextmanager
    def locked(self, settings: Sage200Settings) -> Iterator[LockedTokens]:
        """Hold the row's lock for the length of the ``with`` block; its end commits.

        Waits for another process's refresh to end, at most its time limit and 30 seconds.

        Raises:
            RetryLater: The database can't be reached, or the lock isn't given in time.
        """
        wait_ms = int(settings.timeout_seconds * 1000) + 30_000
        with self._connect() as connection:
            connection.execute(f"set local lock_timeout = {wait_ms}")
            _take_over(connection, settings)
            connection.execute(_RESERVE, _key(settings))
            found = self._row(connection, settings, lock=True)
            yield LockedTokens(
                found or StoredTokens(),
                lambda tokens: self._write(connection, settings, tokens),
            )

    def _row(
        self, connection: psycopg.Connection[Any], settings: Sage200Settings, *, lock: bool
    ) -> StoredTokens | None:
        query = _SELECT + ("for update" if lock else "")
        with connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query, _key(settings)).fetchone()
        if row is None:
            return None
        stored = StoredTokens(**row)
        return replace(
            stored,
            refresh_token=self._seal.open(stored.refresh_token) if stored.refresh_token else None,
            access_token=self._seal.open(stored.access_token) if stored.access_token else None,
        )

    def _write(
        self,
        connection: psycopg.Connection[Any],
        settings: Sage200Settings,
        tokens: StoredTokens,
    ) -> None:
        values = {name: getattr(tokens, name) for name in StoredTokens.__dataclass_fields__}
        for name in ("refresh_token", "access_token"):
            if values[name] is not None:
                values[name] = self._seal.close(values[name])
        connection.execute(_UPSERT, {**_key(settings), **values})

    @contextmanager
    def _connect(self) -> Iterator[psycopg.Connection[Any]]:
        """Open a connection whose end commits; the database's absence is a matter of waiting."""
        try:
            with self._open() as connection:
                yield connection
        except psycopg.errors.LockNotAvailable as error:
            raise RetryLater("Another process is refreshing the Sage 200 tokens; wait.") from error
        except psycopg.errors.UndefinedTable as error:
            raise FixSettings(
                "Table sync.sage_token is missing; run `sage200 login` or ensure_schema()."
            ) from error
        except psycopg.OperationalError as error:
            raise RetryLater(
                f"The database with the Sage 200 tokens ({self.url_setting}) can't be reached."
            ) from error

    def _open(self) -> psycopg.Connection[Any]:
        try:
            return psycopg.connect(self.warehouse_url, connect_timeout=10)
        except psycopg.ProgrammingError:
            # Without the cause: libpq may quote the URL, and with it the password.
            raise FixSettings(
                f"{self.url_setting} is not a PostgreSQL address (postgresql://…)."
            ) from None


class LockedTokens:
    """A row whose lock is held.

    Attributes:
        tokens: What it holds now.
    """

    def __init__(self, tokens: StoredTokens, write: Callable[[StoredTokens], None]) -> None:
        self.tokens = tokens
        self._write = write

    def keep(self, tokens: StoredTokens) -> None:
        """Replace what the row holds; committed when the lock's block ends."""
        self._write(tokens)
        self.tokens = tokens


def _take_over(connection: psycopg.Connection[Any], settings: Sage200Settings) -> None:
    connection.execute(_MAKE_ROOM, _key(settings))
    connection.execute(_TAKE_OVER, _key(settings))


def _key(settings: Sage200Settings) -> dict[str, str]:
    return {
        "token_url": settings.token_url,
        "client_id": settings.client_id,
        "site_id": settings.site_id,
    }
