"""The arithmetic of a sales order document, in the document's currency.

VAT is computed once per VAT code on the document's net, rounded half up to 2 decimals; the VAT of
a line is for information and need not add up. Published example at 20 %: lines of 10.43 and 0.83
show 2.09 and 0.17, the document has 2.25. Source: Sage 200 help, "How VAT is calculated on sales
orders".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PENNY = Decimal("0.01")
_UNIT = Decimal("0.00001")
_PERCENT = Decimal(100)
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class LineValue:
    """What a line adds to its document.

    Attributes:
        net: Line total after the line's own discount.
        tax_code_id: VAT code; comments have none.
        tax_rate: Its percentage.
        is_charge: Whether it is an additional charge, which takes no document discount.
    """

    net: Decimal
    tax_code_id: int | None
    tax_rate: Decimal
    is_charge: bool


@dataclass(frozen=True)
class Totals:
    """The totals of a document; ``net + tax = gross``, ``goods - discount + charges_net = net``."""

    goods: Decimal
    discount: Decimal
    charges_net: Decimal
    charges_tax: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


def money(value: Decimal) -> Decimal:
    """Round to 2 decimals, half a penny away from zero."""
    return value.quantize(_PENNY, ROUND_HALF_UP)


def unit_price(value: Decimal) -> Decimal:
    """Round to the 5 decimals of unit prices and unit discounts."""
    return value.quantize(_UNIT, ROUND_HALF_UP)


def percent_of(value: Decimal, percent: Decimal) -> Decimal:
    """Return a percentage of a value, not rounded."""
    return value * percent / _PERCENT


def line_net(quantity: Decimal, price: Decimal, unit_discount: Decimal) -> Decimal:
    """Return the line total: quantity times discounted unit price, rounded to 2 decimals."""
    return money(quantity * (price - unit_discount))


def line_tax(net: Decimal, tax_rate: Decimal) -> Decimal:
    """Return the VAT that a line shows, for information."""
    return money(percent_of(net, tax_rate))


@dataclass(frozen=True)
class CodeTotals:
    """What a document has under one VAT code; VAT is rounded here, once."""

    goods: Decimal
    discount: Decimal
    charges: Decimal
    rate: Decimal

    @property
    def net(self) -> Decimal:
        """Return the value VAT is taken on."""
        return self.goods - self.discount + self.charges

    @property
    def tax(self) -> Decimal:
        """Return the VAT."""
        return money(percent_of(self.net, self.rate))


def totals_by_code(
    lines: Iterable[LineValue], discount_percent: Decimal
) -> dict[int | None, CodeTotals]:
    """Return the totals of a document by VAT code, the discount taken per code."""
    goods: dict[int | None, Decimal] = defaultdict(Decimal)
    charges: dict[int | None, Decimal] = defaultdict(Decimal)
    rates: dict[int | None, Decimal] = {}
    for line in lines:
        side = charges if line.is_charge else goods
        side[line.tax_code_id] += line.net
        rates[line.tax_code_id] = line.tax_rate
    return {
        code: CodeTotals(
            goods[code], money(percent_of(goods[code], discount_percent)), charges[code], rate
        )
        for code, rate in rates.items()
    }


def document_totals(lines: Iterable[LineValue], discount_percent: Decimal) -> Totals:
    """Return the totals of a document.

    The document discount is taken per VAT code, so that net and VAT base stay equal.

    Args:
        lines: What each line adds.
        discount_percent: Document discount; below zero it is a surcharge.
    """
    by_code = totals_by_code(lines, discount_percent).values()
    goods = sum((code.goods for code in by_code), _ZERO)
    discount = sum((code.discount for code in by_code), _ZERO)
    charges = sum((code.charges for code in by_code), _ZERO)
    charges_tax = sum((money(percent_of(code.charges, code.rate)) for code in by_code), _ZERO)
    tax = sum((code.tax for code in by_code), _ZERO)
    net = goods - discount + charges
    return Totals(goods, discount, charges, charges_tax, net, tax, net + tax)
