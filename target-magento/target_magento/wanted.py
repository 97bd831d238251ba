"""What each source should hold, from all that Sage ever reported and what Magento has shipped.

Incremental input brings only some levels, so the remembered ones count too: a new buffer or a
changed map is published for every item.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from target_magento.available import ZERO, WarehouseStock, source_quantity
from target_magento.shipped import SageLine, shipped_quantities, still_in_sage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from target_magento.database import Database
    from target_magento.mapping_tables import Mappings

_ITEMS_AT_A_TIME = 5000


@dataclass(frozen=True)
class PlannedItem:
    """What one source should hold of one SKU."""

    source_code: str
    sku: str
    quantity: Decimal
    sage_free: Decimal
    allocated_to_web: Decimal
    shipped_not_despatched: Decimal
    buffer: Decimal
    stale: bool


@dataclass(frozen=True)
class _StoredLevel:
    item_code: str
    warehouse_name: str
    for_sale: bool
    free: Decimal
    allocated_to_web: Decimal
    unallocated_web_demand: Decimal
    stale: bool


class WantedStock:
    """Computes the source items of one run.

    Attributes:
        unmapped: Names of warehouses that have levels and are not mapped; filled by ``items``.
    """

    def __init__(self, database: Database, mappings: Mappings, oldest_read: datetime) -> None:
        """Prepare.

        Args:
            database: What Sage reported, and the outbox.
            mappings: The tables that operations own.
            oldest_read: Levels that this run read before are marked stale.
        """
        self._db = database
        self._mappings = mappings
        self._oldest_read = oldest_read
        self.unmapped: set[str] = set()

    def items(self) -> Iterator[PlannedItem]:
        """Yield what each source should hold of each SKU."""
        shipped = self._shipped_not_despatched()
        for _, levels in groupby(self._levels(), lambda level: level.item_code):
            yield from _planned(list(levels), self._mappings, shipped, self.unmapped)

    def _levels(self) -> Iterator[_StoredLevel]:
        """Yield the remembered levels by item, in portions."""
        after = ""
        while True:
            # Whole items at a time, so that no item is split between portions.
            rows = self._db.execute(
                """
                with items as (
                  select distinct item_code from sync.stock_level
                  where item_code > %(after)s order by item_code limit %(limit)s
                )
                select l.item_code, l.warehouse_name, l.for_sale, l.free_quantity,
                  l.allocated_to_web_quantity, l.unallocated_web_demand_quantity,
                  coalesce(r.read_at < %(oldest)s, false)
                from sync.stock_level l
                join items using (item_code)
                left join level_of_run r using (warehouse_item_id)
                order by l.item_code, l.warehouse_item_id
                """,
                {"after": after, "limit": _ITEMS_AT_A_TIME, "oldest": self._oldest_read},
            ).fetchall()
            if not rows:
                return
            for row in rows:
                yield _StoredLevel(*row)
            after = rows[-1][0]

    def _shipped_not_despatched(self) -> dict[tuple[str, str], Decimal]:
        """Return by item code and warehouse, both in lower case, what Magento shipped alone.

        Orders of which Sage has despatched every line can't add anything and are not opened.
        """
        if self._db.single("select to_regclass('sync.outbox') is null"):
            return {}
        found: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        lines = self._open_lines()
        orders = self._db.execute(
            """
            select o.source_key, o.sage_id, o.source_document ->> 'store_id',
              o.source_document -> 'items'
            from sync.outbox o
            where o.kind = 'sales_order' and o.state not in ('ignored', 'superseded')
              and (
                not exists (
                  select from sync.stock_order_line l where l.customer_document_no = o.source_key
                )
                or exists (
                  select from sync.stock_order_line l
                  where l.customer_document_no = o.source_key
                    and l.despatched_quantity < l.line_quantity
                )
              )
              and o.source_document @? '$.items[*] ? (@.qty_shipped > 0 || @.qty_invoiced > 0)'
            """
        )
        for key, sage_id, store_id, items in orders:
            of_order = lines.get(key, [])
            own = [line for line in of_order if line.sales_document_id == sage_id]
            for part in still_in_sage(
                shipped_quantities(items),
                own or of_order,
                sage_code=self._mappings.sage_code,
                likely_warehouses=self._mappings.likely_warehouses(store_id),
            ):
                found[part.item_code.casefold(), part.warehouse.casefold()] += part.quantity
        return dict(found)

    def _open_lines(self) -> dict[str, list[SageLine]]:
        """Return the lines of documents that Sage has not wholly despatched, by order number."""
        rows = self._db.execute(
            """
            select customer_document_no, sales_document_id, item_code, warehouse_name,
              line_quantity, despatched_quantity
            from sync.stock_order_line
            where customer_document_no in (
              select customer_document_no from sync.stock_order_line
              where despatched_quantity < line_quantity
            )
            order by sales_document_line_id
            """
        )
        found: dict[str, list[SageLine]] = defaultdict(list)
        for key, *values in rows:
            found[key].append(SageLine(*values))
        return found


def _planned(
    levels: Sequence[_StoredLevel],
    mappings: Mappings,
    shipped: Mapping[tuple[str, str], Decimal],
    unmapped: set[str],
) -> list[PlannedItem]:
    """Return the source items of one Sage item."""
    code = levels[0].item_code
    by_source: dict[str, list[WarehouseStock]] = defaultdict(list)
    stale: dict[str, bool] = defaultdict(bool)
    for level in levels:
        row = mappings.warehouse(level.warehouse_name)
        if row is None:
            unmapped.add(level.warehouse_name)
            continue
        stale[row.source_code] |= level.stale
        by_source[row.source_code].append(
            WarehouseStock(
                # A warehouse that is closed for sales has nothing to offer.
                free=level.free if level.for_sale else ZERO,
                allocated_to_web=level.allocated_to_web if level.for_sale else ZERO,
                unallocated_web_demand=level.unallocated_web_demand,
                shipped_not_despatched=shipped.get(
                    (code.casefold(), level.warehouse_name.casefold()), ZERO
                ),
                buffer=row.buffer,
            )
        )
    skus = mappings.skus(code)
    return [
        PlannedItem(
            source_code=source,
            sku=sku,
            quantity=source_quantity(warehouses, shared=len(skus) > 1),
            sage_free=sum((one.free for one in warehouses), start=ZERO),
            allocated_to_web=sum((one.allocated_to_web for one in warehouses), start=ZERO),
            shipped_not_despatched=sum(
                (one.shipped_not_despatched for one in warehouses), start=ZERO
            ),
            buffer=sum((one.buffer for one in warehouses), start=ZERO),
            stale=stale[source],
        )
        for source, warehouses in by_source.items()
        for sku in skus
    ]
