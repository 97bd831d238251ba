"""What orders hold of the stock before it is shipped: Magento's inventory reservations.

Placing an order reserves its quantity in the stock of its website; shipping, cancelling and
refunding what was never shipped gives it back. So the reserved quantity follows from the orders.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.magento.comparison import collate

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

_COMPOSITE = frozenset({"configurable", "bundle", "grouped"})
ZERO = Decimal(0)


class Reservations:
    """Reserved quantity by stock and SKU, kept up with every changed order."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._reserved: dict[tuple[int, str], Decimal] | None = None

    def quantity(self, stock_id: int, sku: str) -> Decimal:
        """Return how much of a SKU the orders of a stock's websites still hold."""
        return self._all().get((stock_id, collate(sku)), ZERO)

    def replace(self, old: Document | None, new: Document | None) -> None:
        """Follow the change of an order."""
        if self._reserved is None:
            return
        for order, sign in ((old, -1), (new, 1)):
            if order is not None:
                self._add(self._reserved, order, sign)

    def _all(self) -> dict[tuple[int, str], Decimal]:
        if self._reserved is None:
            reserved: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
            for order in self._shop.table("orders").all():
                self._add(reserved, order, 1)
            self._reserved = reserved
        return self._reserved

    def _add(self, reserved: dict[tuple[int, str], Decimal], order: Document, sign: int) -> None:
        stock_id = stock_of_store(self._shop, order.get("store_id"))
        if stock_id is None:
            return
        for sku, quantity in held_by(order):
            reserved[stock_id, collate(sku)] += sign * quantity


def held_by(order: Document) -> list[tuple[str, Decimal]]:
    """Return SKU and quantity an order still holds, for each of its stocked items."""
    by_id = {item["item_id"]: item for item in order["items"]}
    held = []
    for item in order["items"]:
        if item.get("product_type") in _COMPOSITE:
            continue
        ordered = _quantity(item, "qty_ordered")
        done = max(_gone(item), _parents_part(item, by_id.get(item.get("parent_item_id"))))
        left = ordered - _quantity(item, "qty_canceled") - done
        if left > 0:
            held.append((str(item["sku"]), left))
    return held


def _gone(item: Document) -> Decimal:
    if item.get("is_virtual"):
        return _quantity(item, "qty_invoiced")
    # A refund gives back what was not shipped before it touches what was.
    return _quantity(item, "qty_shipped") + _quantity(item, "qty_refunded")


def _parents_part(item: Document, parent: Document | None) -> Decimal:
    # What is shipped or refunded as a whole is counted on the parent only.
    if parent is None or not _quantity(parent, "qty_ordered"):
        return ZERO
    if parent.get("product_type") == "bundle" and _quantity(item, "qty_shipped"):
        return ZERO
    share = _quantity(item, "qty_ordered") / _quantity(parent, "qty_ordered")
    return _gone(parent) * share


def _quantity(item: Document, name: str) -> Decimal:
    return Decimal(item.get(name) or 0)


def stock_of_store(shop: Shop, store_id: object) -> int | None:
    """Return the stock whose sales channel is the store's website, None where there is none."""
    website_id = next(
        (v["website_id"] for v in shop.singles.get("storeViews", ()) if v["id"] == store_id), None
    )
    code = next(
        (w["code"] for w in shop.singles.get("websites", ()) if w["id"] == website_id), None
    )
    for stock in shop.table("stocks").all():
        channels = stock.get("extension_attributes", {}).get("sales_channels", ())
        if any(c["type"] == "website" and c["code"] == code for c in channels):
            return int(stock["stock_id"])
    return None
