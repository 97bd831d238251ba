"""Updating the nominal ledger with the postings that wait for it, or for their period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.ledger.accounts import nominal_id
from sandbox.sage200.ledger.entries import Nominal
from sandbox.sage200.ledger.nominal import write_deferred, write_posted
from sandbox.sage200.ledger.periods import NOMINAL_LEDGER, posting_period

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.orders.post import Office

_SHARED = (
    "TransactionDate",
    "GoodsValueInBaseCurrency",
    "GoodsValueInDocumentCurrency",
    "DocumentCurrencyID",
    "ExchangeRate",
    "Reference",
    "Narrative",
    "UserName",
    "UserNumber",
    "Source",
    "UniqueReferenceNumber",
    "TransactionAnalysisCode",
)
_TAKE_WAITING = """
    delete from dbo."NLPendNominalTran" t
    returning t."AccountNumber", t."AccountCostCentre", t."AccountDepartment", {columns}
"""
_TAKE_DEFERRED = """
    delete from dbo."NLDeferredNominalTran" t
    using dbo."SYSAccountingPeriod" p, dbo."SYSModuleAccountingPeriod" s, dbo."SYSModule" m
    where p."StartDate" <= t."TransactionDate"
    and p."EndDate" + interval '1 day' > t."TransactionDate"
    and s."SYSAccountingPeriodID" = p."SYSAccountingPeriodID" and s."SYSModulePostingStatusID" = 1
    and m."SYSModuleID" = s."SYSModuleID" and m."Name" = %s
    returning t."AccountNumber", t."AccountCostCentre", t."AccountDepartment", {columns}
"""


def update_waiting(connection: psycopg.Connection, office: Office) -> int:
    """Post what waits for the nominal ledger, and what was deferred to a period that is open now.

    What waits and is dated in a future period is deferred by it.

    Returns:
        How many entries were posted.

    Raises:
        Refusal: A period is closed, or an account is hidden; then all of it keeps waiting.
    """
    columns = ", ".join(f't."{name}"' for name in _SHARED)
    rows = connection.execute(_TAKE_WAITING.format(columns=columns)).fetchall()
    rows += connection.execute(_TAKE_DEFERRED.format(columns=columns), (NOMINAL_LEDGER,)).fetchall()
    posted = 0
    for account, cost_centre, department, *values in sorted(rows):
        shared = dict(zip(_SHARED, values, strict=True))
        period = posting_period(connection, shared["TransactionDate"], [NOMINAL_LEDGER])
        nominal = Nominal(account, cost_centre, department)
        account_id = nominal_id(connection, nominal)
        if period.deferred:
            write_deferred(connection, office, shared, nominal)
            continue
        base = shared["GoodsValueInBaseCurrency"]
        write_posted(connection, office, shared, account_id, period.id, base)
        posted += 1
    return posted
