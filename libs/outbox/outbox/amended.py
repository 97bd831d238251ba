"""Documents that changed at their source after they were posted, and what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from outbox.connection import Connected
from outbox.row_reading import ROW_COLUMNS, read_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outbox.rows import Row


class Amended(Connected):
    """What comes after posting."""

    def amended(self, kind: str, source: str, limit: int = 500, after: int = 0) -> list[Row]:
        """Return posted documents whose source is another than the one that was posted."""
        query = sql.SQL(
            """
            select {} from sync.outbox
            where kind = %s and source = %s and state = 'posted' and source_hash <> decided_hash
              and id > %s
            order by id limit %s
            """
        ).format(ROW_COLUMNS)
        rows = self._connection.execute(query, (kind, source, after, limit))
        return [read_row(row) for row in rows]

    def amendment_seen(self, row: Row, cause: str | None = None, error: str | None = None) -> None:
        """Record that the change in ``row`` was dealt with; a later one is seen again.

        Args:
            row: The posted document with its changed source.
            cause: Set where a person must act; else the cause stays what it was.
            error: The sentence that goes with ``cause``.
        """
        self._connection.execute(
            """
            update sync.outbox set decided_hash = %s, cause = coalesce(%s, cause),
              error = coalesce(%s, error), updated_at = now()
            where id = %s
            """,
            (row.source_hash, cause, error, row.id),
        )

    def posted_with_cause(
        self, kind: str, source: str, causes: Sequence[str], limit: int = 200, after: int = 0
    ) -> list[Row]:
        """Return posted documents that need a look for one of ``causes``."""
        query = sql.SQL(
            """
            select {} from sync.outbox
            where kind = %s and source = %s and state = 'posted' and cause = any(%s) and id > %s
            order by id limit %s
            """
        ).format(ROW_COLUMNS)
        rows = self._connection.execute(query, (kind, source, list(causes), after, limit))
        return [read_row(row) for row in rows]

    def group(self, kind: str, source: str, group_key: str) -> list[Row]:
        """Return the documents of one kind in a group, oldest first, superseded ones too."""
        query = sql.SQL(
            "select {} from sync.outbox where kind = %s and source = %s and group_key = %s"
            " order by id"
        ).format(ROW_COLUMNS)
        return [read_row(row) for row in self._connection.execute(query, (kind, source, group_key))]

    def supersede(self, kind: str, source: str, group_key: str) -> int:
        """Take documents of a group that were not sent yet out of the way of a newer one."""
        return self._connection.execute(
            """
            update sync.outbox set state = 'superseded', needs_decision = false, updated_at = now()
            where kind = %s and source = %s and group_key = %s
              and state in ('waiting', 'ready', 'rejected')
            """,
            (kind, source, group_key),
        ).rowcount

    def by_source_id(self, kind: str, source: str, source_id: int) -> Row | None:
        """Return the document with Magento's id."""
        query = sql.SQL(
            "select {} from sync.outbox where kind = %s and source = %s and source_id = %s"
            " order by id limit 1"
        ).format(ROW_COLUMNS)
        row = self._connection.execute(query, (kind, source, source_id)).fetchone()
        return None if row is None else read_row(row)
