"""``$filter`` as text and as a tree."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sandbox.sage200.odata.expression import Comparison, Junction, TextMatch, parse_filter
from sandbox.sage200.odata.options import Options, Order, read_options
from sandbox.sage200.refusal import Refusal


def eq(field: str, literal: Any) -> Comparison:
    return Comparison(field, "eq", literal)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("code eq 'A'", eq("code", "A")),
        ("  code   eq 'A'  ", eq("code", "A")),
        ("name eq 'O''Brien'", eq("name", "O'Brien")),
        ("name eq ''", eq("name", "")),
        ("name eq ''''", eq("name", "'")),
        ("name eq 'a and b eq 1'", eq("name", "a and b eq 1")),
        ("id eq 5", eq("id", Decimal(5))),
        ("id eq -5", eq("id", Decimal(-5))),
        ("price ge 1.25", Comparison("price", "ge", Decimal("1.25"))),
        ("on_hold eq true", eq("on_hold", value := True)),
        ("on_hold ne false", Comparison("on_hold", "ne", not value)),
        ("id eq null", eq("id", None)),
        (
            "document_date gt 2016-02-23",
            Comparison("document_date", "gt", datetime(2016, 2, 23)),  # noqa: DTZ001 - UTC, bare
        ),
        (
            "date_time_updated gt 2016-02-24T09:52:11.452Z",
            Comparison(
                "date_time_updated",
                "gt",
                datetime(2016, 2, 24, 9, 52, 11, 452000),  # noqa: DTZ001 - UTC, bare
            ),
        ),
        (
            "date_time_updated lt 2016-02-24T09:52:11+01:00",
            Comparison(
                "date_time_updated",
                "lt",
                datetime(2016, 2, 24, 8, 52, 11),  # noqa: DTZ001 - UTC, bare
            ),
        ),
        ("contains(name,'x')", TextMatch("contains", "name", "x")),
        ("startswith( name , 'x' )", TextMatch("startswith", "name", "x")),
        ("endswith(name,'(y)')", TextMatch("endswith", "name", "(y)")),
        ("a eq 1 and b eq 2", Junction("and", eq("a", Decimal(1)), eq("b", Decimal(2)))),
        (
            "a eq 1 or b eq 2 and c eq 3",
            Junction(
                "or",
                eq("a", Decimal(1)),
                Junction("and", eq("b", Decimal(2)), eq("c", Decimal(3))),
            ),
        ),
        (
            "(a eq 1 or b eq 2) and c eq 3",
            Junction(
                "and",
                Junction("or", eq("a", Decimal(1)), eq("b", Decimal(2))),
                eq("c", Decimal(3)),
            ),
        ),
        ("((a eq 1))", eq("a", Decimal(1))),
    ],
)
def test_a_filter_is_read(text: str, expected: Any) -> None:
    assert parse_filter(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "code",
        "code eq",
        "code eq 'A",
        "code = 'A'",
        "code like 'A'",
        "code eq A",
        'code eq "A"',
        "'A' eq code",
        "(code eq 'A'",
        "code eq 'A')",
        "code eq 'A' code eq 'B'",
        "code eq 'A' and",
        "not code eq 'A'",
        "contains(name)",
        "contains('x',name)",
        "length(name) eq 1",
        "date eq 2016-13-01",
        "id eq 5x",
    ],
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        parse_filter(text)


def test_options_have_sages_defaults() -> None:
    assert read_options({}, one_record=False) == Options(top=500, skip=0)


def test_options_are_read() -> None:
    given = {
        "$select": "id, customer.name",
        "$orderby": "name desc, id",
        "$top": "5000",
        "$skip": "10",
        "$expand": "customer",
        "$count": "true",
        "page": "ignored",
    }
    assert read_options(given, one_record=False) == Options(
        select=("id", "customer.name"),
        orderby=(Order("name", descending=True), Order("id", descending=False)),
        top=5000,
        skip=10,
        expand=("customer",),
        count=True,
    )


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ({"$top": "-1"}, "must not be negative"),
        ({"$top": "5001"}, "limit of 5000"),
        ({"$top": "ten"}, "not a whole number"),
        ({"$skip": "5"}, "'$orderby'"),
        ({"$skip": "-5", "$orderby": "id"}, "must not be negative"),
        ({"$orderby": "id downwards"}, "field asc"),
        ({"$count": "1"}, "true or false"),
        ({"$search": "x"}, "not supported"),
        ({"$format": "json"}, "not supported"),
    ],
)
def test_a_wrong_option_is_refused(query: Any, part: str) -> None:
    with pytest.raises(Refusal, match=part.replace("$", "\\$")):
        read_options(query, one_record=False)


@pytest.mark.parametrize("name", ["$filter", "$top", "$skip", "$orderby", "$count"])
def test_a_single_record_takes_only_select_and_expand(name: str) -> None:
    with pytest.raises(Refusal, match="single record"):
        read_options({name: "1"}, one_record=True)
