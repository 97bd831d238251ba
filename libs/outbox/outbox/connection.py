"""The queue's connection: exact JSON both ways, its tables made where they are missing."""

from __future__ import annotations

from contextlib import contextmanager
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg.types.json import set_json_dumps, set_json_loads

from outbox.exact_json import dumps, loads
from outbox.exceptions import OutboxUnreachableError
from outbox.rows import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from typing_extensions import Self

    from outbox.rows import Key

_SCHEMA_LOCK = 7_268_200
"""Advisory lock under which the schema is made, so that two first starts don't collide."""


_PATIENCE: Mapping[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""How long a server that is gone is waited for, unless the URL says otherwise: the system's own
answer may be hours, and leases end meanwhile."""
_NO_URL = (
    "its address can't be read (what stands there is not repeated, it may hold a password). "
    "Percent-encode @ : / # and % in user name and password"
)


class Connected:
    """One connection to the database of the queue; give each thread its own."""

    def __init__(self, url: str) -> None:
        """Connect.

        Args:
            url: libpq URL of the PostgreSQL database that holds schema ``sync``.

        Raises:
            OutboxUnreachableError: The database does not answer or refuses the login, or the URL
                is none.
        """
        options = {**_PATIENCE, **_read(url)}
        try:
            self._connection = psycopg.connect(**options, autocommit=True, row_factory=dict_row)
        except psycopg.OperationalError as error:
            raise OutboxUnreachableError(str(error)) from error
        except psycopg.Error:
            raise OutboxUnreachableError(_NO_URL) from None
        set_json_dumps(dumps, self._connection)
        set_json_loads(loads, self._connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return itself; the connection is closed at the end of the ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def ensure_schema(self) -> None:
        """Make schema ``sync`` and its tables where they are missing.

        Where they are there already nothing is locked: another run may be storing its orders.
        """
        statements = files("outbox").joinpath("schema.sql").read_text(encoding="utf-8")
        made_of = f"schema {sha256(statements.encode()).hexdigest()}"
        with self._connection.transaction():
            self._connection.execute("select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            if self._schema_is() != made_of:
                self._connection.execute(cast("Any", statements))
                self._connection.execute(
                    sql.SQL("comment on table sync.outbox is {}").format(sql.Literal(made_of))
                )

    def _schema_is(self) -> str | None:
        """What the tables were made of, as the table itself says."""
        found = self._connection.execute(
            "select obj_description(to_regclass('sync.outbox'), 'pg_class') as made_of"
        ).fetchone()
        return None if found is None else found["made_of"]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside one all-or-nothing change."""
        with self._connection.transaction():
            yield

    def state_of(self, key: Key) -> State:
        """Return the state of one document.

        Raises:
            KeyError: It is not in the outbox.
        """
        found = self._connection.execute(
            "select state from sync.outbox where kind = %s and source = %s and source_key = %s",
            (key.kind, key.source, key.source_key),
        ).fetchone()
        if found is None:
            raise KeyError(key)
        return State(found["state"])


def _read(url: str) -> dict[str, Any]:
    """The parts of a libpq URL; whatever is wrong with it is told without quoting it."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        raise OutboxUnreachableError(_NO_URL) from None
    if "@" in str(parts.get("host") or ""):
        # A password with an @ in it that was not encoded: its rest would be shown as the host.
        raise OutboxUnreachableError(_NO_URL)
    return parts
