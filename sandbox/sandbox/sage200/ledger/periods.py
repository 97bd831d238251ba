"""Accounting periods: where a date may be posted, and closing a period for a module.

A closed period takes nothing. What is dated in a future one is posted to the sales ledger, and its
nominal entries are deferred until the period is open, unless the company's settings do not allow
such dates at all. Source: sections 5.6 and 5.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import psycopg

SALES_LEDGER = "Sales Ledger"
NOMINAL_LEDGER = "Nominal Ledger"
_WORDS = {0: "closed", 1: "open", 2: "a future one"}
_CLOSED, _FUTURE = 0, 2
_NOT_ALLOWED = 2

_STATES = """
    select p."SYSAccountingPeriodID", m."Name", s."SYSModulePostingStatusID"
    from dbo."SYSAccountingPeriod" p
    join dbo."SYSModuleAccountingPeriod" s using ("SYSAccountingPeriodID")
    join dbo."SYSModule" m using ("SYSModuleID")
    where p."StartDate" <= %(day)s and p."EndDate" + interval '1 day' > %(day)s
    and m."Name" = any(%(modules)s)
    for share of s
"""


@dataclass(frozen=True)
class Period:
    """The period a posting goes to.

    Attributes:
        deferred: Whether it is a future one in the nominal ledger.
    """

    id: int
    deferred: bool


def posting_period(
    connection: psycopg.Connection,
    day: datetime,
    modules: Iterable[str] = (SALES_LEDGER, NOMINAL_LEDGER),
) -> Period:
    """Return the period a day is in; it must not be closed in any of the modules.

    Raises:
        Refusal: No period holds the day, or it is closed, or a future one that is not allowed.
    """
    found = connection.execute(_STATES, {"day": day, "modules": list(modules)}).fetchall()
    if not found:
        raise Refusal(f"The date {day:%d/%m/%Y} is in no accounting period.")
    barred = {_CLOSED} if _future_is_allowed(connection) else {_CLOSED, _FUTURE}
    for _, module, status in found:
        if status in barred:
            raise Refusal(
                f"The date {day:%d/%m/%Y} cannot be posted: its accounting period is "
                f"{_WORDS[status]} in the {module}."
            )
    deferred = any(module == NOMINAL_LEDGER and status == _FUTURE for _, module, status in found)
    return Period(found[0][0], deferred)


def _future_is_allowed(connection: psycopg.Connection) -> bool:
    found = connection.execute(
        'select "FuturePeriodClassificationID" from dbo."SYSTranDateValidationTerm"'
    ).fetchone()
    return found is None or found[0] != _NOT_ALLOWED


def set_period_status(
    connection: psycopg.Connection, day: datetime, module: str, *, is_open: bool
) -> None:
    """Close (or open again) the period a day is in, for one module.

    Raises:
        Refusal: There is no such period or module.
    """
    changed = connection.execute(
        'update dbo."SYSModuleAccountingPeriod" s set "SYSModulePostingStatusID" = %s'
        ' from dbo."SYSAccountingPeriod" p, dbo."SYSModule" m'
        ' where p."SYSAccountingPeriodID" = s."SYSAccountingPeriodID"'
        ' and m."SYSModuleID" = s."SYSModuleID" and m."Name" = %s'
        ' and p."StartDate" <= %s and p."EndDate" + interval \'1 day\' > %s',
        (int(is_open), module, day, day),
    )
    if not changed.rowcount:
        raise Refusal(f"There is no period for {day:%d/%m/%Y} in a module '{module}'.")
