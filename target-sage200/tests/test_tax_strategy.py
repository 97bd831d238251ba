"""``tax_strategy``: what each choice keeps, what it gives up, and what none of them hides."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from outbox import State
from target_sage200.decide import OrderDecider
from target_sage200.gate import GateRules
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.rules import OrderRules
from target_sage200.mapping.strategy import rounded
from target_sage200.mapping.tax import VatGroup

if TYPE_CHECKING:
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.tables import Tables

RULES = OrderRules(refunds_before_posting="post_in_full")
NUMBER = "000000020"
"""Magento: 39.99 with 6.67 VAT; Sage computes 6.66 on its net."""


@pytest.fixture(scope="module")
def decider(tables: Tables, codes: SageCodes) -> OrderDecider:
    now = datetime(2026, 11, 24, tzinfo=timezone.utc)
    return OrderDecider(tables, codes, GateRules(), RULES, None, now)


@pytest.mark.parametrize(
    ("strategy", "text_lines", "tax", "gross", "accepted"),
    [
        ("exact", 2, "6.67", "39.99", None),
        ("gross_only", 1, "6.66", "39.99", {"tax": Decimal("-0.01"), "gross": Decimal(0)}),
        ("sage", 0, "6.66", "39.98", {"tax": Decimal("-0.01"), "gross": Decimal("-0.01")}),
    ],
)
def test_each_strategy_keeps_what_it_promises(
    orders: dict[str, Any],
    decider: OrderDecider,
    strategy: str,
    text_lines: int,
    tax: str,
    gross: str,
    accepted: dict[str, Decimal] | None,
) -> None:
    chosen = replace(decider, order_rules=replace(RULES, tax_strategy=strategy))
    decision = chosen.decide(orders[NUMBER], [])
    assert (decision.state, decision.error) == (State.READY, None)
    document = decision.document or {}
    texts = [one for one in document["lines"] if one["line_type"] == "EnumLineTypeFreeText"]
    assert len(texts) == text_lines
    assert (decision.detail["tax"], decision.detail["gross"]) == (Decimal(tax), Decimal(gross))
    assert decision.detail.get("accepted") == accepted
    # What the customer paid is paid, whatever Sage computes.
    assert document["payment_value"] == Decimal("39.99")
    assert document.get("suppress_warnings", False) is (strategy == "sage")


def test_refuse_posts_only_what_needs_no_correction(
    orders: dict[str, Any], decider: OrderDecider
) -> None:
    strict = replace(decider, order_rules=replace(RULES, tax_strategy="refuse"))
    assert strict.decide(orders[NUMBER], []).cause == "tax_gap_too_large"
    assert strict.decide(orders["000000024"], []).state is State.READY


GAP = VatGroup(1, Decimal(20), Decimal("10.00"), Decimal("10.00"), Decimal("2.50"))


@pytest.mark.parametrize("strategy", ["exact", "gross_only", "sage"])
@pytest.mark.parametrize(
    ("roundings", "cap", "refused"),
    [("3", "1", True), ("100", "1", False), ("100", "0.49", True), ("100", "0.50", False)],
    ids=["more than the lines explain", "a hundred units", "over the cap", "at the cap"],
)
def test_no_strategy_takes_more_than_rounding_and_its_cap(
    tables: Tables, codes: SageCodes, strategy: str, roundings: str, cap: str, refused: bool
) -> None:
    rules = replace(RULES, tax_strategy=strategy, max_rounding=Decimal(cap))
    if refused:
        with pytest.raises(RefusalError) as caught:
            rounded([GAP], Decimal(roundings), tables, codes, rules)
        assert caught.value.cause == "tax_gap_too_large"
    else:
        found = rounded([GAP], Decimal(roundings), tables, codes, rules)
        assert (len(found.parts), found.tax_off) == {
            "exact": (2, 0),
            "gross_only": (1, Decimal("-0.50")),
            "sage": (0, Decimal("-0.50")),
        }[strategy]
