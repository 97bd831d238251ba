"""Recording what became of a document: posted, refused, to be sent later, in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from outbox.connection import Connected
from outbox.exact_json import clean
from outbox.rows import Key, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta
    from typing import Any

    from outbox.rows import Attempt, Row, SageDocument

_STALE = "needs_decision = needs_decision or source_hash is distinct from decided_hash"
"""What came in while a document was under way must be decided before it is sent."""


class Delivery(Connected):
    """The end of a document's way to Sage 200."""

    def posted(
        self,
        row: Row,
        sage: SageDocument,
        *,
        cause: str | None = None,
        error: str | None = None,
        route: str | None = None,
    ) -> bool:
        """Record that Sage 200 has the document.

        Args:
            row: The row.
            sage: What Sage answered.
            cause: Set where the document needs a look although it is posted.
            error: The sentence that goes with ``cause``.
            route: Where Sage has it, if that is not where it was to go.

        Returns:
            ``False`` when the row already names another Sage document (Sage has two), or another
            row names this one (:meth:`holder`).
        """
        cursor = self._connection.execute(
            """
            update sync.outbox o set
              state = 'posted', cause = %s, error = %s, sage_id = %s, sage_document_no = %s,
              route = coalesce(%s, route), sage_net = %s, sage_tax = %s, sage_gross = %s,
              posted_at = coalesce(posted_at, now()), accepted = null,
              needs_decision = false, lease_until = null, lease_owner = null, updated_at = now()
            where id = %s and (sage_id is null or sage_id = %s)
              -- Kinds that make a document in Sage; all others name the one they change.
              and (
                o.kind not in ('sales_order', 'credit_note', 'receipt', 'customer')
                or not exists (
                  select 1 from sync.outbox other
                  where other.route = coalesce(%s, o.route) and other.sage_id = %s
                    and other.kind in ('sales_order', 'credit_note', 'receipt', 'customer')
                    and other.id <> o.id
                )
              )
            """,
            (
                cause,
                error,
                sage.id,
                sage.document_no,
                route,
                sage.net,
                sage.tax,
                sage.gross,
                row.id,
                sage.id,
                route,
                sage.id,
            ),
        )
        return cursor.rowcount == 1

    def holder(self, row: Row, sage_id: int, route: str) -> Key | None:
        """Return whose a document of Sage's is, where that is another row's."""
        found = self._connection.execute(
            """
            select kind, source, source_key from sync.outbox
            where route = %s and sage_id = %s and id <> %s
              and kind in ('sales_order', 'credit_note', 'receipt', 'customer')
            """,
            (route, sage_id, row.id),
        ).fetchone()
        return None if found is None else Key(found["kind"], found["source"], found["source_key"])

    def posted_as(self, row: Row) -> str:
        """Return the number of the document of Sage's that a row names now."""
        found = self._connection.execute(
            "select sage_document_no from sync.outbox where id = %s", (row.id,)
        ).fetchone()
        return str(found["sage_document_no"]) if found else ""

    def needs_a_look(self, row: Row, cause: str, error: str) -> None:
        """Set a cause on a posted document, with the sentence for who must act."""
        self._connection.execute(
            """
            update sync.outbox set cause = %s, error = %s, updated_at = now()
            where id = %s and state = 'posted'
            """,
            (cause, error, row.id),
        )

    def refused(self, row: Row, cause: str, error: str) -> None:
        """Record Sage's refusal; the same document is not sent again by itself."""
        self._release(
            row,
            State.REJECTED,
            sql.SQL("cause = %s, error = %s, refused_hash = content_hash"),
            (cause, error),
        )

    def later(self, row: Row, cause: str, error: str, delay: timedelta) -> None:
        """Put a document back that certainly did not reach Sage; try again after ``delay``."""
        self._release(
            row,
            State.READY,
            sql.SQL(f"cause = %s, error = %s, due_at = now() + %s, {_STALE}"),
            (cause, error, delay),
        )

    def in_doubt(
        self,
        row: Row,
        cause: str,
        error: str,
        delay: timedelta,
        accepted: Mapping[str, Any] | None = None,
    ) -> None:
        """Record that the document's fate is unknown; ask Sage after ``delay``.

        Args:
            row: The row.
            cause: Why.
            error: The sentence for the person who may have to act.
            delay: When to ask.
            accepted: Set where Sage took the document: what it answered. It is then not sent
                again unless a person says so.
        """
        change = sql.SQL(
            "cause = %s, error = %s, due_at = now() + %s, accepted = coalesce(%s, accepted)"
        )
        values = (cause, error, delay, None if accepted is None else Jsonb(clean(accepted)))
        if row.state is not State.READY:
            self._release(row, State.IN_DOUBT, change, values)
            return
        try:
            with self._connection.transaction():
                self._release(row, State.IN_DOUBT, change, values)
        except UniqueViolation:
            # Another document of its group is under way: this one waits, and is asked about again.
            self._release(row, State.READY, change, values)

    def give_back(self, row: Row) -> None:
        """Put a claimed document back that was not sent after all."""
        self._release(row, State.READY, sql.SQL(f"attempts = attempts - 1, {_STALE}"), ())

    def _release(self, row: Row, state: State, change: sql.SQL, values: tuple[object, ...]) -> None:
        # Only who holds the row may say what became of it: after the end of a lease that is
        # the run that took it over.
        query = sql.SQL(
            """
            update sync.outbox set
              state = %s, {}, looked_up_at = null, lease_until = null, lease_owner = null,
              updated_at = now()
            where id = %s and state in ('ready', 'in_flight', 'in_doubt')
              and lease_owner is not distinct from %s
            """
        ).format(change)
        self._connection.execute(query, (state.value, *values, row.id, row.lease_owner))

    def log(self, row: Row, attempt: Attempt) -> None:
        """Add a call to the audit log."""
        self._connection.execute(
            """
            insert into sync.outbox_attempt
              (outbox_id, action, request, response, status_code, outcome, duration_ms)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            (
                row.id,
                attempt.action,
                None if attempt.request is None else Jsonb(attempt.request),
                None if attempt.response is None else Jsonb(attempt.response),
                attempt.status_code,
                attempt.outcome,
                attempt.duration_ms,
            ),
        )
