"""What open orders of the web accounts hold and still need, by the API, in stock units."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage200_client import FixRequest, any_of, eq, one_of_in_parts, startswith

from tap_sage200.api.groups import FEW, MOST_CHARACTERS, by_parent
from tap_sage200.chosen import chosen_accounts
from tap_sage200.demand import NO_DEMAND, WebDemand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from logging import Logger

    from sage200_client import Filter, Sage200Client

    from tap_sage200.api.lookups import Lookups
    from tap_sage200.web_accounts import WebAccounts

_LINE = "sop_order_line"
VIEW_FIELDS = (
    *(f"{_LINE}_id", "sop_order_id", "product_id", "warehouse_id"),
    f"{_LINE}_quantity",
    f"{_LINE}_allocated_quantity",
    f"{_LINE}_despatch_receipt_quantity",
)
_STOCK_UNITS = (
    "stock_unit_line_quantity",
    "stock_unit_allocated_quantity",
    "stock_unit_despatch_receipt_quantity",
)
LINE_FIELDS = ("id", "product_id", "warehouse_id", *_STOCK_UNITS)
OPEN = any_of(
    eq("sop_order_document_status", f"EnumDocumentStatus{status}")
    for status in ("Live", "OnHold", "Dispute")
)
"""An order on hold or in dispute keeps its allocation, and its goods are owed all the same."""
_REFUSED = frozenset({400, 404})

Row = dict[str, Any]


@dataclass(frozen=True)
class _OpenLine:
    """A line of an open order, in stock units."""

    product: int
    warehouse: int | None
    share: WebDemand


class WebOrders:
    """Reads the demand of the web accounts in one company."""

    def __init__(self, client: Sage200Client, names: Lookups, logger: Logger, stream: str) -> None:
        """Read nothing yet.

        Args:
            client: Where to read.
            names: Lookups.
            logger: For what can't be counted.
            stream: The stream's name, for messages.
        """
        self._client = client
        self._names = names
        self._logger = logger
        self._stream = stream

    def demand(self, chosen: WebAccounts) -> dict[int, WebDemand]:
        """Return the demand by holding.

        Raises:
            SettingsError: Sage 200 doesn't have an account that is named.
        """
        rows = [row for row in self._viewed(chosen) if row["product_id"] is not None]
        lines = list(self._lines(rows))
        ids = {line.product for line in lines}
        holdings = by_parent(
            self._client, ("warehouse_holdings", "id", "product_id"), ids, ["warehouse_id"]
        )
        demand: dict[int, WebDemand] = {}
        nowhere = NO_DEMAND
        for line in lines:
            holding = _holding(line, holdings[line.product])
            if holding is None:
                nowhere += line.share
            else:
                demand[holding] = demand.get(holding, NO_DEMAND) + line.share
        if nowhere != NO_DEMAND:
            self._logger.warning(
                "%s: open web orders of items that no warehouse holds, or whose lines name no "
                "warehouse, allocated %s, unallocated %s; no stock level shows them",
                self._stream,
                nowhere.allocated,
                nowhere.unallocated,
            )
        return demand

    def _viewed(self, chosen: WebAccounts) -> Iterator[Row]:
        """Yield the lines of open orders as the view has them; one with a marker may come twice."""
        customers = self._customers(chosen.numbers)
        for where in one_of_in_parts("customer_id", customers, most_characters=MOST_CHARACTERS):
            yield from self._view(where)
        for prefix in chosen.prefixes:
            found = False
            for row in self._view(startswith("customer_reference", prefix)):
                found = True
                yield row
            if not found and not self._begins(prefix):
                self._logger.warning(
                    "%s: no customer account begins with %r, as the setting web_accounts says; "
                    "where it is misspelt, stock is published without these orders",
                    self._stream,
                    prefix,
                )

        if (marker := chosen.marker) is not None:
            compare = startswith if marker.begins else eq
            yield from self._view(compare(f"sop_order_{marker.field}", marker.text))

    def _view(self, where: Filter) -> Iterator[Row]:
        return self._client.get_all(
            f"{_LINE}_views", select=VIEW_FIELDS, filter=where & OPEN, key=f"{_LINE}_id"
        )

    def _begins(self, prefix: str) -> bool:
        where = startswith("reference", prefix)
        return bool(self._client.get("customers", select=["id"], filter=where, top=1))

    def _customers(self, numbers: tuple[str, ...]) -> list[int]:
        """Return the ids of single accounts."""
        found: dict[str, int] = {}
        if len(numbers) <= FEW:
            for where in one_of_in_parts("reference", numbers, most_characters=MOST_CHARACTERS):
                rows = self._client.get("customers", select=["id", "reference"], filter=where)
                found |= {str(row["reference"]): int(row["id"]) for row in _rows(rows)}
        if len(found) < len(numbers):
            # Many, or written in another case than a company's own collation takes for the same.
            table = self._names.table("account_numbers")
            found = {str(number): int(key) for key, number in table.items()}
        return chosen_accounts(numbers, found)

    def _lines(self, rows: list[Row]) -> Iterator[_OpenLine]:
        """Yield the lines of the orders in stock units, as they are now."""
        viewed: dict[int, dict[int, Row]] = {}
        for row in rows:
            viewed.setdefault(row["sop_order_id"], {})[row[f"{_LINE}_id"]] = row
        in_selling_units = 0
        for number, lines in self._lines_of(sorted(viewed)).items():
            theirs = viewed[number]
            for line in theirs.values() if lines is None else lines:
                if line.get("product_id") is None:
                    continue
                key = line[f"{_LINE}_id" if lines is None else "id"]
                seen = theirs.get(key, {})
                quantities = [line.get(name) for name in _STOCK_UNITS]
                if None in quantities:
                    in_selling_units += 1
                    quantities = [seen.get(name) for name in VIEW_FIELDS[-3:]]
                warehouse = line.get("warehouse_id")
                yield _OpenLine(
                    line["product_id"],
                    seen.get("warehouse_id") if warehouse is None else warehouse,
                    _share(quantities),
                )
        if in_selling_units:
            self._logger.warning(
                "%s: %d lines of open web orders are counted in selling units, since Sage 200 did "
                "not give them in stock units; where items are sold by the box, compare with Sage",
                self._stream,
                in_selling_units,
            )

    def _lines_of(self, orders: list[int]) -> dict[int, list[Row] | None]:
        """Return the lines of orders; none where an order is gone, None where not readable."""
        found: dict[int, list[Row] | None] = {}
        expands = True
        for where in one_of_in_parts("id", orders, most_characters=MOST_CHARACTERS):
            try:
                records = self._client.get(
                    "sop_orders",
                    select=["id", *(f"lines.{name}" for name in LINE_FIELDS)],
                    expand=["lines"],
                    filter=where,
                )
            except FixRequest as error:
                if error.status not in _REFUSED:
                    raise
                expands = False
                break
            found |= {record["id"]: record.get("lines") for record in _rows(records)}
        left = [number for number in orders if found.get(number) is None]
        if expands:
            # What is not in the answer at all was deleted meanwhile.
            left = [number for number in left if number in found]
        for number in left:
            found[number] = self._lines_of_one(number)
        return found

    def _lines_of_one(self, order: int) -> list[Row] | None:
        """Return an order's lines by a path of their own: not every release expands lists."""
        try:
            records = self._client.get(
                f"sop_orders/{order}/sop_order_lines", select=LINE_FIELDS, top=5000
            )
        except FixRequest as error:
            if error.status not in _REFUSED:
                raise
            return None
        return _rows(records)


def _rows(answer: list[Row] | Row) -> list[Row]:
    return answer if isinstance(answer, list) else [answer]


def _share(quantities: Iterable[Any]) -> WebDemand:
    ordered, allocated, despatched = (Decimal(each or 0) for each in quantities)
    return WebDemand(allocated, max(ordered - allocated - despatched, Decimal(0)))


def _holding(line: _OpenLine, holdings: list[Row]) -> int | None:
    """Return the holding a line takes from; the only one of its item, where it names no warehouse.

    The warehouse of an order's header, which SQL takes then, is no field of the API.
    """
    if line.warehouse is None:
        return holdings[0]["id"] if len(holdings) == 1 else None
    return next((each["id"] for each in holdings if each["warehouse_id"] == line.warehouse), None)
