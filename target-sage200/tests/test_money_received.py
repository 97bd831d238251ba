"""Money shows in Sage only where it is there: payments with the order, receipts and their day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from outbox import State
from outbox.rows import Key, Row
from target_sage200.decide import OrderDecider
from target_sage200.gate import GateRules
from target_sage200.mapping.codes import Bank
from target_sage200.mapping.payment_table import PaymentRule
from target_sage200.mapping.rules import OrderRules
from target_sage200.receipts import decide_receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from outbox.rows import Decision
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.tables import Tables

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
CHEQUE, CARD, CAPTURED_CARD = "000000016", "000000040", "000000035"
AUTHORISED = {"txn_type": "authorization", "txn_id": "a1"}
TAKEN = {"txn_type": "capture", "txn_id": "c1", "created_at": "2026-11-23 23:30:00"}


@pytest.fixture
def decide(tables: Tables, codes: SageCodes) -> Callable[..., Decision]:
    """Decides an order under one rule for all payment methods."""

    def decided(
        body: dict[str, Any],
        *transactions: dict[str, Any],
        post_when: str = "placed",
        receipt: bool = False,
        rules: OrderRules | None = None,
    ) -> Decision:
        rule = PaymentRule(
            "*", post_when, "Web card", send_payment=not receipt, receipt=receipt,
            banks={"": "BANK"},
        )  # fmt: skip
        company = replace(codes, banks={"bank": Bank(6001, "BANK", "GBP")})
        own = replace(tables, payments=(rule,))
        decider = OrderDecider(own, company, GateRules(), rules or OrderRules(), None, NOW)
        return decider.decide(body, transactions)

    return decided


def money_of(decision: Decision) -> Decimal | None:
    """The payment that goes with the order."""
    assert decision.state is State.READY, decision.error
    assert decision.document is not None
    value: Decimal | None = decision.document.get("payment_value")
    assert (value is None) is ("payment_note" in decision.detail)
    return value


@pytest.mark.parametrize("post_when", ["placed", "invoiced"])
def test_paid_order_goes_with_its_payment(
    orders: dict[str, Any], decide: Callable[..., Decision], post_when: str
) -> None:
    assert money_of(decide(orders[CHEQUE], post_when=post_when)) == Decimal("29.94")


@pytest.mark.parametrize("paid", [None, 0, "29.93"])
def test_order_that_is_not_paid_in_full_shows_no_money(
    orders: dict[str, Any], decide: Callable[..., Decision], paid: str | None
) -> None:
    decision = decide({**orders[CHEQUE], "total_paid": paid})
    assert money_of(decision) is None
    assert "of 29.94 GBP are paid" in decision.detail["payment_note"]
    assert not [name for name in dict(decision.document or {}) if name.startswith("payment")]


@pytest.mark.parametrize(
    ("transactions", "sent"),
    [((AUTHORISED,), False), ((AUTHORISED, TAKEN), True), ((), True)],
    ids=["invoiced without capture", "captured", "no gateway"],
)
def test_total_paid_is_no_proof_that_a_gateway_took_the_money(
    orders: dict[str, Any],
    decide: Callable[..., Decision],
    transactions: tuple[dict[str, Any], ...],
    sent: bool,
) -> None:
    decision = decide(orders[CARD], *transactions, post_when="invoiced")
    assert (money_of(decision) is not None) is sent


def test_payment_is_what_refunds_before_posting_left_of_the_money(
    orders: dict[str, Any], decide: Callable[..., Decision]
) -> None:
    order = orders["000000004"]
    assert money_of(decide(order)) == Decimal("34.84")
    part = {**order, "total_paid": order["total_refunded"]}
    assert money_of(decide(part)) is None


@pytest.mark.parametrize("number", ["000000031", "000000007"])
def test_part_cancelled_and_four_decimal_orders_are_paid_to_the_penny(
    orders: dict[str, Any], decide: Callable[..., Decision], number: str
) -> None:
    decision = decide(orders[number])
    assert money_of(decision) == decision.amount


def receipt_row(decision: Decision, order: dict[str, Any], *payments: dict[str, Any]) -> Decision:
    """What becomes of the receipt once the order is posted, as Magento shows the order then."""
    number = order["increment_id"]
    row = Row(
        1, Key("sales_order", "magento", number), 1, State.POSTED, order, None, None, None,
        decision.amount, decision.currency, 0, None, decision.detail, group_key=number,
    )  # fmt: skip
    mine = replace(row, key=Key("receipt", "magento", number), state=State.WAITING, detail={})
    return decide_receipt(mine, row, payments)


def day_of(decision: Decision) -> str:
    assert decision.state is State.READY, decision.error
    assert decision.document is not None
    return str(decision.document["transaction_date"])[:10]


def test_receipt_bears_the_day_of_the_last_capture_in_the_merchants_time_zone(
    orders: dict[str, Any], decide: Callable[..., Decision]
) -> None:
    later = {**orders[CAPTURED_CARD], "updated_at": "2026-12-24 10:00:00"}
    first = {"txn_type": "capture", "txn_id": "c0", "created_at": "2026-11-23 08:00:00"}
    rules = OrderRules(timezone="Europe/Berlin")
    decision = decide(later, first, TAKEN, receipt=True, rules=rules)
    assert day_of(receipt_row(decision, later)) == "2026-11-24"


@pytest.mark.parametrize(
    ("stamp", "expected"), [("2026-11-20 08:00:00", "2026-11-23"), ("2030-01-01", "2026-11-24")]
)
def test_receipt_is_never_dated_before_its_order_or_in_the_future(
    orders: dict[str, Any], decide: Callable[..., Decision], stamp: str, expected: str
) -> None:
    order = orders[CAPTURED_CARD]
    decision = decide(order, {**TAKEN, "created_at": stamp}, receipt=True)
    assert day_of(receipt_row(decision, order)) == expected


def test_receipt_without_a_capture_bears_the_day_the_order_was_seen_paid(
    orders: dict[str, Any], decide: Callable[..., Decision]
) -> None:
    unpaid = {**orders[CHEQUE], "total_paid": 0, "total_invoiced": 0}
    decision = decide(unpaid, receipt=True)
    waiting = receipt_row(decision, unpaid)
    assert (waiting.state, waiting.cause) == (State.WAITING, "awaiting_payment")
    paid = {**orders[CHEQUE], "updated_at": "2026-12-02 23:59:00"}
    assert day_of(receipt_row(decision, paid)) == "2026-12-02"
    early = {**orders[CHEQUE], "updated_at": "2026-11-01 10:00:00"}
    assert day_of(receipt_row(decision, early)) == "2026-11-23"


def test_receipt_of_a_gateway_waits_until_the_money_was_taken(
    orders: dict[str, Any], decide: Callable[..., Decision]
) -> None:
    order = orders[CARD]
    invoiced = {**order, "payment": {**order["payment"], "base_amount_paid_online": None}}
    decision = decide(invoiced, AUTHORISED, post_when="invoiced", receipt=True)
    assert receipt_row(decision, invoiced).cause == "awaiting_payment"
    assert receipt_row(decision, order).state is State.READY
    assert receipt_row(decision, invoiced, AUTHORISED).cause == "awaiting_payment"
    # A gateway that does not write what it took online shows it by its capture.
    assert receipt_row(decision, invoiced, AUTHORISED, TAKEN).state is State.READY


def test_receipt_keeps_the_whole_reference_where_twenty_characters_are_not_enough(
    orders: dict[str, Any], decide: Callable[..., Decision]
) -> None:
    reference = "ch_3Nx0000000000000000000000000001"
    order = orders[CAPTURED_CARD]
    decision = receipt_row(decide(order, {**TAKEN, "txn_id": reference}, receipt=True), order)
    assert decision.document is not None
    assert decision.document["second_reference"] == reference[-20:]
    assert decision.detail["payment_reference"] == reference
    assert [note for note in decision.trimmed if reference in note]


def test_receipt_counts_what_was_refunded_before_posting_as_given_back(
    orders: dict[str, Any], decide: Callable[..., Decision]
) -> None:
    order = orders["000000004"]
    decision = decide(order, receipt=True)
    assert receipt_row(decision, order).state is State.READY
    part = {**order, "total_paid": order["total_refunded"] + 5}
    assert receipt_row(decision, part).cause == "awaiting_payment"
