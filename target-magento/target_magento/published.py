"""``sync.published_stock`` and ``sync.stock_run``: what people and reconciliation read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_magento.database import Database
    from target_magento.shop import Change, Refusal


@dataclass
class RunFigures:
    """Counts of one run, in source items except ``levels_read``."""

    levels_read: int = 0
    compared: int = 0
    different: int = 0
    published: int = 0
    refused: int = 0
    skipped: int = 0
    stale: int = 0


class PublishedStock:
    """Records a run's plan and its outcome."""

    def __init__(self, database: Database) -> None:
        """Use ``database``; its temporary table ``plan`` is this run's plan."""
        self._db = database
        self._run_id = 0

    def start_run(self) -> None:
        """Begin the run's row; a row that an earlier run left behind was broken off."""
        self._db.execute(
            "update sync.stock_run set outcome = 'broken_off', finished_at = now()"
            " where outcome = 'running'"
        )
        self._run_id = self._db.single("insert into sync.stock_run default values returning id")

    def finish_run(self, outcome: str, figures: RunFigures, message: str) -> None:
        """Complete the run's row."""
        self._db.execute(
            """
            update sync.stock_run set
              finished_at = clock_timestamp(), outcome = %s, levels_read = %s, compared = %s,
              different = %s, published = %s, refused = %s, skipped = %s, stale = %s, message = %s
            where id = %s
            """,
            (
                outcome,
                figures.levels_read,
                figures.compared,
                figures.different,
                figures.published,
                figures.refused,
                figures.skipped,
                figures.stale,
                message,
                self._run_id,
            ),
        )

    def record_plan(self, states: Mapping[str, str]) -> None:
        """Write the plan's rows.

        Args:
            states: State to write by the plan's state. ``same`` becomes ``published`` and takes
                Magento's quantity as known; all others keep the quantity that was known.
        """
        self._db.execute(
            """
            insert into sync.published_stock as t (
              source_code, sku, quantity, wanted_quantity, held_quantity, sage_free,
              allocated_to_web, shipped_not_despatched, buffer, state, cause, error
            )
            select distinct on (source_code, sku)
              source_code, sku, case when state = 'same' then quantity end, quantity, held,
              sage_free, allocated_to_web, shipped_not_despatched, buffer,
              %(states)s::jsonb ->> state, cause, error
            from plan
            where %(states)s::jsonb ? state
            order by source_code, sku, id
            on conflict (source_code, sku) do update set
              quantity = coalesce(excluded.quantity, t.quantity),
              wanted_quantity = excluded.wanted_quantity,
              held_quantity = excluded.held_quantity,
              sage_free = excluded.sage_free,
              allocated_to_web = excluded.allocated_to_web,
              shipped_not_despatched = excluded.shipped_not_despatched,
              buffer = excluded.buffer,
              state = excluded.state,
              cause = excluded.cause,
              error = excluded.error,
              checked_at = now()
            where (
              t.wanted_quantity, t.held_quantity, t.sage_free, t.allocated_to_web,
              t.shipped_not_despatched, t.buffer, t.state, t.cause, t.error,
              coalesce(excluded.quantity, t.quantity)
            ) is distinct from (
              excluded.wanted_quantity, excluded.held_quantity, excluded.sage_free,
              excluded.allocated_to_web, excluded.shipped_not_despatched, excluded.buffer,
              excluded.state, excluded.cause, excluded.error, t.quantity
            )
            """,
            {"states": _json(states)},
        )

    def record_stopped(self, sentence: str) -> None:
        """Mark what the guard held back."""
        self._db.execute(
            "update plan set cause = 'stock_guard_stopped', error = %s where state = 'due'",
            (sentence,),
        )
        self.record_plan({"due": "stopped"})

    def record_gone(self) -> int:
        """Mark source items with stock of which Sage reports no level any more.

        Magento keeps what it has: a level that is no longer reported is not a level of zero.

        Returns:
            How many there are.
        """
        self._db.execute(
            """
            update sync.published_stock t set
              state = 'skipped', cause = 'unknown_in_sage', checked_at = now(),
              error = 'Sage reports no level for this source item any more, or its warehouse is no '
                'longer mapped; set its quantity in Magento by hand.'
            where t.quantity > 0 and t.cause is distinct from 'unknown_in_sage'
              and not exists (
                select from plan p where p.source_code = t.source_code and p.sku = t.sku
              )
            """
        )
        count: int = self._db.single(
            "select count(*) from sync.published_stock where cause = 'unknown_in_sage'"
        )
        return count

    def record_sent(self, changes: Sequence[Change], refused: Sequence[Refusal]) -> None:
        """Record the outcome of one request, all rows or none."""
        words = {refusal.id: refusal.words for refusal in refused}
        accepted = [change.id for change in changes if change.id not in words]
        with self._db.connection.transaction():
            self._db.execute(
                """
                update sync.published_stock t set
                  quantity = p.quantity, held_quantity = p.quantity, state = 'published',
                  cause = null, error = null, published_at = clock_timestamp()
                from plan p
                where p.id = any(%s) and t.source_code = p.source_code and t.sku = p.sku
                """,
                (accepted,),
            )
            self._db.execute(
                """
                update sync.published_stock t set
                  state = 'refused', cause = 'stock_refused',
                  error = 'Magento refused this source item: "' || r.words || '"'
                from plan p
                join unnest(%s::bigint[], %s::text[]) as r (id, words) on r.id = p.id
                where t.source_code = p.source_code and t.sku = p.sku
                """,
                (list(words), list(words.values())),
            )
            self._db.execute(
                "update plan set state = 'done' where id = any(%s)",
                ([change.id for change in changes],),
            )


def _json(states: Mapping[str, str]) -> str:
    pairs = ", ".join(f'"{key}": "{value}"' for key, value in states.items())
    return "{" + pairs + "}"
