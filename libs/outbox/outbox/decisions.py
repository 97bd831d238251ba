"""What is to be done about documents of which nothing was sent yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.types.json import Jsonb

from outbox.connection import Connected
from outbox.exact_json import digest
from outbox.row_reading import ROW_COLUMNS, read_row
from outbox.rows import UNDECIDED, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outbox.rows import Decision, Row


class Decisions(Connected):
    """Decisions about documents."""

    def reopen(self, kind: str, source: str, basis: str, causes: Sequence[str]) -> int:
        """Mark for a new decision what may now be decided otherwise.

        These are: rejected documents (a code may exist in Sage by now), documents that wait for
        one of ``causes`` (time passed), and documents decided under other mappings or settings.

        Args:
            kind: Kind of document.
            source: Name of the Magento installation.
            basis: Digest of the mappings and settings now in force.
            causes: Causes that only need time.

        Returns:
            How many rows were marked.
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set needs_decision = true
            where kind = %s and source = %s and not needs_decision
              and state in ('waiting', 'ready', 'rejected')
              and (
                state = 'rejected' or cause = any(%s)
                or decision_basis is distinct from %s
              )
            """,
            (kind, source, list(causes), basis),
        )
        return cursor.rowcount

    def undecided(self, kind: str, source: str, limit: int = 500, after: int = 0) -> list[Row]:
        """Return documents that need a decision, in the order they came in."""
        query = sql.SQL(
            """
            select {} from sync.outbox
            where kind = %s and source = %s and needs_decision and id > %s
              and state in ('waiting', 'ready', 'rejected')
            order by id limit %s
            """
        ).format(ROW_COLUMNS)
        rows = self._connection.execute(query, (kind, source, after, limit))
        return [read_row(row) for row in rows]

    def decide(self, row: Row, decision: Decision, basis: str) -> State:
        """Write a decision, if the row is still undecided.

        A document that Sage refused in exactly this form stays rejected, with Sage's words,
        until it, a mapping or a person (``outbox retry``) changes something. What came in since
        ``row`` was read makes it need a decision again; a decision that another run made about it
        meanwhile is not undone.

        Returns:
            The state the row has now.
        """
        state, cause, error = decision.state, decision.cause, decision.error
        content = None if decision.document is None else digest(decision.document)
        keep_refusal = state is State.READY and content == row.refused_hash
        result = self._connection.execute(
            """
            update sync.outbox set
              state = case when %(keep)s then 'rejected' else %(state)s end,
              cause = case when %(keep)s then cause else %(cause)s end,
              error = case when %(keep)s then error else %(error)s end,
              detail = %(detail)s,
              amount = %(amount)s,
              currency = %(currency)s,
              document = %(document)s,
              content_hash = %(content)s,
              trimmed = %(trimmed)s,
              route = %(route)s,
              decided_hash = %(source_hash)s,
              looked_up_at = case when content_hash is distinct from %(content)s then null
                else looked_up_at end,
              due_at = case when content_hash is distinct from %(content)s then now()
                else due_at end,
              attempts = case when content_hash is distinct from %(content)s then 0
                else attempts end,
              needs_decision = source_hash <> %(source_hash)s or revision <> %(revision)s,
              decision_basis = %(basis)s,
              decided_at = now(),
              updated_at = now()
            where id = %(id)s and state = any(%(undecided)s)
              and (needs_decision or revision = %(revision)s)
            returning state
            """,
            {
                "id": row.id,
                "keep": keep_refusal,
                "state": state.value,
                "cause": cause,
                "error": error,
                "detail": Jsonb(dict(decision.detail)),
                "amount": decision.amount,
                "currency": decision.currency,
                "document": None if decision.document is None else Jsonb(decision.document),
                "content": content,
                "trimmed": Jsonb(list(decision.trimmed)),
                "route": decision.route,
                "source_hash": row.source_hash,
                "revision": row.revision,
                "basis": basis,
                "undecided": [item.value for item in UNDECIDED],
            },
        ).fetchone()
        if result is None:
            return self.state_of(row.key)
        return State(result["state"])
