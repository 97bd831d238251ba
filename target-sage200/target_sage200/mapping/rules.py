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
        discounts: ``net_price`` sends prices after discount, ``line_discount`` prices before it and
            Sage's line discount.
        gift_messages: Whether gift messages become comment lines.
        tax_strategy: ``exact``, ``gross_only``, ``sage`` or ``refuse``: what is done where Sage's
            VAT differs from Magento's by rounding.
        max_rounding: Largest VAT difference of a VAT code that is ever taken for rounding.
        customer_key_field: Field of accounts that says whose they are.
        update_accounts: Whether accounts of customers follow their billing address.
        most_rounding: Largest VAT difference that counts as rounding, per line; per unit of lines
            whose VAT Magento rounded unit by unit.
    """

    bundle_price_on: str = "children"
    allocate_stock: bool = True
    description_limit: int = 60
    text_encoding: str = "cp1252"
    timezone: str = "Europe/London"
    refunds_before_posting: str = "leave_out"
    discounts: str = "net_price"
    gift_messages: bool = True
    tax_strategy: str = "exact"
    most_rounding: Decimal = Decimal("0.01")
    max_rounding: Decimal = Decimal(1)
    customer_key_field: str = "spare_text_1"
    update_accounts: bool = False
