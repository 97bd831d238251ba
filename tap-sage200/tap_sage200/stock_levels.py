"""Stock levels: stock rows by row version, and the web orders' share of each holding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_sage200.chosen import (
    chosen_accounts,
    chosen_warehouses,
    note_due,
    note_settled,
    other_warehouses,
)
from tap_sage200.demand import NO_DEMAND, WebDemand
from tap_sage200.rows import records
from tap_sage200.sql_streams import SqlStream

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from singer_sdk.helpers.types import Record

    from tap_sage200.bookmark import Bookmark
    from tap_sage200.database import Session
    from tap_sage200.rows import Rows

HOLDINGS_A_STATEMENT = 500


class StockLevels(SqlStream):
    """One record per item and warehouse.

    A level is sent when its stock row, its item or its warehouse changed, and also when only the
    open orders of the web accounts did: their whole demand is read each run and compared with the
    last one's, because a deleted line or a held order leaves no mark in the stock row. Demand is
    read *before* the levels: an order allocated in between then makes the shop sell too little
    until the next run, never too much.
    """

    @override
    def _read(
        self, session: Session, bookmark: Bookmark, minimum_active: bytes
    ) -> Generator[list[Record], None, None]:
        warehouse_ids = self._warehouse_ids(session)
        demand = self._demand(session)
        due = self._due(bookmark, demand)

        def levels(rows: Rows) -> list[Record]:
            made = records(rows, self._columns)
            for record in made:
                share = demand.get(record["warehouse_item_id"], NO_DEMAND)
                record["allocated_to_web_quantity"] = share.allocated
                record["unallocated_web_demand_quantity"] = share.unallocated
            due.difference_update(rows.column("warehouse_item_id"))
            return made

        window = bookmark.open(minimum_active, whole=self.full_compare)
        finished = yield from self._window(
            session, bookmark, window, levels, warehouse_ids=warehouse_ids
        )
        if not finished:
            return
        left = sorted(due)
        for start in range(0, len(left), HOLDINGS_A_STATEMENT):
            rows = session.rows(
                "stock_levels_by_key",
                warehouse_item_ids=left[start : start + HOLDINGS_A_STATEMENT],
                warehouse_ids=warehouse_ids,
            )
            if rows.values:
                yield levels(rows)
        if bookmark.incremental:
            note_settled(bookmark.state, demand)
        bookmark.close(window)
        self.finished()

    def _due(self, bookmark: Bookmark, demand: Mapping[int, WebDemand]) -> set[int]:
        """Return the holdings to send for their web demand alone, and note them in the state."""
        if not bookmark.incremental:
            return set()
        wanted = self.config.get("warehouses") or []
        if other_warehouses(bookmark.state, wanted):
            self.logger.info("%s: other warehouses than last time; read anew", self.name)
            bookmark.restart()
        return note_due(bookmark.state, wanted, demand)

    def _warehouse_ids(self, session: Session) -> list[int]:
        """Return the ids of the warehouses to read.

        They are read after the window's upper bound: the levels of a warehouse made since then lie
        above it and come with the next run.
        """
        ids = {
            str(row["warehouse_name"]): int(row["warehouse_id"])
            for row in session.rows("warehouse_names").dicts()
        }
        return chosen_warehouses(self.config.get("warehouses") or [], ids)

    def _demand(self, session: Session) -> dict[int, WebDemand]:
        """Return what live orders of the web accounts hold and need, by holding."""
        accounts = self.config.get("web_accounts") or []
        if not accounts:
            return {}
        rows = session.rows("web_accounts", account_numbers=accounts)
        found = {str(row["account_number"]): int(row["customer_id"]) for row in rows.dicts()}
        customers = chosen_accounts(accounts, found)
        demand = {}
        for row in session.rows("web_demand", customer_ids=customers).dicts():
            share = WebDemand(row["allocated_quantity"], row["unallocated_quantity"])
            if row["warehouse_item_id"] is None:
                self.logger.warning(
                    "%s: live web orders of items no warehouse holds, allocated %s, unallocated "
                    "%s; no stock level shows them",
                    self.name,
                    share.allocated,
                    share.unallocated,
                )
            else:
                demand[int(row["warehouse_item_id"])] = share
        return demand
