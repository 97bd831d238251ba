"""Money that an order holds outside its rows and carriage, found by the fields that tables name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_sage200.magento_order import ZERO
from target_sage200.mapping.field_amounts import amount_of
from target_sage200.mapping.invoiced_totals import owed_amount
from target_sage200.mapping.total_table import KNOWN_TOTALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from target_sage200.magento_order import Order
    from target_sage200.mapping.total_table import TotalRule

INCLUDING_TAX = "_incl_tax"


def other_totals(
    order: Order, rules: Sequence[TotalRule]
) -> Iterator[tuple[TotalRule, Decimal, Decimal]]:
    """Yield each total that a rule names and the order has: rule, net and VAT with their sign."""
    for rule in rules:
        amount = owed_amount(order, rule.total)
        if amount:
            tax = abs(owed_amount(order, rule.tax_field)) if rule.tax_field else ZERO
            # Magento's editions differ in whether what lowers a total is written below zero.
            net = abs(amount) - tax
            yield (rule, net, tax) if rule.adds else (rule, -net, -tax)


def unmapped_totals(order: Order, rules: Sequence[TotalRule]) -> dict[str, Decimal]:
    """Return the known fields that hold money and that no rule names."""
    named = {rule.total for rule in rules}
    found = {
        name: amount_of(order, name)
        for name in KNOWN_TOTALS
        if name not in named and name.removesuffix(INCLUDING_TAX) not in named
    }
    return {name: amount for name, amount in found.items() if amount}
