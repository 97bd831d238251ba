"""The sales ledger's pending file: what sales order processing has posted and nobody updated yet.

Documents land here where the settings say that they do not go straight to the sales ledger; those
of orders with a payment always go straight. Source: section 5.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from psycopg.rows import class_row

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
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.wanted import Value

_DOCUMENTS = """
    select
        "SLPendCustomerTranID" as id,
        "SLCustomerAccountID" as customer_id,
        "SYSTraderTranTypeID" as type_id,
        "TransactionDate" as date,
        "DueDate" as due,
        "TransactionReference" as reference,
        "SecondReference" as second_reference,
        "GoodsValueInAccountCurrency" as goods,
        "TaxValue" as tax,
        "DocumentToBaseCurrencyRate" as rate
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


@dataclass(frozen=True)
class _Document:
    """A document of the pending file, with the signs of the tables."""

    id: int
    customer_id: int
    type_id: int
    date: datetime
    due: datetime
    reference: str
    second_reference: str
    goods: Decimal
    tax: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Updated:
    """What an update of the pending file did.

    Attributes:
        posted: How many documents were posted.
        kept: Why each of the others stays, in a sentence.
    """

    posted: int
    kept: tuple[str, ...]


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


def update_pending(connection: psycopg.Connection, office: Office) -> Updated:
    """Post what is in the pending file; a document that can't be posted stays there."""
    with connection.cursor(row_factory=class_row(_Document)) as cursor:
        documents = cursor.execute(_DOCUMENTS).fetchall()
    refusals = [_post(connection, office, document) for document in documents]
    kept = tuple(sentence for sentence in refusals if sentence)
    return Updated(len(documents) - len(kept), kept)


def _post(connection: psycopg.Connection, office: Office, document: _Document) -> str:
    """Post a document; return why it can't be posted, nothing where it was."""
    try:
        with connection.transaction():
            post_entry(connection, office, _entry(connection, document))
            for table in ("SLPendTaxAnalysisTran", "SLPendNLAnalysisTran", "SLPendCustomerTran"):
                delete(connection, table, (_KEY, document.id))
    except Refusal as refusal:
        return refusal.text
    return ""


def _entry(connection: psycopg.Connection, document: _Document) -> Entry:
    entry_type = EntryType(document.type_id)
    sign = entry_type.sign
    taxes = connection.execute(_TAXES, (document.id,)).fetchall()
    nominals = connection.execute(_NOMINALS, (document.id,)).fetchall()
    return Entry(
        type=entry_type,
        customer=customer(connection, document.customer_id),
        date=document.date,
        due=document.due,
        reference=document.reference,
        second_reference=document.second_reference,
        goods=sign * document.goods,
        tax=sign * document.tax,
        nominals=tuple(NominalShare(Nominal(*key), sign * value) for *key, value in nominals),
        taxes=tuple(TaxShare(code, sign * net, sign * vat) for code, net, vat in taxes),
        rate=document.rate,
        origin=Origin.SOP,
    )
