"""Filters quote as Sage 200's documentation asks."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sage200_client import (
    Filter,
    all_of,
    contains,
    endswith,
    eq,
    ge,
    gt,
    le,
    lt,
    ne,
    one_of,
    one_of_in_parts,
    startswith,
)
from sage200_client.transport import request_path

PARIS = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (eq("customer_document_no", "000000123"), "customer_document_no eq '000000123'"),
        (eq("customer_document_no", "O'Brien"), "customer_document_no eq 'O''Brien'"),
        (eq("name", "''"), "name eq ''''''"),
        (ne("on_hold", value=True), "on_hold ne true"),
        (gt("id", 27256), "id gt 27256"),
        (ge("balance", Decimal("1E+2")), "balance ge 100"),
        (lt("balance", Decimal("-0.05")), "balance lt -0.05"),
        (gt("document_date", date(2016, 2, 23)), "document_date gt 2016-02-23"),
        (
            le("date_time_updated", datetime(2016, 2, 24, 10, 52, 11, 452000, PARIS)),
            "date_time_updated le 2016-02-24T09:52:11.452Z",
        ),
        (eq("short_name", None), "short_name eq null"),
        (contains("name", "a'b"), "contains(name,'a''b')"),
        (startswith("code", "AB"), "startswith(code,'AB')"),
        (endswith("customer.name", "Ltd"), "endswith(customer.name,'Ltd')"),
        (one_of("code", ["A", "B"]), "code eq 'A' or code eq 'B'"),
        (one_of("code", ["A"]), "code eq 'A'"),
        (eq("a", 1) & eq("b", 2) & eq("c", 3), "a eq 1 and b eq 2 and c eq 3"),
        (eq("a", 1) & one_of("b", [2, 3]), "a eq 1 and (b eq 2 or b eq 3)"),
        ((eq("a", 1) & eq("b", 2)) | eq("c", 3), "(a eq 1 and b eq 2) or c eq 3"),
        (all_of([eq("a", 1), eq("b", 2) | eq("c", 3)]), "a eq 1 and (b eq 2 or c eq 3)"),
    ],
)
def test_a_filter_is_written_as_sage_reads_it(made: Filter, text: str) -> None:
    assert str(made) == text


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (1.5, TypeError),
        (Decimal("NaN"), ValueError),
        (datetime(2025, 1, 1, 0, 0), ValueError),  # noqa: DTZ001 - the very thing refused
    ],
)
def test_a_value_without_an_exact_form_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        eq("field", value)


@pytest.mark.parametrize("name", ["", "a b", "a eq 1 or b", "1a", "a;"])
def test_a_field_name_can_not_smuggle_a_filter(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a field"):
        eq(name, 1)


def test_one_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to combine"):
        one_of("id", [])


@given(st.lists(st.text(max_size=30), max_size=60, unique=True))
def test_parts_hold_every_value_once_and_stay_short(values: list[str]) -> None:
    parts = list(one_of_in_parts("customer_document_no", values, most_characters=500))
    assert " or ".join(part.text for part in parts) == " or ".join(
        eq("customer_document_no", value).text for value in values
    )
    for part in parts:
        encoded = len(quote(part.text, safe=""))
        assert encoded <= 500 or " or customer_document_no" not in part.text


@given(st.text())
def test_any_text_survives_the_trip_through_the_query(text: str) -> None:
    made = eq("name", text.encode("utf-8", "ignore").decode())
    path = request_path("customers", {"filter": made})
    query = path.partition("?")[2]
    assert not set(query) & set(" +&#'\"")
    assert unquote(query) == f"$filter={made}"


def test_names_keep_their_dollar_and_spaces_become_percent_20() -> None:
    path = request_path("sop_orders", {"filter": eq("a", "b c"), "top": 5, "skip": None})
    assert path == "/sop_orders?$filter=a%20eq%20%27b%20c%27&$top=5"
