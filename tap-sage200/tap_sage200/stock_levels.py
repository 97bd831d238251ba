"""Stock levels: stock rows by row version, and the web orders' share of each holding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_sage200.bookmark import HIGHEST
from tap_sage200.chosen import (
    chosen_accounts,
    chosen_warehouses,
    note_due,
    note_settled,
    other_warehouses,
)
from tap_sage200.demand import NO_DEMAND, WebDemand
from tap_sage200.rows import records
from tap_sage200.sql_streams import SqlStream, parts
from tap_sage200.statements import for_named, statement, web_demand
from tap_sage200.web_accounts import MARKERS, WebAccounts, like

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from singer_sdk.helpers.types import Record

    from tap_sage200.bookmark import Bookmark
    from tap_sage200.database import Session
    from tap_sage200.rows import Rows

OF_ACCOUNTS = 'sales_order."CustomerID" in :customer_ids'
OF_PREFIX = """customer."CustomerAccountNumber" like :account_prefix escape '~'"""
WITH_MARKER = """sales_order."{column}" like :marker escape '~'"""
NO_WINDOW = {"after": HIGHEST, "below": HIGHEST}
"""No version lies in it: what is due for its demand is sent whatever its own version is."""


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
            made = records(rows, self._columns, self._zone)
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
        by_key = for_named(statement(self.name), "WarehouseItemID")
        for holdings in parts(sorted(due)):
            values = {"named_ids": holdings, "warehouse_ids": warehouse_ids, **NO_WINDOW}
            yield levels(session.patiently(by_key, values.copy))
        if bookmark.incremental:
            note_settled(bookmark.state, demand)
        yield from self._end(session, bookmark, window, levels)

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
        """Return what open orders of the web accounts hold and need, by holding."""
        accounts = self.config.get("web_accounts") or []
        if not accounts:
            return {}
        chosen = WebAccounts.of(accounts)
        shares: dict[int | None, WebDemand] = {}
        for rows in (
            *(
                _demand(session, OF_ACCOUNTS, customer_ids=ids)
                for ids in parts(self._named_accounts(session, chosen))
            ),
            *(self._demand_of_prefix(session, prefix) for prefix in chosen.prefixes),
            _marked(session, chosen),
        ):
            for row in rows:
                holding = row["warehouse_item_id"]
                share = WebDemand(row["allocated_quantity"], row["unallocated_quantity"])
                shares[holding] = shares.get(holding, NO_DEMAND) + share
        if (nowhere := shares.pop(None, None)) is not None:
            self.logger.warning(
                "%s: open web orders of items no warehouse holds, allocated %s, unallocated "
                "%s; no stock level shows them",
                self.name,
                nowhere.allocated,
                nowhere.unallocated,
            )
        return {int(holding): share for holding, share in shares.items() if holding is not None}

    def _named_accounts(self, session: Session, chosen: WebAccounts) -> list[int]:
        """Return the ids of single accounts."""
        found: dict[str, int] = {}
        for numbers in parts(chosen.numbers):
            for row in session.rows("web_accounts", account_numbers=numbers).dicts():
                found[str(row["account_number"])] = int(row["customer_id"])
        return chosen_accounts(chosen.numbers, found)

    def _demand_of_prefix(self, session: Session, prefix: str) -> list[Record]:
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
        return _demand(session, OF_PREFIX, account_prefix=pattern)


def _demand(session: Session, orders: str, **values: object) -> list[Record]:
    return session.patiently(web_demand(orders), lambda: values).dicts()


def _marked(session: Session, chosen: WebAccounts) -> list[Record]:
    """Return the demand of orders that bear the marker, on accounts not counted already."""
    if chosen.marker is None:
        return []
    orders = WITH_MARKER.format(column=MARKERS[chosen.marker.field])
    pattern = like(chosen.marker.text, more=chosen.marker.begins)
    marked = _demand(session, orders, marker=pattern)
    return [row for row in marked if not chosen.has(str(row["account_number"]))]
