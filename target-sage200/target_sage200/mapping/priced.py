"""The money of an order in whole pennies, part by part, together Magento's own totals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from target_sage200.magento_order import ZERO
from target_sage200.mapping.money import PENNY, pennies, share_by_group
from target_sage200.mapping.order_totals import other_totals, unmapped_totals
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.tax import VatGroup
from target_sage200.mapping.vat import known_code, rounding_code, tax_name, vat_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import SageCodes, TaxCode
    from target_sage200.mapping.lines import Sold
    from target_sage200.mapping.tables import Tables

DISCOUNT_TEXT = "Discount beyond the price of"
GOODS = "goods"
CARRIAGE = "carriage"
DISCOUNT = "discount"
ROUNDING_PART = "rounding"
TOTAL = "total"


@dataclass(frozen=True)
class Priced:
    """A line, the carriage or other money with its VAT code, in whole pennies.

    Attributes:
        kind: ``goods``, ``carriage``, ``discount``, ``rounding`` or ``total``.
        sold: The goods, where it is goods.
        text: Text of a line that is only money.
        roundings: How often Magento may have rounded the VAT of this part.
        magento_tax: Magento's taxes on it, in one name.
        total: Field of Magento's order that it comes from, of a ``total``.
        charge: Sage's additional charge that a ``total`` becomes.
    """

    code: TaxCode
    net: Decimal
    tax: Decimal
    kind: str
    sold: Sold | None = None
    text: str = ""
    roundings: Decimal = Decimal(1)
    magento_tax: str = ""
    total: str = ""
    charge: str = ""

    def holding(self, net: Decimal, tax: Decimal) -> Priced:
        """Return the same part with other money."""
        return Priced(
            self.code,
            net,
            tax,
            self.kind,
            self.sold,
            self.text,
            self.roundings,
            self.magento_tax,
            self.total,
            self.charge,
        )


def priced_parts(
    order: Order, sold: Sequence[Sold], gross: Decimal, tables: Tables, codes: SageCodes
) -> tuple[Priced, ...]:
    """All parts of the order; net and tax add up to ``gross`` and to Magento's VAT, code by code.

    Args:
        order: The order, with what is still owed.
        sold: Its goods.
        gross: What the document must come to, in whole pennies.
        tables: The mapping tables.
        codes: What the Sage company knows.

    Raises:
        RefusalError: ``totals_do_not_add_up``, ``order_total_unmapped``, ``nothing_to_post``, or a
            VAT code is missing.
    """
    exact = [_goods(order, line, tables, codes) for line in sold]
    if order.shipping_net or order.shipping_tax:
        taxes, percent = order.shipping_taxes, _only_percent(order)
        code = vat_code(
            order, "carriage", taxes, percent, tables, codes.tax_codes, tax=order.shipping_tax
        )
        exact.append(
            Priced(
                code, order.shipping_net, order.shipping_tax, CARRIAGE, magento_tax=tax_name(taxes)
            )
        )
    exact.extend(_totals(order, tables, codes))
    _check_sums(order, exact, tables)
    if not exact:
        raise RefusalError(
            "nothing_to_post", f"Order {order.increment_id} has no line and no carriage to post."
        )
    _check_quantities(order, sold)
    total_tax = pennies(order.tax_amount)
    at = [part.code.code for part in exact]
    nets = share_by_group([part.net for part in exact], at, gross - total_tax)
    taxes_shared = share_by_group([part.tax for part in exact], at, total_tax)
    return tuple(
        part
        for one, net, tax in zip(exact, nets, taxes_shared)
        for part in _not_below_zero(one.holding(net, tax), tables, codes)
    )


def vat_groups(parts: Sequence[Priced], in_sage: Mapping[int, Decimal]) -> tuple[VatGroup, ...]:
    """The parts by VAT code, with the net that their lines have in Sage."""
    codes: dict[int, TaxCode] = {}
    nets: dict[int, Decimal] = {}
    taxes: dict[int, Decimal] = {}
    for part in parts:
        number = part.code.code
        codes[number] = part.code
        nets[number] = nets.get(number, ZERO) + part.net
        taxes[number] = taxes.get(number, ZERO) + part.tax
    return tuple(
        [
            VatGroup(number, code.rate, in_sage[number], nets[number], taxes[number])
            for number, code in codes.items()
        ]
    )


def _goods(order: Order, line: Sold, tables: Tables, codes: SageCodes) -> Priced:
    what = f"SKU {line.sku!r}"
    tax_class = tables.products.of(line.sku).tax_class
    code = vat_code(
        order, what, line.taxes, line.percent, tables, codes.tax_codes, tax_class, line.tax
    )
    return Priced(
        code,
        line.net,
        line.tax,
        GOODS,
        line,
        roundings=line.roundings,
        magento_tax=tax_name(line.taxes),
    )


def _only_percent(order: Order) -> Decimal:
    """The percentage of carriage whose VAT has no name: that of the goods, if they agree."""
    found = {item.tax_percent for item in order.carriers if item.tax_percent}
    return found.pop() if order.shipping_tax and len(found) == 1 else ZERO


def _totals(order: Order, tables: Tables, codes: SageCodes) -> Iterator[Priced]:
    """Money outside rows and carriage that ``order_totals.csv`` names."""
    for rule, net, tax in other_totals(order, tables.totals):
        code = known_code(rule.sage_tax_code, codes.tax_codes, "order_totals.csv")
        yield Priced(
            code,
            net,
            tax,
            TOTAL,
            text="" if rule.sage_charge_code else rule.text,
            total=rule.total,
            charge=rule.sage_charge_code,
        )


def _not_below_zero(part: Priced, tables: Tables, codes: SageCodes) -> Iterator[Priced]:
    """Take what is below zero off the part: Sage takes negative prices on free text only.

    Magento charges no VAT on such a row and gives none back, so the amount has VAT code 0 %.
    """
    if part.net >= ZERO or part.text:
        yield part
        return
    if part.sold or part.tax:
        yield part.holding(ZERO, part.tax)
    what = part.sold.sku if part.sold else "carriage"
    zero = rounding_code(tables, codes.tax_codes)
    yield Priced(zero, part.net, ZERO, DISCOUNT, text=f"{DISCOUNT_TEXT} {what}")


def _check_sums(order: Order, parts: Sequence[Priced], tables: Tables) -> None:
    """Magento's own identity: lines and carriage with their tax are the grand total.

    Magento adds up before it stores 4 decimals of each figure, so the sums of stored figures may
    miss by less than half a penny.
    """
    gross, tax = order.grand_total, order.tax_amount
    lines_net = sum((part.net for part in parts), ZERO)
    lines_tax = sum((part.tax for part in parts), ZERO)
    if max(abs(lines_net + lines_tax - gross), abs(lines_tax - tax)) < PENNY / 2:
        return
    figures = {
        "lines_net": lines_net,
        "lines_tax": lines_tax,
        "order_tax": tax,
        "order_gross": gross,
    }
    sums = (
        f"lines and carriage come to {lines_net} net and {lines_tax} VAT, the order says"
        f" {gross - tax} and {tax}."
    )
    found = unmapped_totals(order, tables.totals)
    if found:
        named = ", ".join(f"{name} {amount}" for name, amount in found.items())
        raise RefusalError(
            "order_total_unmapped",
            f"Order {order.increment_id}: {sums} It holds {named}; add a row to"
            " mappings/order_totals.csv, or post it by hand.",
            **figures,
            totals=found,
        )
    raise RefusalError(
        "totals_do_not_add_up",
        f"Order {order.increment_id}: {sums} Something in it (gift card, store credit, surcharge)"
        " is not mapped; name its field in mappings/order_totals.csv, or post it by hand.",
        **figures,
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
