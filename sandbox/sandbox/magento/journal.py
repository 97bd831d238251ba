"""What was written to the shop, kept in one SQLite file so that it survives a restart."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sandbox.magento.json_text import magento_json, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sandbox.magento.json_text import Document

_TABLES = """
create table if not exists origin (fingerprint text not null);
create table if not exists change (
    table_name text not null,
    key integer not null,
    document text,
    primary key (table_name, key)
);
create table if not exists counter (name text primary key, value integer not null);
"""


class JournalError(Exception):
    """The state file can't be used; the text says why and what to do."""


class Journal:
    """The rows that differ from the shop's files, and the counters new ids come from.

    One request is one transaction: after a crash it is there whole or not at all.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        """Open or make the file.

        Args:
            path: The file; its folder is made where missing.
            fingerprint: What identifies the shop's files; state of another shop is refused.

        Raises:
            JournalError: The file is no state file, or one of another shop.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._database.execute("pragma synchronous = full")
            self._database.executescript(_TABLES)
            row = self._database.execute("select fingerprint from origin").fetchone()
            if row is None:
                self._database.execute("insert into origin values (?)", (fingerprint,))
        except sqlite3.DatabaseError as error:
            raise JournalError(
                f"The Magento state file {path} can't be opened ({error}). "
                "Delete it to start afresh, or give another --state."
            ) from error
        if row is not None and row[0] != fingerprint:
            raise JournalError(
                f"The Magento state file {path} belongs to other shop data. "
                "Delete it to start afresh, or give another --state."
            )

    def changes(self) -> Iterator[tuple[str, int, Document | None]]:
        """Yield table, key and row of every change; None means the row is gone."""
        for name, key, text in self._database.execute(
            "select table_name, key, document from change order by rowid"
        ):
            yield name, key, None if text is None else parse_json(text)

    def counters(self) -> dict[str, int]:
        """Return the last number each counter gave out."""
        return dict(self._database.execute("select name, value from counter"))

    def write(
        self,
        changes: Iterable[tuple[str, int, Document | None]],
        counters: Iterable[tuple[str, int]],
    ) -> None:
        """Keep changed rows and counters in one transaction, on disk when this returns."""
        rows = [
            (name, key, None if document is None else magento_json(document).decode())
            for name, key, document in changes
        ]
        self._database.execute("begin immediate")
        try:
            self._database.executemany(
                "insert into change values (?, ?, ?) "
                "on conflict (table_name, key) do update set document = excluded.document",
                rows,
            )
            self._database.executemany(
                "insert into counter values (?, ?) "
                "on conflict (name) do update set value = excluded.value",
                list(counters),
            )
            self._database.execute("commit")
        except BaseException:
            self._database.execute("rollback")
            raise

    def close(self) -> None:
        """Close the file."""
        self._database.close()
