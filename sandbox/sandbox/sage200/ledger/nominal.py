"""Entries of the nominal ledger: posted at once, or waiting until somebody updates them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sandbox.sage200.ledger.accounts import nominal_id
from sandbox.sage200.orders.store import insert

if TYPE_CHECKING:
    from decimal import Decimal

    import psycopg

    from sandbox.sage200.ledger.entries import Entry, Nominal
    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.wanted import Value


class NominalEntry(NamedTuple):
    """One entry, a debit where it is positive, in the account's and in the base currency."""

    nominal: Nominal
    value: Decimal
    base: Decimal
    narrative: str = ""
    analysis_code: str = ""


def write_nominal(
    connection: psycopg.Connection,
    office: Office,
    entry: Entry,
    rows: list[NominalEntry],
    urn: int,
    period_id: int,
) -> None:
    """Write the nominal side of an entry, posted or waiting as the setting says.

    Raises:
        Refusal: An account is missing or hidden.
    """
    at_once = connection.execute('select "UpdateNominalImmediately" from dbo."SYSSetting"')
    posted = at_once.fetchone() == (1,)
    # in the order of their numbers, so that two postings never wait for each other
    for row in sorted(rows, key=lambda r: r.nominal):
        account_id = nominal_id(connection, row.nominal)
        shared: dict[str, Value] = {
            "TransactionDate": entry.date,
            "GoodsValueInBaseCurrency": row.base,
            "GoodsValueInDocumentCurrency": row.value,
            "DocumentCurrencyID": entry.customer.currency_id,
            "ExchangeRate": entry.rate,
            "Reference": entry.reference,
            "Narrative": row.narrative or entry.customer.number,
            "UserName": office.user.name,
            "UserNumber": office.user.number,
            "Source": int(entry.origin),
            "UniqueReferenceNumber": urn,
            "TransactionAnalysisCode": row.analysis_code,
        }
        if posted:
            write_posted(connection, office, shared, account_id, period_id, row.base)
        else:
            key: dict[str, Value] = {
                "NLPendNominalTranID": office.counter.next("NLPendNominalTran"),
                "AccountNumber": row.nominal.account,
                "AccountCostCentre": row.nominal.cost_centre,
                "AccountDepartment": row.nominal.department,
                "ReadyToProcess": 1,
            }
            insert(connection, "NLPendNominalTran", [{**key, **shared}])


def write_posted(
    connection: psycopg.Connection,
    office: Office,
    shared: dict[str, Value],
    account_id: int,
    period_id: int,
    base: Decimal,
) -> None:
    """Write one posted entry and add it to its account's year to date."""
    key: dict[str, Value] = {
        "NLPostedNominalTranID": office.counter.next("NLPostedNominalTran"),
        "NLNominalAccountID": account_id,
        "SYSAccountingPeriodID": period_id,
    }
    insert(connection, "NLPostedNominalTran", [{**key, **shared}])
    connection.execute(
        'update dbo."NLNominalAccount" set'
        ' "DebitYearToDate" = "DebitYearToDate" + greatest(%(base)s, 0),'
        ' "CreditYearToDate" = "CreditYearToDate" + greatest(-%(base)s, 0)'
        ' where "NLNominalAccountID" = %(id)s',
        {"base": base, "id": account_id},
    )
