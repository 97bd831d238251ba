"""VAT to the penny: Sage's own rule, and the rounding lines that make it Magento's figure."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target_sage200.mapping.money import PENNY, pennies, share, share_by_group
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.tax import RoundingLine, VatGroup, rounding_lines, sage_tax

ZERO_CODE = 9


def money(least: str, most: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(least, most, places=2)


def test_published_example_is_taxed_once_on_the_total() -> None:
    assert sage_tax(Decimal("10.43") + Decimal("0.83"), Decimal(20)) == Decimal("2.25")


@pytest.mark.parametrize(
    ("net", "tax", "rate", "expected"),
    [
        ("11.26", "2.25", 20, ()),
        ("11.26", "2.26", 20, ((1, "0.02"), (9, "-0.02"))),
        ("11.26", "2.24", 20, ((1, "-0.04"), (9, "0.04"))),
        ("26.14", "1.31", 5, ()),
        ("26.14", "1.32", 5, ((1, "0.16"), (9, "-0.16"))),
        ("100.00", "0.00", 0, ()),
    ],
)
def test_smallest_pair_of_lines_moves_the_tax(
    net: str, tax: str, rate: int, expected: tuple[tuple[int, str], ...]
) -> None:
    group = VatGroup(1, Decimal(rate), Decimal(net), Decimal(net), Decimal(tax))
    lines = rounding_lines([group], ZERO_CODE, Decimal("0.05"))
    assert lines == tuple(RoundingLine(code, Decimal(amount)) for code, amount in expected)


def test_net_that_prices_could_not_reach_is_made_up_at_its_own_rate() -> None:
    group = VatGroup(1, Decimal(20), Decimal("9.99"), Decimal("10.00"), Decimal("2.00"))
    lines = rounding_lines([group], ZERO_CODE, Decimal("0.05"))
    assert lines == (RoundingLine(1, Decimal("0.01")),)


@pytest.mark.parametrize(("tax", "rate"), [("2.50", 20), ("0.01", 0)])
def test_more_than_rounding_is_refused_with_the_figures(tax: str, rate: int) -> None:
    group = VatGroup(1, Decimal(rate), Decimal("10.00"), Decimal("10.00"), Decimal(tax))
    with pytest.raises(RefusalError, match="more than rounding") as caught:
        rounding_lines([group], ZERO_CODE, Decimal("0.05"))
    assert caught.value.cause == "tax_gap_too_large"


@given(
    nets=st.lists(
        st.tuples(money("0.00", "5000.00"), st.sampled_from([5, 19, 20, 23])),
        min_size=1,
        max_size=4,
        unique_by=lambda pair: pair[1],
    ),
    gaps=st.lists(st.integers(-4, 4), min_size=4, max_size=4),
)
def test_any_penny_gap_is_closed_exactly(nets: list[tuple[Decimal, int]], gaps: list[int]) -> None:
    groups = []
    for number, ((net, rate), gap) in enumerate(zip(nets, gaps)):
        tax = max(sage_tax(net, Decimal(rate)) + gap * PENNY, Decimal(0))
        groups.append(VatGroup(number, Decimal(rate), net, net, tax))
    lines = rounding_lines(groups, ZERO_CODE, Decimal("0.05"))
    added = {line.code: line.net for line in lines}
    assert len(added) == len(lines)
    assert sum(added.values(), Decimal(0)) == 0
    for group in groups:
        in_sage = group.net + added.get(group.code, Decimal(0))
        assert sage_tax(in_sage, group.rate) == group.tax_wanted


@given(st.lists(st.decimals("-100", "10000", places=4), min_size=1, max_size=12))
def test_sharing_pennies_loses_none_and_moves_none_by_more_than_one(
    amounts: list[Decimal],
) -> None:
    total = pennies(sum(amounts, Decimal(0)))
    shared = share(amounts, total)
    assert sum(shared, Decimal(0)) == total
    assert all(abs(kept - amount) <= PENNY for kept, amount in zip(shared, amounts))


def test_pennies_stay_at_their_own_vat_code() -> None:
    amounts = [Decimal("0.8250"), Decimal("0.0750"), Decimal("1.4250")]
    shared = share_by_group(amounts, [20, 20, 5], Decimal("2.33"))
    assert (sum(shared[:2]), shared[2]) == (Decimal("0.90"), Decimal("1.43"))


@given(
    parts=st.lists(st.tuples(st.sampled_from("abc"), st.decimals("-5", "50", places=4)), min_size=1)
)
def test_every_group_gets_what_it_has_within_a_penny(parts: list[tuple[str, Decimal]]) -> None:
    groups, amounts = [group for group, _ in parts], [amount for _, amount in parts]
    total = pennies(sum(amounts, Decimal(0)))
    shared = share_by_group(amounts, groups, total)
    assert sum(shared, Decimal(0)) == total
    for group in set(groups):
        exact = sum((a for g, a in parts if g == group), Decimal(0))
        got = sum((a for g, a in zip(groups, shared) if g == group), Decimal(0))
        assert abs(got - exact) < PENNY
