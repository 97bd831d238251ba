"""Handing documents out for posting, once only, and recording what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from psycopg import sql
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from outbox.connection import Connected
from outbox.row_reading import ROW_COLUMNS, read_row, row_columns_of
from outbox.rows import State

if TYPE_CHECKING:
    from datetime import timedelta

    from outbox.rows import Attempt, Row, SageDocument


_MOST_COLLISIONS = 100
_FREE = """
    and not exists (
      select 1 from sync.outbox other
      where other.source = o.source and other.group_key = o.group_key and other.id <> o.id
        and other.state in ('in_flight', 'in_doubt')
    )
"""
_DOUBTFUL = """
    o.state in ('in_flight', 'in_doubt') and (o.lease_until is null or o.lease_until < now())
"""
_READY = f"o.state = 'ready' and not o.needs_decision {_FREE}"


def _claim(condition: str, state: str) -> sql.Composed:
    """One statement for each kind of claim, so that each is a walk along one small index."""
    return sql.SQL(
        """
        with next as (
          select id from sync.outbox o
          where kind = %(kind)s and source = %(source)s and due_at <= now() and {condition}
          order by id
          for update skip locked
          limit 1
        )
        update sync.outbox o set
          state = {state},
          attempts = attempts + 1,
          lease_owner = %(owner)s,
          lease_until = now() + %(lease)s,
          updated_at = now()
        from next where o.id = next.id
        returning {columns}
        """
    ).format(
        condition=sql.SQL(cast("Any", condition)),
        state=sql.Literal(state),
        columns=row_columns_of("o"),
    )


_CLAIMS = (
    _claim(_DOUBTFUL, State.IN_DOUBT.value),
    _claim(_READY, State.IN_FLIGHT.value),
)


class Delivery(Connected):
    """The way of a document to Sage 200."""

    def due(self, kind: str, source: str, limit: int = 500, after: int = 0) -> list[Row]:
        """Return ready documents that are due now, in the order of their ids, without claiming."""
        query = sql.SQL(
            """
            select {} from sync.outbox
            where kind = %s and source = %s and state = 'ready' and due_at <= now()
              and not needs_decision and id > %s
            order by id limit %s
            """
        ).format(ROW_COLUMNS)
        rows = self._connection.execute(query, (kind, source, after, limit))
        return [read_row(row) for row in rows]

    def routes_used(self, kind: str, source: str) -> set[str]:
        """Return the routes that documents of a kind were ever meant for."""
        rows = self._connection.execute(
            "select distinct route from sync.outbox"
            " where kind = %s and source = %s and route is not null",
            (kind, source),
        )
        return {row["route"] for row in rows}

    def claim(self, kind: str, source: str, owner: str, lease: timedelta) -> Row | None:
        """Take one due document for posting or for asking; nobody else gets it meanwhile.

        A ready document becomes ``in_flight``, unless another one of its group is under way. A
        document in flight whose lease has ended (its worker died) becomes ``in_doubt``; such
        documents go first. The lease must be longer than a request can live, so that nothing is
        still under way at Sage when it is asked about.

        Returns:
            The row in its new state, or ``None`` when nothing is due.
        """
        parameters = {"kind": kind, "source": source, "owner": owner, "lease": lease}
        for _ in range(_MOST_COLLISIONS):
            try:
                for claim in _CLAIMS:
                    row = self._connection.execute(claim, parameters).fetchone()
                    if row is not None:
                        return read_row(row)
            except UniqueViolation:
                # Another run has just begun with a document of the same group: look again.
                continue
            return None
        return None

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

    def hold(self, row: Row, lease: timedelta) -> bool:
        """Begin the lease anew, right before the request leaves: it covers the whole request.

        Returns:
            ``False`` when the lease has ended or somebody else took the document over; then
            nothing may be sent.
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set lease_until = now() + %s
            where id = %s and lease_owner = %s and state = 'in_flight' and lease_until > now()
            """,
            (lease, row.id, row.lease_owner),
        )
        return cursor.rowcount == 1

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
            ``False`` when the row already names another Sage document: Sage has two.
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set
              state = 'posted', cause = %s, error = %s, sage_id = %s, sage_document_no = %s,
              route = coalesce(%s, route), sage_net = %s, sage_tax = %s, sage_gross = %s,
              posted_at = coalesce(posted_at, now()),
              needs_decision = false, lease_until = null, lease_owner = null, updated_at = now()
            where id = %s and (sage_id is null or sage_id = %s)
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

    def give_back(self, row: Row) -> None:
        """Put a claimed document back that was not sent after all."""
        self._release(row, State.READY, sql.SQL("attempts = attempts - 1"), ())

    def _release(self, row: Row, state: State, change: sql.SQL, values: tuple[object, ...]) -> None:
        # Only who holds the row may say what became of it: after the end of a lease that is
        # the run that took it over.
        query = sql.SQL(
            """
            update sync.outbox set
              state = %s, {}, lease_until = null, lease_owner = null, updated_at = now()
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
