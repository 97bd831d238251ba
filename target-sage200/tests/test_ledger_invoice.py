"""Orders as ledger invoices: Magento's VAT verbatim, every row adds up, nothing below zero."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from outbox import State
from sage200_client.document_check import check_document
from target_sage200.decide import OrderDecider
from target_sage200.gate import GateRules
from target_sage200.magento_document import read_order
from target_sage200.mapping.analysis_table import AnalysisRule
from target_sage200.mapping.ledger_invoice import ledger_reference, map_ledger_invoice
from target_sage200.mapping.money import pennies
from target_sage200.mapping.payment_table import PaymentRule
from target_sage200.mapping.receipt import Taken, map_receipt
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.rules import OrderRules
from target_sage200.mapping.tables import read_tables

if TYPE_CHECKING:
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.tables import Tables

ROOT = Path(__file__).parents[2]
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


NOMINALS = """\
line,stock_code,product_group,nominal
goods,,,4000
goods,BN-001,,4101
goods,long-sku-64,,4102
goods,,Books,4103
carriage,,,4900
"""
ACCOUNTS = frozenset({"4000//", "4101//", "4102//", "4103//", "4900//"})


@pytest.mark.parametrize("in_sage", [True, False], ids=["stock in Sage", "no stock in Sage"])
def test_nominals_by_stock_code_and_product_group_split_the_invoice(
    orders: dict[str, dict[str, Any]], tmp_path: Path, codes: SageCodes, in_sage: bool
) -> None:
    shutil.copytree(ROOT / "mappings", tmp_path, dirs_exist_ok=True)
    (tmp_path / "nominals.csv").write_text(NOMINALS, encoding="utf-8")
    (tmp_path / "products.csv").write_text("magento_sku,product_group\nBN-006,Books\n")
    (tmp_path / "skus.csv").write_text("magento_sku,sage_code\nBN-002,LONG-SKU-64\n")
    tables = read_tables(tmp_path)
    order = read_order({**orders["000000018"], "total_refunded": None})
    company = replace(codes, nominals=ACCOUNTS, products=codes.products if in_sage else {})
    store = tables.stores[order.store_id, order.currency]
    rules = OrderRules(refunds_before_posting="post_in_full")
    invoice = map_ledger_invoice(order, store, tables, company, rules)
    rows = {row["code"]: row["value"] for row in invoice.body["nominal_analysis_items"]}
    assert set(rows) == {"4101", "4102", "4103", "4900"}
    assert sum(rows.values()) == invoice.net


def test_analysis_codes_are_neither_sent_nor_recorded_as_cut(
    orders: dict[str, dict[str, Any]], tables: Tables, codes: SageCodes
) -> None:
    fields = [("order", "analysis_code_1"), ("line", "spare_text_1")]
    long = tuple(AnalysisRule(level, field, "X" * 120) for level, field in fields)
    own = replace(tables, analysis=long)
    order = read_order(orders["000000001"])
    invoice = map_ledger_invoice(order, own.stores[1, "GBP"], own, codes, RULES)
    assert check_document("sales_invoices", invoice.body) == []
    assert invoice.trimmed == ()


def test_order_that_costs_nothing_makes_no_invoice(
    orders: dict[str, dict[str, Any]], tables: Tables, codes: SageCodes
) -> None:
    now = datetime(2026, 11, 24, tzinfo=timezone.utc)
    decider = OrderDecider(tables, codes, GateRules(), RULES, None, now, "sales_invoices")
    decision = decider.decide(orders["000000011"], [])
    assert (decision.state, decision.cause) == (State.WAITING, "zero_total")
    assert decider.decide(orders["000000001"], []).state is State.READY


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
