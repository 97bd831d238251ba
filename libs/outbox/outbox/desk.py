"""What people ask of the queue, and the two things they may do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outbox.connection import Connected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Desk(Connected):
    """The queue as people see it."""

    def summary(self, kind: str, source: str) -> Sequence[Mapping[str, Any]]:
        """Count documents and sum their gross by state, cause and currency."""
        return self._connection.execute(
            """
            select state, cause, currency, count(*) as documents, sum(amount) as amount
            from sync.outbox where kind = %s and source = %s
            group by state, cause, currency order by state, cause, currency
            """,
            (kind, source),
        ).fetchall()

    def rows_in(self, state: str) -> list[tuple[Any, ...]]:
        """Return number, amount, currency, cause and message of the documents in one state."""
        rows = self._connection.execute(
            """
            select source_key, amount, currency, cause, error from sync.outbox
            where state = %s order by source_key
            """,
            (state,),
        )
        return [tuple(row.values()) for row in rows]

    def release(self, source_key: str, kind: str = "sales_order") -> int:
        """Let a rejected document be sent again: a person says that the reason is gone.

        Returns:
            How many rows were released (0 where none is rejected).
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set refused_hash = null, needs_decision = true, due_at = now(),
              updated_at = now()
            where kind = %s and source_key = %s and state = 'rejected'
            """,
            (kind, source_key),
        )
        return cursor.rowcount

    def ignore(self, source_key: str, reason: str, who: str, kind: str = "sales_order") -> int:
        """Take a document that was never sent out of the way: a person's decision.

        Returns:
            How many rows were ignored (0 where it is posted, in flight or in doubt).
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set state = 'ignored', cause = 'ignored_by_person', error = %s,
              detail = detail || jsonb_build_object('ignored_by', %s::text),
              needs_decision = false, updated_at = now()
            where kind = %s and source_key = %s and state in ('waiting', 'ready', 'rejected')
            """,
            (reason, who, kind, source_key),
        )
        return cursor.rowcount
