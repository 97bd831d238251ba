"""Which lines of a Magento order are sold goods, for what money, at which VAT code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from target_sage200.magento_order import ZERO
from target_sage200.mapping.money import PENNY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_sage200.magento_order import AppliedTax, Item, Order


@dataclass(frozen=True)
class Sold:
    """Goods sold: what Sage needs to know of a line, money in order currency.

    Attributes:
        sku: Magento SKU of the goods that leave the warehouse.
        quantity: Quantity still sold (cancelled quantities are left out).
        net: Exact net after discount; may have more than 2 decimals, and be negative where a fixed
            discount is larger than the row.
        tax: Exact VAT.
        taxes: The taxes Magento applied.
        percent: Magento's own percentage for the line, 0 where absent.
        comments: Comment lines that belong below it.
        item_id: Magento's id of the row.
        discount: Net discount that ``net`` is after.
        roundings: How often Magento may have rounded its VAT: once, or once a unit.
    """

    sku: str
    name: str
    quantity: Decimal
    net: Decimal
    tax: Decimal
    taxes: tuple[AppliedTax, ...]
    percent: Decimal
    comments: tuple[str, ...] = ()
    roundings: Decimal = Decimal(1)
    item_id: int = 0
    discount: Decimal = ZERO


def sold_lines(
    order: Order, *, bundle_price_on: str, gift_messages: bool = True
) -> tuple[Sold, ...]:
    """Return the goods an order sells, each once.

    - Configurable: the parent's money, and its SKU, which already is the child's.
    - Dynamic bundle: the children; the parent only sums them up, wrongly under a coupon.
    - Fixed bundle: the children carry no money of their own. With ``children`` the parent's money
      is shared over them by quantity, so that their stock moves; with ``parent`` the bundle is
      itself a stock item of Sage.

    Args:
        order: The order, with what is still owed.
        bundle_price_on: ``children`` or ``parent``.
        gift_messages: Whether gift messages of rows become comments.
    """
    sold: list[Sold] = []
    for item in order.items:
        if item.parent_item_id is None:
            goods = list(_goods(order, item, bundle_price_on))
            if gift_messages and item.gift_message:
                goods[-1] = replace(goods[-1], comments=(*goods[-1].comments, item.gift_message))
            sold.extend(goods)
    return tuple(line for line in sold if line.quantity > ZERO or line.net or line.tax)


def _goods(order: Order, item: Item, bundle_price_on: str) -> Iterator[Sold]:
    children = order.children_of(item) if item.product_type == "bundle" else ()
    if not children:
        yield _sold(item)
        return
    bundle: tuple[str, ...] = (f"Bundle: {item.name}", *item.options)
    priced = order.priced_children_of(item)
    if priced:
        for child in priced:
            yield replace(_sold(child), comments=(*bundle, *child.options))
            bundle = ()
        return
    parent = _sold(item)
    if bundle_price_on == "parent":
        yield parent
        return
    yield from _share_over_children(parent, children)


def _share_over_children(parent: Sold, children: tuple[Item, ...]) -> Iterator[Sold]:
    own = [_sold(child) for child in children]
    total = sum((child.quantity for child in own), ZERO)
    net_left, tax_left = parent.net, parent.tax
    comments: tuple[str, ...] = (f"Bundle: {parent.name}", *parent.comments)
    for number, child in enumerate(own, start=1):
        last = number == len(own)
        part = child.quantity / total if total else ZERO
        net = net_left if last else parent.net * part
        tax = tax_left if last else parent.tax * part
        net_left -= net
        tax_left -= tax
        yield replace(
            child,
            net=net,
            tax=tax,
            taxes=parent.taxes,
            percent=parent.percent,
            comments=comments,
            roundings=parent.roundings,
            discount=parent.discount * part,
        )
        comments = ()


def _sold(item: Item) -> Sold:
    return Sold(
        sku=item.sku,
        name=item.name,
        quantity=item.quantity_ordered,
        net=item.net,
        tax=item.tax,
        taxes=item.taxes,
        percent=item.tax_percent,
        comments=item.options,
        roundings=_roundings(item.tax, item.quantity_ordered) + item.roundings_more,
        item_id=item.item_id,
        discount=item.discount,
    )


def _roundings(tax: Decimal, quantity: Decimal) -> Decimal:
    """Once a unit where the VAT is a whole number of pennies for each, else once a row."""
    if quantity <= 1:
        return Decimal(1)
    each = (tax / quantity).quantize(PENNY)
    return quantity if abs(each * quantity - tax) < PENNY / 100 else Decimal(1)
