"""Posting an entry: sales ledger, nominal ledger, VAT, cash book and audit trail, under one URN.

All rows are written in the caller's transaction, so an entry is there with all its parts or not at
all. In the tables an entry of the sales ledger has the sign of what the customer owes by it
(inferred: section 4.4), a nominal entry is a debit where it is positive.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from sandbox.sage200.ledger.accounts import debtors_control, vat_account
from sandbox.sage200.ledger.entries import Entry, Nominal, Posted
from sandbox.sage200.ledger.nominal import NominalEntry, write_nominal
from sandbox.sage200.ledger.periods import posting_period
from sandbox.sage200.orders.store import insert
from sandbox.sage200.orders.totals import money

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.wanted import Value

_ZERO = Decimal(0)


class _BaseTax(NamedTuple):
    """A VAT share in the base currency, with the account its VAT goes to."""

    tax_code_id: int
    goods: Decimal
    tax: Decimal
    nominal: Nominal | None
    discount: Decimal


def post_entry(connection: psycopg.Connection, office: Office, entry: Entry) -> Posted:
    """Post an entry.

    Raises:
        Refusal: Its period takes no postings, or an account is missing.
    """
    period = posting_period(connection, entry.date)
    urn = next_urn(connection)
    taxes = [
        _BaseTax(
            share.tax_code_id,
            _base(share.goods, entry),
            _base(share.tax, entry),
            vat_account(connection, share.tax_code_id, needed=bool(share.tax)),
            _base(share.tax_discount, entry),
        )
        for share in entry.taxes
    ]
    nominals = _nominal_entries(connection, entry, taxes)
    write_nominal(connection, office, entry, nominals, urn, period)
    tran_id = _write_customer_tran(connection, office, entry, urn, period.id)
    _write_taxes(connection, office, entry, taxes, urn, period.id)
    if entry.bank_id is not None:
        _write_bank(connection, office, entry, entry.bank_id, urn, period.id)
    _write_audit(connection, office, entry, urn)
    connection.execute(
        'update dbo."SLCustomerAccount" set "AccountBalance" = "AccountBalance" + %s,'
        ' "DateOfLastTransaction" = dbo.utc_now() where "SLCustomerAccountID" = %s',
        (entry.type.sign * entry.gross, entry.customer.id),
    )
    return Posted(tran_id, urn)


def next_urn(connection: psycopg.Connection) -> int:
    """Return the next unique reference number; postings wait for each other here."""
    found = connection.execute(
        'update dbo."SYSUniqueReferenceNumber"'
        ' set "NextUniqueReferenceNumber" = "NextUniqueReferenceNumber" + 1'
        ' returning "NextUniqueReferenceNumber" - 1'
    ).fetchone()
    if found is None:
        raise LookupError("SYSUniqueReferenceNumber has no row. Make the company anew.")
    urn: int = found[0]
    return urn


def _base(value: Decimal, entry: Entry) -> Decimal:
    return money(value / entry.rate)


def _nominal_entries(
    connection: psycopg.Connection, entry: Entry, taxes: list[_BaseTax]
) -> list[NominalEntry]:
    """Return the entries of the nominal ledger; they add up to zero in both currencies.

    What conversion to the base currency leaves over goes to the first share, so that the control
    accounts stay equal to their ledgers.
    """
    sign = entry.type.sign
    control = debtors_control(connection)
    rows = [NominalEntry(control, sign * entry.gross, sign * _base(entry.gross, entry))]
    rows += [
        NominalEntry(tax.nominal, -sign * share.tax, -sign * tax.tax)
        for share, tax in zip(entry.taxes, taxes, strict=True)
        if tax.nominal is not None
    ]
    shares = [
        NominalEntry(
            share.nominal,
            -sign * share.value,
            -sign * _base(share.value, entry),
            share.narrative,
            share.analysis_code,
        )
        for share in entry.nominals
    ]
    left = sum((row.base for row in (*rows, *shares)), _ZERO)
    if left and shares:
        shares[0] = shares[0]._replace(base=shares[0].base - left)
    return [row for row in (*rows, *shares) if row.value or row.base]


def _write_customer_tran(
    connection: psycopg.Connection, office: Office, entry: Entry, urn: int, period_id: int
) -> int:
    sign = entry.type.sign
    tran_id = office.counter.next("SLPostedCustomerTran")
    row: dict[str, Value] = {
        "SLPostedCustomerTranID": tran_id,
        "SLCustomerAccountID": entry.customer.id,
        "SYSTraderTranTypeID": int(entry.type),
        "CBAccountID": entry.bank_id,
        "TransactionDate": entry.date,
        "DueDate": entry.due,
        "TransactionReference": entry.reference,
        "SecondReference": entry.second_reference,
        "GoodsValueInAccountCurrency": sign * entry.goods,
        "TaxValue": sign * entry.tax,
        "SalControlValueInBaseCurrency": sign * _base(entry.gross, entry),
        "DiscountValue": sign * entry.discount,
        "DiscountPercentage": entry.discount_percent,
        "DaysDiscountValid": entry.discount_days,
        "DocumentToBaseCurrencyRate": entry.rate,
        "DocumentToAccountExchangeRate": Decimal(1),
        "EffectiveExchangeRate": entry.rate,
        "Source": int(entry.origin),
        "UniqueReferenceNumber": urn,
        "UserName": office.user.name,
        "UserNumber": office.user.number,
        "NominalAccountingPeriodID": period_id,
        "TriangularTransaction": int(entry.triangular),
        "IsSettledImmediately": int(entry.settled),
        "ESVATDiscountAmount": sign * entry.tax_discount,
    }
    insert(connection, "SLPostedCustomerTran", [row])
    return tran_id


def _write_taxes(
    connection: psycopg.Connection,
    office: Office,
    entry: Entry,
    taxes: list[_BaseTax],
    urn: int,
    period_id: int,
) -> None:
    sign = entry.type.sign
    rows: list[dict[str, Value]] = [
        {
            "SYSTaxTranID": office.counter.next("SYSTaxTran"),
            "AccountNumber": tax.nominal.account if tax.nominal else None,
            "GoodsAmount": sign * tax.goods,
            "VatAmount": sign * tax.tax,
            "Reference": entry.reference,
            "Source": int(entry.origin),
            "TaxPointDate": entry.date,
            "SYSTaxTranTypeID": int(entry.type),
            "UniqueReferenceNumber": urn,
            "UserNumber": office.user.number,
            "SYSTaxRateID": tax.tax_code_id,
            "NominalAccountingPeriodID": period_id,
            "TriangularTransaction": int(entry.triangular),
            "IsSettledImmediately": int(entry.settled),
            "ESVATDiscountAmount": sign * tax.discount,
        }
        for tax in taxes
    ]
    insert(connection, "SYSTaxTran", rows)


def _write_bank(
    connection: psycopg.Connection,
    office: Office,
    entry: Entry,
    bank_id: int,
    urn: int,
    period_id: int,
) -> None:
    value, base = -entry.type.sign * entry.gross, -entry.type.sign * _base(entry.gross, entry)
    row: dict[str, Value] = {
        "CBPostedAccountTranID": office.counter.next("CBPostedAccountTran"),
        "CBAccountID": bank_id,
        "TransactionDate": entry.date,
        "TransactionReference": entry.reference,
        "SecondReference": entry.second_reference,
        "ChequeValue": value,
        "ChequeSYSCurrencyID": entry.customer.currency_id,
        "ChequeToBaseCurrExchangeRate": entry.rate,
        "ChequeToAccountExchangeRate": Decimal(1),
        "NominalOrTraderAccountNumber": entry.customer.number,
        "Source": int(entry.origin),
        "UniqueReferenceNumber": urn,
        "UserName": office.user.name,
        "UserNumber": office.user.number,
        "NominalAccountingPeriodID": period_id,
    }
    insert(connection, "CBPostedAccountTran", [row])
    connection.execute(
        'update dbo."CBAccount" set'
        ' "CurrentBalanceInAccntCurrency" = "CurrentBalanceInAccntCurrency" + %s,'
        ' "CurrentBalanceInBaseCurrency" = "CurrentBalanceInBaseCurrency" + %s'
        ' where "CBAccountID" = %s',
        (value, base, bank_id),
    )


def _write_audit(connection: psycopg.Connection, office: Office, entry: Entry, urn: int) -> None:
    sign = entry.type.sign
    row: dict[str, Value] = {
        "SYSAuditTrailID": office.counter.next("SYSAuditTrail"),
        "TaxEntriesExist": int(bool(entry.taxes)),
        "NominalEntriesExist": 1,
        "AccountNumber": entry.customer.number,
        "SYSAuditTrailEntryTypeID": int(entry.type),
        "Reference": entry.reference,
        "SecondReference": entry.second_reference,
        "TransactionToBaseExchangeRate": entry.rate,
        "TransactionDate": entry.date,
        "UserName": office.user.name,
        "UserNumber": office.user.number,
        "Source": int(entry.origin),
        "UniqueReferenceNumber": urn,
        "NetValue": sign * entry.goods,
        "DiscountValue": sign * entry.discount,
        "TaxValue": sign * entry.tax,
        "GrossValue": sign * entry.gross,
    }
    insert(connection, "SYSAuditTrail", [row])
