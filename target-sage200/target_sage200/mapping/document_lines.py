"""Lines of a Sage 200 sales order as the API takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO
from target_sage200.mapping.codes import code_key
from target_sage200.mapping.money import PRICE_STEP, five_decimals, pennies
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.text import wrapped_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import Product, SageCodes
    from target_sage200.mapping.priced import Priced
    from target_sage200.mapping.rules import OrderRules
    from target_sage200.mapping.tables import Tables
    from target_sage200.mapping.text import Trimmer

LINE_DISCOUNT = "line_discount"
LONGEST_SPELLING = 30
"""More characters than any one becomes when it is written as it sounds."""


def standard_line(
    part: Priced, product: Product, warehouse: int, rules: OrderRules, text: str = ""
) -> tuple[dict[str, Any], Decimal]:
    """Return a standard line, and the line total Sage will make of it.

    With a line discount the price is the one before discount, and the discount per unit is its
    distance from the price after discount: both have 5 decimals, so the line comes to the same.

    Args:
        part: The goods with their money.
        product: Sage's stock item.
        warehouse: Id of the warehouse they leave.
        rules: Settings.
        text: Description in place of the item's own.
    """
    assert part.sold is not None  # noqa: S101  # a carriage has no product
    quantity = five_decimals(part.sold.quantity)
    price = _unit_price(part.net, quantity)
    off = ZERO
    if rules.discounts == LINE_DISCOUNT:
        off = max(five_decimals((part.net + part.sold.discount) / quantity) - price, ZERO)
    line: dict[str, Any] = {
        "line_type": "EnumLineTypeStandard",
        "product_id": product.id,
        "warehouse_id": warehouse,
        "line_quantity": quantity,
        "selling_unit_price": price + off,
        "unit_discount_value": off,
        "tax_code_id": part.code.id,
    }
    if off:
        line["discount_percent_specified"] = False
    if text:
        line.update(use_description=True, description=text)
    if rules.allocate_stock and product.kept_in_stock:
        line["to_allocate_quantity"] = quantity
    return line, pennies(quantity * price)


def _unit_price(net: Decimal, quantity: Decimal) -> Decimal:
    """Price per unit, 5 decimals, that comes back to ``net`` where any such price does."""
    price = five_decimals(net / quantity)
    for candidate in (price, price + PRICE_STEP, price - PRICE_STEP):
        if candidate >= ZERO and pennies(candidate * quantity) == net:
            return candidate
    return price


def carriage_line(order: Order, part: Priced, tables: Tables, codes: SageCodes) -> dict[str, Any]:
    """Return the carriage as a charge line.

    Raises:
        RefusalError: ``shipping_method_unmapped`` or ``charge_not_in_sage``.
    """
    rule = tables.carriage(order.shipping_method, order.store_id)
    if rule is None:
        raise RefusalError(
            "shipping_method_unmapped",
            f"Order {order.increment_id}: shipping method {order.shipping_method!r} has no Sage"
            " charge. Add a row to mappings/shipping_methods.csv.",
            shipping_method=order.shipping_method,
        )
    return charge_line(rule.charge, part, codes, "shipping_methods.csv")


def charge_line(code: str, part: Priced, codes: SageCodes, table: str) -> dict[str, Any]:
    """Return a charge line with Sage's additional charge ``code``, which ``table`` names.

    Raises:
        RefusalError: ``charge_not_in_sage``.
    """
    if code_key(code) not in codes.charges:
        raise RefusalError(
            "charge_not_in_sage",
            f"Charge {code!r} of mappings/{table} does not exist in Sage 200. Create it there or"
            " correct the row.",
            charge=code,
        )
    return {
        "line_type": "EnumLineTypeCharge",
        "code": code,
        "selling_unit_price": part.net,
        "tax_code_id": part.code.id,
    }


def comment_lines(
    comments: Iterable[str], trimmer: Trimmer, rules: OrderRules
) -> Iterator[dict[str, Any]]:
    """Yield comments, each over as many lines as it needs."""
    for comment in comments:
        # Spelt out first: a letter that Sage can't hold may become two.
        text = trimmer.fit("comment line", comment, len(comment) * LONGEST_SPELLING)
        for piece in wrapped_lines(text, rules.description_limit):
            yield {
                "line_type": "EnumLineTypeComment",
                "description": piece,
                "show_on_customer_docs": True,
            }


def free_text_line(text: str, part: Priced) -> dict[str, Any]:
    """Return a line that is only text and money; alone it may be below zero."""
    return {
        "line_type": "EnumLineTypeFreeText",
        "description": text,
        "line_quantity": Decimal(1),
        "selling_unit_price": part.net,
        "tax_code_id": part.code.id,
    }
