"""A PostgreSQL of its own for the outbox's tests, emptied before each."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from outbox import Outbox
from sandbox.postgres import embedded_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    # A short path: a Unix socket's is limited to 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="obx"))
    with embedded_postgres(folder / "pg", durable=False) as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(server: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop schema if exists sync cascade")
    with Outbox(server) as outbox:
        outbox.ensure_schema()
    return server


@pytest.fixture
def outbox(url: str) -> Iterator[Outbox]:
    with Outbox(url) as opened:
        yield opened
