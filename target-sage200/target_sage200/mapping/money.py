"""Pennies: rounding as Sage 200 and HMRC do (half up), and sharing without losing one."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

PENNY = Decimal("0.01")
PRICE_STEP = Decimal("0.00001")
"""Sage 200 keeps unit prices and quantities with 5 decimals."""


def pennies(amount: Decimal) -> Decimal:
    """Round to 2 decimals, half away from zero."""
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)


def five_decimals(value: Decimal) -> Decimal:
    """Round to Sage's 5 decimals of prices and quantities, half away from zero."""
    return value.quantize(PRICE_STEP, rounding=ROUND_HALF_UP)


def share(amounts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """Round ``amounts`` to pennies so that they add up to ``total`` exactly.

    What rounding leaves over goes, penny by penny, to the amounts that lost most by it (largest
    remainder), and to an amount of nothing last. Magento keeps 4 decimals where quantities are
    decimal or currencies converted.

    Args:
        amounts: Exact amounts.
        total: Their sum as the document must show it, in whole pennies.

    Raises:
        ValueError: There is nothing to share, yet ``total`` is not zero.
    """
    rounded = [pennies(amount) for amount in amounts]
    left = total - sum(rounded, Decimal(0))
    if left and not rounded:
        msg = f"{total} can't be shared over no amounts"
        raise ValueError(msg)
    step = PENNY if left > 0 else -PENNY
    losses = [amount - kept for amount, kept in zip(amounts, rounded)]
    order = sorted(
        range(len(rounded)),
        key=lambda index: (not amounts[index], -losses[index] * step, -abs(amounts[index])),
    )
    position = 0
    while left:
        rounded[order[position % len(order)]] += step
        left -= step
        position += 1
    return rounded


def share_by_group(
    amounts: Sequence[Decimal], groups: Sequence[Hashable], total: Decimal
) -> list[Decimal]:
    """Round ``amounts`` to pennies so that each group, and all together, come out right.

    The groups share ``total`` first, so each is less than a penny from the sum of its exact
    amounts; then the amounts of a group share what the group got. Rounding amount by amount could
    move pennies from one group to another.

    Args:
        amounts: Exact amounts.
        groups: The group of each amount, its VAT code for instance.
        total: Their sum as the document must show it, in whole pennies.

    Raises:
        ValueError: There is nothing to share, yet ``total`` is not zero.
    """
    members: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    sums = [sum((amounts[i] for i in indexes), Decimal(0)) for indexes in members.values()]
    rounded = [Decimal(0)] * len(amounts)
    for indexes, part in zip(members.values(), share(sums, total)):
        for index, amount in zip(indexes, share([amounts[i] for i in indexes], part)):
            rounded[index] = amount
    return rounded
