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
WRAPPING = TotalRule(
    "gw_price_incl_tax", adds=True, text="Gift wrap", sage_tax_code=1, tax_field="gw_tax_amount"
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
    if "wrapping" in change:
        # Adobe Commerce writes these as text.
        extension.update(gw_price="2.0000", gw_price_incl_tax="2.4000", gw_tax_amount="0.4000")
        order["grand_total"] += Decimal("2.40")
        order["tax_amount"] += Decimal("0.40")
    if "weee" in change:
        order["items"][0]["weee_tax_applied_row_amount"] = Decimal("0.30")
        # As Magento's REST order has it: on top of the row.
        order["items"][0]["row_total_incl_tax"] += Decimal("0.30")
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
        ("wrapping", (WRAPPING,), "EnumLineTypeFreeText", "2.00"),
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
        ("wrapping", (), "order_total_unmapped", "gw_price_incl_tax 2.4000"),
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


PART_CANCELLED = "000000031"


@pytest.mark.parametrize(
    ("rule", "whole", "invoiced"),
    [
        (GIFT_CARD, "gift_cards_amount", {"gift_cards_invoiced": Decimal("2.50")}),
        (CREDIT, "customer_balance_amount", {"customer_balance_invoiced": Decimal("2.50")}),
        (
            replace(CREDIT, total="reward_currency_amount"),
            "reward_currency_amount",
            {"rwrd_currency_amount_invoiced": "2.5000"},
        ),
        (replace(CREDIT, total="points"), "points", {"points_invoiced": "2.50"}),
    ],
)
def test_part_cancelled_order_holds_what_was_invoiced_of_a_gift_card(
    orders: dict[str, Any],
    tables: Tables,
    codes: SageCodes,
    rule: TotalRule,
    whole: str,
    invoiced: dict[str, Any],
) -> None:
    """Of a card of 4.00, 2.50 paid for what was invoiced; the rest went back with the rest."""
    order = copy.deepcopy(orders[PART_CANCELLED])
    plain = mapped(order, tables, codes)
    order["extension_attributes"].update({whole: Decimal(4), **invoiced})
    order["grand_total"] -= 4
    order["total_canceled"] -= Decimal("1.50")
    own = replace(tables, totals=(rule,))
    assert mapped(order, own, codes).gross == plain.gross - Decimal("2.50")
    for name in invoiced:
        del order["extension_attributes"][name]
    with pytest.raises(RefusalError) as caught:
        mapped(order, own, codes)
    assert caught.value.cause == "totals_do_not_add_up"


def test_part_cancelled_order_holds_the_invoiced_share_of_a_product_tax(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    order = copy.deepcopy(orders[PART_CANCELLED])
    plain = mapped(order, tables, codes)
    row = next(item for item in order["items"] if 0 < item["qty_invoiced"] < item["qty_ordered"])
    share = Decimal(row["qty_invoiced"]) / Decimal(row["qty_ordered"])
    row["weee_tax_applied_row_amount"] = Decimal("3.00")
    order["grand_total"] += 3
    order["total_canceled"] += 3 - 3 * share
    document = mapped(order, replace(tables, totals=(PRODUCT_TAX,)), codes)
    assert document.gross == plain.gross + 3 * share


def test_part_cancelled_order_holds_gift_wrapping_whose_invoice_is_told_in_two_fields(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    order = copy.deepcopy(orders[PART_CANCELLED])
    plain = mapped(order, tables, codes)
    order["extension_attributes"].update(
        gw_price_incl_tax="2.4000", gw_tax_amount="0.4000",
        gw_price_invoiced="2.0000", gw_tax_amount_invoiced="0.4000",
    )  # fmt: skip
    order["grand_total"] += Decimal("2.40")
    order["tax_amount"] += Decimal("0.40")
    order["tax_invoiced"] += Decimal("0.40")
    document = mapped(order, replace(tables, totals=(WRAPPING,)), codes)
    assert (document.gross, document.tax) == (
        plain.gross + Decimal("2.40"),
        plain.tax + Decimal("0.40"),
    )
