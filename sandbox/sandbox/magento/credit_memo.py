"""What a credit memo is made of: items, shipping, adjustments, totals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sandbox.magento.document_amounts import BASES, PENNY, REFUNDED, Line, take_amounts, total
from sandbox.magento.errors import MagentoError
from sandbox.magento.invoice import compensation_name
from sandbox.magento.json_text import plain
from sandbox.magento.order_lines import (
    add,
    carries_amounts,
    number,
    part,
    round_amount,
    shipping_address_id,
)

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

    Quantities = list[tuple[Document, Decimal]]

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
_STORED = Decimal("0.0001")
_REFUNDED = 2


@dataclass(frozen=True)
class Adjustments:
    """What a refund says besides the items; amounts in base currency.

    Attributes:
        shipping: Shipping to refund, excluding tax; None is all that is left.
        positive: Extra money to the customer.
        negative: Money kept back.
        back_to_stock: Order items whose goods return to the source they came from.
    """

    shipping: Decimal | None
    positive: Decimal
    negative: Decimal
    back_to_stock: frozenset[int]


def shipping_to_refund(order: Document, requested: Decimal | None) -> dict[str, Decimal]:
    """Return the shipping to refund in order and base currency, excluding tax."""
    left = {
        base: number(order, f"{base}shipping_amount") - number(order, f"{base}shipping_refunded")
        for base in BASES
    }
    if requested is None or requested == left["base_"]:
        return left
    if requested > left["base_"]:
        symbol = SYMBOLS.get(order.get("base_currency_code", ""), "")
        shown = f"{symbol}{left['base_'].quantize(PENNY, rounding=ROUND_HALF_UP)}"
        raise MagentoError(400, "Maximum shipping amount allowed to refund is: %1", [shown])
    rate = number(order, "base_to_order_rate") or Decimal(1)
    return {"": round_amount(requested * rate), "base_": requested}


def new_credit_memo(
    shop: Shop, order: Document, invoice: Document | None, adjustments: Adjustments
) -> Document:
    """Return a credit memo without items, amounts and numbers."""
    now = shop.stamp()
    rate = number(order, "base_to_order_rate") or Decimal(1)
    memo: Document = {}
    for base, factor in (("", rate), ("base_", Decimal(1))):
        positive = round_amount(adjustments.positive * factor)
        negative = round_amount(adjustments.negative * factor)
        memo[f"{base}adjustment"] = plain(positive - negative)
        if positive:
            memo[f"{base}adjustment_positive"] = plain(positive)
        if negative:
            memo[f"{base}adjustment_negative"] = plain(negative)
    memo |= {
        "base_currency_code": order.get("base_currency_code"),
        "base_to_global_rate": order.get("base_to_global_rate"),
        "base_to_order_rate": order.get("base_to_order_rate"),
        "billing_address_id": order.get("billing_address_id"),
        "created_at": now,
        "discount_description": order.get("discount_description"),
        "entity_id": 0,
        "global_currency_code": order.get("global_currency_code"),
        "increment_id": "",
        "invoice_id": None if invoice is None else invoice["entity_id"],
        "order_currency_code": order.get("order_currency_code"),
        "order_id": order["entity_id"],
        "shipping_address_id": shipping_address_id(order),
        "state": _REFUNDED,
        "store_currency_code": order.get("store_currency_code"),
        "store_id": order["store_id"],
        "store_to_base_rate": 0,
        "store_to_order_rate": 0,
        "updated_at": now,
        "items": [],
        "comments": [],
    }
    return {key: value for key, value in memo.items() if value is not None}


def _memo_item(item: Document, quantity: Decimal) -> Document:
    line: Document = {
        "base_cost": item.get("base_cost"),
        "base_price": item.get("base_price"),
        "entity_id": 0,
        "name": item.get("name"),
        "order_item_id": item["item_id"],
        "parent_id": 0,
        "price": item.get("price"),
        "product_id": item.get("product_id"),
        "qty": plain(quantity),
        "sku": item["sku"],
    }
    return {key: value for key, value in line.items() if value is not None}


def take_items(
    shop: Shop, order: Document, memo: Document, quantities: Quantities
) -> list[Document]:
    """Fill the items of a credit memo; return those that carry its amounts."""
    counted = []
    for item, quantity in quantities:
        target = _memo_item(item, quantity)
        memo["items"].append(target)
        if carries_amounts(shop, order, item):
            counted.append(Line(item, quantity, target))
    take_amounts(counted, REFUNDED)
    for item, quantity in quantities:
        add(item, "qty_refunded", quantity)
        item["updated_at"] = memo["created_at"]
    return [line.target for line in counted]


def add_up(
    order: Document, memo: Document, counted: list[Document], shipping: dict[str, Decimal]
) -> None:
    """Write the totals of a credit memo.

    Args:
        order: The order.
        memo: The credit memo; its adjustments are there already.
        counted: Its items that carry amounts.
        shipping: Shipping to refund, by base prefix, excluding tax.
    """
    for base in BASES:
        share = _shipping_share(order, base, shipping[base])
        subtotal = total(counted, f"{base}row_total")
        tax = total(counted, f"{base}tax_amount") + share["tax"]
        discount = total(counted, f"{base}discount_amount") + share["discount"]
        hidden = total(counted, f"{base}discount_tax_compensation_amount") + share["hidden"]
        memo[f"{base}subtotal"] = plain(subtotal)
        memo[f"{base}subtotal_incl_tax"] = plain(total(counted, f"{base}row_total_incl_tax"))
        memo[f"{base}tax_amount"] = plain(tax)
        memo[f"{base}discount_amount"] = plain(-discount)
        memo[f"{base}discount_tax_compensation_amount"] = plain(hidden)
        memo[f"{base}shipping_amount"] = plain(shipping[base])
        memo[f"{base}shipping_tax_amount"] = plain(share["tax"])
        memo[f"{base}shipping_incl_tax"] = plain(share["gross"])
        memo[f"{base}grand_total"] = plain(
            subtotal + shipping[base] + tax + hidden - discount + number(memo, f"{base}adjustment")
        )


def _shipping_share(order: Document, base: str, shipping: Decimal) -> dict[str, Decimal]:
    """Return tax, gross, discount and discount tax that belong to a part of the shipping."""
    whole = number(order, f"{base}shipping_amount")
    left = whole - number(order, f"{base}shipping_refunded")
    if not whole or not shipping:
        return dict.fromkeys(("tax", "gross", "discount", "hidden"), Decimal(0))
    tax = number(order, f"{base}shipping_tax_amount")
    done = number(order, f"{base}shipping_tax_refunded")
    return {
        "tax": part(tax, done, shipping, whole, left),
        "gross": round_amount(number(order, f"{base}shipping_incl_tax") * shipping / whole),
        # Not rounded to pennies, which is how credit memos come to have four decimals.
        "discount": (number(order, f"{base}shipping_discount_amount") * shipping / whole).quantize(
            _STORED, rounding=ROUND_HALF_UP
        ),
        "hidden": round_amount(number(order, compensation_name(base)) * shipping / whole),
    }
