"""Orders as ledger invoices: Magento's VAT verbatim, every row adds up, nothing below zero."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sage200_client.document_check import check_document
from target_sage200.magento_document import read_order
from target_sage200.mapping.ledger_invoice import ledger_reference, map_ledger_invoice
from target_sage200.mapping.money import pennies
from target_sage200.mapping.payment_table import PaymentRule
from target_sage200.mapping.receipt import Taken, map_receipt
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.rules import OrderRules

if TYPE_CHECKING:
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.tables import Tables

RULES = OrderRules()
TAKEN = Taken("ref", None, datetime(2026, 11, 24, tzinfo=timezone.utc))


def test_every_recorded_order_adds_up_to_magentos_own_figures(
    orders: dict[str, dict[str, Any]], tables: Tables, codes: SageCodes
) -> None:
    mapped = 0
    for body in orders.values():
        order = read_order(body)
        if order.total_canceled or order.total_refunded or order.state == "canceled":
            continue
        try:
            invoice = map_ledger_invoice(
                order, tables.stores[order.store_id, order.currency], tables, codes, RULES
            )
        except RefusalError as refusal:
            assert refusal.cause in {"tax_code_unmapped", "sku_not_in_sage"}  # noqa: PT017
            continue
        mapped += 1
        rows = invoice.body["tax_analysis_items"]
        assert sum(row["goods_amount"] for row in rows) == invoice.body["document_goods_value"]
        assert sum(row["tax_amount"] for row in rows) == invoice.body["document_tax_value"]
        assert invoice.tax == pennies(order.tax_amount)
        assert invoice.gross == pennies(order.grand_total)
        assert check_document("sales_invoices", invoice.body) == []
    assert mapped > 20


def test_number_that_does_not_fit_the_ledger_is_refused() -> None:
    assert ledger_reference("1" * 20) == "1" * 20
    with pytest.raises(RefusalError, match="more than 20"):
        ledger_reference("1" * 21)


@pytest.mark.parametrize(
    ("banks", "currency", "cause"),
    [
        ({}, "GBP", "bank_unmapped"),
        ({"EUR": "BANK"}, "GBP", "bank_unmapped"),
        ({"": "NOSUCH"}, "GBP", "bank_not_in_sage"),
    ],
)
def test_bank_that_is_not_clear_is_refused(
    orders: dict[str, dict[str, Any]],
    codes: SageCodes,
    banks: dict[str, str],
    currency: str,
    cause: str,
) -> None:
    order = read_order(orders["000000016"])
    assert order.currency == currency
    rule = PaymentRule("checkmo", "paid", "", send_payment=False, receipt=True, banks=banks)
    with pytest.raises(RefusalError) as refused:
        map_receipt(order, 1, Decimal(5), rule, codes, RULES, TAKEN)
    assert refused.value.cause == cause


def test_nothing_is_due_where_no_receipt_is_wanted(
    orders: dict[str, dict[str, Any]], codes: SageCodes
) -> None:
    order = read_order(orders["000000016"])
    rule = PaymentRule("checkmo", "paid", "Web cheque", send_payment=True)
    assert map_receipt(order, 1, Decimal(5), rule, codes, RULES, TAKEN) is None
