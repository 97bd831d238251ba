"""An order as an invoice in the sales ledger: Magento's VAT verbatim, no stock, no SOP document.

Source: Sage takes goods and VAT of ``sales_invoices`` as they are sent, one row a VAT code, all
values positive; the rows must add up to the header. An invoice has no analysis codes and no spare
texts, so ``analysis_codes.csv`` says nothing here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO
from target_sage200.mapping.codes import code_key
from target_sage200.mapping.coding import Coder
from target_sage200.mapping.customer import order_customer
from target_sage200.mapping.day import document_day
from target_sage200.mapping.lines import sold_lines
from target_sage200.mapping.order import SalesOrder, expected_gross
from target_sage200.mapping.owed import still_owed
from target_sage200.mapping.priced import priced_parts
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.text import Trimmer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.priced import Priced
    from target_sage200.mapping.rules import OrderRules
    from target_sage200.mapping.tables import Tables

REFERENCE_LIMIT = 20


def map_ledger_invoice(
    order: Order, store: Store, tables: Tables, codes: SageCodes, rules: OrderRules
) -> SalesOrder:
    """Map one order to the body of ``POST /sales_invoices``.

    Args:
        order: The order.
        store: Its row in ``stores.csv``.
        tables: All mapping tables.
        codes: What the Sage company knows.
        rules: Settings.

    Raises:
        RefusalError: Something can't be mapped without guessing; cause and sentence say what.
    """
    owed = still_owed(order, rules.refunds_before_posting)
    trimmer = Trimmer(rules.text_encoding)
    customer = order_customer(owed.order, store, tables, codes, rules.customer_key_field, trimmer)
    sold = sold_lines(owed.order, bundle_price_on=rules.bundle_price_on)
    parts = priced_parts(owed.order, sold, expected_gross(owed.order), tables, codes)
    rows = _tax_rows(owed.order, parts)
    # Whether orders may name nominal accounts is a setting of SOP; the ledger always takes them.
    coder = Coder.of(
        owed.order,
        store,
        replace(tables, analysis=()),
        replace(codes, nominals_may_differ=True),
        trimmer,
    )
    nominals = _nominal_rows(owed.order, parts, coder)
    net = sum((row["goods_amount"] for row in rows), ZERO)
    tax = sum((row["tax_amount"] for row in rows), ZERO)
    body: dict[str, Any] = {
        "customer_id": customer.id,
        "transaction_date": document_day(owed.order.created_at, rules.timezone),
        "reference": ledger_reference(owed.order.increment_id),
        "document_goods_value": net,
        "document_tax_value": tax,
        "tax_analysis_items": rows,
        **({"nominal_analysis_items": nominals} if nominals else {}),
    }
    return SalesOrder(body, net, tax, net + tax, trimmer.notes, owed.left_out, owed.note)


def ledger_reference(number: str) -> str:
    """An order number as the reference of a ledger document.

    Raises:
        RefusalError: ``order_number_too_long``: cut, it could not be found again.
    """
    if len(number) > REFERENCE_LIMIT:
        raise RefusalError(
            "order_number_too_long",
            f"Order number {number!r} has more than {REFERENCE_LIMIT} characters; cut, it could"
            " not be found again in the ledger. Post it by hand.",
        )
    return number


def _nominal_rows(order: Order, parts: Sequence[Priced], coder: Coder) -> list[dict[str, Any]]:
    """The net by nominal account; nothing where ``nominals.csv`` names none for this order."""
    values: dict[tuple[str, str, str], Decimal] = {}
    for part in parts:
        line = coder.line(part, _stock_code(part, coder))
        account = (
            str(line.get("nominal_reference", "")),
            str(line.get("nominal_cost_centre", "")),
            str(line.get("nominal_department", "")),
        )
        values[account] = values.get(account, ZERO) + part.net
    if not any(code for code, _, _ in values):
        return []
    for (code, _, _), value in values.items():
        if not code and value:
            raise RefusalError(
                "nominal_not_in_sage",
                f"Order {order.increment_id}: {value} of its net have no row in"
                " mappings/nominals.csv, while other parts do. Add a row that fits the rest.",
                net=value,
            )
        if value < ZERO:
            raise _negative(order, f"{value} net", f"nominal account {code}")
    return [
        {
            "code": code,
            **({"cost_centre": cost_centre} if cost_centre else {}),
            **({"department": department} if department else {}),
            "value": value,
        }
        for (code, cost_centre, department), value in values.items()
        if value
    ]


def _stock_code(part: Priced, coder: Coder) -> str:
    """The stock code that ``nominals.csv`` may ask for; the ledger needs no such item in Sage."""
    if part.sold is None:
        return ""
    code = coder.tables.stock_code(part.sold.sku)
    product = coder.codes.products.get(code_key(code))
    return product.code if product else code


def _negative(order: Order, amount: str, where: str) -> RefusalError:
    return RefusalError(
        "negative_in_ledger",
        f"Order {order.increment_id}: {amount} fall on {where}; an invoice in Sage's ledger takes"
        " no amount below zero. Post it by hand.",
    )


def _tax_rows(order: Order, parts: Sequence[Priced]) -> list[dict[str, Any]]:
    """Goods and VAT by VAT code, as Magento has them."""
    goods: dict[int, Decimal] = {}
    taxes: dict[int, Decimal] = {}
    for part in parts:
        goods[part.code.id] = goods.get(part.code.id, ZERO) + part.net
        taxes[part.code.id] = taxes.get(part.code.id, ZERO) + part.tax
    for code, net in goods.items():
        if net < ZERO or taxes[code] < ZERO:
            raise _negative(
                order, f"{net} net and {taxes[code]} VAT", f"the VAT code with id {code}"
            )
    return [
        {"id": code, "goods_amount": net, "tax_amount": taxes[code]}
        for code, net in goods.items()
        if net or taxes[code]
    ]
