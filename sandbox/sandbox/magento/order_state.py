"""Which state an order is in after something happened to it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.magento.order_lines import (
    carries_amounts,
    carries_shipping,
    left_to_invoice,
    left_to_ship,
    number,
)

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

STOPPED = frozenset({"holded", "payment_review", "canceled"})
_DONE = frozenset({"complete", "closed"})
_NOTHING = Decimal("0.0001")
_STATUS = {"new": "pending"}


def can_invoice(shop: Shop, order: Document) -> bool:
    """Whether something is left to invoice in a state that allows it."""
    if order["state"] in STOPPED | _DONE:
        return False
    return any(
        left_to_invoice(item) > 0 and carries_amounts(shop, order, item) for item in order["items"]
    )


def something_to_ship(shop: Shop, order: Document) -> bool:
    """Whether something is left to ship."""
    return any(
        left_to_ship(item) > 0
        and not item.get("is_virtual")
        and carries_shipping(shop, order, item)
        for item in order["items"]
    )


def can_ship(shop: Shop, order: Document) -> bool:
    """Whether something is left to ship in a state that allows it."""
    if order["state"] in STOPPED or order.get("is_virtual"):
        return False
    return something_to_ship(shop, order)


def can_refund(order: Document) -> bool:
    """Whether some of the money paid is not refunded yet."""
    if order["state"] in STOPPED or order["state"] == "closed":
        return False
    left = number(order, "base_total_paid") - number(order, "base_total_refunded")
    return left >= _NOTHING


def resolve_state(shop: Shop, order: Document) -> None:
    """Move a new order to processing, and one with nothing left to do to complete or closed."""
    if order["state"] == "new":
        set_state(order, "processing")
    if order["state"] in STOPPED or can_invoice(shop, order):
        return
    shippable = can_ship(shop, order)
    if order["state"] in {"processing", "complete"} and not shippable and not can_refund(order):
        set_state(order, "closed")
    elif order["state"] == "processing" and not shippable:
        set_state(order, "complete")


def set_state(order: Document, state: str) -> None:
    """Set state and the status that belongs to it."""
    order["state"] = state
    order["status"] = _STATUS.get(state, state)
