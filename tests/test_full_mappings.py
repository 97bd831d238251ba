"""The recorded orders under a full set of tables: to the penny, or a stated reason."""

from __future__ import annotations

from collections import Counter

from outbox import State

from benchmarks.mapping import captured, differences, full_decider, recorded_orders, row_of


def test_recorded_orders_are_posted_to_the_penny_or_wait_for_a_stated_reason() -> None:
    orders = recorded_orders()
    decider = full_decider(orders)
    decisions = [(order, decider.decide(order, captured(order))) for order in orders]
    reasons = Counter(one.cause for _, one in decisions if one.state is not State.READY)
    assert reasons == {
        "refunded_before_posting": 7,
        "cancelled_unpaid": 5,
        "on_hold_in_magento": 1,
    }
    ready = [(order, one) for order, one in decisions if one.state is State.READY]
    assert len(ready) == 55
    assert [order["increment_id"] for order, one in ready if differences(order, one)] == []
    assert all(row_of(order, one).startswith(order["increment_id"]) for order, one in decisions)


def test_payments_go_with_the_orders_that_are_paid_and_with_no_other() -> None:
    """The tables post at once (placed), so some orders go that nobody has paid."""
    orders = recorded_orders()
    decider = full_decider(orders)
    unpaid = []
    for order in orders:
        decision = decider.decide(order, captured(order))
        rule = decider.tables.payment(order["payment"]["method"])
        wanted = rule is not None and rule.send_payment and order["order_currency_code"] == "GBP"
        if decision.state is not State.READY or not wanted:
            continue
        document = decision.document or {}
        assert ("payment_value" in document) is ("payment_note" not in decision.detail)
        if "payment_note" in decision.detail:
            unpaid.append(order["increment_id"])
            assert (order.get("total_paid") or 0) < decision.amount
        else:
            assert document["payment_value"] == decision.amount
    assert len(unpaid) == 13


def test_a_document_a_penny_out_is_seen() -> None:
    order = next(one for one in recorded_orders() if one["increment_id"] == "000000001")
    decision = full_decider([order]).decide(order, captured(order))
    assert decision.document is not None
    decision.document["lines"][0]["selling_unit_price"] += 1
    assert differences(order, decision) != []
