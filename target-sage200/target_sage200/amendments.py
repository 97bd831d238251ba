"""What a change of an order that is already in Sage 200 means. Pure.

Magento keeps changing an order after it was posted: every invoice, shipment and comment is a new
copy of the document. Few of these concern Sage. An edited order is a new one in Magento (suffix
``-1``), and the old one is cancelled: so an edit is seen here as a cancellation.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_sage200.mapping.address import delivery_address
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.text import Trimmer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from target_sage200.magento_order import Order

CANCELLED = "canceled"


class Change(str, enum.Enum):
    """What changed, as far as Sage is concerned."""

    NONE = "none"
    """Status, quantities shipped or refunded, comments: Sage learns of them by other ways."""
    CANCELLED = "cancelled"
    """The whole order is cancelled, by itself or because an edited one took its place."""
    PARTLY_CANCELLED = "partly_cancelled"
    """Quantities were cancelled after the order was posted with them."""
    ADDRESS = "address"
    """The goods are to go to another address."""
    UNREADABLE = "unreadable"
    """The new address can't be mapped."""


@dataclass(frozen=True)
class Amendment:
    """A change and what it needs.

    Attributes:
        sentence: What happened, for the person who reads it.
        address: The delivery address Sage should have now.
        trimmed: What was cut of it, one sentence each.
    """

    change: Change
    sentence: str = ""
    address: Mapping[str, str] | None = None
    trimmed: tuple[str, ...] = ()


def classify(
    order: Order,
    address_in_sage: Mapping[str, Any],
    cancelled_when_posted: Decimal,
    countries: Mapping[str, str],
    encoding: str,
) -> Amendment:
    """Compare an order as Magento has it now with what was sent for it.

    Args:
        order: The order as it is now.
        address_in_sage: ``delivery_address`` as it was last sent; empty on routes without one.
        cancelled_when_posted: What was cancelled of the order when it was posted, order currency.
        countries: Sage's country names by ISO code.
        encoding: What the Sage database can hold.
    """
    name = f"Order {order.increment_id}"
    if order.state == CANCELLED:
        return Amendment(Change.CANCELLED, f"{name} was cancelled in Magento after it was posted.")
    if order.total_canceled > cancelled_when_posted:
        amount = order.total_canceled - cancelled_when_posted
        return Amendment(
            Change.PARTLY_CANCELLED,
            f"{name}: {amount} {order.currency} were cancelled in Magento after it was posted."
            " Cancel the quantities in Sage 200, too.",
        )
    if not address_in_sage:
        return Amendment(Change.NONE)
    trimmer = Trimmer(encoding)
    try:
        wanted = delivery_address(
            order.increment_id, order.delivery, order.email, countries, trimmer
        )
    except RefusalError as refusal:
        return Amendment(Change.UNREADABLE, str(refusal))
    if wanted == dict(address_in_sage):
        return Amendment(Change.NONE)
    return Amendment(
        Change.ADDRESS,
        f"{name}: its delivery address was changed in Magento after it was posted.",
        wanted,
        trimmer.notes,
    )
