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
from target_sage200.mapping.money import PRICE_STEP, five_decimals, pennies
from target_sage200.mapping.priced import Priced, order_tax, priced_parts, vat_groups
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.tax import VatGroup, rounding_lines, sage_tax
from target_sage200.mapping.text import Trimmer
from target_sage200.mapping.vat import rounding_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import Customer, Product, SageCodes
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
        most_rounding: Largest VAT difference that counts as rounding, per line; per unit of lines
            whose VAT Magento rounded unit by unit.
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
    sold = sold_lines(order, bundle_price_on=rules.bundle_price_on)
    parts = priced_parts(order, sold, expected_gross(order), tables, codes)
    warehouse = _warehouse(store, codes)
    lines: list[dict[str, Any]] = []
    in_sage: dict[int, Decimal] = {}
    for part in parts:
        net = part.net
        if part.text:
            lines.append(_free_text(trimmer.fit("line", part.text, rules.description_limit), part))
        elif part.sold is None:
            lines.append(_charge(order, part, tables, codes))
        else:
            product = _product(order, part.sold, tables, codes)
            line, net = _standard(part, product, warehouse, rules)
            lines.extend([line, *_comments(part.sold, trimmer, rules)])
        in_sage[part.code.code] = in_sage.get(part.code.code, ZERO) + net
    most = rules.most_rounding * max(sum((part.roundings for part in parts), ZERO), Decimal(2))
    lines.extend(_rounding(vat_groups(parts, in_sage), tables, codes, most))
    net, tax, gross = _prove(order, lines, codes)
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
    part: Priced, product: Product, warehouse: int, rules: OrderRules
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


def _charge(order: Order, part: Priced, tables: Tables, codes: SageCodes) -> dict[str, Any]:
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


def _free_text(text: str, part: Priced) -> dict[str, Any]:
    return {
        "line_type": "EnumLineTypeFreeText",
        "description": text,
        "line_quantity": Decimal(1),
        "selling_unit_price": part.net,
        "tax_code_id": part.code.id,
    }


def _rounding(
    groups: Sequence[VatGroup], tables: Tables, codes: SageCodes, most: Decimal
) -> Iterator[dict[str, Any]]:
    if all(
        group.net == group.net_wanted and group.tax_wanted == sage_tax(group.net, group.rate)
        for group in groups
    ):
        return
    zero = rounding_code(tables, codes.tax_codes)
    for line in rounding_lines(groups, zero.code, most):
        yield _free_text(ROUNDING_TEXT, Priced(codes.tax_codes[line.code], line.net, ZERO))


def _prove(
    order: Order, lines: Sequence[Mapping[str, Any]], codes: SageCodes
) -> tuple[Decimal, Decimal, Decimal]:
    """Net, VAT and gross that Sage will make of the lines; VAT and gross must be Magento's."""
    rates = {code.id: code.rate for code in codes.tax_codes.values()}
    nets: dict[int, Decimal] = {}
    for line in lines:
        if "selling_unit_price" in line:
            net = pennies(line.get("line_quantity", Decimal(1)) * line["selling_unit_price"])
            nets[line["tax_code_id"]] = nets.get(line["tax_code_id"], ZERO) + net
    total = sum(nets.values(), ZERO)
    tax = sum((sage_tax(net, rates[code]) for code, net in nets.items()), ZERO)
    if total + tax != expected_gross(order) or tax != pennies(order_tax(order)):
        raise RefusalError(
            "totals_do_not_add_up",
            f"Order {order.increment_id}: the Sage document would come to {total} net and {tax}"
            f" VAT, Magento says {expected_gross(order)} gross with {order_tax(order)} VAT. Post"
            " it by hand and report it.",
            net=total,
            tax=tax,
        )
    return total, tax, total + tax


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
