"""Order items: what of them is left to ship, invoice and refund, and which of them count.

Configurable and bundle items come as a parent and its children. For amounts and for shipping one
side counts and the other follows along: which one depends on the kind of product.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sandbox.magento.entities import attribute
from sandbox.magento.json_text import plain
from sandbox.magento.stock import ships_separately

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

ZERO = Decimal(0)
_PENNY = Decimal("0.01")
_FOUR_PLACES = Decimal("0.0001")
_DYNAMIC_PRICE = "0"


def number(document: Document, name: str) -> Decimal:
    """Return an amount or quantity; a missing one is 0."""
    return Decimal(document.get(name) or 0)


def add(document: Document, name: str, more: Decimal) -> None:
    """Add to an amount or quantity of a document."""
    document[name] = plain(number(document, name) + more)


def left_to_ship(item: Document) -> Decimal:
    """Return the quantity that can still be shipped."""
    gone = max(number(item, "qty_shipped"), number(item, "qty_refunded"))
    return max(ZERO, number(item, "qty_ordered") - gone - number(item, "qty_canceled"))


def left_to_invoice(item: Document) -> Decimal:
    """Return the quantity that can still be invoiced."""
    gone = number(item, "qty_invoiced") + number(item, "qty_canceled")
    return max(ZERO, number(item, "qty_ordered") - gone)


def left_to_refund(item: Document) -> Decimal:
    """Return the quantity that can still be refunded."""
    return max(ZERO, number(item, "qty_invoiced") - number(item, "qty_refunded"))


def children(order: Document, item: Document) -> list[Document]:
    """Return the items below a configurable or bundle item."""
    return [i for i in order["items"] if i.get("parent_item_id") == item["item_id"]]


def parent(order: Document, item: Document) -> Document | None:
    """Return the configurable or bundle item above an item, None for an item of its own."""
    wanted = item.get("parent_item_id")
    return next((i for i in order["items"] if i["item_id"] == wanted), None)


def carries_amounts(shop: Shop, order: Document, item: Document) -> bool:
    """Whether money is counted on this item: the parts of a dynamic bundle, else the parent."""
    above = parent(order, item)
    if above is not None:
        return _is_dynamic(shop, above)
    return not (children(order, item) and _is_dynamic(shop, item))


def carries_shipping(shop: Shop, order: Document, item: Document) -> bool:
    """Whether shipping is counted on this item: separately shipped parts, else the parent."""
    above = parent(order, item)
    if above is not None:
        return is_split(shop, above)
    return not (children(order, item) and is_split(shop, item))


def is_split(shop: Shop, item: Document) -> bool:
    """Whether this is a bundle whose parts are shipped separately."""
    product = shop.get("products", item.get("product_id") or 0)
    return (
        item.get("product_type") == "bundle" and product is not None and ships_separately(product)
    )


def stock_quantities(
    order: Document, item: Document, quantity: Decimal
) -> list[tuple[str, Decimal]]:
    """Return the SKUs that leave stock when a quantity of an item is shipped."""
    below = children(order, item)
    if not below or item.get("product_type") != "bundle":
        return [(str(item["sku"]), quantity)]
    return [
        (str(i["sku"]), quantity * number(i, "qty_ordered") / number(item, "qty_ordered"))
        for i in below
    ]


def part(total: Decimal, done: Decimal, quantity: Decimal, of: Decimal, left: Decimal) -> Decimal:
    """Return the share of an amount for a part quantity; the last part takes what is left.

    Args:
        total: The amount for the quantity ``of``.
        done: What earlier documents took of it.
        quantity: The quantity of this document.
        of: The whole quantity.
        left: The quantity left before this document.
    """
    if quantity >= left:
        return total - done
    return round_amount(total * quantity / of, like=total)


def round_amount(amount: Decimal, like: Decimal = ZERO) -> Decimal:
    """Round to pennies, or to four places where the amount it comes from has more than two."""
    fine = like != like.quantize(_PENNY, rounding=ROUND_HALF_UP)
    return amount.quantize(_FOUR_PLACES if fine else _PENNY, rounding=ROUND_HALF_UP)


def refresh_copies(order: Document) -> None:
    """Bring the copies an order holds of its own parts up to date.

    Magento repeats a parent item inside its children, and all items and shipping totals inside
    the shipping assignments.
    """
    by_id = {item["item_id"]: item for item in order["items"]}
    for item in order["items"]:
        above = by_id.get(item.get("parent_item_id"))
        if above is not None and "parent_item" in item:
            item["parent_item"] = dict(above)
    for assignment in order.get("extension_attributes", {}).get("shipping_assignments", ()):
        assignment["items"] = [dict(item) for item in order["items"]]
        totals = {name: value for name, value in order.items() if name in _SHIPPING_TOTALS}
        if totals:
            assignment["shipping"]["total"] = totals


_SHIPPING_TOTALS = frozenset(
    f"{base}shipping_{name}"
    for base in ("", "base_")
    for name in (
        "amount",
        "canceled",
        "discount_amount",
        "discount_tax_compensation_amount",
        "discount_tax_compensation_amnt",
        "incl_tax",
        "invoiced",
        "refunded",
        "tax_amount",
        "tax_refunded",
    )
)


def shipping_address_id(order: Document) -> int | None:
    """Return the id of the shipping address, None for an order without one."""
    for assignment in order.get("extension_attributes", {}).get("shipping_assignments", ()):
        address = assignment["shipping"].get("address")
        if address is not None:
            return int(address["entity_id"])
    return None


def _is_dynamic(shop: Shop, item: Document) -> bool:
    product = shop.get("products", item.get("product_id") or 0)
    return (
        item.get("product_type") == "bundle"
        and product is not None
        and str(attribute(product, "price_type")) == _DYNAMIC_PRICE
    )
