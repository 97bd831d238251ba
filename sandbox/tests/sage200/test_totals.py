"""Point 5: VAT once per VAT code on the document total, half a penny up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.sage200.orders.totals import LineValue, document_totals, line_net, line_tax, money

RATES = {1: Decimal(20), 2: Decimal(0), 5: Decimal(5), 119: Decimal(19), 123: Decimal(23)}


def value(net: str, code: Any = 1, *, is_charge: bool = False) -> LineValue:
    return LineValue(Decimal(net), code, RATES[code], is_charge=is_charge)


def test_the_published_example() -> None:
    lines = [value("10.43"), value("0.83")]
    shown = [line_tax(line.net, line.tax_rate) for line in lines]
    assert shown == [Decimal("2.09"), Decimal("0.17")]
    totals = document_totals(lines, Decimal(0))
    assert (totals.net, totals.tax, totals.gross) == (
        Decimal("11.26"),
        Decimal("2.25"),
        Decimal("13.51"),
    )


@pytest.mark.parametrize(
    ("lines", "discount", "net", "tax"),
    [
        ([], "0", "0.00", "0.00"),
        ([value("0.10", 5)], "0", "0.10", "0.01"),
        ([value("1.00", 5), value("1.00", 1)], "0", "2.00", "0.25"),
        ([value("10.00"), value("-4.00")], "0", "6.00", "1.20"),
        ([value("10.00"), value("-4.00", 2)], "0", "6.00", "2.00"),
        ([value("100.00")], "10", "90.00", "18.00"),
        ([value("100.00")], "-10", "110.00", "22.00"),
        ([value("100.00"), value("5.00", is_charge=True)], "10", "95.00", "19.00"),
    ],
)
def test_totals_of_a_document(lines: list[Any], discount: Any, net: str, tax: str) -> None:
    totals = document_totals(lines, Decimal(discount))
    assert (totals.net, totals.tax) == (Decimal(net), Decimal(tax))


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "net"),
    [
        ("3", "0.33333", "0", "1.00"),
        ("1", "0.125", "0", "0.13"),
        ("1", "0.12499", "0", "0.12"),
        ("-1", "0.125", "0", "-0.13"),
        ("2.5", "3.33330", "0.33330", "7.50"),
        ("0", "9.99", "0", "0.00"),
    ],
)
def test_a_line_is_quantity_times_discounted_price(
    quantity: str, price: str, discount: Any, net: str
) -> None:
    assert line_net(Decimal(quantity), Decimal(price), Decimal(discount)) == Decimal(net)


def half_up(exact: Fraction) -> Fraction:
    """Round to pennies, half away from zero, in whole numbers."""
    pennies = floor(abs(exact) * 100 + Fraction(1, 2))
    return Fraction(pennies if exact >= 0 else -pennies, 100)


line_values = st.builds(
    lambda pennies, code, is_charge: value(Decimal(pennies).scaleb(-2), code, is_charge=is_charge),
    st.integers(-100_000, 1_000_000),
    st.sampled_from(sorted(RATES)),
    st.booleans(),
)


@given(lines=st.lists(line_values, max_size=12), hundredths=st.integers(-9999, 9999))
def test_totals_equal_an_independent_computation(lines: list[Any], hundredths: int) -> None:
    percent = Fraction(hundredths, 10_000)
    net = tax = Fraction(0)
    for code, rate in RATES.items():
        goods = sum(Fraction(x.net) for x in lines if x.tax_code_id == code and not x.is_charge)
        charges = sum(Fraction(x.net) for x in lines if x.tax_code_id == code and x.is_charge)
        base = goods - half_up(goods * percent) + charges
        net += base
        tax += half_up(base * Fraction(rate) / 100)
    totals = document_totals(lines, Decimal(hundredths).scaleb(-2))
    assert (Fraction(totals.net), Fraction(totals.tax)) == (net, tax)
    assert totals.gross == totals.net + totals.tax
    assert totals.goods - totals.discount + totals.charges_net == totals.net
    assert all(money(part) == part for part in (totals.net, totals.tax, totals.discount))
