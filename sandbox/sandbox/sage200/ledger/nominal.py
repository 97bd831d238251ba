"""Entries of the nominal ledger: posted at once, waiting for an update, or deferred to a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sandbox.sage200.ledger.accounts import nominal_id
from sandbox.sage200.orders.store import insert

if TYPE_CHECKING:
    from decimal import Decimal

    import psycopg

    from sandbox.sage200.ledger.entries import Entry, Nominal
    from sandbox.sage200.ledger.periods import Period
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
    period: Period,
) -> None:
    """Write the nominal side of an entry: posted, or waiting where the setting says so.

    Entries of a future period are deferred.

    Raises:
        Refusal: An account is missing or hidden.
    """
    at_once = connection.execute('select "UpdateNominalImmediately" from dbo."SYSSetting"')
    waits = at_once.fetchone() != (1,)
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
        if waits:
            _write_later(connection, office, "NLPendNominalTran", shared, row.nominal)
        elif period.deferred:
            write_deferred(connection, office, shared, row.nominal)
        else:
            write_posted(connection, office, shared, account_id, period.id, row.base)


def write_deferred(
    connection: psycopg.Connection, office: Office, shared: dict[str, Value], nominal: Nominal
) -> None:
    """Write one entry that is posted when its period is open."""
    _write_later(connection, office, "NLDeferredNominalTran", shared, nominal)


def _write_later(
    connection: psycopg.Connection,
    office: Office,
    table: str,
    shared: dict[str, Value],
    nominal: Nominal,
) -> None:
    key: dict[str, Value] = {
        f"{table}ID": office.counter.next(table),
        "AccountNumber": nominal.account,
        "AccountCostCentre": nominal.cost_centre,
        "AccountDepartment": nominal.department,
        "ReadyToProcess": 1,
    }
    insert(connection, table, [{**key, **shared}])


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
