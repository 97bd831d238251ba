"""searchCriteria: the forms that Magento understands, and none of those it silently misreads."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from magento_client import Condition, Direction, Filter, SearchCriteria

UTC = timezone.utc


def test_groups_are_and_filters_in_a_group_are_or() -> None:
    criteria = SearchCriteria().where("store_id", Condition.IN, [1, 4])
    criteria = criteria.where_any(
        Filter("status", Condition.EQ, "pending"), Filter("total_paid", Condition.NULL)
    )
    assert criteria.params() == [
        ("searchCriteria[filter_groups][0][filters][0][field]", "store_id"),
        ("searchCriteria[filter_groups][0][filters][0][value]", "1,4"),
        ("searchCriteria[filter_groups][0][filters][0][condition_type]", "in"),
        ("searchCriteria[filter_groups][1][filters][0][field]", "status"),
        ("searchCriteria[filter_groups][1][filters][0][value]", "pending"),
        ("searchCriteria[filter_groups][1][filters][0][condition_type]", "eq"),
        ("searchCriteria[filter_groups][1][filters][1][field]", "total_paid"),
        ("searchCriteria[filter_groups][1][filters][1][value]", "1"),
        ("searchCriteria[filter_groups][1][filters][1][condition_type]", "null"),
        ("searchCriteria[currentPage]", "1"),
    ]


def test_sorting_and_paging() -> None:
    criteria = SearchCriteria().sorted_by("entity_id", Direction.DESC).sized(50).at_page(3)
    assert criteria.params() == [
        ("searchCriteria[sortOrders][0][field]", "entity_id"),
        ("searchCriteria[sortOrders][0][direction]", "DESC"),
        ("searchCriteria[pageSize]", "50"),
        ("searchCriteria[currentPage]", "3"),
    ]


def test_an_empty_search_still_sends_a_criterion() -> None:
    assert SearchCriteria().params() == [("searchCriteria[currentPage]", "1")]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (datetime(2026, 11, 23, 7, 1, 0, tzinfo=UTC), "2026-11-23 07:01:00"),
        (
            datetime(2026, 11, 23, 8, 1, 0, tzinfo=timezone(timedelta(hours=1))),
            "2026-11-23 07:01:00",
        ),
        (Decimal("1.50"), "1.50"),
        (7, "7"),
        ("A+B-1", "A+B-1"),
    ],
)
def test_values_go_out_plain_and_dates_in_utc(
    value: datetime | Decimal | int | str, sent: str
) -> None:
    assert Filter("x", Condition.GTEQ, value).text == sent


@pytest.mark.parametrize(
    ("condition", "value", "words"),
    [
        (Condition.GT, datetime(2026, 1, 1), "no time zone"),  # noqa: DTZ001 -- the case
        (Condition.GT, datetime(2026, 1, 1, microsecond=1, tzinfo=UTC), "fraction of a second"),
        (Condition.IN, ["a,b"], "comma"),
        (Condition.IN, "a", "takes a list"),
        (Condition.EQ, ["a"], "takes one value"),
        (Condition.EQ, None, "needs a value"),
        (Condition.NULL, "1", "takes no value"),
    ],
)
def test_what_magento_would_misread_cannot_be_written(
    condition: Condition, value: object, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Filter("x", condition, value)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, -1])
def test_page_sizes_that_mean_something_else_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="cannot be asked for"):
        SearchCriteria().sized(size)


def test_a_question_reads_as_a_sentence_part() -> None:
    criteria = SearchCriteria().where("entity_id", Condition.GT, 7).sorted_by("entity_id").sized(9)
    assert str(criteria) == "where entity_id gt 7, by entity_id ASC, page 1 of 9 rows"
