"""searchCriteria beyond what was recorded: each condition, and the odd values."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from sandbox.magento import Shop
from sandbox.magento.comparison import NO_DATE, as_datetime, as_number, collate, like_pattern
from sandbox.magento.criteria import Criteria, Filter, InputLimits, Sort, parse_criteria
from sandbox.magento.errors import MagentoError
from sandbox.magento.fields import keep_fields, parse_fields
from sandbox.magento.php_query import parse_query
from sandbox.magento.search import search

if TYPE_CHECKING:
    from collections.abc import Sequence

STAMPS = ("2026-01-01 00:00:00", "2026-01-02 00:00:00", "2026-01-03 00:00:00")
ROWS = [
    {
        "entity_id": 1,
        "status": "Closed",
        "grand_total": Decimal("9.5"),
        "updated_at": STAMPS[2],
        "coupon_code": "A,B",
        "items": [],
    },
    {
        "entity_id": 2,
        "status": "closed ",
        "grand_total": 10,
        "updated_at": STAMPS[1],
        "items": [],
    },
    {
        "entity_id": 3,
        "status": "pending",
        "grand_total": Decimal("100.25"),
        "updated_at": STAMPS[0],
        "customer_firstname": "Zoë",
        "items": [],
    },
]


def ids(shop: Shop, criteria: Criteria) -> list[int]:
    return [row["entity_id"] for row in search(shop.table("orders"), criteria)[0]]


@pytest.fixture(scope="module")
def small() -> Shop:
    return Shop({"orders": ROWS}, {})


@pytest.mark.parametrize(
    ("field", "condition", "value", "expected"),
    [
        ("status", "eq", "CLOSED", [1, 2]),
        ("status", "neq", "closed", [3]),
        ("status", "in", "pending,closed", [1, 2, 3]),
        ("status", "nin", "pending", [1, 2]),
        ("status", "like", "CLO%", [1, 2]),
        ("status", "like", "_ending", [3]),
        ("status", "nlike", "clo%", [3]),
        ("coupon_code", "finset", "b", [1]),
        ("coupon_code", "null", "", [2, 3]),
        ("coupon_code", "notnull", "", [1]),
        ("coupon_code", "neq", "x", [1]),
        ("coupon_code", "nin", "x", [1]),
        ("customer_firstname", "eq", "zoe", [3]),
        ("grand_total", "gt", "9.5", [2, 3]),
        ("grand_total", "gteq", "9.50", [1, 2, 3]),
        ("grand_total", "lt", "10", [1]),
        ("grand_total", "eq", "10 apples", [2]),
        ("grand_total", "gt", "apples", [1, 2, 3]),
        ("updated_at", "gteq", STAMPS[1], [2, 1]),
        ("updated_at", "lt", "2026-01-02T00:00:00+05:00", [3]),
        ("updated_at", "gteq", "garbage", [3, 2, 1]),
        ("updated_at", "lt", "garbage", []),
        ("updated_at", "from", STAMPS[1], [2, 1]),
        ("updated_at", "to", STAMPS[1], [3, 2]),
        ("updated_at", "moreq", STAMPS[1], [2]),
        ("status", "nonsense", "pending", [3]),
        ("entity_id", "gt", "1", [2, 3]),
        ("entity_id", "in", "1,3", [1, 3]),
        ("ext_order_id", "null", "", [1, 2, 3]),
    ],
)
def test_condition(
    small: Shop, field: str, condition: str, value: str, expected: list[int]
) -> None:
    assert ids(small, Criteria(((Filter(field, value, condition),),))) == expected


def test_groups_are_joined_by_and_filters_by_or(small: Shop) -> None:
    either = (Filter("entity_id", "1", "eq"), Filter("entity_id", "3", "eq"))
    assert ids(small, Criteria((either, (Filter("grand_total", "50", "gt"),)))) == [3]


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        ((Sort("grand_total", descending=True),), [3, 2, 1]),
        ((Sort("entity_id", descending=True),), [3, 2, 1]),
        ((Sort("status", descending=False), Sort("entity_id", descending=True)), [2, 1, 3]),
        ((Sort("coupon_code", descending=False),), [2, 3, 1]),
    ],
    ids=["number", "key", "two fields", "null first"],
)
def test_sort(small: Shop, sorts: tuple[Sort, ...], expected: list[int]) -> None:
    assert ids(small, Criteria(sorts=sorts)) == expected


@pytest.mark.parametrize(
    ("size", "page", "expected"),
    [
        (2, 1, [1, 2]),
        (2, 2, [3]),
        (2, 3, []),
        (0, 2, [1, 2, 3]),
        (None, 2, [1, 2, 3]),
        (-1, None, [1]),
        (2, -5, [1, 2]),
    ],
)
def test_page(small: Shop, size: int | None, page: int | None, expected: list[int]) -> None:
    rows, total = search(small.table("orders"), Criteria(page_size=size, current_page=page))
    assert [row["entity_id"] for row in rows] == expected
    assert total == 3


def test_unknown_column_is_an_sql_error(small: Shop) -> None:
    with pytest.raises(MagentoError, match="Internal Error") as caught:
        ids(small, Criteria(((Filter("nope", "1", "eq"),),)))
    assert caught.value.status == 500


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", '"%fieldName" is required. Enter and try again.'),
        ("searchCriteria[filterGroup][0]=x", '"%fieldName" is not supported.'),
        ("searchCriteria[pageSize]=1.5", "Error occurred during"),
        ("searchCriteria[sortOrders][0][direction]=UP", "The sort order has to be"),
        ("searchCriteria[pageSize]=31", "Maximum SearchCriteria pageSize is %max"),
        (
            "searchCriteria[filter_groups][0][filters][0][conditiontype]=eq",
            '"%fieldName" is not supported.',
        ),
    ],
)
def test_criteria_magento_refuses(query: str, message: str) -> None:
    with pytest.raises(MagentoError) as caught:
        parse_criteria(parse_query(query), InputLimits(maximum_page_size=30))
    assert caught.value.status == 400
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    "query",
    [
        "searchCriteria[filterGroups][0][filters][0][field]=a&searchCriteria[pageSize]=2",
        "search_criteria[filter_groups][0][filters][0][field]=a&search_criteria[page_size]=2",
        "searchCriteria%5BfilterGroups%5D[][filters][][field]=a&searchCriteria[page_size]=2",
    ],
)
def test_keys_may_be_in_camel_or_snake_case(query: str) -> None:
    parsed = parse_criteria(parse_query(query), InputLimits())
    assert parsed == Criteria(((Filter("a", "", "eq"),),), page_size=2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23 07:01:30", "2026-11-23 07:01:30"),
        ("2026-11-23T07:01:30Z", "2026-11-23 07:01:30"),
        ("2026-11-23T08:01:30+01:00", "2026-11-23 08:01:30"),
        ("2026-11-23 07:01:30.100", "2026-11-23 07:01:30.1"),
        ("2026-11-23 07:01:30.000", "2026-11-23 07:01:30"),
        ("2026-11-23", "2026-11-23 00:00:00"),
        ("20261123070130", "2026-11-23 07:01:30"),
        ("2026-13-45", NO_DATE),
        ("1795416472", NO_DATE),
        ("", NO_DATE),
    ],
)
def test_timestamp_is_read_as_the_database_reads_it(text: str, expected: str) -> None:
    assert as_datetime(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("12.5x", "12.5"), ("x", "0"), (" 7", "7"), ("-3", "-3"), ("1e2", "100")]
)
def test_number_is_read_from_the_start_of_a_text(text: str, expected: str) -> None:
    assert as_number(text) == Decimal(expected)


def test_text_is_compared_without_case_accents_and_trailing_spaces() -> None:
    assert collate("ÜNI-ÇODE  ") == collate("uni-code")
    assert collate(" x") != collate("x")


def test_like_escapes_by_backslash() -> None:
    assert like_pattern(r"50\%").fullmatch("50%")
    assert not like_pattern(r"50\%").fullmatch("500")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("a", {"a": 1}),
        ("b[c]", {"b": [{"c": 2}, {"c": 3}]}),
        ("b[nope]", {"b": [[], []]}),
        ("e[x]", {"e": None}),
        ("b[c", []),
        ("nope", []),
        ("a b", {"a": 1, "b": [{"c": 2, "d": 0}, {"c": 3}], "e": []}),
    ],
)
def test_fields(fields: str, expected: object) -> None:
    body = {"a": 1, "b": [{"c": 2, "d": 0}, {"c": 3}], "e": []}
    tree = parse_fields(fields)
    assert (body if tree is None else keep_fields(body, tree)) == expected


def window(last: int, until: str = "2027-01-01 00:00:00") -> Criteria:
    """One page of the read that tap-magento makes."""
    return Criteria(
        (
            (Filter("updated_at", "2026-01-01 00:00:00", "gteq"),),
            (Filter("updated_at", until, "lt"),),
            (Filter("entity_id", str(last), "gt"),),
        ),
        (Sort("entity_id", descending=False),),
        100,
        1,
    )


def pages(shop: Shop) -> Sequence[int]:
    found: list[int] = []
    while True:
        rows, _ = search(shop.table("orders"), window(found[-1] if found else 0))
        if not rows:
            return found
        found += [row["entity_id"] for row in rows]


def test_large_shop_is_paged_by_key_without_looking_at_every_row_every_time() -> None:
    count = 50_000
    rows = ({"entity_id": n, "updated_at": STAMPS[n % 3], "items": []} for n in range(1, count + 1))
    shop = Shop({"orders": list(rows)}, {})
    start = time.monotonic()
    assert list(pages(shop)) == list(range(1, count + 1))
    # One scan and 500 pages; 500 scans would take minutes.
    assert time.monotonic() - start < 15


def test_changed_row_leaves_the_window_at_once() -> None:
    shop = Shop({"orders": ROWS}, {})
    until = "2026-02-01 00:00:00"
    assert search(shop.table("orders"), window(0, until))[1] == 3
    shop.touch(2, updated_at="2026-03-01 00:00:00")
    rows, total = search(shop.table("orders"), window(0, until))
    assert [row["entity_id"] for row in rows] == [1, 3]
    assert total == 2
