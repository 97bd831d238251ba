"""Comparing web demand, and keeping it in the state."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_sage200.demand import WebDemand, changed, from_state, to_state

# Whole hundred-thousandths: quicker to draw than decimals, so that a busy machine keeps up.
QUANTITY = st.integers(min_value=0, max_value=10**14).map(lambda n: Decimal(n).scaleb(-5))
DEMAND = st.dictionaries(
    st.integers(min_value=1, max_value=2**40), st.builds(WebDemand, QUANTITY, QUANTITY)
)


def demand(allocated: str, unallocated: str) -> WebDemand:
    return WebDemand(Decimal(allocated), Decimal(unallocated))


@pytest.mark.parametrize(
    ("previous", "current", "due"),
    [
        ({}, {}, set()),
        ({}, {1: demand("0", "2")}, {1}),
        ({1: demand("0", "2")}, {}, {1}),
        ({1: demand("0", "2")}, {1: demand("2", "0")}, {1}),
        ({1: demand("0", "2")}, {1: demand("0.00000", "2.00")}, set()),
        ({}, {1: demand("0", "0")}, set()),
        ({1: demand("1", "0"), 2: demand("1", "0")}, {2: demand("1", "0")}, {1}),
    ],
)
def test_changed_names_holdings_that_differ(previous, current, due) -> None:
    assert changed(previous, current) == due


@given(DEMAND)
def test_what_the_state_keeps_is_the_same_demand(figures) -> None:
    assert changed(from_state(to_state(figures)), figures) == set()
