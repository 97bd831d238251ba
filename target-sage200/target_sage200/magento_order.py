"""A Magento order as the mapping sees it: frozen, exact numbers, stamps in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

ZERO = Decimal(0)


@dataclass(frozen=True)
class Address:
    """A billing or shipping address; absent fields are empty strings."""

    firstname: str
    lastname: str
    company: str
    street: tuple[str, ...]
    city: str
    region: str
    postcode: str
    country_id: str
    telephone: str
    email: str
    vat_id: str

    @property
    def person(self) -> str:
        """First and last name in one."""
        return " ".join(part for part in (self.firstname, self.lastname) if part)


@dataclass(frozen=True)
class AppliedTax:
    """A tax that Magento put on a line: its rate code and effective percentage."""

    code: str
    percent: Decimal


@dataclass(frozen=True)
class Item:
    """An order line of Magento; money in order currency.

    Attributes:
        net: Net of the quantity ordered, after discount; negative where a fixed discount is larger
            than the row.
        tax: VAT of the quantity ordered.
        net_invoiced: Net of the quantity invoiced, after discount.
        tax_invoiced: VAT of the quantity invoiced.
        net_refunded: Net that credit memos refunded, after discount.
        tax_refunded: VAT that they refunded.
        discount_refunded: The net discount among ``net_refunded``.
        discount: Net discount in ``net``, before what is left out.
        gift_message: In one text; empty where there is none.
        has_money: Whether Magento put money on this row, be it all discounted or refunded since.
        options: Custom options, as ``title: value`` or ``option id: value``.
        roundings_more: Roundings beyond the row's own, where only a part of it is owed.
    """

    item_id: int
    parent_item_id: int | None
    sku: str
    name: str
    product_type: str
    quantity_ordered: Decimal
    quantity_canceled: Decimal
    quantity_invoiced: Decimal
    quantity_refunded: Decimal
    net: Decimal
    tax: Decimal
    net_invoiced: Decimal
    tax_invoiced: Decimal
    net_refunded: Decimal
    tax_refunded: Decimal
    discount_refunded: Decimal
    tax_percent: Decimal
    taxes: tuple[AppliedTax, ...]
    options: tuple[str, ...]
    discount: Decimal = ZERO
    discount_invoiced: Decimal = ZERO
    gift_message: str = ""
    roundings_more: int = 0
    has_money: bool = True


@dataclass(frozen=True)
class Order:
    """A Magento order; money in order currency, stamps in UTC.

    Attributes:
        adjustments_refunded: Whether credit memos gave back or kept money beside the rows.
        discount_refunded: Net discount among what was refunded, rows and carriage together.
        shipping_refunded: Carriage refunded, net before discount.
        pickup_source: Magento source where the customer collects the goods; empty elsewhere.
        is_virtual: Nothing of it is delivered.
        gift_message: In one text; empty where there is none.
        document: The whole document, for fields that only a merchant's tables know.
    """

    increment_id: str
    entity_id: int
    store_id: int
    state: str
    status: str
    created_at: datetime
    currency: str
    base_currency: str
    customer_group_id: int
    email: str
    coupon_code: str
    grand_total: Decimal
    tax_amount: Decimal
    total_paid: Decimal
    total_invoiced: Decimal
    tax_invoiced: Decimal
    total_canceled: Decimal
    total_refunded: Decimal
    tax_refunded: Decimal
    discount_refunded: Decimal
    adjustments_refunded: bool
    shipping_net: Decimal
    shipping_tax: Decimal
    shipping_invoiced: Decimal
    shipping_refunded: Decimal
    shipping_tax_refunded: Decimal
    shipping_taxes: tuple[AppliedTax, ...]
    shipping_method: str
    shipping_description: str
    payment_method: str
    payment_reference: str
    purchase_order_number: str
    billing: Address
    shipping: Address | None
    items: tuple[Item, ...]
    customer_id: int | None = None
    pickup_source: str = ""
    is_virtual: bool = False
    gift_message: str = ""
    document: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def delivery(self) -> Address:
        """Where the goods go; for virtual orders the billing address."""
        return self.shipping or self.billing

    @property
    def partly_cancelled(self) -> bool:
        """Something was cancelled; what is left of the order is what was invoiced."""
        return bool(self.total_canceled) or any(item.quantity_canceled for item in self.items)

    @property
    def has_refunds(self) -> bool:
        """Money or quantities were refunded."""
        return bool(self.total_refunded) or any(item.quantity_refunded for item in self.items)

    @property
    def carriers(self) -> tuple[Item, ...]:
        """The rows that carry money, each penny once.

        Of a dynamic bundle these are the children: the parent only sums them up, wrongly under a
        coupon. A coupon of 100 % leaves such children no money, but they keep their price.
        """
        found: list[Item] = []
        for item in self.items:
            if item.parent_item_id is None:
                found.extend(self.priced_children_of(item) or (item,))
        return tuple(found)

    def priced_children_of(self, item: Item) -> tuple[Item, ...]:
        """The parts of a dynamic bundle; nothing for all else.

        Parts of a fixed bundle have no money; newer releases of Magento show a price on them.
        """
        if item.product_type != "bundle":
            return ()
        children = self.children_of(item)
        return children if any(child.has_money for child in children) else ()

    def children_of(self, item: Item) -> tuple[Item, ...]:
        """Lines that belong to a configurable or bundle line."""
        return tuple(child for child in self.items if child.parent_item_id == item.item_id)
