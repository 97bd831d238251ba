"""Handing documents out for posting, once only, and recording what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.types.json import Jsonb

from outbox.connection import Connected
from outbox.row_reading import ROW_COLUMNS, read_row, row_columns_of
from outbox.rows import State

if TYPE_CHECKING:
    from datetime import timedelta

    from outbox.rows import Attempt, Row, SageDocument


class Delivery(Connected):
    """The way of a document to Sage 200."""

    def due(self, kind: str, source: str) -> list[Row]:
        """Return the ready documents that are due now, without claiming them."""
        query = sql.SQL(
            """
            select {} from sync.outbox
            where kind = %s and source = %s and state = 'ready' and due_at <= now()
              and not needs_decision
            order by id
            """
        ).format(ROW_COLUMNS)
        return [read_row(row) for row in self._connection.execute(query, (kind, source))]

    def claim(self, kind: str, source: str, owner: str, lease: timedelta) -> Row | None:
        """Take one due document for posting or for asking; nobody else gets it meanwhile.

        A ready document becomes ``in_flight``. A document in flight whose lease has ended (its
        worker died) becomes ``in_doubt``. The lease must be longer than a request can live, so
        that nothing is still under way at Sage when it is asked about.

        Returns:
            The row in its new state, or ``None`` when nothing is due.
        """
        query = sql.SQL(
            """
            with next as (
              select id from sync.outbox
              where kind = %(kind)s and source = %(source)s and due_at <= now()
                and (
                  (state = 'ready' and not needs_decision)
                  or (state in ('in_flight', 'in_doubt')
                    and (lease_until is null or lease_until < now()))
                )
              order by state = 'ready', id
              for update skip locked
              limit 1
            )
            update sync.outbox o set
              state = case when state = 'ready' then 'in_flight' else 'in_doubt' end,
              attempts = attempts + 1,
              lease_owner = %(owner)s,
              lease_until = now() + %(lease)s,
              updated_at = now()
            from next where o.id = next.id
            returning {}
            """
        ).format(row_columns_of("o"))
        parameters = {"kind": kind, "source": source, "owner": owner, "lease": lease}
        row = self._connection.execute(query, parameters).fetchone()
        return None if row is None else read_row(row)

    def start_post(self, row: Row, owner: str, lease: timedelta) -> bool:
        """Turn a document in doubt, of which Sage knows nothing, into one in flight.

        Returns:
            ``False`` when somebody else took it over; then nothing may be sent.
        """
        cursor = self._connection.execute(
            """
            update sync.outbox
            set state = 'in_flight', lease_until = now() + %s, updated_at = now()
            where id = %s and lease_owner = %s and state = 'in_doubt'
            """,
            (lease, row.id, owner),
        )
        return cursor.rowcount == 1

    def posted(
        self, row: Row, sage: SageDocument, *, cause: str | None = None, error: str | None = None
    ) -> bool:
        """Record that Sage 200 has the document.

        Args:
            row: The row.
            sage: What Sage answered.
            cause: Set where the document needs a look although it is posted.
            error: The sentence that goes with ``cause``.

        Returns:
            ``False`` when the row already names another Sage document: Sage has two.
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set
              state = 'posted', cause = %s, error = %s, sage_id = %s, sage_document_no = %s,
              sage_net = %s, sage_tax = %s, sage_gross = %s, posted_at = coalesce(posted_at, now()),
              needs_decision = false, lease_until = null, lease_owner = null, updated_at = now()
            where id = %s and (sage_id is null or sage_id = %s)
            """,
            (
                cause,
                error,
                sage.id,
                sage.document_no,
                sage.net,
                sage.tax,
                sage.gross,
                row.id,
                sage.id,
            ),
        )
        return cursor.rowcount == 1

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
            sql.SQL("cause = %s, error = %s, due_at = now() + %s"),
            (cause, error, delay),
        )

    def in_doubt(self, row: Row, cause: str, error: str, delay: timedelta) -> None:
        """Record that the document's fate is unknown; ask Sage after ``delay``."""
        self._release(
            row,
            State.IN_DOUBT,
            sql.SQL("cause = %s, error = %s, due_at = now() + %s"),
            (cause, error, delay),
        )

    def _release(self, row: Row, state: State, change: sql.SQL, values: tuple[object, ...]) -> None:
        query = sql.SQL(
            """
            update sync.outbox set
              state = %s, {}, lease_until = null, lease_owner = null, updated_at = now()
            where id = %s and state in ('ready', 'in_flight', 'in_doubt')
            """
        ).format(change)
        self._connection.execute(query, (state.value, *values, row.id))

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
