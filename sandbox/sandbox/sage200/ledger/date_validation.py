"""How the company judges a posting date: normal, acceptable or not allowed.

Source: ``transaction_date_validation`` and section 5.7 of the reference. A date is judged by its
days before or after today, by the state of its accounting period in the ledger it is meant for and
by its financial year; the settings give each a classification, and the worst of them counts. A
date in no period at all is not allowed. The names of the classifications are inferred.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from sandbox.sage200.ledger.periods import NOMINAL_LEDGER, SALES_LEDGER
from sandbox.sage200.orders.wanted import parse_stamp
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.schema.enums import enum_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

    import psycopg

NORMAL, ACCEPTABLE, NOT_ALLOWED = 0, 1, 2
_CLOSED, _FUTURE = 0, 2
_MODULES = {
    "LedgerSales": SALES_LEDGER,
    "LedgerSOP": SALES_LEDGER,
    "LedgerInvoicing": SALES_LEDGER,
    "LedgerPurchase": "Purchase Ledger",
    "LedgerPOP": "Purchase Ledger",
    "LedgerNominal": NOMINAL_LEDGER,
    "LedgerCashBook": "Cash Book",
    "LedgerStockControl": "Stock Control",
    "LedgerBOM": "Stock Control",
}
_TERMS = """
    select
        "PreDaysNormal", "PreDaysAcceptable", "PostDaysNormal", "PostDaysAcceptable",
        "ClosedPeriodClassificationID", "FuturePeriodClassificationID",
        "PreviousYearClassificationID", "FutureYearClassificationID"
    from dbo."SYSTranDateValidationTerm"
"""
_PERIOD = """
    select s."SYSModulePostingStatusID", y."YearRelativeToCurrentYear"
    from dbo."SYSAccountingPeriod" p
    join dbo."SYSFinancialYear" y using ("SYSFinancialYearID")
    join dbo."SYSModuleAccountingPeriod" s using ("SYSAccountingPeriodID")
    join dbo."SYSModule" m using ("SYSModuleID")
    where p."StartDate" <= %(day)s and p."EndDate" + interval '1 day' > %(day)s
    and m."Name" = %(module)s
"""


@dataclass(frozen=True)
class DateTerms:
    """The company's settings: days around today, and a classification for each oddity."""

    before_normal: int
    before_acceptable: int
    after_normal: int
    after_acceptable: int
    closed_period: int
    future_period: int
    previous_year: int
    future_year: int


@dataclass(frozen=True)
class Period:
    """The period of a date: its state in the ledger (see SYSModulePostingStatus), and its year."""

    status: int
    year: int


def judge(day: date, today: date, period: Period | None, terms: DateTerms) -> tuple[int, str]:
    """Return the classification of a date and the reason in words."""
    if period is None:
        return NOT_ALLOWED, f"The date {day:%d/%m/%Y} is in no accounting period."
    days = (day - today).days
    before = days < 0
    normal = terms.before_normal if before else terms.after_normal
    acceptable = terms.before_acceptable if before else terms.after_acceptable
    by_days = NORMAL if abs(days) <= normal else ACCEPTABLE
    if abs(days) > max(normal, acceptable):
        by_days = NOT_ALLOWED
    judged = [(by_days, f"is {abs(days)} days {'before' if before else 'after'} today")]
    if period.status == _CLOSED:
        judged.append((terms.closed_period, "is in a closed period"))
    if period.status == _FUTURE:
        judged.append((terms.future_period, "is in a future period"))
    if period.year < 0:
        judged.append((terms.previous_year, "is in a previous financial year"))
    if period.year > 0:
        judged.append((terms.future_year, "is in a future financial year"))
    worst = max(classification for classification, _ in judged)
    if worst == NORMAL:
        return NORMAL, ""
    why = " and ".join(text for classification, text in judged if classification == worst)
    return worst, f"The date {day:%d/%m/%Y} {why}."


def validate_date(connection: psycopg.Connection, sent: Mapping[str, Any]) -> dict[str, str]:
    """Answer ``POST /transaction_date_validation``.

    Raises:
        Refusal: The date is missing, or the ledger has no accounting periods.
    """
    if "date" not in sent:
        raise Refusal("The field 'date' is required.")
    ledger = sent.get("ledger_type", "LedgerSales")
    if ledger not in _MODULES:
        raise Refusal(f"The field 'ledger_type' is invalid: '{ledger}' has no accounting periods.")
    stamp = parse_stamp(sent["date"])
    found = connection.execute(_PERIOD, {"day": stamp, "module": _MODULES[ledger]}).fetchone()
    terms = connection.execute(_TERMS).fetchone()
    if terms is None:
        raise Refusal("The company has no settings for posting dates.", 500)
    classification, message = judge(
        stamp.date(),
        datetime.now(timezone.utc).date(),
        Period(*found) if found else None,
        DateTerms(*terms),
    )
    words = enum_values("transaction_date_validation_classifications")
    return {
        "classification": next(word.value for word in words if word.id == classification),
        "message": message,
    }
