"""What of an order is still owed: without what was cancelled and what was refunded before posting.

Magento's order document itself proves what a refund took back: each row holds the quantity, the
amount before discount, the discount and the VAT that its credit memos refunded, the order holds the
same for carriage and in total. Where these figures add up to ``total_refunded``, the goods and the
money of the refunds are known row by row and can be left out of the document. Money given back
beside the rows (adjustments) belongs to no row: then the order is posted as it was sold, and its
refunds stay documents of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO
from target_sage200.mapping.money import PENNY, pennies

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from target_sage200.magento_order import Item, Order

LEAVE_OUT = "leave_out"
POST_IN_FULL = "post_in_full"
POSTED_AS_SOLD = "Posted as it was sold, its refunds are left to do:"
HALF_A_PENNY = PENNY / 2
"""Magento keeps 4 decimals of each figure, so what is left of a row may be a trace of rounding."""


@dataclass(frozen=True)
class LeftOut:
    """Refunds that are no part of the document, because they came before it was posted.

    Attributes:
        net: In order currency, pennies.
        tax: VAT in order currency, pennies.
        gross: In order currency, pennies.
        refunded: Gross as Magento keeps it, up to 4 decimals: the first credit memos that come to
            it are those left out. (Stamps don't tell them: a memo may be younger than the last
            change of its order.)
        quantities: Refunded quantity by SKU.
    """

    net: Decimal
    tax: Decimal
    gross: Decimal
    refunded: Decimal
    quantities: Mapping[str, Decimal]

    def as_detail(self) -> dict[str, Any]:
        """Return what the outbox keeps, for refunds and reconciliation to find."""
        return {
            "net": self.net,
            "tax": self.tax,
            "gross": self.gross,
            "refunded": self.refunded,
            "quantities": dict(self.quantities),
        }


@dataclass(frozen=True)
class Owed:
    """An order as it is to be posted.

    Attributes:
        order: The order with the quantities and money still owed, and nothing cancelled.
        left_out: The refunds that were taken out of it.
        note: Why refunds were not taken out although the setting asks for it.
    """

    order: Order
    left_out: LeftOut | None = None
    note: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether everything was refunded."""
        return (
            self.left_out is not None
            and abs(self.order.grand_total) < HALF_A_PENNY
            and all(item.quantity_ordered <= ZERO for item in self.order.items)
        )


class _CannotSplitError(Exception):
    """The refunds can't be told apart from the rest of the order; the message says why."""


def still_owed(order: Order, refunds_before_posting: str) -> Owed:
    """Take out of an order what was cancelled and, by setting, what was refunded.

    Args:
        order: The order as Magento shows it.
        refunds_before_posting: ``leave_out`` or ``post_in_full``.
    """
    kept = _without_cancelled(order) if order.partly_cancelled else order
    if refunds_before_posting != LEAVE_OUT or not order.has_refunds:
        return Owed(kept)
    try:
        return _without_refunds(kept)
    except _CannotSplitError as reason:
        return Owed(kept, note=f"{POSTED_AS_SOLD} {reason}")


def _without_cancelled(order: Order) -> Order:
    """The order as far as it was invoiced: Magento cancels all else.

    It writes no qty_canceled on parts of bundles, but what was invoiced is always told. A penny of
    tax compensation may stand without any carriage and is never invoiced.
    """
    never_invoiced = not order.shipping_invoiced and abs(order.shipping_net) > PENNY
    return replace(
        order,
        grand_total=order.grand_total - order.total_canceled,
        tax_amount=order.tax_invoiced,
        total_canceled=ZERO,
        shipping_net=ZERO if never_invoiced else order.shipping_net,
        shipping_tax=ZERO if never_invoiced else order.shipping_tax,
        items=tuple(
            replace(
                item,
                quantity_ordered=item.quantity_invoiced,
                quantity_canceled=ZERO,
                net=item.net_invoiced,
                tax=item.tax_invoiced,
                discount=item.discount_invoiced,
            )
            for item in order.items
        ),
    )


def _without_refunds(order: Order) -> Owed:
    if order.adjustments_refunded:
        msg = "money was given back beside the rows (adjustment)."
        raise _CannotSplitError(msg)
    carriers = order.carriers
    left = {item.item_id: _row_left(item) for item in carriers}
    net = sum((item.net - left[item.item_id].net for item in carriers), ZERO)
    tax = sum((item.tax - left[item.item_id].tax for item in carriers), ZERO)
    discount = sum((item.discount_refunded for item in carriers), ZERO)
    carriage = order.shipping_refunded - (order.discount_refunded - discount)
    carriage_net = _taken("carriage", carriage, order.shipping_net)
    carriage_tax = _taken("VAT of carriage", order.shipping_tax_refunded, order.shipping_tax)
    net += carriage_net
    tax += carriage_tax
    if abs(net + tax - order.total_refunded) > HALF_A_PENNY or (
        abs(tax - order.tax_refunded) > HALF_A_PENNY
    ):
        msg = (
            f"its rows show {net + tax} refunded with {tax} VAT, the order {order.total_refunded}"
            f" with {order.tax_refunded}."
        )
        raise _CannotSplitError(msg)
    kept = replace(
        order,
        grand_total=order.grand_total - net - tax,
        tax_amount=order.tax_amount - tax,
        shipping_net=order.shipping_net - carriage_net,
        shipping_tax=order.shipping_tax - carriage_tax,
        items=_items_left(order, left),
    )
    gross_out = pennies(order.grand_total) - pennies(kept.grand_total)
    tax_out = pennies(order.tax_amount) - pennies(kept.tax_amount)
    quantities: dict[str, Decimal] = {}
    for item in carriers:
        if item.quantity_refunded:
            quantities[item.sku] = quantities.get(item.sku, ZERO) + item.quantity_refunded
    return Owed(kept, LeftOut(gross_out - tax_out, tax_out, gross_out, net + tax, quantities))


def _items_left(order: Order, left: Mapping[int, Item]) -> tuple[Item, ...]:
    """All rows; what carries no money of its own (parts of a fixed bundle) follows its parent."""
    items: list[Item] = []
    for item in order.items:
        found = left.get(item.item_id)
        if found is None:
            parent = next((one for one in order.items if one.item_id == item.parent_item_id), None)
            whole = parent.quantity_ordered if parent else ZERO
            kept = left[parent.item_id].quantity_ordered if parent in order.carriers else whole
            found = replace(
                item, quantity_ordered=item.quantity_ordered * kept / whole if whole else ZERO
            )
        items.append(found)
    return tuple(items)


def _row_left(item: Item) -> Item:
    quantity = item.quantity_ordered - item.quantity_refunded
    if quantity < ZERO:
        msg = f"SKU {item.sku!r}: more was refunded than sold."
        raise _CannotSplitError(msg)
    name = f"SKU {item.sku!r}"
    net = item.net - _taken(name, item.net_refunded, item.net)
    tax = item.tax - _taken(f"VAT of {name}", item.tax_refunded, item.tax)
    if (quantity == ZERO and (net or tax)) or (
        item.quantity_refunded == ZERO and (item.net_refunded or item.tax_refunded)
    ):
        msg = f"{name}: {net} net and {tax} VAT are left on a quantity of {quantity}."
        raise _CannotSplitError(msg)
    if not item.quantity_refunded:
        return item
    # What is left is the row as it was rounded less the refunds as they were: one rounding more.
    return replace(
        item,
        quantity_ordered=quantity,
        net=net,
        tax=tax,
        discount=item.discount - item.discount_refunded,
        roundings_more=1,
    )


def _taken(what: str, refunded: Decimal, whole: Decimal) -> Decimal:
    """The part of ``whole`` that was refunded; all of it where only a trace is left."""
    if abs(whole - refunded) < HALF_A_PENNY:
        return whole
    if not min(whole, ZERO) <= refunded <= max(whole, ZERO):
        msg = f"{what}: {refunded} was refunded of {whole}."
        raise _CannotSplitError(msg)
    return refunded
