"""Which Sage VAT code a Magento tax becomes, and that both have the same rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_sage200.magento_order import ZERO
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.tax_table import NO_TAX, ROUNDING, TaxedSale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from target_sage200.magento_order import AppliedTax, Order
    from target_sage200.mapping.codes import TaxCode
    from target_sage200.mapping.tables import Tables

CARRIAGE = "carriage"
TAX_CODES = "tax_codes.csv"


def vat_code(
    order: Order,
    what: str,
    taxes: Sequence[AppliedTax],
    percent: Decimal,
    tables: Tables,
    tax_codes: Mapping[int, TaxCode],
    product_tax_class: str = "",
    tax: Decimal = ZERO,
) -> TaxCode:
    """Return the Sage VAT code of a line or of the carriage.

    Compounded taxes (New York state and city) are looked up as one name joined by ``+``; their
    effective percentages add up. A tax that Magento does not name (orders of marketplaces and
    imports) is looked up by its percentage, as ``20%``.

    Args:
        order: The order; destination and customer group choose among rows.
        what: The line, for messages; of the carriage, ``shipping_methods.csv`` may name the code.
        taxes: What Magento applied.
        percent: Magento's percentage for the line, used where no tax is named.
        tables: The mapping tables.
        tax_codes: Sage's VAT codes by number.
        product_tax_class: Of the goods, where ``products.csv`` tells it.
        tax: Magento's VAT on it.

    Raises:
        RefusalError: ``tax_code_unmapped``, ``vat_code_not_in_sage`` or ``vat_rate_differs``.
    """
    country = order.delivery.country_id
    shipping = None
    if what == CARRIAGE:
        shipping = tables.carriage(order.shipping_method, order.store_id)
    of_shipping = shipping.sage_tax_code if shipping else None
    table = TAX_CODES if of_shipping is None else "shipping_methods.csv"

    def number_of(name: str) -> int | None:
        group, postcode = order.customer_group_id, order.delivery.postcode
        sale = TaxedSale(name, country, group, product_tax_class, postcode)
        return tables.tax(sale) if of_shipping is None else of_shipping

    applied = tuple(taxes) or _same_percent(order, percent)
    name, rate = tax_name(applied), sum((one.percent for one in applied), ZERO)
    if not applied and (percent or tax):
        unnamed = f"{percent.normalize():f}%" if percent else "without a name"
        by_rate = tax_codes.get(number_of(unnamed) or 0)
        # A line too small for VAT may stand at a code without, where none of the rate is named.
        if tax or (by_rate is not None and by_rate.rate == percent):
            name, rate = unnamed, percent
    number = number_of(name)
    if number is None:
        raise RefusalError(
            "tax_code_unmapped",
            f"Order {order.increment_id} {what}: Magento tax {name!r} to {country} (customer group"
            f" {order.customer_group_id}) has no Sage VAT code. Add a row to"
            " mappings/tax_codes.csv.",
            magento_tax=name,
            country_id=country,
            rate=rate,
        )
    code = known_code(number, tax_codes, table)
    if code.rate != rate:
        raise RefusalError(
            "vat_rate_differs",
            f"Order {order.increment_id} {what}: Magento charged {rate} % ({name}), Sage VAT code"
            f" {number} is {code.rate} %. Choose another code in mappings/{table}, or correct the"
            " rate in Magento or Sage 200.",
            magento_tax=name,
            magento_rate=rate,
            sage_tax_code=number,
            sage_rate=code.rate,
        )
    return code


def tax_name(taxes: Sequence[AppliedTax]) -> str:
    """Return the taxes of a line in one name, ``none`` for no tax."""
    return "+".join(sorted(tax.code for tax in taxes)) or NO_TAX


def rounding_code(tables: Tables, tax_codes: Mapping[int, TaxCode]) -> TaxCode:
    """Return the zero-rated VAT code that takes counter-entries of rounding.

    Raises:
        RefusalError: ``rounding_code_unmapped`` or ``vat_code_not_in_sage``.
    """
    number = next((r.sage_tax_code for r in tables.taxes if r.magento_tax == ROUNDING), None)
    code = None if number is None else known_code(number, tax_codes)
    if code is None or code.rate != ZERO:
        raise RefusalError(
            "rounding_code_unmapped",
            f"mappings/tax_codes.csv needs a row magento_tax = {ROUNDING} with a Sage VAT code of"
            " 0 %; it takes the pennies between Magento's rounding and Sage's.",
        )
    return code


def known_code(number: int, tax_codes: Mapping[int, TaxCode], table: str = TAX_CODES) -> TaxCode:
    """Return Sage's VAT code ``number``, which ``table`` names.

    Raises:
        RefusalError: ``vat_code_not_in_sage``.
    """
    code = tax_codes.get(number)
    if code is None:
        raise RefusalError(
            "vat_code_not_in_sage",
            f"VAT code {number} of mappings/{table} does not exist in Sage 200. Create it"
            " there or correct the row.",
            sage_tax_code=number,
        )
    return code


def _same_percent(order: Order, percent: Decimal) -> tuple[AppliedTax, ...]:
    """Find the tax of a line too small to show one, by the percentage it was priced with."""
    if not percent:
        return ()
    named = (*(item.taxes for item in order.items), order.shipping_taxes)
    return next(
        (taxes for taxes in named if taxes and sum((t.percent for t in taxes), ZERO) == percent), ()
    )
