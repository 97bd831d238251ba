"""The gate as a table: which orders may post, and why the others wait."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from target_sage200 import gate
from target_sage200.gate import GateRules
from target_sage200.magento_document import read_order
from target_sage200.mapping.account_tables import Store
from target_sage200.mapping.payment_table import PaymentRule

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
STORE = Store(1, "WEBGBP", "GBP", "LEEDS", post=True)
PAID = "000000001"
AUTHORISED_AND_CAPTURED = "000000035"


def answer(
    body: dict[str, Any],
    *,
    post_when: str = "paid",
    transactions: Sequence[str] = (),
    store: Store = STORE,
    rules: GateRules | None = None,
) -> str | None:
    rule = PaymentRule("any", post_when, "", send_payment=False)
    hold = gate.check(read_order(body), store, rule, transactions, rules or GateRules(), NOW)
    return None if hold is None else hold.cause


@pytest.mark.parametrize(
    ("post_when", "transactions", "expected"),
    [
        ("captured", ["authorization", "capture"], None),
        ("captured", ["authorization"], "not_captured"),
        ("captured", [], "not_captured"),
        ("authorised", ["authorization"], None),
        ("authorised", [], "awaiting_payment"),
        ("paid", [], None),
        ("invoiced", [], None),
        ("placed", [], None),
        ("never", ["capture"], "payment_method_excluded"),
    ],
)
def test_paid_invoice_is_no_proof_of_money_for_a_gateway(
    orders: dict[str, Any], post_when: str, transactions: list[str], expected: str | None
) -> None:
    order = orders[AUTHORISED_AND_CAPTURED]
    assert answer(order, post_when=post_when, transactions=transactions) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"total_paid": 3}, "awaiting_payment"),
        ({"total_paid": 3, "total_invoiced": 3}, "awaiting_payment"),
        ({"grand_total": Decimal("5.9403")}, None),
        ({"state": "canceled"}, "cancelled_unpaid"),
        ({"state": "holded"}, "on_hold_in_magento"),
        ({"state": "payment_review"}, "payment_review"),
        ({"state": "closed"}, None),
    ],
)
def test_state_and_payment_of_the_order(
    orders: dict[str, Any], change: dict[str, Any], expected: str | None
) -> None:
    assert answer({**orders[PAID], **change}) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (GateRules(start_from=datetime(2026, 11, 24, tzinfo=timezone.utc)), "before_start"),
        (GateRules(start_from=datetime(2026, 11, 1, tzinfo=timezone.utc)), None),
        (GateRules(minimum_age=timedelta(days=2)), "too_recent"),
        (GateRules(minimum_age=timedelta(minutes=5)), None),
        (GateRules(test_emails=("@guest.example.com",)), "test_order"),
        (GateRules(test_emails=("@test.example.com",)), None),
    ],
)
def test_settings_keep_orders_out(
    orders: dict[str, Any], rules: GateRules, expected: str | None
) -> None:
    assert answer(orders[PAID], rules=rules) == expected


def test_excluded_store_is_never_posted(orders: dict[str, Any]) -> None:
    closed = Store(1, "WEBGBP", "GBP", "LEEDS", post=False)
    assert answer(orders[PAID], store=closed) == "store_excluded"


def test_free_order_waits_for_its_invoice_and_can_be_kept_out(orders: dict[str, Any]) -> None:
    unconfirmed, invoiced = orders["000000010"], orders["000000011"]
    assert answer(unconfirmed, post_when="invoiced") == "awaiting_payment"
    assert answer(invoiced, post_when="invoiced") is None
    out = GateRules(post_zero_totals=False)
    assert answer(invoiced, post_when="invoiced", rules=out) == "zero_total"


def test_part_cancelled_order_posts_when_the_rest_is_paid(orders: dict[str, Any]) -> None:
    order = orders["000000031"]
    assert answer(order) is None
    assert answer({**order, "total_canceled": 0}) == "awaiting_payment"
