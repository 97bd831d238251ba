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
from target_sage200.transactions import Transaction, Transactions, read_transactions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
STORE = Store(1, "WEBGBP", "GBP", "LEEDS", post=True)
PAID = "000000001"
AUTHORISED_AND_CAPTURED = "000000035"


def answer(
    body: Mapping[str, Any],
    *,
    post_when: str = "paid",
    statuses: tuple[str, ...] = (),
    transactions: Sequence[str] | Transactions = (),
    store: Store = STORE,
    rules: GateRules | None = None,
) -> str | None:
    rule = PaymentRule("any", post_when, "", send_payment=False, statuses=statuses)
    made = transactions
    if not isinstance(made, Transactions):
        made = Transactions(tuple(Transaction(kind) for kind in made))
    hold = gate.check(read_order(body), store, rule, made, rules or GateRules(), NOW)
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
        (GateRules(test_emails=("@GUEST.example.com",)), "test_order"),
        (GateRules(test_emails=("ANN@guest.example.com",)), "test_order"),
        (GateRules(test_emails=("nn@guest.example.com",)), None),
        (GateRules(hold_statuses=("complete",)), "status_on_hold"),
        (GateRules(hold_statuses=("Complete",)), "status_on_hold"),
        (GateRules(hold_statuses=()), None),
    ],
)
def test_settings_keep_orders_out(
    orders: dict[str, Any], rules: GateRules, expected: str | None
) -> None:
    order = {**orders[PAID], "customer_email": "ann@guest.example.com"}
    assert answer(order, rules=rules) == expected


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


@pytest.mark.parametrize("post_when", ["placed", "authorised", "invoiced", "paid", "captured"])
def test_order_that_the_gateway_suspects_waits_whatever_the_rule(
    orders: dict[str, Any], post_when: str
) -> None:
    order = {**orders[AUTHORISED_AND_CAPTURED], "state": "processing", "status": "fraud"}
    done = ["authorization", "capture"]
    assert answer(order, post_when=post_when, transactions=done) == "status_on_hold"
    none = GateRules(hold_statuses=())
    assert answer(order, post_when=post_when, transactions=done, rules=none) is None


def test_buyer_who_is_still_at_the_gateway_has_placed_nothing(orders: dict[str, Any]) -> None:
    order = {**orders["000000017"], "state": "pending_payment", "status": "pending_payment"}
    assert answer(order, post_when="placed") == "awaiting_payment"
    assert answer({**order, "state": "new"}, post_when="placed") is None


@pytest.mark.parametrize(
    ("transactions", "expected"),
    [
        (["authorization"], None),
        (["authorization", "void"], "awaiting_payment"),
        (["authorization", "capture", "void"], "awaiting_payment"),
        (["authorization", "void", "authorization"], None),
        (["order"], "awaiting_payment"),
        (["order", "authorization"], None),
        (["authorization", "capture", "refund"], None),
    ],
)
def test_void_after_the_last_authorisation_takes_it_back(
    orders: dict[str, Any], transactions: list[str], expected: str | None
) -> None:
    unpaid = {**orders[AUTHORISED_AND_CAPTURED], "total_paid": 0, "total_invoiced": 0}
    assert answer(unpaid, post_when="authorised", transactions=transactions) == expected


def test_void_releases_its_own_authorisation_only(orders: dict[str, Any]) -> None:
    unpaid = {**orders[AUTHORISED_AND_CAPTURED], "total_paid": 0, "total_invoiced": 0}
    first, second = Transaction("authorization", "a1"), Transaction("authorization", "a2")
    part = Transaction("capture", "c1", parent="a1")
    for voided, made, expected in (
        ("a1", (first, second), None),
        ("a1", (first, part), "awaiting_payment"),
        ("a2", (first, part, second), None),
        ("unknown", (first, second), "awaiting_payment"),
    ):
        all_made = Transactions((*made, Transaction("void", "v", parent=voided)))
        assert answer(unpaid, post_when="authorised", transactions=all_made) == expected


def test_whole_capture_stands_although_the_rest_of_the_authorisation_was_released(
    orders: dict[str, Any],
) -> None:
    order, made = orders[AUTHORISED_AND_CAPTURED], ["authorization", "capture", "void"]
    assert answer(order, post_when="authorised", transactions=made) is None
    assert answer(order, post_when="captured", transactions=made) is None


def test_capture_that_was_voided_is_no_capture(orders: dict[str, Any]) -> None:
    made = Transactions((Transaction("capture", "c1"), Transaction("void", "v", parent="c1")))
    order = orders[AUTHORISED_AND_CAPTURED]
    assert answer(order, post_when="captured", transactions=made) == "not_captured"


def test_capture_of_a_part_does_not_prove_an_invoice_that_was_not_captured(
    orders: dict[str, Any],
) -> None:
    order = orders["000000037"]
    part = {**order["payment"], "base_amount_paid_online": Decimal(20)}
    silent = {**order["payment"], "base_amount_paid_online": None}
    made = ["authorization", "capture"]
    assert answer(order, post_when="captured", transactions=made) is None
    short = {**order, "payment": part}
    assert answer(short, post_when="captured", transactions=made) == "not_captured"
    untold = {**order, "payment": silent}
    assert answer(untold, post_when="captured", transactions=made) is None


def test_every_recorded_gateway_order_that_was_captured_is_proved(
    orders: dict[str, Any], transactions: dict[int, list[dict[str, Any]]]
) -> None:
    by_id = {order["entity_id"]: order for order in orders.values()}
    causes = {
        by_id[number]["increment_id"]: answer(
            by_id[number], post_when="captured", transactions=read_transactions(made)
        )
        for number, made in transactions.items()
    }
    assert [number for number, cause in causes.items() if cause] == ["000000039"]
    assert causes["000000039"] == "cancelled_unpaid"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("processing", None), ("Ready_to_ship", None), ("pending", "awaiting_status")],
)
def test_status_list_posts_orders_in_one_of_its_statuses(
    orders: dict[str, Any], status: str, expected: str | None
) -> None:
    order = {**orders[PAID], "total_paid": 0, "status": status}
    wanted = ("processing", "ready_to_ship")
    assert answer(order, post_when="status", statuses=wanted) == expected
