"""Accounting periods: where a date may be posted, and closing a period for a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import psycopg

SALES_LEDGER = "Sales Ledger"
NOMINAL_LEDGER = "Nominal Ledger"
_WORDS = {0: "closed", 1: "open", 2: "a future one"}
_OPEN = 1

_STATES = """
    select p."SYSAccountingPeriodID", m."Name", s."SYSModulePostingStatusID"
    from dbo."SYSAccountingPeriod" p
    join dbo."SYSModuleAccountingPeriod" s using ("SYSAccountingPeriodID")
    join dbo."SYSModule" m using ("SYSModuleID")
    where p."StartDate" <= %(day)s and p."EndDate" + interval '1 day' > %(day)s
    and m."Name" = any(%(modules)s)
    for share of s
"""


def open_period(
    connection: psycopg.Connection,
    day: datetime,
    modules: Iterable[str] = (SALES_LEDGER, NOMINAL_LEDGER),
) -> int:
    """Return the id of the period a day is in; it must be open for every module.

    Raises:
        Refusal: No period holds the day, or it is closed or a future one.
    """
    found = connection.execute(_STATES, {"day": day, "modules": list(modules)}).fetchall()
    if not found:
        raise Refusal(f"The date {day:%d/%m/%Y} is in no accounting period.")
    for _, module, status in found:
        if status != _OPEN:
            raise Refusal(
                f"The date {day:%d/%m/%Y} cannot be posted: its accounting period is "
                f"{_WORDS[status]} in the {module}."
            )
    period_id: int = found[0][0]
    return period_id


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
