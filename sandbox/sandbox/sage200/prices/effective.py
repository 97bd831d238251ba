"""Which price and discount of the price book count, for one product and one account.

Source: Sage 200 help on price bands and discounts (section 5.3 of the reference). A limited band
that is in force wins over the account's own, universal band, and that one over the standard band,
which is in base currency and converted at the account's rate. A band of another currency than the
account's does not count. Where several limited bands are in force the lowest price is taken; where
a product and its group both have a discount, the product's; both are in no source.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.orders.totals import money, percent_of, unit_price

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_ZERO = Decimal(0)
UNIVERSAL, LIMITED = 0, 1


@dataclass(frozen=True)
class BandPrice:
    """A price of a band that an account may use.

    Attributes:
        kind: ``UNIVERSAL`` or ``LIMITED``.
        price: Price in the band's currency.
        use_standard: Whether the price of the standard band is taken instead.
        active: Whether the band is in use.
        starts, ends: When it is in force (UTC); empty where the band is not bound to a time.
    """

    kind: int
    price: Decimal
    use_standard: bool = False
    active: bool = True
    starts: datetime | None = None
    ends: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether the band counts at a moment."""
        begun = self.starts is None or self.starts <= at
        return self.active and begun and (self.ends is None or at <= self.ends)


@dataclass(frozen=True)
class Break:
    """One step of a discount.

    Attributes:
        more_than: Counts for quantities above this.
        percent: Discount in percent; 0 where it is an amount.
        amount: Discount per unit in the account's currency.
        of_product: Whether it is the product's own (or its group's).
    """

    more_than: Decimal
    percent: Decimal
    amount: Decimal = _ZERO
    of_product: bool = True


@dataclass(frozen=True)
class Discount:
    """A discount per unit: its value in the account's currency, and in percent of the price."""

    value: Decimal
    percent: Decimal


NO_DISCOUNT = Discount(Decimal("0.00000"), Decimal("0.00"))


def selling_price(standard: Decimal, bands: Sequence[BandPrice], at: datetime) -> Decimal:
    """Return the price per unit in the account's currency, before discounts.

    Args:
        standard: Price of the standard band, in the account's currency.
        bands: Prices of the account's other bands in its currency.
        at: The moment that bands must be in force.
    """
    counting = [band for band in bands if band.in_force(at)]
    for kind in (LIMITED, UNIVERSAL):
        prices = [standard if b.use_standard else b.price for b in counting if b.kind == kind]
        if prices:
            return unit_price(min(prices))
    return unit_price(standard)


def unit_discount(price: Decimal, quantity: Decimal, breaks: Sequence[Break]) -> Discount:
    """Return the discount per unit for a quantity; never more than the price.

    Args:
        price: Price per unit.
        quantity: Quantity ordered, in the unit that is priced.
        breaks: Steps of the discounts the account has on this product.
    """
    for of_product in (True, False):
        steps = [b for b in breaks if b.of_product is of_product and quantity > b.more_than]
        if steps:
            step = max(steps, key=lambda b: b.more_than)
            if step.percent:
                return Discount(unit_price(percent_of(price, step.percent)), step.percent)
            value = min(unit_price(step.amount), price)
            return Discount(value, money(value / price * 100) if price else _ZERO)
    return NO_DISCOUNT
