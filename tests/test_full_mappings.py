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


def test_a_document_a_penny_out_is_seen() -> None:
    order = next(one for one in recorded_orders() if one["increment_id"] == "000000001")
    decision = full_decider([order]).decide(order, captured(order))
    assert decision.document is not None
    decision.document["lines"][0]["selling_unit_price"] += 1
    assert differences(order, decision) != []
