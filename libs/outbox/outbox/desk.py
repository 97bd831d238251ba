"""What people ask of the queue, and the three things they may do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from outbox.connection import Connected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outbox.chosen import Chosen

_DESK = sql.SQL("update sync.outbox set {change} where {condition} and {allowed} returning id")
_ASKED_A_PERSON = """
    (state = 'in_doubt' and (lease_until is null or lease_until < now()) and cause in (
      'found_but_differs', 'found_more_than_once', 'document_of_another', 'accepted_not_found'
    ))
"""
"""In doubt, not being looked at now, and nothing but a person's decision can end it."""


class Desk(Connected):
    """The queue as people see it. What a person decides is in the audit log, with name."""

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

    def rows_in(self, chosen: Chosen, limit: int = 1000) -> list[tuple[Any, ...]]:
        """Return kind, number, state, amount, currency, cause, message and first-seen stamp."""
        condition, values = chosen.condition()
        query = sql.SQL(
            """
            select kind, source_key, state, amount, currency, cause, error,
              to_char(first_seen_at at time zone 'utc', 'YYYY-MM-DD HH24:MI') as first_seen
            from sync.outbox where {} order by source_key, id limit {}
            """
        ).format(condition, sql.Literal(limit))
        return [tuple(row.values()) for row in self._connection.execute(query, values)]

    def whole(self, chosen: Chosen) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Return every column of the chosen rows, each with its attempts, oldest first."""
        condition, values = chosen.condition()
        rows = self._connection.execute(
            sql.SQL("select * from sync.outbox where {} order by id").format(condition), values
        ).fetchall()
        return [
            (
                row,
                self._connection.execute(
                    "select * from sync.outbox_attempt where outbox_id = %s order by id",
                    (row["id"],),
                ).fetchall(),
            )
            for row in rows
        ]

    def release(self, chosen: Chosen, reason: str = "", who: str = "") -> int:
        """Let rejected documents be sent again: a person says that the reason is gone.

        They are mapped anew by the next run, from Magento's stored document and the tables of
        then. Documents that wait for their next try are tried with the next run. Of a document in
        doubt that a person was asked about Sage is asked again at once; one that Sage took and
        does not show is sent again if it is still not there then.

        Returns:
            How many rows were released (0 where none is rejected).
        """
        change = """
            refused_hash = null, accepted = null, due_at = now(), updated_at = now(),
            needs_decision = needs_decision or state <> 'in_doubt'
        """
        allowed = f"""
            (state = 'rejected' or (state = 'ready' and due_at > now()) or {_ASKED_A_PERSON})
        """
        return self._decide_by_hand("retry", chosen, change, allowed, reason, who)

    def replay(self, chosen: Chosen, reason: str = "", who: str = "") -> int:
        """Let documents be decided again from what Magento sent, whatever was decided before.

        Those that were taken out by a person come back. What is posted stays posted; a change of
        it that came later is looked at again. What is under way or in doubt is left alone.

        Returns:
            How many rows are decided again.
        """
        change = """
            state = case when state = 'posted' then state else 'waiting' end,
            cause = case when state = 'posted' then cause else 'not_decided_yet' end,
            error = case when state = 'posted' then error end,
            decided_hash = case when state = 'posted' then '' else decided_hash end,
            needs_decision = state <> 'posted',
            refused_hash = null, due_at = now(), updated_at = now()
        """
        allowed = "state not in ('in_flight', 'in_doubt', 'superseded')"
        return self._decide_by_hand("replay", chosen, change, allowed, reason, who)

    def ignore(self, chosen: Chosen, reason: str, who: str) -> int:
        """Take documents out of the way: a person's decision.

        Those that were never sent, and those in doubt that a person was asked about, are not sent
        any more. A posted document stays posted; the cause that asked for a look at it is taken
        off, and kept in ``detail`` with who saw to it, when and why.

        Returns:
            How many rows were changed (0 where it is posted without a cause, or under way).
        """
        change = """
            state = case when state = 'posted' then state else 'ignored' end,
            cause = case when state = 'posted' then null else 'ignored_by_person' end,
            error = case when state = 'posted' then null else %(reason)s end,
            detail = detail || case
              when state = 'posted' then jsonb_build_object('acknowledged', jsonb_build_object(
                'cause', cause, 'error', error, 'by', %(who)s::text, 'why', %(reason)s::text,
                'at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))
              else jsonb_build_object('ignored_by', %(who)s::text)
            end,
            needs_decision = false, updated_at = now()
        """
        allowed = f"""
            (state in ('waiting', 'ready', 'rejected') or {_ASKED_A_PERSON}
              or (state = 'posted' and cause is not null))
        """
        return self._decide_by_hand("ignore", chosen, change, allowed, reason, who)

    def kinds_of(self, chosen: Chosen) -> list[str]:
        """Return the kinds of the chosen documents, in alphabetical order."""
        condition, values = chosen.condition()
        query = sql.SQL("select distinct kind from sync.outbox where {} order by kind")
        return [row["kind"] for row in self._connection.execute(query.format(condition), values)]

    def _decide_by_hand(
        self, action: str, chosen: Chosen, change: str, allowed: str, reason: str, who: str
    ) -> int:
        condition, values = chosen.condition()
        query = _DESK.format(
            change=sql.SQL(change),
            condition=condition,
            allowed=sql.SQL(allowed),
        )
        with self._connection.transaction():
            changed = self._connection.execute(
                query, {**values, "reason": reason, "who": who}
            ).fetchall()
            for row in changed:
                self._connection.execute(
                    "insert into sync.outbox_attempt (outbox_id, action, request, outcome)"
                    " values (%s, %s, %s, 'by_person')",
                    (row["id"], action, Jsonb({"reason": reason, "who": who})),
                )
        return len(changed)
