"""Stock levels by the API, with the web orders' share of each holding."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage200_client import eq, one_of_in_parts, startswith
from typing_extensions import override

from tap_sage200.api.streams import ApiStream
from tap_sage200.chosen import (
    chosen_accounts,
    chosen_warehouses,
    note_due,
    note_settled,
    other_warehouses,
)
from tap_sage200.demand import NO_DEMAND, WebDemand
from tap_sage200.web_accounts import WebAccounts

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sage200_client import Filter, Sage200Client
    from singer_sdk.helpers.types import Record

    from tap_sage200.api.fields import Resource
    from tap_sage200.api.lookups import Lookups

_LINE = "sop_order_line"
_QUANTITIES = (
    f"{_LINE}_quantity",
    f"{_LINE}_allocated_quantity",
    f"{_LINE}_despatch_receipt_quantity",
)
LIVE = "EnumDocumentStatusLive"
MOST_CHARACTERS = 1200
"""Of a filter by accounts: fields, status and page are beside it in the 2,048 that IIS takes."""


class ApiStockLevels(ApiStream):
    """One record per item and warehouse, as by SQL.

    The API shows lines in selling units: the web orders' share is exact where items are sold in
    their stock unit. A renamed item or warehouse sends its levels at the next full reading.
    """

    @override
    def _pages(self, client: Sage200Client, names: Lookups) -> Generator[list[Record], None, bool]:
        """Yield the changed levels, then those whose web demand alone moved."""
        wanted = self.config.get("warehouses") or []
        ids = {name: key for key, name in names.table("warehouse_names").items()}
        self._warehouse_ids = set(chosen_warehouses(wanted, ids))
        self._demand = self._web_demand(client, names)
        self._due: set[int] = set()
        if self.incremental:
            if other_warehouses(self.stream_state, wanted):
                self.logger.info("%s: other warehouses than last time; read anew", self.name)
                self.stream_state.pop("replication_key_value", None)
                self.stream_state.pop("reading", None)
                self._reading = self._opened()
            self._due = note_due(self.stream_state, wanted, self._demand)
            if self._due:
                # Before any level goes out with its new figure, as by SQL.
                self.write_state()
        finished = yield from super()._pages(client, names)
        if not finished:
            return False
        (resource,) = self._resources
        for where in one_of_in_parts(resource.key, sorted(self._due)):
            for page in self.pages_of(client, resource, where):
                yield self.made(client, names, resource, page)
        if self.incremental:
            note_settled(self.stream_state, self._demand)
        return True

    @override
    def made(
        self, client: Sage200Client, names: Lookups, resource: Resource, page: list[dict[str, Any]]
    ) -> list[Record]:
        """Make records of the chosen warehouses, with the web orders' share."""
        chosen = [record for record in page if record["warehouse_id"] in self._warehouse_ids]
        records = super().made(client, names, resource, chosen)
        for record in records:
            share = self._demand.get(record[self._key], NO_DEMAND)
            record["allocated_to_web_quantity"] = share.allocated
            record["unallocated_web_demand_quantity"] = share.unallocated
            self._due.discard(record[self._key])
        return records

    def _web_demand(self, client: Sage200Client, names: Lookups) -> dict[int, WebDemand]:
        """Return what live orders of the web accounts hold and need, by holding."""
        accounts = self.config.get("web_accounts") or []
        if not accounts:
            return {}
        found = [
            line
            for where in self._web_lines(WebAccounts.of(accounts), names)
            for line in client.get_all(
                f"{_LINE}_views",
                select=[f"{_LINE}_id", "product_id", "warehouse_id", *_QUANTITIES],
                filter=where & eq("sop_order_document_status", LIVE),
                key=f"{_LINE}_id",
            )
        ]
        holdings = {
            (each["product_id"], each["warehouse_id"]): each["id"]
            for each in client.get_all(
                "warehouse_holdings", select=["id", "product_id", "warehouse_id"]
            )
        }
        demand: dict[int, WebDemand] = {}
        for line in found:
            if line["product_id"] is None:
                continue
            holding = holdings.get((line["product_id"], line["warehouse_id"]))
            ordered, allocated, despatched = (Decimal(line[name] or 0) for name in _QUANTITIES)
            open_still = max(ordered - allocated - despatched, Decimal(0))
            if holding is None:
                self.logger.warning(
                    "%s: live web orders of items no warehouse holds, allocated %s, unallocated "
                    "%s; no stock level shows them",
                    self.name,
                    allocated,
                    open_still,
                )
                continue
            share = WebDemand(allocated, open_still)
            demand[holding] = demand.get(holding, NO_DEMAND) + share
        return demand

    def _web_lines(self, chosen: WebAccounts, names: Lookups) -> Iterator[Filter]:
        """Yield filters that together hold the orders of the web accounts, each once."""
        numbers = {str(number): int(key) for key, number in names.table("account_numbers").items()}
        customers = chosen_accounts(chosen.numbers, numbers)
        yield from one_of_in_parts("customer_id", customers, most_characters=MOST_CHARACTERS)
        for prefix in chosen.prefixes:
            if not any(number.casefold().startswith(prefix.casefold()) for number in numbers):
                self.logger.warning(
                    "%s: no customer account begins with %r, as the setting web_accounts says; "
                    "where it is misspelt, stock is published without these orders",
                    self.name,
                    prefix,
                )
            yield startswith("customer_reference", prefix)
