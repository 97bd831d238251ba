"""The sales ledger's pending file: what sales order processing has posted and nobody updated yet.

Documents land here where the settings say that they do not go straight to the sales ledger; those
of orders with a payment always go straight. Source: section 5.6.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.ledger.entries import (
    Entry,
    EntryType,
    Nominal,
    NominalShare,
    Origin,
    Pending,
    TaxShare,
)
from sandbox.sage200.ledger.posting import post_entry
from sandbox.sage200.orders.records import customer
from sandbox.sage200.orders.store import delete, insert

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.wanted import Value

_DOCUMENTS = """
    select
        "SLPendCustomerTranID", "SLCustomerAccountID", "SYSTraderTranTypeID", "TransactionDate",
        "DueDate", "TransactionReference", "SecondReference", "GoodsValueInAccountCurrency",
        "TaxValue", "DocumentToBaseCurrencyRate"
    from dbo."SLPendCustomerTran"
    order by "SLPendCustomerTranID"
    for update
"""
_TAXES = """
    select "SYSTaxRateID", "GoodsValueBeforeDiscount", "TaxOnGoodsValue"
    from dbo."SLPendTaxAnalysisTran" where "SLPendCustomerTranID" = %s
    order by "SLPendTaxAnalysisTranID"
"""
_NOMINALS = """
    select
        "NominalAccountNumber", "NominalAccountCostCentre", "NominalAccountDepartment",
        "TransactionValue"
    from dbo."SLPendNLAnalysisTran" where "SLPendCustomerTranID" = %s
    order by "SLPendNLAnalysisTranID"
"""
_KEY = "SLPendCustomerTranID"


def goes_straight(connection: psycopg.Connection) -> bool:
    """Whether the settings say that documents go straight to the sales ledger."""
    found = connection.execute('select "AddInvCredToSalesLedger" from dbo."SOPSetting"').fetchone()
    return found == (1,)


def add_pending(connection: psycopg.Connection, office: Office, entry: Entry) -> Pending:
    """Put an entry into the pending file; its values have the sign they will be posted with."""
    sign = entry.type.sign
    pending_id = office.counter.next("SLPendCustomerTran")
    row: dict[str, Value] = {
        _KEY: pending_id,
        "SLCustomerAccountID": entry.customer.id,
        "SYSTraderTranTypeID": int(entry.type),
        "TransactionDate": entry.date,
        "DueDate": entry.due,
        "TransactionReference": entry.reference,
        "SecondReference": entry.second_reference,
        "GoodsValueInAccountCurrency": sign * entry.goods,
        "TaxValue": sign * entry.tax,
        "DocumentToBaseCurrencyRate": entry.rate,
        "DocumentToAccountExchangeRate": Decimal(1),
        "Source": int(entry.origin),
        "UserNumber": office.user.number,
    }
    insert(connection, "SLPendCustomerTran", [row])
    taxes: list[dict[str, Value]] = [
        {
            "SLPendTaxAnalysisTranID": office.counter.next("SLPendTaxAnalysisTran"),
            _KEY: pending_id,
            "SYSTaxRateID": share.tax_code_id,
            "GoodsValueBeforeDiscount": sign * share.goods,
            "TaxOnGoodsValue": sign * share.tax,
        }
        for share in entry.taxes
    ]
    insert(connection, "SLPendTaxAnalysisTran", taxes)
    nominals: list[dict[str, Value]] = [
        {
            "SLPendNLAnalysisTranID": office.counter.next("SLPendNLAnalysisTran"),
            _KEY: pending_id,
            "NominalAccountNumber": share.nominal.account,
            "NominalAccountCostCentre": share.nominal.cost_centre,
            "NominalAccountDepartment": share.nominal.department,
            "NominalAnalysisNarrative": share.narrative,
            "TransactionValue": sign * share.value,
        }
        for share in entry.nominals
    ]
    insert(connection, "SLPendNLAnalysisTran", nominals)
    return Pending(pending_id)


def update_pending(connection: psycopg.Connection, office: Office) -> int:
    """Post everything in the pending file; return how many documents there were.

    Raises:
        Refusal: A document can't be posted; then all of them stay.
    """
    documents = connection.execute(_DOCUMENTS).fetchall()
    for pending_id, customer_id, kind, date, due, reference, second, goods, tax, rate in documents:
        entry_type = EntryType(kind)
        sign = entry_type.sign
        taxes = connection.execute(_TAXES, (pending_id,)).fetchall()
        nominals = connection.execute(_NOMINALS, (pending_id,)).fetchall()
        entry = Entry(
            type=entry_type,
            customer=customer(connection, customer_id),
            date=date,
            due=due,
            reference=reference,
            second_reference=second,
            goods=sign * goods,
            tax=sign * tax,
            nominals=tuple(NominalShare(Nominal(*key), sign * value) for *key, value in nominals),
            taxes=tuple(TaxShare(code, sign * net, sign * vat) for code, net, vat in taxes),
            rate=rate,
            origin=Origin.SOP,
        )
        post_entry(connection, office, entry)
        for table in ("SLPendTaxAnalysisTran", "SLPendNLAnalysisTran", "SLPendCustomerTran"):
            delete(connection, table, (_KEY, pending_id))
    return len(documents)
