"""Decisions about whole orders: what the tables say of a store, a currency and the money."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from outbox import State
from target_sage200.decide import OrderDecider
from target_sage200.gate import GateRules
from target_sage200.mapping.account_tables import Store
from target_sage200.mapping.rules import OrderRules

if TYPE_CHECKING:
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.tables import Tables

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
EUROS = Store(1, "WEBEUR", "EUR", "LEEDS", post=True)


@pytest.fixture
def decider(tables: Tables, codes: SageCodes) -> OrderDecider:
    return OrderDecider(tables, codes, GateRules(), OrderRules(), None, NOW)


def test_row_with_the_orders_currency_wins_in_a_store_with_several(
    orders: dict[str, Any], decider: OrderDecider
) -> None:
    order = {**orders["4000000001"], "store_id": 1}
    own = replace(decider.tables, stores={**decider.tables.stores, (1, "EUR"): EUROS})
    decision = replace(decider, tables=own).decide(order, [])
    assert (decision.state, decision.cause, decision.error) == (State.READY, None, None)
    assert decision.document is not None
    assert decision.document["customer_id"] == decider.codes.customers["webeur"].id


@pytest.mark.parametrize(
    ("store_id", "post", "cause", "words"),
    [
        (1, True, "currency_differs", "Add a row with store_id 1, currency EUR"),
        (9, True, "store_unmapped", "store view 9 has no row"),
        (1, False, "store_excluded", "post = no"),
    ],
)
def test_store_without_a_row_in_the_orders_currency_names_the_row_to_add(
    orders: dict[str, Any],
    decider: OrderDecider,
    store_id: int,
    post: bool,
    cause: str,
    words: str,
) -> None:
    store = replace(decider.tables.stores[1, "GBP"], post=post)
    own = replace(decider.tables, stores={(1, "GBP"): store})
    order = {**orders["4000000001"], "store_id": store_id}
    decision = replace(decider, tables=own).decide(order, [])
    assert decision.cause == cause
    assert words in str(decision.error)
