"""Despatches and invoices by the API: their lines are in views of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sage200_client import ge, le, one_of_in_parts
from typing_extensions import override

from tap_sage200.api.sales import DESPATCH_LINES, INVOICE_LINES
from tap_sage200.api.streams import ApiStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sage200_client import Filter, Sage200Client
    from singer_sdk.helpers.types import Record

    from tap_sage200.api.fields import Resource
    from tap_sage200.api.lookups import Lookups

FEW = 100


def _lists(
    client: Sage200Client, resource: Resource, parent: str, ids: Iterable[int], more: list[str]
) -> dict[int, list[dict[str, Any]]]:
    """Return the records of a line view by their parent's id.

    Args:
        client: Where to read.
        resource: The view.
        parent: Its field that names the parent.
        ids: The parents.
        more: Fields beside those of the resource.
    """
    wanted = set(ids)
    lists: dict[int, list[dict[str, Any]]] = {each: [] for each in wanted}
    between = ge(parent, min(wanted)) & le(parent, max(wanted))
    # Many parents lie close together: one range costs less than a list of them.
    filters = [between] if len(wanted) > FEW else one_of_in_parts(parent, sorted(wanted))
    for where in filters:
        found = client.get_all(
            resource.path,
            select=[*resource.select, parent, *more],
            filter=where,
            key=resource.key,
            orderby=resource.ordered,
        )
        for record in found:
            if record[parent] in lists:
                lists[record[parent]].append(record)
    return lists


class ApiDespatches(ApiStream):
    """Despatches with lines; the tracking address is on the line view."""

    @override
    def made(
        self, client: Sage200Client, names: Lookups, resource: Resource, page: list[dict[str, Any]]
    ) -> list[Record]:
        """Make records of a page, with their lines."""
        records = super().made(client, names, resource, page)
        ids = [record[self._key] for record in records]
        more = ["sys_courier_tracking_url", "date_time_updated"]
        lists = _lists(client, DESPATCH_LINES, "sop_despatch_id", ids, more)
        (columns,) = (column.of for column in self._columns if column.name == "lines")
        for record in records:
            lines = lists[record[self._key]]
            record["lines"] = DESPATCH_LINES.records(lines, columns, names)
            record["tracking_url"] = next(
                (each["sys_courier_tracking_url"] for each in lines), None
            )
        return records


class ApiInvoices(ApiStream):
    """Invoices and credit notes; one over several orders comes once, without an order's number."""

    @override
    def pages_of(
        self, client: Sage200Client, resource: Resource, where: Filter | None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of whole invoices: the rows of the last one may go on on the next page."""
        held: list[dict[str, Any]] = []
        for page in super().pages_of(client, resource, where):
            rows = held + page
            last = rows[-1][resource.key]
            whole = [row for row in rows if row[resource.key] != last]
            held = rows[len(whole) :]
            if whole:
                yield whole
        if held:
            yield held

    @override
    def made(
        self, client: Sage200Client, names: Lookups, resource: Resource, page: list[dict[str, Any]]
    ) -> list[Record]:
        """Make records of a page, with their lines."""
        orders: dict[int, set[int]] = {}
        for record in page:
            orders.setdefault(record[resource.key], set()).add(record["sop_order_return_id"])
        once = list({record[resource.key]: record for record in page}.values())
        records = super().made(client, names, resource, once)
        ids = [record[self._key] for record in records]
        lists = _lists(client, INVOICE_LINES, "sop_invoice_credit_id", ids, [])
        (columns,) = (column.of for column in self._columns if column.name == "lines")
        for record in records:
            record["lines"] = INVOICE_LINES.records(lists[record[self._key]], columns, names)
            record["is_consolidated"] = len(orders[record[self._key]]) > 1
            if record["is_consolidated"]:
                record["sales_document_id"] = record["customer_document_no"] = None
        return records
