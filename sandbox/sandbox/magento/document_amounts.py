"""How an invoice or credit memo takes its amounts from the items of an order.

Magento gives a part quantity its share of what is left, rounds it, and carries the rounding error
into the next rounding of the same document: rows first, then discounts, then taxes. The last part
takes what is left, unrounded.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sandbox.magento.json_text import plain
from sandbox.magento.order_lines import add, left_to_invoice, left_to_refund, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sandbox.magento.json_text import Document

BASES = ("", "base_")
"""Prefixes of amounts in order currency and in base currency."""
PENNY = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """An order item, the quantity a document takes of it, and the document's own item."""

    item: Document
    quantity: Decimal
    target: Document


@dataclass(frozen=True)
class Source:
    """Which fields of an order item a kind of document takes from, and where that is noted.

    Attributes:
        row: The whole row, before discount.
        row_taken: Field that sums up what was taken of the row.
        whole: Suffix of the whole amounts of tax and discount.
        taken: Suffix of what was taken of them.
        left: The quantity that is left.
    """

    row: Callable[[Document, str], Decimal]
    row_taken: str
    whole: str
    taken: str
    left: Callable[[Document], Decimal]


def true_row_total(item: Document, base: str) -> Decimal:
    """Return the row before discount.

    An order item shows it with the discount taken off, and never below 0: there the price has to
    serve.
    """
    row = number(item, f"{base}row_total")
    discount = number(item, f"{base}discount_amount")
    if not row and discount:
        return _penny(number(item, f"{base}price") * number(item, "qty_ordered"))
    return row + discount


INVOICED = Source(true_row_total, "row_invoiced", "amount", "invoiced", left_to_invoice)
REFUNDED = Source(
    lambda item, base: number(item, f"{base}row_invoiced"),
    "amount_refunded",
    "invoiced",
    "refunded",
    left_to_refund,
)


class Rounding:
    """Rounds to pennies and carries the error on, apart for each kind of amount."""

    def __init__(self) -> None:
        self._carried: dict[str, Decimal] = defaultdict(Decimal)

    def round(self, amount: Decimal, kind: str, *, negative: bool = False) -> Decimal:
        """Return the rounded amount; ``negative`` for amounts that are taken off."""
        if not amount:
            return amount
        sign = -1 if negative else 1
        exact = amount + sign * self._carried[kind]
        rounded = _penny(exact)
        self._carried[kind] = sign * (exact - rounded)
        return rounded


def take_amounts(lines: Sequence[Line], source: Source) -> None:
    """Write the amounts of each line into its target, and note in the order items what was taken.

    To be called before the quantities of the order items are moved on.
    """
    rounding = Rounding()
    for base in BASES:
        for line in lines:
            whole, field = source.row(line.item, base), f"{base}{source.row_taken}"
            _take(line, source, rounding, f"{base}row_total", whole, field)
            _show_gross(line, base, rounding)
        for line in lines:
            _take_kind(line, source, rounding, base, "discount")
        for line in lines:
            _take_kind(line, source, rounding, base, "tax")
            _take_kind(line, source, rounding, base, "discount_tax_compensation")


def _take_kind(line: Line, source: Source, rounding: Rounding, base: str, kind: str) -> None:
    whole = number(line.item, f"{base}{kind}_{source.whole}")
    if kind == "discount" and not whole:
        return
    _take(line, source, rounding, f"{base}{kind}_amount", whole, f"{base}{kind}_{source.taken}")


def _take(
    line: Line, source: Source, rounding: Rounding, name: str, whole: Decimal, noted: str
) -> None:
    left = whole - number(line.item, noted)
    available = source.left(line.item)
    if line.quantity < available:
        kind = "base" if name.startswith("base_") else "regular"
        share = left / available * line.quantity
        left = rounding.round(share, kind, negative=name.endswith("discount_amount"))
    line.target[name] = plain(left)
    add(line.item, noted, left)


def _show_gross(line: Line, base: str, rounding: Rounding) -> None:
    name = f"{base}price_incl_tax"
    if name not in line.item:
        return
    line.target[name] = line.item[name]
    share = _gross_row(line.item, base) / number(line.item, "qty_ordered") * line.quantity
    line.target[f"{base}row_total_incl_tax"] = plain(rounding.round(share, f"{base}including"))


def _gross_row(item: Document, base: str) -> Decimal:
    """Return the row including tax before discount, as it was computed for the order."""
    if not number(item, f"{base}discount_amount"):
        return number(item, f"{base}row_total_incl_tax")
    if number(item, f"{base}discount_tax_compensation_amount"):
        # Prices were entered including tax.
        return _penny(number(item, f"{base}price_incl_tax") * number(item, "qty_ordered"))
    rate = 1 + number(item, "tax_percent") / 100
    return _penny(true_row_total(item, base) * rate)


def total(lines: Iterable[Document], name: str) -> Decimal:
    """Return the sum of one amount over document items."""
    return sum((number(line, name) for line in lines), Decimal(0))


def _penny(amount: Decimal) -> Decimal:
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)
