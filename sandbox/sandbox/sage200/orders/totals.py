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


def document_totals(lines: Iterable[LineValue], discount_percent: Decimal) -> Totals:
    """Return the totals of a document.

    The document discount is taken per VAT code, so that net and VAT base stay equal.

    Args:
        lines: What each line adds.
        discount_percent: Document discount; below zero it is a surcharge.
    """
    goods: dict[int | None, Decimal] = defaultdict(Decimal)
    charges: dict[int | None, Decimal] = defaultdict(Decimal)
    rates: dict[int | None, Decimal] = {}
    for line in lines:
        side = charges if line.is_charge else goods
        side[line.tax_code_id] += line.net
        rates[line.tax_code_id] = line.tax_rate
    discounts = {code: money(percent_of(net, discount_percent)) for code, net in goods.items()}
    tax = charges_tax = _ZERO
    for code, rate in rates.items():
        base = goods[code] - discounts.get(code, _ZERO) + charges[code]
        tax += money(percent_of(base, rate))
        charges_tax += money(percent_of(charges[code], rate))
    goods_total, charges_total = sum(goods.values(), _ZERO), sum(charges.values(), _ZERO)
    discount = sum(discounts.values(), _ZERO)
    net = goods_total - discount + charges_total
    return Totals(goods_total, discount, charges_total, charges_tax, net, tax, net + tax)
