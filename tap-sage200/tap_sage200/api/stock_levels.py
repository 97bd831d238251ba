"""Stock levels by the API, with the web orders' share of each holding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sage200_client import one_of_in_parts
from typing_extensions import override

from tap_sage200.api.groups import MOST_CHARACTERS
from tap_sage200.api.streams import ApiStream
from tap_sage200.api.web_orders import WebOrders
from tap_sage200.chosen import chosen_warehouses, note_due, note_settled, other_warehouses
from tap_sage200.demand import NO_DEMAND
from tap_sage200.web_accounts import WebAccounts

if TYPE_CHECKING:
    from collections.abc import Generator

    from sage200_client import Sage200Client
    from singer_sdk.helpers.types import Record

    from tap_sage200.api.fields import Resource
    from tap_sage200.api.lookups import Lookups
    from tap_sage200.demand import WebDemand


class ApiStockLevels(ApiStream):
    """One record per item and warehouse, as by SQL.

    A renamed item or warehouse sends its levels at the next whole reading.
    """

    @override
    def _pages(self, client: Sage200Client, names: Lookups) -> Generator[list[Record], None, bool]:
        """Yield the changed levels, then those whose web demand alone moved."""
        wanted = self.config.get("warehouses") or []
        self._warehouse_ids: set[int] | None = None
        if wanted:
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
        due = sorted(self._due)
        for where in one_of_in_parts(resource.key, due, most_characters=MOST_CHARACTERS):
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
        wanted = self._warehouse_ids
        chosen = [each for each in page if wanted is None or each["warehouse_id"] in wanted]
        records = super().made(client, names, resource, chosen)
        for record in records:
            share = self._demand.get(record[self._key], NO_DEMAND)
            record["allocated_to_web_quantity"] = share.allocated
            record["unallocated_web_demand_quantity"] = share.unallocated
            self._due.discard(record[self._key])
        return records

    def _web_demand(self, client: Sage200Client, names: Lookups) -> dict[int, WebDemand]:
        """Return what open orders of the web accounts hold and need, by holding."""
        accounts = self.config.get("web_accounts") or []
        if not accounts:
            return {}
        return WebOrders(client, names, self.logger, self.name).demand(WebAccounts.of(accounts))
