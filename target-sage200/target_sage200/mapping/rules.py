"""Settings of the mapping, as the pure functions take them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class OrderRules:
    """Settings of the mapping.

    Attributes:
        bundle_price_on: ``children`` or ``parent``, for bundles with a fixed price.
        allocate_stock: Ask Sage to allocate the goods at once.
        description_limit: 60, or 6000 where the release is known to take it.
        text_encoding: What the database can hold, ``cp1252`` or ``utf-8``.
        timezone: In which the document date is counted.
        refunds_before_posting: ``leave_out`` or ``post_in_full``, for what was refunded before
            the order was posted.
        most_rounding: Largest VAT difference that counts as rounding, per line; per unit of lines
            whose VAT Magento rounded unit by unit.
    """

    bundle_price_on: str = "children"
    allocate_stock: bool = True
    description_limit: int = 60
    text_encoding: str = "cp1252"
    timezone: str = "Europe/London"
    refunds_before_posting: str = "leave_out"
    most_rounding: Decimal = Decimal("0.01")
