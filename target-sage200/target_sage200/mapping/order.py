"""A paid Magento order as a Sage 200 sales order, equal to the penny before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from target_sage200.magento_order import ZERO
from target_sage200.mapping.address import delivery_address
from target_sage200.mapping.codes import code_key
from target_sage200.mapping.lines import Sold, sold_lines
from target_sage200.mapping.money import PRICE_STEP, five_decimals, pennies, share
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.tax import VatGroup, rounding_lines, sage_tax
from target_sage200.mapping.text import Trimmer
from target_sage200.mapping.vat import rounding_code, vat_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import Customer, Product, SageCodes, TaxCode
    from target_sage200.mapping.tables import PaymentRule, Store, Tables

STOCK_CODE_LIMIT = 30
PAYMENT_REFERENCE_LIMIT = 20
CUSTOMER_DOCUMENT_NO_LIMIT = 30
MEMO_LIMIT = 1000
ROUNDING_TEXT = "Rounding to the web shop's VAT"


@dataclass(frozen=True)
class OrderRules:
    """Settings of the mapping.

    Attributes:
        bundle_price_on: ``children`` or ``parent``, for bundles with a fixed price.
        allocate_stock: Ask Sage to allocate the goods at once.
        description_limit: 60, or 6000 where the release is known to take it.
        text_encoding: What the database can hold, ``cp1252`` or ``utf-8``.
        timezone: In which the document date is counted.
        most_rounding: Largest VAT difference per rate that counts as rounding, per line.
    """

    bundle_price_on: str = "children"
    allocate_stock: bool = True
    description_limit: int = 60
    text_encoding: str = "cp1252"
    timezone: str = "Europe/London"
    most_rounding: Decimal = Decimal("0.01")


@dataclass(frozen=True)
class SalesOrder:
    """The document for ``POST /sop_orders`` and the figures Sage will compute from it.

    Attributes:
        body: The request body.
        net: Net in order currency.
        tax: VAT in order currency.
        gross: What Magento charged, in order currency.
        trimmed: What was cut to fit, one sentence each.
    """

    body: dict[str, Any]
    net: Decimal
    tax: Decimal
    gross: Decimal
    trimmed: tuple[str, ...]


@dataclass(frozen=True)
class _Priced:
    """A line or the carriage with its VAT code and money in whole pennies."""

    code: TaxCode
    net: Decimal
    tax: Decimal
    sold: Sold | None = None


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

    Raises:
        RefusalError: Something can't be mapped without guessing; cause and sentence say what.
    """
    trimmer = Trimmer(rules.text_encoding)
    customer = _customer(order, store, tables, codes)
    priced = _priced(order, tables, codes, rules)
    warehouse = _warehouse(store, codes)
    lines: list[dict[str, Any]] = []
    in_sage: dict[int, Decimal] = {}
    for part in priced:
        if part.sold is None:
            lines.append(_charge(order, part, tables, codes))
            net = part.net
        else:
            product = _product(order, part.sold, tables, codes)
            line, net = _standard(part, product, warehouse, rules)
            lines.extend([line, *_comments(part.sold, trimmer, rules)])
        in_sage[part.code.code] = in_sage.get(part.code.code, ZERO) + net
    groups = _groups(priced, in_sage)
    lines.extend(_rounding(groups, tables, codes, rules, len(priced)))
    net, tax, gross = _prove(order, groups)
    body: dict[str, Any] = {
        "customer_id": customer.id,
        "document_date": _document_date(order, rules),
        "customer_document_no": _customer_document_no(order),
        "use_invoice_address": False,
        "delivery_address": delivery_address(
            order.increment_id, order.delivery, order.email, codes.countries, trimmer
        ),
        "is_to_sequence_lines": True,
        "lines": lines,
    }
    body.update(_payment(order, payment, codes, gross, payment_reference, trimmer))
    return SalesOrder(body=body, net=net, tax=tax, gross=gross, trimmed=trimmer.notes)


def _customer(order: Order, store: Store, tables: Tables, codes: SageCodes) -> Customer:
    account = tables.account(store, order.customer_group_id)
    customer = codes.customers.get(code_key(account))
    if customer is None:
        raise RefusalError(
            "customer_not_in_sage",
            f"Order {order.increment_id}: account {account!r} does not exist in Sage 200. Create it"
            f" there or correct mappings/stores.csv (store {order.store_id}) or customers.csv.",
            account=account,
        )
    if customer.currency != order.currency:
        raise RefusalError(
            "currency_differs",
            f"Order {order.increment_id} is in {order.currency}, account {account} in"
            f" {customer.currency}. Name an account in {order.currency} in mappings/stores.csv.",
            account=account,
            order_currency=order.currency,
            account_currency=customer.currency,
        )
    if customer.on_hold:
        raise RefusalError(
            "account_on_hold",
            f"Order {order.increment_id}: account {account} is on hold in Sage 200. Take it off"
            " hold there; the order is posted with the next run.",
            account=account,
        )
    return customer


def _priced(
    order: Order, tables: Tables, codes: SageCodes, rules: OrderRules
) -> tuple[_Priced, ...]:
    """All parts of the order with VAT code, net and tax in whole pennies that add up."""
    sold = sold_lines(order, bundle_price_on=rules.bundle_price_on)
    coded: list[tuple[TaxCode, Decimal, Decimal, Sold | None]] = [
        (
            vat_code(order, f"SKU {line.sku!r}", line.taxes, line.percent, tables, codes.tax_codes),
            line.net,
            line.tax,
            line,
        )
        for line in sold
    ]
    shipping_tax = order.shipping_tax
    shipping_net = order.shipping_net
    if order.total_canceled and not order.shipping_invoiced:
        shipping_net = shipping_tax = ZERO
    if shipping_net or shipping_tax:
        code = vat_code(order, "carriage", order.shipping_taxes, ZERO, tables, codes.tax_codes)
        coded.append((code, shipping_net, shipping_tax, None))
    gross = expected_gross(order)
    _check_sums(order, [(net, tax) for _, net, tax, _ in coded], gross)
    total_tax = pennies(sum((tax for _, _, tax, _ in coded), ZERO))
    if not coded:
        raise RefusalError(
            "nothing_to_post", f"Order {order.increment_id} has no line and no carriage to post."
        )
    nets = share([net for _, net, _, _ in coded], gross - total_tax)
    taxes = share([tax for _, _, tax, _ in coded], total_tax)
    return tuple(
        _Priced(code, net, tax, line) for (code, _, _, line), net, tax in zip(coded, nets, taxes)
    )


def _check_sums(order: Order, parts: Sequence[tuple[Decimal, Decimal]], gross: Decimal) -> None:
    """Magento's own identity: lines and carriage with their tax are the grand total."""
    lines_net = sum((net for net, _ in parts), ZERO)
    lines_tax = sum((tax for _, tax in parts), ZERO)
    tax = order.tax_invoiced if order.total_canceled else order.tax_amount
    if pennies(lines_net + lines_tax) != gross or pennies(lines_tax) != pennies(tax):
        raise RefusalError(
            "totals_do_not_add_up",
            f"Order {order.increment_id}: lines and carriage come to {lines_net} net and"
            f" {lines_tax} VAT, the order says {gross - pennies(tax)} and {tax}. Something in it"
            " (gift card, store credit, surcharge) is not mapped; post it by hand.",
            lines_net=lines_net,
            lines_tax=lines_tax,
            order_tax=tax,
            order_gross=gross,
        )


def _product(order: Order, line: Sold, tables: Tables, codes: SageCodes) -> Product:
    code = tables.skus.get(code_key(line.sku), line.sku)
    product = codes.products.get(code_key(code)) if len(code) <= STOCK_CODE_LIMIT else None
    name = f"Order {order.increment_id}, SKU {line.sku!r} ({line.name})"
    if product is None:
        raise RefusalError(
            "sku_not_in_sage",
            f"{name}: Sage 200 has no stock item {code!r}. Create it there, or name another code"
            " in mappings/skus.csv.",
            magento_sku=line.sku,
            sage_code=code,
        )
    if not (product.active and product.allow_sales_order):
        raise RefusalError(
            "item_not_for_sale",
            f"{name}: stock item {product.code!r} is inactive or not allowed on sales orders in"
            " Sage 200. Release it there, or name another code in mappings/skus.csv.",
            magento_sku=line.sku,
            sage_code=product.code,
        )
    return product


def _warehouse(store: Store, codes: SageCodes) -> int:
    warehouse = codes.warehouses.get(code_key(store.warehouse))
    if warehouse is None:
        raise RefusalError(
            "warehouse_not_in_sage",
            f"Warehouse {store.warehouse!r} of mappings/stores.csv (store {store.store_id}) does"
            " not exist in Sage 200. Correct the row.",
            warehouse=store.warehouse,
        )
    return warehouse


def _standard(
    part: _Priced, product: Product, warehouse: int, rules: OrderRules
) -> tuple[dict[str, Any], Decimal]:
    """A standard line, and the line total Sage will make of it."""
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


def _charge(order: Order, part: _Priced, tables: Tables, codes: SageCodes) -> dict[str, Any]:
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


def _comments(line: Sold, trimmer: Trimmer, rules: OrderRules) -> Iterator[dict[str, Any]]:
    for comment in line.comments:
        yield {
            "line_type": "EnumLineTypeComment",
            "description": trimmer.fit("comment line", comment, rules.description_limit),
            "show_on_customer_docs": True,
        }


def _groups(priced: Sequence[_Priced], in_sage: dict[int, Decimal]) -> tuple[VatGroup, ...]:
    codes = {part.code.code: part.code for part in priced}
    return tuple(
        VatGroup(
            code=number,
            rate=code.rate,
            net=in_sage[number],
            net_wanted=sum((p.net for p in priced if p.code.code == number), ZERO),
            tax_wanted=sum((p.tax for p in priced if p.code.code == number), ZERO),
        )
        for number, code in codes.items()
    )


def _rounding(
    groups: Sequence[VatGroup], tables: Tables, codes: SageCodes, rules: OrderRules, parts: int
) -> Iterator[dict[str, Any]]:
    if all(
        group.net == group.net_wanted and group.tax_wanted == sage_tax(group.net, group.rate)
        for group in groups
    ):
        return
    zero = rounding_code(tables, codes.tax_codes)
    # A row or a unit can be rounded by half a penny at most, so a line is good for one penny.
    most = rules.most_rounding * max(parts, 2)
    for line in rounding_lines(groups, zero.code, most):
        yield {
            "line_type": "EnumLineTypeFreeText",
            "description": ROUNDING_TEXT,
            "line_quantity": Decimal(1),
            "selling_unit_price": line.net,
            "tax_code_id": codes.tax_codes[line.code].id,
        }


def _prove(order: Order, groups: Sequence[VatGroup]) -> tuple[Decimal, Decimal, Decimal]:
    """Net, VAT and gross of the Sage document; gross must be Magento's."""
    net = sum((group.net_wanted for group in groups), ZERO)
    tax = sum((group.tax_wanted for group in groups), ZERO)
    if net + tax != expected_gross(order):
        raise RefusalError(
            "totals_do_not_add_up",
            f"Order {order.increment_id}: the Sage document would come to {net + tax}, Magento"
            f" says {expected_gross(order)}. Post it by hand and report it.",
            net=net,
            tax=tax,
        )
    return net, tax, net + tax


def _document_date(order: Order, rules: OrderRules) -> str:
    """Sage refuses bare dates, and shows the day only: the day in the merchant's time zone."""
    return order.created_at.astimezone(ZoneInfo(rules.timezone)).strftime("%Y-%m-%dT00:00:00Z")


def _customer_document_no(order: Order) -> str:
    if len(order.increment_id) > CUSTOMER_DOCUMENT_NO_LIMIT:
        raise RefusalError(
            "order_number_too_long",
            f"Order number {order.increment_id!r} has more than {CUSTOMER_DOCUMENT_NO_LIMIT}"
            " characters; cut, it could not be found again. Post it by hand.",
        )
    return order.increment_id


def _payment(
    order: Order,
    payment: PaymentRule,
    codes: SageCodes,
    gross: Decimal,
    reference: str,
    trimmer: Trimmer,
) -> dict[str, Any]:
    """Payment with the order; Sage takes it in base currency only."""
    if not payment.send_payment or order.currency != codes.base_currency or gross <= ZERO:
        return {}
    method = codes.payment_methods.get(code_key(payment.sage_payment_method))
    if method is None or method.online_card:
        problem = "is an online card method" if method else "does not exist"
        raise RefusalError(
            "payment_method_not_in_sage",
            f"Payment method {payment.sage_payment_method!r} of mappings/payment_methods.csv"
            f" {problem} in Sage 200. Name another one.",
            payment_method=payment.sage_payment_method,
        )
    fields: dict[str, Any] = {
        "payment_with_order": True,
        "payment_type": "EnumSOPOrderPaymentTypeFull",
        "payment_value": gross,
        "payment_method_id": method.id,
    }
    if reference:
        fields["payment_reference"] = trimmer.tail(
            "payment reference", reference, PAYMENT_REFERENCE_LIMIT
        )
    if len(reference) > PAYMENT_REFERENCE_LIMIT:
        note = trimmer.fit("memo", f"Payment reference {reference}", MEMO_LIMIT)
        fields["memos"] = [{"note": note, "is_active": True}]
    return fields
