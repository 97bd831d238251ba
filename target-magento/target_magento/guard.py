"""May this run change so much of the shop's stock by itself? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

FEWEST_ROWS = 10
"""A run that changes fewer rows than this is never stopped: in a small shop, two SKUs that sell
out are a large share and a normal day."""


@dataclass(frozen=True)
class Effect:
    """What a run would do, counted in source items (one SKU in one source).

    Attributes:
        known: Source items whose quantity we have published or confirmed before.
        changing: Of those, how many would get another quantity. New ones don't count, so a first
            run may change everything.
        in_stock: Source items that have stock in Magento now.
        emptying: Of those, how many would get quantity 0. Here the first run counts too: a wrong
            warehouse map shows as an emptied shop.
    """

    known: int
    changing: int
    in_stock: int
    emptying: int


def objection(effect: Effect, *, max_change_share: Decimal, max_zero_share: Decimal) -> str | None:
    """Return why the run must stop and ask, or None.

    Args:
        effect: What the run would do.
        max_change_share: Largest share of known source items that may change, 0 to 1.
        max_zero_share: Largest share of source items in stock that may go to zero, 0 to 1.
    """
    if effect.emptying >= FEWEST_ROWS and effect.emptying > max_zero_share * effect.in_stock:
        found = (
            f"{effect.emptying} of the {effect.in_stock} source items that have stock would go to "
            f"zero, more than max_zero_share {max_zero_share} allows"
        )
    elif effect.changing >= FEWEST_ROWS and effect.changing > max_change_share * effect.known:
        found = (
            f"{effect.changing} of the {effect.known} known source items would change, more than "
            f"max_change_share {max_change_share} allows"
        )
    else:
        return None
    return (
        f"Nothing was published: {found}. Check Sage's levels and mappings/warehouses.csv; if the "
        "change is right, run once with allow_large_change set to true."
    )
