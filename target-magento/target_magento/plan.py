"""This run's plan: one row per source item that Sage's levels give, in a temporary table.

The rows stay in PostgreSQL, so that a large catalogue does not have to fit in memory; what each
quantity is, ``wanted`` says.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from psycopg import sql

from target_magento.guard import Effect
from target_magento.shop import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta
    from decimal import Decimal

    from target_magento.database import Database
    from target_magento.shop import Product, SourceItem
    from target_magento.wanted import PlannedItem

SELLABLE_TYPES = ("simple", "virtual", "downloadable")
"""Product types that have source items of their own; the others are made of these."""

_ROWS_AT_A_TIME = 5000


class Plan:
    """The plan of one run. States: same, due, skipped, stale; then as published_stock."""

    def __init__(self, database: Database) -> None:
        """Make the empty tables of the plan."""
        self._db = database
        self._db.execute("drop table if exists plan")
        self._db.execute(
            """
            create temp table plan (
              id bigint generated always as identity primary key,
              source_code text not null,
              sku text not null,
              sku_key text not null,
              quantity numeric(19, 4) not null,
              sage_free numeric not null,
              allocated_to_web numeric not null,
              shipped_not_despatched numeric not null,
              buffer numeric not null,
              stale boolean not null,
              held numeric,
              held_status integer,
              known boolean not null default false,
              suspect boolean not null default false,
              state text,
              cause text,
              error text
            )
            """
        )
        self._db.execute("drop table if exists held")
        self._db.execute(
            "create temp table held (source_code text, sku_key text, sku text,"
            " quantity numeric, status integer)"
        )

    def fill(self, items: Iterable[PlannedItem]) -> None:
        """Take in what each source should hold; ``items`` may query the same connection."""
        remaining = iter(items)
        while rows := list(islice(remaining, _ROWS_AT_A_TIME)):
            self._add(rows)
        self._db.execute("analyze plan")

    def load_held(self, items: Iterable[SourceItem]) -> None:
        """Take in what Magento holds."""
        self._db.copy(
            sql.SQL("held"),
            (
                (one.source_code, one.sku.casefold(), one.sku, one.quantity, one.status)
                for one in items
            ),
        )
        self._db.execute("analyze held")

    def use_published_as_held(self) -> None:
        """Take what was last published for what Magento holds."""
        self.load_held([])
        with self._db.connection.transaction():
            names = self._db.execute(
                "select source_code, sku, quantity from sync.published_stock"
                " where quantity is not null"
            ).fetchall()
            self._db.copy(
                sql.SQL("held"), ((code, sku.casefold(), sku, held, 1) for code, sku, held in names)
            )

    def compare(self) -> None:
        """Find the differences.

        A source item that Magento lacks counts as holding zero: nothing is assigned to a source
        only to say that the source has none of it. Stock with status "out of stock" differs, as
        it would never be sold; with quantity 0 the status is left as it is in Magento, because
        products with backorders are sold by it.
        """
        self._db.execute(
            """
            update plan p set held = h.quantity, held_status = h.status, sku = h.sku
            from held h where h.source_code = p.source_code and h.sku_key = p.sku_key
            """
        )
        self._db.execute(
            """
            update plan p set
              known = t.quantity is not null,
              suspect = t.state = 'refused' and t.wanted_quantity = p.quantity
            from sync.published_stock t
            where t.source_code = p.source_code and t.sku = p.sku
            """
        )
        self._db.execute(
            """
            update plan set state = case
              when coalesce(held, 0) = quantity and (quantity = 0 or held_status = 1) then 'same'
              when stale then 'stale'
              else 'due'
            end
            """
        )
        self._db.execute(
            """
            update plan set
              cause = 'stock_stale',
              error = 'The level was read from Sage too long ago; it is published by the next run '
                'that reads it afresh.'
            where state = 'stale'
            """
        )

    def skip_source(self, source_code: str, cause: str, error: str) -> None:
        """Leave a source out, with the reason on each of its rows."""
        self._db.execute(
            "update plan set state = 'skipped', cause = %s, error = %s where source_code = %s",
            (cause, error, source_code),
        )

    def unchecked_skus(self, cache: timedelta) -> list[str]:
        """Return SKUs with a difference of which it is not known whether Magento has them."""
        rows = self._db.execute(
            """
            select min(p.sku) from plan p
            left join sync.magento_product m
              on m.sku_key = p.sku_key and m.checked_at > now() - %s::interval
            where p.state = 'due' and m.sku_key is null
            group by p.sku_key order by p.sku_key
            """,
            (cache,),
        )
        return [row[0] for row in rows]

    def remember_products(self, asked: Sequence[str], found: Iterable[Product]) -> None:
        """Remember which of the SKUs that were asked for Magento has."""
        known: dict[str, tuple[str | None, str | None]] = {
            sku.casefold(): (None, None) for sku in asked
        }
        for product in found:
            if product.sku.casefold() in known:
                known[product.sku.casefold()] = (product.sku, product.type_id)
        with self._db.connection.transaction():
            self._db.execute("create temp table asked (k text, s text, t text) on commit drop")
            self._db.copy(sql.SQL("asked"), ((key, *value) for key, value in known.items()))
            self._db.execute(
                """
                insert into sync.magento_product (sku_key, sku, type_id, checked_at)
                select k, s, t, now() from asked
                on conflict (sku_key) do update set
                  sku = excluded.sku, type_id = excluded.type_id, checked_at = excluded.checked_at
                """
            )

    def skip_unsellable(self) -> None:
        """Leave out what must not be written, and spell the rest as Magento does.

        Magento accepts source items of SKUs that don't exist and of composite products, and keeps
        them: they would be stock of nothing.
        """
        self._db.execute(
            """
            update plan p set
              sku = coalesce(m.sku, p.sku),
              state = case when m.type_id = any(%(sellable)s) then p.state else 'skipped' end,
              cause = case
                when m.type_id = any(%(sellable)s) then p.cause
                when m.type_id is null then 'unknown_in_magento'
                else 'composite_sku'
              end,
              error = case
                when m.type_id = any(%(sellable)s) then p.error
                when m.type_id is null then 'Magento has no product with this SKU; create it '
                  'there, or map the Sage code in mappings/skus.csv.'
                else 'In Magento this SKU is a ' || m.type_id || ' product, which has no stock of '
                  'its own; map the Sage code to a simple product in mappings/skus.csv.'
              end
            from sync.magento_product m
            where m.sku_key = p.sku_key and p.state = 'due'
            """,
            {"sellable": list(SELLABLE_TYPES)},
        )

    def unknown_skus(self) -> list[str]:
        """Return SKUs that were left out because Magento lacks them."""
        rows = self._db.execute(
            "select distinct sku from plan where cause = 'unknown_in_magento' order by sku"
        )
        return [row[0] for row in rows]

    def count(self) -> dict[str, int]:
        """Return how many rows are in each state."""
        rows = self._db.execute("select state, count(*) from plan group by state")
        return {row[0]: row[1] for row in rows}

    def effect(self) -> Effect:
        """Return what sending the due rows would do, for the guard."""
        row = self._db.execute(
            """
            select
              count(*) filter (where known),
              count(*) filter (where known and state = 'due'),
              count(*) filter (where held > 0),
              count(*) filter (where held > 0 and state = 'due' and quantity = 0)
            from plan where state in ('same', 'due')
            """
        ).fetchone()
        known, changing, in_stock, emptying = row or (0, 0, 0, 0)
        return Effect(known=known, changing=changing, in_stock=in_stock, emptying=emptying)

    def due(self, limit: int, zero_status: int, *, suspect: bool) -> list[Change]:
        """Return the next rows to send.

        Args:
            limit: How many at most.
            zero_status: Status of a source item with quantity 0.
            suspect: Those that Magento refused before, so that they hold up no others.
        """
        rows = self._db.execute(
            """
            select id, source_code, sku, quantity from plan
            where state = 'due' and suspect = %s order by id limit %s
            """,
            (suspect, limit),
        )
        return [
            Change(number, source, sku, quantity, 1 if quantity > 0 else zero_status)
            for number, source, sku, quantity in rows
        ]

    def sample(self, limit: int) -> list[tuple[str, str, Decimal | None, Decimal]]:
        """Return SKU, source, held and wanted quantity of some due rows."""
        return self._db.execute(
            "select sku, source_code, held, quantity from plan where state = 'due'"
            " order by sku, source_code limit %s",
            (limit,),
        ).fetchall()

    def _add(self, rows: Sequence[PlannedItem]) -> None:
        columns = (
            "plan (source_code, sku, sku_key, quantity, sage_free, allocated_to_web,"
            " shipped_not_despatched, buffer, stale)"
        )
        self._db.copy(
            sql.SQL(columns),
            (
                (
                    row.source_code,
                    row.sku,
                    row.sku.casefold(),
                    row.quantity,
                    row.sage_free,
                    row.allocated_to_web,
                    row.shipped_not_despatched,
                    row.buffer,
                    row.stale,
                )
                for row in rows
            ),
        )
