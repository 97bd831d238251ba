"""The money of an order in whole pennies, part by part, together Magento's own totals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from target_sage200.magento_order import ZERO
from target_sage200.mapping.money import PENNY, pennies, share
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.tax import VatGroup
from target_sage200.mapping.vat import rounding_code, vat_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import SageCodes, TaxCode
    from target_sage200.mapping.lines import Sold
    from target_sage200.mapping.tables import Tables

DISCOUNT_TEXT = "Discount beyond the price of"


@dataclass(frozen=True)
class Priced:
    """A line, the carriage or a discount with its VAT code and money in whole pennies.

    Attributes:
        sold: The goods; ``None`` for carriage and discounts.
        text: Text of a line that is only money.
        roundings: How often Magento may have rounded the VAT of this part.
    """

    code: TaxCode
    net: Decimal
    tax: Decimal
    sold: Sold | None = None
    text: str = ""
    roundings: Decimal = Decimal(1)


def priced_parts(
    order: Order, sold: Sequence[Sold], gross: Decimal, tables: Tables, codes: SageCodes
) -> tuple[Priced, ...]:
    """All parts of the order; their net and tax add up to ``gross`` and to Magento's VAT.

    Args:
        order: The order, with what is still owed.
        sold: Its goods.
        gross: What the document must come to, in whole pennies.
        tables: The mapping tables.
        codes: What the Sage company knows.

    Raises:
        RefusalError: ``totals_do_not_add_up``, ``nothing_to_post``, or a VAT code is missing.
    """
    coded: list[tuple[TaxCode, Decimal, Decimal, Sold | None]] = [
        (
            vat_code(order, f"SKU {line.sku!r}", line.taxes, line.percent, tables, codes.tax_codes),
            line.net,
            line.tax,
            line,
        )
        for line in sold
    ]
    net, tax = order.shipping_net, order.shipping_tax
    if net or tax:
        code = vat_code(order, "carriage", order.shipping_taxes, ZERO, tables, codes.tax_codes)
        coded.append((code, net, tax, None))
    _check_sums(order, [(net, tax) for _, net, tax, _ in coded])
    if not coded:
        raise RefusalError(
            "nothing_to_post", f"Order {order.increment_id} has no line and no carriage to post."
        )
    _check_quantities(order, sold)
    total_tax = pennies(order.tax_amount)
    nets = share([net for _, net, _, _ in coded], gross - total_tax)
    taxes = share([tax for _, _, tax, _ in coded], total_tax)
    return tuple(
        part
        for (code, _, _, line), net, tax in zip(coded, nets, taxes)
        for part in _not_below_zero(
            Priced(code, net, tax, line, "", line.roundings if line else Decimal(1)), tables, codes
        )
    )


def vat_groups(parts: Sequence[Priced], in_sage: Mapping[int, Decimal]) -> tuple[VatGroup, ...]:
    """The parts by VAT code, with the net that their lines have in Sage."""
    codes = {part.code.code: part.code for part in parts}
    return tuple(
        VatGroup(
            code=number,
            rate=code.rate,
            net=in_sage[number],
            net_wanted=sum((p.net for p in parts if p.code.code == number), ZERO),
            tax_wanted=sum((p.tax for p in parts if p.code.code == number), ZERO),
        )
        for number, code in codes.items()
    )


def _not_below_zero(part: Priced, tables: Tables, codes: SageCodes) -> Iterator[Priced]:
    """Take what is below zero off the part: Sage takes negative prices on free text only.

    Magento charges no VAT on such a row and gives none back, so the amount has VAT code 0 %.
    """
    if part.net >= ZERO:
        yield part
        return
    if part.sold or part.tax:
        yield Priced(part.code, ZERO, part.tax, part.sold, "", part.roundings)
    what = part.sold.sku if part.sold else "carriage"
    zero = rounding_code(tables, codes.tax_codes)
    yield Priced(zero, part.net, ZERO, None, f"{DISCOUNT_TEXT} {what}")


def _check_sums(order: Order, parts: Sequence[tuple[Decimal, Decimal]]) -> None:
    """Magento's own identity: lines and carriage with their tax are the grand total.

    Magento adds up before it stores 4 decimals of each figure, so the sums of stored figures may
    miss by less than half a penny.
    """
    gross = order.grand_total
    tax = order.tax_amount
    lines_net = sum((net for net, _ in parts), ZERO)
    lines_tax = sum((tax for _, tax in parts), ZERO)
    if max(abs(lines_net + lines_tax - gross), abs(lines_tax - tax)) >= PENNY / 2:
        raise RefusalError(
            "totals_do_not_add_up",
            f"Order {order.increment_id}: lines and carriage come to {lines_net} net and"
            f" {lines_tax} VAT, the order says {gross - tax} and {tax}. Something in it"
            " (gift card, store credit, surcharge) is not mapped; post it by hand.",
            lines_net=lines_net,
            lines_tax=lines_tax,
            order_tax=tax,
            order_gross=gross,
        )


def _check_quantities(order: Order, sold: Sequence[Sold]) -> None:
    for line in sold:
        if line.quantity <= ZERO:
            raise RefusalError(
                "totals_do_not_add_up",
                f"Order {order.increment_id}, SKU {line.sku!r}: {line.net} net are left on a"
                f" quantity of {line.quantity}. Post it by hand.",
                magento_sku=line.sku,
                quantity=line.quantity,
                net=line.net,
            )
