"""Lines of a Sage 200 sales order as the API takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO
from target_sage200.mapping.codes import code_key
from target_sage200.mapping.money import PRICE_STEP, five_decimals, pennies
from target_sage200.mapping.priced import Priced
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.tax import VatGroup, rounding_lines, sage_tax
from target_sage200.mapping.vat import rounding_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import Product, SageCodes
    from target_sage200.mapping.lines import Sold
    from target_sage200.mapping.rules import OrderRules
    from target_sage200.mapping.tables import Tables
    from target_sage200.mapping.text import Trimmer

ROUNDING_TEXT = "Rounding to the web shop's VAT"


def standard_line(
    part: Priced, product: Product, warehouse: int, rules: OrderRules
) -> tuple[dict[str, Any], Decimal]:
    """Return a standard line, and the line total Sage will make of it."""
    assert part.sold is not None  # noqa: S101  # a carriage has no product
    quantity = five_decimals(part.sold.quantity)
    price = _unit_price(part.net, quantity)
    line: dict[str, Any] = {
        "line_type": "EnumLineTypeStandard",
        "product_id": product.id,
        "warehouse_id": warehouse,
        "line_quantity": quantity,
        "selling_unit_price": price,
        "unit_discount_value": Decimal(0),
        "tax_code_id": part.code.id,
    }
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


def charge_line(order: Order, part: Priced, tables: Tables, codes: SageCodes) -> dict[str, Any]:
    """Return the carriage as a charge line.

    Raises:
        RefusalError: ``shipping_method_unmapped`` or ``charge_not_in_sage``.
    """
    code = tables.charge(order.shipping_method)
    if code is None:
        raise RefusalError(
            "shipping_method_unmapped",
            f"Order {order.increment_id}: shipping method {order.shipping_method!r} has no Sage"
            " charge. Add a row to mappings/shipping_methods.csv.",
            shipping_method=order.shipping_method,
        )
    if code_key(code) not in codes.charges:
        raise RefusalError(
            "charge_not_in_sage",
            f"Charge {code!r} of mappings/shipping_methods.csv does not exist in Sage 200. Create"
            " it there or correct the row.",
            charge=code,
        )
    return {
        "line_type": "EnumLineTypeCharge",
        "code": code,
        "selling_unit_price": part.net,
        "tax_code_id": part.code.id,
    }


def comment_lines(line: Sold, trimmer: Trimmer, rules: OrderRules) -> Iterator[dict[str, Any]]:
    """Yield the comments that stand below a line of goods."""
    for comment in line.comments:
        yield {
            "line_type": "EnumLineTypeComment",
            "description": trimmer.fit("comment line", comment, rules.description_limit),
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


def rounding_text_lines(
    groups: Sequence[VatGroup], tables: Tables, codes: SageCodes, most: Decimal
) -> Iterator[dict[str, Any]]:
    """Yield the lines after which Sage's own arithmetic gives Magento's net and VAT.

    Args:
        groups: The document by VAT code, as its other lines make it.
        tables: The mapping tables.
        codes: What the Sage company knows.
        most: Largest difference of VAT, per code, that counts as rounding.

    Raises:
        RefusalError: ``tax_gap_too_large`` or ``rounding_code_unmapped``.
    """
    if all(
        group.net == group.net_wanted and group.tax_wanted == sage_tax(group.net, group.rate)
        for group in groups
    ):
        return
    zero = rounding_code(tables, codes.tax_codes)
    for line in rounding_lines(groups, zero.code, most):
        yield free_text_line(ROUNDING_TEXT, Priced(codes.tax_codes[line.code], line.net, ZERO))
