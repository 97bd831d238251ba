"""Handing documents out for posting: each to one worker, and only while its decision is fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from psycopg import sql
from psycopg.errors import UniqueViolation

from outbox.connection import Connected
from outbox.row_reading import ROW_COLUMNS, read_row, row_columns_of
from outbox.rows import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from outbox.rows import Row

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
_ASKED = "(%(asked)s::interval is null or o.looked_up_at > now() - %(asked)s::interval)"
_READY = f"o.state = 'ready' and not o.needs_decision and {_ASKED} {_FREE}"


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


class HandingOut(Connected):
    """Who may send which document now."""

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

    def not_looked_up(
        self, kind: str, source: str, within: timedelta, limit: int, after: int = 0
    ) -> list[Row]:
        """Return documents that are due and of which Sage was not asked lately.

        Args:
            kind: Kind of document.
            source: Name of the Magento installation.
            within: How long an answer of Sage's counts.
            limit: How many at most.
            after: Only those with a greater id.
        """
        query = sql.SQL(
            """
            select {} from sync.outbox
            where kind = %s and source = %s and state = 'ready' and due_at <= now()
              and not needs_decision and (looked_up_at is null or looked_up_at <= now() - %s)
              and id > %s
            order by id limit %s
            """
        ).format(ROW_COLUMNS)
        rows = self._connection.execute(query, (kind, source, within, after, limit))
        return [read_row(row) for row in rows]

    def looked_up(self, rows: Sequence[Row]) -> None:
        """Note that Sage was asked for these documents just now and has none of them.

        A row that was decided anew meanwhile is another document, and is asked about again.
        """
        self._connection.execute(
            """
            update sync.outbox o set looked_up_at = now()
            from unnest(%s::bigint[], %s::text[]) as asked (id, content_hash)
            where o.id = asked.id and o.state = 'ready'
              and o.content_hash is not distinct from asked.content_hash
            """,
            ([row.id for row in rows], [row.content_hash for row in rows]),
        )

    def routes_used(self, kind: str, source: str) -> set[str]:
        """Return the routes that documents of a kind were ever meant for."""
        rows = self._connection.execute(
            "select distinct route from sync.outbox"
            " where kind = %s and source = %s and route is not null",
            (kind, source),
        )
        return {row["route"] for row in rows}

    def claim(
        self,
        kind: str,
        source: str,
        owner: str,
        lease: timedelta,
        asked_within: timedelta | None = None,
    ) -> Row | None:
        """Take one due document for posting or for asking; nobody else gets it meanwhile.

        A ready document becomes ``in_flight``, unless another one of its group is under way. A
        document in flight whose lease has ended (its worker died) becomes ``in_doubt``; such
        documents go first. The lease must be longer than a request can live, so that nothing is
        still under way at Sage when it is asked about.

        Args:
            kind: Kind of document.
            source: Name of the Magento installation.
            owner: Who takes it; unique over all runs.
            lease: How long it is his.
            asked_within: Only ready documents of which Sage was asked so lately (``looked_up``).

        Returns:
            The row in its new state, or ``None`` when nothing is due.
        """
        parameters = {
            "kind": kind,
            "source": source,
            "owner": owner,
            "lease": lease,
            "asked": asked_within,
        }
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

    def start_post(self, row: Row, owner: str, lease: timedelta, basis: str | None = None) -> bool:
        """Turn a document in doubt, of which Sage knows nothing, into one in flight.

        Where its source, the mappings or the settings changed since it was decided, it is put back
        to be decided anew: what is known to be stale is never sent. A document that Sage said it
        took stays in doubt until a person lets it go.

        Args:
            row: The row, claimed in doubt.
            owner: Who claimed it.
            lease: How long it is his from now.
            basis: Digest of the mappings and settings now in force; ``None`` compares no basis.

        Returns:
            ``False`` where nothing may be sent: it was put back, or somebody else has it.
        """
        found = self._connection.execute(
            """
            with judged as (
              select id, source_hash is not distinct from decided_hash
                and (%(basis)s::text is null or decision_basis is not distinct from %(basis)s)
                as fresh
              from sync.outbox where id = %(id)s for update
            )
            update sync.outbox o set
              state = case when fresh then 'in_flight' else 'ready' end,
              needs_decision = not fresh,
              looked_up_at = null,
              lease_until = case when fresh then now() + %(lease)s end,
              lease_owner = case when fresh then lease_owner end,
              updated_at = now()
            from judged
            where o.id = judged.id and lease_owner = %(owner)s and state = 'in_doubt'
              and accepted is null
            returning fresh
            """,
            {"id": row.id, "owner": owner, "lease": lease, "basis": basis},
        ).fetchone()
        return found is not None and bool(found["fresh"])

    def hold(self, row: Row, lease: timedelta) -> bool:
        """Begin the lease anew, right before a request leaves: it covers the whole request.

        Returns:
            ``False`` when the lease has ended or somebody else took the document over; then
            nothing may be sent.
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set lease_until = now() + %s
            where id = %s and lease_owner = %s and state in ('in_flight', 'in_doubt')
              and lease_until > now()
            """,
            (lease, row.id, row.lease_owner),
        )
        return cursor.rowcount == 1
