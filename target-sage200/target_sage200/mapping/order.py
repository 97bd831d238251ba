"""A paid Magento order as a Sage 200 sales order, equal to the penny before it is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO
from target_sage200.mapping.address import delivery_address
from target_sage200.mapping.coding import Coder
from target_sage200.mapping.customer import order_customer
from target_sage200.mapping.day import document_day
from target_sage200.mapping.document_lines import (
    carriage_line,
    charge_line,
    comment_lines,
    free_text_line,
    standard_line,
)
from target_sage200.mapping.lines import sold_lines
from target_sage200.mapping.money import pennies
from target_sage200.mapping.owed import POST_IN_FULL, POSTED_AS_SOLD, still_owed
from target_sage200.mapping.own_account import cash_fields
from target_sage200.mapping.payments import goes_with_order, missing_money, payment_with_order
from target_sage200.mapping.priced import TOTAL, priced_parts, vat_groups
from target_sage200.mapping.products import line_product, line_warehouse
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.strategy import rounded
from target_sage200.mapping.tax import sage_tax
from target_sage200.mapping.text import Trimmer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.owed import LeftOut, Owed
    from target_sage200.mapping.payment_table import PaymentRule
    from target_sage200.mapping.priced import Priced
    from target_sage200.mapping.rules import OrderRules
    from target_sage200.mapping.strategy import Rounded
    from target_sage200.mapping.tables import Tables

CUSTOMER_DOCUMENT_NO_LIMIT = 30


@dataclass(frozen=True)
class SalesOrder:
    """The document for ``POST /sop_orders`` and the figures Sage will compute from it.

    Attributes:
        body: The request body.
        net: Net in order currency.
        tax: VAT in order currency.
        gross: What Magento charged, in order currency.
        trimmed: What was cut to fit, one sentence each.
        left_out: What was refunded before, and so is no part of it.
        note: Why refunds are nevertheless part of it.
        tax_off: How much more VAT Sage has than Magento, by choice of ``tax_strategy``.
        gross_off: How much more gross Sage has than Magento, by the same choice.
        suspense: SKUs that stand on the store's suspense item.
        payment_note: Why the payment that should go with it does not.
    """

    body: dict[str, Any]
    net: Decimal
    tax: Decimal
    gross: Decimal
    trimmed: tuple[str, ...]
    left_out: LeftOut | None = None
    note: str = ""
    tax_off: Decimal = ZERO
    gross_off: Decimal = ZERO
    suspense: tuple[str, ...] = ()
    payment_note: str = ""


@dataclass(frozen=True)
class Money:
    """What is known of an order's money.

    Attributes:
        rule: The row of its payment method.
        reference: The gateway's id of the payment, whole.
        taken: Whether the gateway took it, as far as its transactions tell.
    """

    rule: PaymentRule
    reference: str
    taken: bool


def expected_gross(order: Order) -> Decimal:
    """What the Sage document must come to: the order without what was cancelled, in pennies."""
    return pennies(order.grand_total - order.total_canceled)


def map_order(
    order: Order,
    store: Store,
    payment: PaymentRule,
    tables: Tables,
    codes: SageCodes,
    rules: OrderRules,
    payment_reference: str = "",
    *,
    money_taken: bool = True,
) -> SalesOrder:
    """Map one order.

    Args:
        order: The order.
        store: Its row in ``stores.csv``.
        payment: The row of its payment method.
        tables: All mapping tables.
        codes: What the Sage company knows.
        rules: Settings.
        payment_reference: The gateway's id of the payment, whole.
        money_taken: Whether the gateway took the money, as far as its transactions tell.

    Raises:
        RefusalError: Something can't be mapped without guessing; cause and sentence say what.
    """
    owed = still_owed(order, rules.refunds_before_posting)
    money = Money(payment, payment_reference, taken=money_taken)
    try:
        return _map_owed(owed, store, money, tables, codes, rules)
    except RefusalError as refusal:
        if owed.left_out is None or refusal.cause != "tax_gap_too_large":
            raise
        # What refunds left over is further from Sage's VAT than rounding; the whole may not be.
        whole = replace(still_owed(order, POST_IN_FULL), note=f"{POSTED_AS_SOLD} {refusal}")
        return _map_owed(whole, store, money, tables, codes, rules)


def _map_owed(
    owed: Owed,
    store: Store,
    money: Money,
    tables: Tables,
    codes: SageCodes,
    rules: OrderRules,
) -> SalesOrder:
    trimmer = Trimmer(rules.text_encoding)
    order = owed.order
    customer = order_customer(order, store, tables, codes, rules.customer_key_field, trimmer)
    coder = Coder.of(order, store, tables, codes, trimmer)
    sold = sold_lines(
        order, bundle_price_on=rules.bundle_price_on, gift_messages=rules.gift_messages
    )
    parts = priced_parts(order, sold, expected_gross(order), tables, codes)
    made = [_made(order, part, store, tables, codes, rules, trimmer) for part in parts]
    in_sage: dict[int, Decimal] = {}
    lines: list[dict[str, Any]] = []
    for part, one in zip(parts, made):
        one.line.update(coder.line(part, one.stock_code))
        lines.append(one.line)
        if part.sold:
            lines.extend(comment_lines(part.sold.comments, trimmer, rules))
        in_sage[part.code.code] = in_sage.get(part.code.code, ZERO) + one.net
    roundings = sum((part.roundings for part in parts), ZERO)
    difference = rounded(vat_groups(parts, in_sage), roundings, tables, codes, rules)
    lines.extend(
        {**free_text_line(part.text, part), **coder.line(part)} for part in difference.parts
    )
    if rules.gift_messages and order.gift_message:
        lines.extend(comment_lines([order.gift_message], trimmer, rules))
    net, tax, gross = _prove(order, lines, parts, codes, difference)
    body: dict[str, Any] = {
        "customer_id": customer.id,
        "document_date": document_day(order.created_at, rules.timezone),
        "customer_document_no": _customer_document_no(order),
        "use_invoice_address": False,
        "delivery_address": delivery_address(
            order.increment_id, order.delivery, order.email, codes.countries, trimmer
        ),
        "is_to_sequence_lines": True,
        **coder.header(),
        "lines": lines,
    }
    if tables.customer_rule(store, order.customer_group_id).mode == "cash":
        body.update(cash_fields(order, codes, trimmer))
    payment_note = ""
    if goes_with_order(order, money.rule, codes, gross):
        paid = expected_gross(order)
        payment_note = missing_money(owed, paid, taken=money.taken)
        if not payment_note:
            body.update(
                payment_with_order(money.rule, codes, gross, paid, money.reference, trimmer)
            )
    return SalesOrder(
        body,
        net,
        tax,
        gross,
        trimmer.notes,
        left_out=owed.left_out,
        note=owed.note,
        tax_off=difference.tax_off,
        gross_off=difference.gross_off,
        suspense=tuple(
            part.sold.sku for part, one in zip(parts, made) if one.stands_in and part.sold
        ),
        payment_note=payment_note,
    )


@dataclass(frozen=True)
class _Made:
    """A line, the total Sage will make of it, and its stock item."""

    line: dict[str, Any]
    net: Decimal
    stock_code: str = ""
    stands_in: bool = False


def _made(
    order: Order,
    part: Priced,
    store: Store,
    tables: Tables,
    codes: SageCodes,
    rules: OrderRules,
    trimmer: Trimmer,
) -> _Made:
    if part.kind == TOTAL and part.charge:
        return _Made(charge_line(part.charge, part, codes, "order_totals.csv"), part.net)
    if part.text:
        text = trimmer.fit("line", part.text, rules.description_limit)
        return _Made(free_text_line(text, part), part.net)
    if part.sold is None:
        return _Made(carriage_line(order, part, tables, codes), part.net)
    product, stands_in = line_product(order, part.sold, store, tables, codes)
    warehouse = line_warehouse(order, store, part.sold.sku, tables, codes)
    text = ""
    if stands_in:
        name = f"{part.sold.sku} {part.sold.name}"
        text = trimmer.fit("line", name, rules.description_limit)
    line, net = standard_line(part, product, warehouse, rules, text)
    return _Made(line, net, product.code, stands_in)


def _prove(
    order: Order,
    lines: Sequence[Mapping[str, Any]],
    parts: Sequence[Priced],
    codes: SageCodes,
    difference: Rounded,
) -> tuple[Decimal, Decimal, Decimal]:
    """Net, VAT and gross that Sage will make of the lines.

    VAT and gross must be Magento's, and so must the VAT of each code, unless ``tax_strategy`` lets
    Sage have its own.
    """
    nets: dict[int, Decimal] = {}
    for line in lines:
        if "selling_unit_price" in line:
            price = line["selling_unit_price"] - line.get("unit_discount_value", ZERO)
            net = pennies(line.get("line_quantity", Decimal(1)) * price)
            nets[line["tax_code_id"]] = nets.get(line["tax_code_id"], ZERO) + net
    wanted: dict[int, Decimal] = {}
    for part in parts:
        wanted[part.code.id] = wanted.get(part.code.id, ZERO) + part.tax
    in_sage = {code: sage_tax(net, codes.rates[code]) for code, net in nets.items()}
    total, tax = sum(nets.values(), ZERO), sum(in_sage.values(), ZERO)
    agreed = (
        total + tax == expected_gross(order) + difference.gross_off
        and tax == pennies(order.tax_amount) + difference.tax_off
    )
    if agreed and not difference.leaves_tax_to_sage:
        agreed = all(wanted.get(code, ZERO) == vat for code, vat in in_sage.items())
    if not agreed:
        numbers = {code.id: code.code for code in codes.tax_codes.values()}
        raise RefusalError(
            "totals_do_not_add_up",
            f"Order {order.increment_id}: the Sage document would come to {total} net and {tax}"
            f" VAT, Magento says {expected_gross(order)} gross with {order.tax_amount} VAT. Post"
            " it by hand and report it.",
            net=total,
            tax=tax,
            tax_by_code={str(numbers[code]): vat for code, vat in in_sage.items()},
            magento_tax_by_code={str(numbers[code]): vat for code, vat in wanted.items()},
        )
    return total, tax, total + tax


def _customer_document_no(order: Order) -> str:
    if len(order.increment_id) > CUSTOMER_DOCUMENT_NO_LIMIT:
        raise RefusalError(
            "order_number_too_long",
            f"Order number {order.increment_id!r} has more than {CUSTOMER_DOCUMENT_NO_LIMIT}"
            " characters; cut, it could not be found again. Post it by hand.",
        )
    return order.increment_id
