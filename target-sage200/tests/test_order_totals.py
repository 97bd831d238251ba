"""Gift cards, credit, surcharges, product taxes: mapped by a table or refused, never dropped."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from target_sage200.magento_document import read_order
from target_sage200.mapping.order import SalesOrder, map_order
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.rules import OrderRules
from target_sage200.mapping.total_table import TotalRule

if TYPE_CHECKING:
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.tables import Tables

GIFT_CARD = TotalRule("gift_cards_amount", adds=False, text="Gift card", sage_tax_code=9)
CREDIT = TotalRule("customer_balance_amount", adds=False, text="Store credit", sage_tax_code=9)
FEE = TotalRule(
    "amasty_fee.amount", adds=True, text="Card fee", sage_tax_code=1, tax_field="amasty_fee.tax"
)
CHARGE = replace(FEE, sage_charge_code="CARR")
PRODUCT_TAX = TotalRule(
    "items.weee_tax_applied_row_amount", adds=True, text="WEEE", sage_tax_code=2
)


def with_money(body: dict[str, Any], change: str) -> dict[str, Any]:
    """The order with money outside its rows; prices include 20 % VAT."""
    order = copy.deepcopy(body)
    extension = order["extension_attributes"]
    if "card" in change:
        extension["gift_cards_amount"] = Decimal("2.50")
        order["grand_total"] -= Decimal("2.50")
    if "credit" in change:
        order["customer_balance_amount"] = Decimal(-1)
        order["grand_total"] -= 1
    if "fee" in change:
        extension["amasty_fee"] = {"amount": Decimal("1.20"), "tax": Decimal("0.20")}
        order["grand_total"] += Decimal("1.20")
        order["tax_amount"] += Decimal("0.20")
    if "weee" in change:
        order["items"][0]["weee_tax_applied_row_amount"] = Decimal("0.30")
        order["grand_total"] += Decimal("0.30")
    order["total_paid"] = order["grand_total"]
    return order


def mapped(body: dict[str, Any], tables: Tables, codes: SageCodes) -> SalesOrder:
    order = read_order(body)
    payment = tables.payment(order.payment_method)
    assert payment is not None
    return map_order(order, tables.stores[1, "GBP"], payment, tables, codes, OrderRules())


@pytest.mark.parametrize(
    ("change", "rules", "line", "amount"),
    [
        ("card", (GIFT_CARD,), "EnumLineTypeFreeText", "-2.50"),
        ("credit", (CREDIT,), "EnumLineTypeFreeText", "-1"),
        ("card and credit", (GIFT_CARD, CREDIT), "EnumLineTypeFreeText", "-3.50"),
        ("fee", (FEE,), "EnumLineTypeFreeText", "1.00"),
        ("fee", (CHARGE,), "EnumLineTypeCharge", "1.00"),
        ("weee", (PRODUCT_TAX,), "EnumLineTypeFreeText", "0.30"),
    ],
)
def test_money_outside_the_rows_becomes_the_line_its_table_names(
    orders: dict[str, Any],
    tables: Tables,
    codes: SageCodes,
    change: str,
    rules: tuple[TotalRule, ...],
    line: str,
    amount: str,
) -> None:
    plain = mapped(orders["000000001"], tables, codes)
    body = with_money(orders["000000001"], change)
    document = mapped(body, replace(tables, totals=rules), codes)
    assert document.gross == document.body["payment_value"] == body["grand_total"]
    assert document.tax == body["tax_amount"]
    more = [
        one["selling_unit_price"]
        for one in document.body["lines"]
        if one["line_type"] == line and one not in plain.body["lines"]
    ]
    assert sum(more) == Decimal(amount)


@pytest.mark.parametrize(
    ("change", "rules", "cause", "words"),
    [
        ("card", (), "order_total_unmapped", "gift_cards_amount 2.50"),
        ("card and credit", (GIFT_CARD,), "order_total_unmapped", "customer_balance_amount -1"),
        ("weee", (), "order_total_unmapped", "items.weee_tax_applied_row_amount 0.30"),
        ("fee", (), "totals_do_not_add_up", "mappings/order_totals.csv"),
        ("card", (replace(GIFT_CARD, adds=True),), "totals_do_not_add_up", "lines and carriage"),
        ("card", (replace(GIFT_CARD, sage_tax_code=77),), "vat_code_not_in_sage", "order_totals"),
        ("fee", (replace(CHARGE, sage_charge_code="FEE"),), "charge_not_in_sage", "order_totals"),
        ("fee", (replace(FEE, sage_tax_code=2),), "tax_gap_too_large", "more than rounding"),
    ],
)
def test_money_without_a_right_row_is_refused_and_named(
    orders: dict[str, Any],
    tables: Tables,
    codes: SageCodes,
    change: str,
    rules: tuple[TotalRule, ...],
    cause: str,
    words: str,
) -> None:
    with pytest.raises(RefusalError, match=words) as caught:
        mapped(with_money(orders["000000001"], change), replace(tables, totals=rules), codes)
    assert caught.value.cause == cause
