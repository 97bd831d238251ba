"""Stock levels: stock rows by row version, and the web orders' share of each holding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_sage200.demand import NO_DEMAND, WebDemand, changed, from_state, to_state
from tap_sage200.exceptions import SettingsError
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
            bookmark.state["web_demand"] = to_state(demand)
            bookmark.state.pop("unsettled", None)
        bookmark.close(window)
        self.finished()

    def _due(self, bookmark: Bookmark, demand: Mapping[int, WebDemand]) -> set[int]:
        """Return the holdings to send for their web demand alone, and note them in the state."""
        if not bookmark.incremental:
            return set()
        state = bookmark.state
        warehouses = sorted(self.config.get("warehouses") or [])
        if state.get("warehouses", warehouses) != warehouses:
            self.logger.info("%s: other warehouses than last time; read anew", self.name)
            bookmark.restart()
        due = changed(from_state(state.get("web_demand", {})), demand)
        # What an interrupted run may have sent with figures of its own is due again.
        due.update(state.get("unsettled", ()))
        state["warehouses"] = warehouses
        state["unsettled"] = sorted(due)
        return due

    def _warehouse_ids(self, session: Session) -> list[int]:
        """Return the ids of the warehouses to read.

        They are read after the window's upper bound: the levels of a warehouse made since then lie
        above it and come with the next run.

        Raises:
            SettingsError: If a named warehouse isn't in Sage.
        """
        ids = {
            str(row["warehouse_name"]): int(row["warehouse_id"])
            for row in session.rows("warehouse_names").dicts()
        }
        wanted = self.config.get("warehouses") or list(ids)
        if unknown := [name for name in wanted if name not in ids]:
            raise SettingsError(
                f"Setting warehouses: Sage 200 has no warehouse named {_quoted(unknown)}. It has "
                f"{_quoted(list(ids))}. Correct the setting; nothing was read."
            )
        return [ids[name] for name in wanted]

    def _demand(self, session: Session) -> dict[int, WebDemand]:
        """Return what live orders of the web accounts hold and need, by holding.

        Raises:
            SettingsError: If a named account isn't in Sage: its orders would be left out and the
                shop would sell their goods again.
        """
        accounts = self.config.get("web_accounts") or []
        if not accounts:
            return {}
        rows = session.rows("web_accounts", account_numbers=accounts)
        found = {str(row["account_number"]): int(row["customer_id"]) for row in rows.dicts()}
        if unknown := [account for account in accounts if account not in found]:
            raise SettingsError(
                f"Setting web_accounts: Sage 200 has no customer account {_quoted(unknown)}. "
                "Correct the setting: stock would be published without that account's orders. "
                "No stock level was read."
            )
        demand = {}
        for row in session.rows("web_demand", customer_ids=sorted(found.values())).dicts():
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


def _quoted(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names) or "none"
