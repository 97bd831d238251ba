"""Money that an order holds outside its rows and carriage, found by the fields that tables name."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO
from target_sage200.mapping.total_table import KNOWN_TOTALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_sage200.magento_order import Order
    from target_sage200.mapping.total_table import TotalRule

ROWS = "items."
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def other_totals(
    order: Order, rules: Sequence[TotalRule]
) -> Iterator[tuple[TotalRule, Decimal, Decimal]]:
    """Yield each total that a rule names and the order has: rule, net and VAT with their sign."""
    for rule in rules:
        amount = amount_of(order, rule.total)
        if amount:
            tax = abs(amount_of(order, rule.tax_field)) if rule.tax_field else ZERO
            # Magento's editions differ in whether what lowers a total is written below zero.
            net = abs(amount) - tax
            yield (rule, net, tax) if rule.adds else (rule, -net, -tax)


def unmapped_totals(order: Order, rules: Sequence[TotalRule]) -> dict[str, Decimal]:
    """Return the known fields that hold money and that no rule names."""
    named = {rule.total for rule in rules}
    found = {name: amount_of(order, name) for name in KNOWN_TOTALS if name not in named}
    return {name: amount for name, amount in found.items() if amount}


def amount_of(order: Order, path: str) -> Decimal:
    """Return the amount of a field, 0 where the order does not have it.

    Args:
        order: The order.
        path: Field of the document or of its extension attributes, parts joined by dots; after
            ``items.`` it is a field of the rows, and the rows are added up.
    """
    if path.startswith(ROWS):
        rows = order.document.get("items") or ()
        return sum((_at(row, path[len(ROWS) :]) for row in rows), ZERO)
    return _at(order.document, path)


def _at(body: Mapping[str, Any], path: str) -> Decimal:
    value = _walk(body, path)
    if value is None:
        value = _walk(body.get("extension_attributes") or {}, path)
    # Only numbers are money; extensions write some of them as text. A float can't come here.
    if isinstance(value, str):
        return Decimal(value) if NUMBER.fullmatch(value) else ZERO
    return Decimal(value) if isinstance(value, (int, Decimal)) else ZERO


def _walk(body: Mapping[str, Any], path: str) -> object:
    if "." not in path:
        return body.get(path)
    found: Any = body
    for part in path.split("."):
        if not hasattr(found, "get"):
            return None
        found = found.get(part)
    return found
