"""Invoices and credit notes by the API, put together from the four views that tell of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_sage200.api.documents import DocumentStream, Watched
from tap_sage200.api.groups import pages_of_wholes
from tap_sage200.api.sales import INVOICE_HEAD, INVOICE_LINES, LINES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sage200_client import Filter, Sage200Client
    from singer_sdk.helpers.types import Record

    from tap_sage200.api.fields import Resource
    from tap_sage200.api.lookups import Lookups

_INVOICE = "sop_invoice_credit_id"
_LINE = "sop_invoice_credit_line"
_ORDER_LINE = "sop_order_return_line_id"
_VALUES = ("customer_sop_invoice_credit_line_views", f"{_LINE}_id", _INVOICE)
_VALUE_FIELDS = (
    *(f"{_LINE}_total_value", f"{_LINE}_tax_value", "product_id", "product_code"),
    *INVOICE_HEAD.values(),
)
_QUANTITIES = ("sop_order_return_line_invoice_credit_views", None, _INVOICE)
_QUANTITY_FIELDS = (_ORDER_LINE, f"{_LINE}_invoice_credit_quantity")
Row = dict[str, Any]


class ApiInvoices(DocumentStream):
    """Invoices and credit notes; one over several orders comes once, without an order's number."""

    watched = (
        Watched(*_VALUES, stamps=(INVOICE_HEAD["updated_at"], f"{_LINE}_date_time_updated")),
    )

    @override
    def pages_of(
        self, client: Sage200Client, resource: Resource, where: Filter | None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of whole invoices: one over several orders has a record for each."""
        pages = pages_of_wholes(
            client,
            resource.path,
            resource.key,
            select=self.select_of(resource),
            where=where,
            size=self._page_size,
        )
        for page in pages:
            yield page
            self._pace.sleep(self._pace.pause_seconds)

    @override
    def made(
        self, client: Sage200Client, names: Lookups, resource: Resource, page: list[dict[str, Any]]
    ) -> list[Record]:
        """Make records of a page, with their lines."""
        orders: dict[int, set[int]] = {}
        for row in page:
            orders.setdefault(row[resource.key], set()).add(row["sop_order_return_id"])
        values = self.lists(client, _VALUES, orders, _VALUE_FIELDS)
        quantities = self.lists(client, _QUANTITIES, orders, _QUANTITY_FIELDS)
        order_lines = self._order_lines(client, quantities)
        once = [
            {**row, **next(iter(values.get(number, [])), {})}
            for number, row in {row[resource.key]: row for row in page}.items()
        ]
        whole = replace(resource, properties={**resource.properties, **INVOICE_HEAD})
        records = super().made(client, names, whole, once)
        (columns,) = (column.of for column in self._columns if column.name == "lines")
        for record in records:
            number = record[self._key]
            rows = joined(values.get(number, []), quantities.get(number, []), order_lines)
            record["lines"] = INVOICE_LINES.records(rows, columns, names)
            record["is_consolidated"] = len(orders[number]) > 1
            if record["is_consolidated"]:
                record["sales_document_id"] = record["customer_document_no"] = None
        return records

    def _order_lines(
        self, client: Sage200Client, quantities: Mapping[int, Sequence[Row]]
    ) -> dict[int, Row]:
        """Return the lines of orders and returns that were invoiced, by id."""
        ids = {row[_ORDER_LINE] for rows in quantities.values() for row in rows}
        found: dict[int, Row] = {}
        for lines in LINES[:2]:
            code, document = (lines.properties[n] for n in ("item_code", "sales_document_id"))
            fields = ["product_id", str(code), str(document)]
            left = ids - found.keys()
            for number, rows in self.lists(
                client, (lines.path, lines.key, lines.key), left, fields
            ).items():
                for row in rows:
                    found[number] = {
                        "product_id": row["product_id"],
                        "order_item_code": row[str(code)],
                        "order_id": row[str(document)],
                    }
        return found


def joined(
    values: Sequence[Row], quantities: Sequence[Row], order_lines: Mapping[int, Row]
) -> list[Row]:
    """Join the two halves of an invoice's lines, which no field of the API ties together.

    A half of each belongs together where the invoice has one of each for a product (or one of each
    for what is no product). Any others stay halves: each value and each quantity is there once, so
    that sums are right, and nothing is guessed.

    Args:
        values: Lines with their id and values, without their order line.
        quantities: Order lines with what was invoiced of them.
        order_lines: Lines of orders and returns by id.
    """
    if len(values) == len(quantities) == 1:
        row = quantities[0]
        return [{**values[0], **order_lines.get(row[_ORDER_LINE], {}), **row}]
    products = {
        row[_ORDER_LINE]: order_lines[row[_ORDER_LINE]]["product_id"]
        for row in quantities
        if row[_ORDER_LINE] in order_lines
    }
    rows: list[Row] = []
    tied: set[int] = set()
    for value in values:
        alike = [each for each in values if each["product_id"] == value["product_id"]]
        theirs = [number for number, product in products.items() if product == value["product_id"]]
        halves = [row for row in quantities if row[_ORDER_LINE] in theirs]
        if len(alike) == len(halves) == 1:
            (half,) = halves
            tied.add(half[_ORDER_LINE])
            rows.append({**value, **order_lines[half[_ORDER_LINE]], **half})
        else:
            rows.append(value)
    rows += [
        {**order_lines.get(row[_ORDER_LINE], {}), **row}
        for row in quantities
        if row[_ORDER_LINE] not in tied
    ]
    return rows
