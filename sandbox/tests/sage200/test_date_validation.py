"""How a posting date is judged: by days around today, by its period's state, by its year."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sandbox.sage200.ledger.date_validation import (
    ACCEPTABLE,
    NORMAL,
    NOT_ALLOWED,
    DateTerms,
    Period,
    judge,
)
from sandbox.sage200.ledger.periods import set_period_status

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 20)
OPEN, CLOSED, FUTURE = Period(1, 0), Period(0, 0), Period(2, 0)
TERMS = DateTerms(
    before_normal=5,
    before_acceptable=30,
    after_normal=0,
    after_acceptable=10,
    closed_period=NOT_ALLOWED,
    future_period=ACCEPTABLE,
    previous_year=ACCEPTABLE,
    future_year=NOT_ALLOWED,
)


@pytest.mark.parametrize(
    ("days", "period", "expected", "why"),
    [
        (0, OPEN, NORMAL, ""),
        (-5, OPEN, NORMAL, ""),
        (-6, OPEN, ACCEPTABLE, "6 days before today"),
        (-31, OPEN, NOT_ALLOWED, "31 days before today"),
        (1, OPEN, ACCEPTABLE, "1 days after today"),
        (11, OPEN, NOT_ALLOWED, "11 days after today"),
        (0, CLOSED, NOT_ALLOWED, "a closed period"),
        (0, FUTURE, ACCEPTABLE, "a future period"),
        (-6, CLOSED, NOT_ALLOWED, "a closed period"),
        (-1, Period(1, -1), ACCEPTABLE, "a previous financial year"),
        (1, Period(2, 1), NOT_ALLOWED, "a future financial year"),
        (0, None, NOT_ALLOWED, "in no accounting period"),
    ],
)
def test_the_worst_judgement_counts(
    days: int, period: Period | None, expected: int, why: str
) -> None:
    classification, message = judge(TODAY + timedelta(days=days), TODAY, period, TERMS)
    assert classification == expected
    assert why in message
    assert bool(message) is (expected != NORMAL)


def asked(sage: Any, day: date, ledger: str = "LedgerSales") -> Any:
    body = {"date": f"{day}T00:00:00Z", "ledger_type": ledger}
    answer = sage.send("POST", "/transaction_date_validation", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_closed_period_is_closed_for_its_ledger_only(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company()).sign_in()
    day = date(2026, 2, 3)
    assert asked(sage, day)["classification"] == "EnumTransactionDateClassificationNormal"
    with psycopg.connect(sage.company_url) as connection:
        stamp = datetime(2026, 2, 3)  # noqa: DTZ001 - Sage's dates have no zone
        set_period_status(connection, stamp, "Sales Ledger", is_open=False)
    closed = asked(sage, day, "LedgerSOP")
    assert closed == {
        "classification": "EnumTransactionDateClassificationNotAllowed",
        "message": "The date 03/02/2026 is in a closed period.",
    }
    assert asked(sage, day, "LedgerNominal")["message"] == ""


def test_days_are_counted_from_today(change: Callable[..., None], sage: Any) -> None:
    change("SYSTranDateValidationTerm", PreDaysNormal=2, PreDaysAcceptable=4)
    today = datetime.now(timezone.utc).date()
    judged = [asked(sage, today - timedelta(days=n))["classification"] for n in (1, 3, 6)]
    words = [word.removeprefix("EnumTransactionDateClassification") for word in judged]
    assert words == ["Normal", "Acceptable", "NotAllowed"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "'date' is required"),
        ({"date": "2026-11-20"}, "with a time"),
        ({"date": "2026-11-20T00:00:00Z", "ledger_type": "LedgerPayroll"}, "LedgerPayroll"),
    ],
)
def test_what_cannot_be_judged_is_refused(sage: Any, body: dict[str, str], why: str) -> None:
    assert why in sage.refusal(body, path="/transaction_date_validation")
