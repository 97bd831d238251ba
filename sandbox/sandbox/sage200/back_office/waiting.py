"""Updating the nominal ledger with the postings that wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.ledger.accounts import nominal_id
from sandbox.sage200.ledger.entries import Nominal
from sandbox.sage200.ledger.nominal import write_posted
from sandbox.sage200.ledger.periods import NOMINAL_LEDGER, open_period

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
_TAKE = """
    delete from dbo."NLPendNominalTran"
    returning "AccountNumber", "AccountCostCentre", "AccountDepartment", {columns}
"""


def update_waiting(connection: psycopg.Connection, office: Office) -> int:
    """Post everything that waits for the nominal ledger; return how many entries there were.

    Raises:
        Refusal: A period is not open, or an account is hidden; then all of it keeps waiting.
    """
    columns = ", ".join(f'"{name}"' for name in _SHARED)
    rows = connection.execute(_TAKE.format(columns=columns)).fetchall()
    for account, cost_centre, department, *values in sorted(rows):
        shared = dict(zip(_SHARED, values, strict=True))
        period_id = open_period(connection, shared["TransactionDate"], [NOMINAL_LEDGER])
        account_id = nominal_id(connection, Nominal(account, cost_centre, department))
        base = shared["GoodsValueInBaseCurrency"]
        write_posted(connection, office, shared, account_id, period_id, base)
    return len(rows)
