"""Stock levels: stock rows by row version, and the web orders' share of each holding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import override

from tap_sage200.bookmark import BEFORE_ALL_KEYS, LOWEST
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
from tap_sage200.web_accounts import WebAccounts, like

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Record

    from tap_sage200.bookmark import Bookmark, Window
    from tap_sage200.database import Session
    from tap_sage200.rows import Rows

LISTED_A_STATEMENT = 500
MOST_CHANGED_ITEMS = 1_000
"""Items that are named in each statement; more than SQL Server's 2,100 parameters is an error."""
NO_KEY = [BEFORE_ALL_KEYS]
"""Stands for a list of none: an empty one becomes a query of its own, asked for every row."""
Value = TypeVar("Value")


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
        items, warehouses = self._changed(session, window)
        if len(items) > MOST_CHANGED_ITEMS:
            # Too many to be named in a statement: every level is read, by its own version or not.
            items, warehouses, window = [], [], replace(window, after=LOWEST)
        finished = yield from self._window(
            session,
            bookmark,
            window,
            levels,
            warehouse_ids=warehouse_ids,
            changed_item_ids=items or NO_KEY,
            changed_warehouse_ids=warehouses or NO_KEY,
        )
        if not finished:
            return
        for holdings in _parts(sorted(due)):
            rows = session.rows(
                "stock_levels_by_key",
                warehouse_item_ids=holdings,
                warehouse_ids=warehouse_ids,
            )
            if rows.values:
                yield levels(rows)
        if bookmark.incremental:
            note_settled(bookmark.state, demand)
        bookmark.close(window)
        self.finished()

    def _changed(self, session: Session, window: Window) -> tuple[list[int], list[int]]:
        """Return the items and warehouses whose own row changed in a window."""
        if window.after == LOWEST:
            # Every level is read in any case.
            return [], []
        bounds = {"after": window.after, "below": window.below}
        items = session.rows("changed_stock_items", **bounds, most=MOST_CHANGED_ITEMS + 1)
        warehouses = session.rows("changed_warehouses", **bounds)
        return items.column("item_id"), warehouses.column("warehouse_id")

    def _due(self, bookmark: Bookmark, demand: Mapping[int, WebDemand]) -> set[int]:
        """Return the holdings to send for their web demand alone, and note them in the state."""
        if not bookmark.incremental:
            return set()
        wanted = self.config.get("warehouses") or []
        if other_warehouses(bookmark.state, wanted):
            self.logger.info("%s: other warehouses than last time; read anew", self.name)
            bookmark.restart()
        due = note_due(bookmark.state, wanted, demand)
        if due:
            # Before any level goes out with its new figure: a run that is killed leaves what it
            # may have sent to the next one.
            self.write_state()
        return due

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
        chosen = WebAccounts.of(accounts)
        shares: dict[int | None, WebDemand] = {}
        for rows in (
            *(
                session.rows("web_demand", customer_ids=ids)
                for ids in _parts(self._named_accounts(session, chosen))
            ),
            *(self._demand_of_prefix(session, prefix) for prefix in chosen.prefixes),
        ):
            for row in rows.dicts():
                holding = row["warehouse_item_id"]
                share = WebDemand(row["allocated_quantity"], row["unallocated_quantity"])
                shares[holding] = shares.get(holding, NO_DEMAND) + share
        if (nowhere := shares.pop(None, None)) is not None:
            self.logger.warning(
                "%s: live web orders of items no warehouse holds, allocated %s, unallocated "
                "%s; no stock level shows them",
                self.name,
                nowhere.allocated,
                nowhere.unallocated,
            )
        return {int(holding): share for holding, share in shares.items() if holding is not None}

    def _named_accounts(self, session: Session, chosen: WebAccounts) -> list[int]:
        """Return the ids of single accounts."""
        found: dict[str, int] = {}
        for numbers in _parts(chosen.numbers):
            for row in session.rows("web_accounts", account_numbers=numbers).dicts():
                found[str(row["account_number"])] = int(row["customer_id"])
        return chosen_accounts(chosen.numbers, found)

    def _demand_of_prefix(self, session: Session, prefix: str) -> Rows:
        """Return the demand of all accounts that begin so."""
        pattern = like(prefix)
        ((accounts,),) = session.rows("web_accounts_by_prefix", account_prefix=pattern).values
        if not accounts:
            self.logger.warning(
                "%s: no customer account begins with %r, as the setting web_accounts says; where "
                "it is misspelt, stock is published without these orders",
                self.name,
                prefix,
            )
        return session.rows("web_demand_by_prefix", account_prefix=pattern)


def _parts(values: Sequence[Value]) -> Iterator[list[Value]]:
    """Split what a statement lists: SQL Server takes 2,100 parameters."""
    for start in range(0, len(values), LISTED_A_STATEMENT):
        yield list(values[start : start + LISTED_A_STATEMENT])
