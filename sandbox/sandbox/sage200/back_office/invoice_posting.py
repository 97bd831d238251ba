"""Posting what was printed to the ledgers, and settling an invoice with the order's payment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.back_office.despatch import move_line, stock_leaves_on_despatch
from sandbox.sage200.back_office.invoice import PRINTED, TYPE_OF
from sandbox.sage200.back_office.note import Moved
from sandbox.sage200.back_office.pending import add_pending, goes_straight
from sandbox.sage200.ledger.allocation import Part, allocate_transactions
from sandbox.sage200.ledger.entries import (
    Entry,
    EntryType,
    Nominal,
    NominalShare,
    Origin,
    Pending,
    Posted,
    TaxShare,
)
from sandbox.sage200.ledger.posting import post_entry
from sandbox.sage200.orders.credit import add_live_value, uninvoiced
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.post import LIVE
from sandbox.sage200.orders.records import customer
from sandbox.sage200.orders.store import update
from sandbox.sage200.orders.stored import load_order
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.stored import StoredOrder

_COMPLETE = 2
_INVOICE = """
    select
        "SOPInvoiceCreditID", "DocumentNo", "DocumentStatusID", "DocumentDate",
        "SOPOrderReturnID", "InvoicedNetValue", "InvoicedTaxValue", "ExchangeRate"
    from dbo."SOPInvoiceCredit"
    where "DocumentNo" = %s and "SOPInvoiceCreditTypeID" = %s
"""
_LINES = """
    update dbo."SOPOrderReturnLine" l
    set
        "PostedInvoiceCreditQty" = l."PostedInvoiceCreditQty" + i."InvoiceCreditQuantity",
        "StockUnitPostedInvCredQty" = l."StockUnitPostedInvCredQty" + i."InvoiceCreditQuantity",
        "AdditionalChargeInvoiced" = (l."LineTypeID" = 2)::int
    from dbo."SOPInvoiceCreditLine" i
    where i."SOPInvoiceCreditID" = %s and i."SOPOrderReturnLineID" = l."SOPOrderReturnLineID"
"""
_UNINVOICED_STOCK = """
    update dbo."SOPDespatchReceiptLine" d
    set
        "IsInvoiced" = 1, "InvoiceCreditNo" = %(number)s,
        "SOPInvoiceCreditLineID" = i."SOPInvoiceCreditLineID"
    from dbo."SOPInvoiceCreditLine" i
    where i."SOPInvoiceCreditID" = %(id)s
    and d."SOPOrderReturnLineID" = i."SOPOrderReturnLineID" and d."IsInvoiced" = 0
    returning
        d."SOPOrderReturnLineID", d."BinItemID", d."DespatchReceiptQuantity", d."DespatchReceiptNo"
"""
_DONE = """
    select coalesce(bool_and("PostedInvoiceCreditQty" >= "LineQuantity"), true)
    from dbo."SOPOrderReturnLine" where "SOPOrderReturnID" = %s and "LineTypeID" <> 3
"""
_PAYMENT = """
    select
        o."PaymentWithOrder" = 1, o."PaymentInvoiced" = 1, o."PaymentValue", o."PaymentReference",
        o."PaymentMethodName", o."PaymentBankAccountID", p."NominalAccountRef",
        p."NominalCostCentre", p."NominalDepartment"
    from dbo."SOPOrderReturn" o
    left join dbo."SOPPayment" p using ("SOPOrderReturnID")
    where o."SOPOrderReturnID" = %s
"""
_RECEIPT = """
    select "SLPostedCustomerTranID", "GoodsValueInAccountCurrency" + "TaxValue" - "AllocatedValue"
    from dbo."SLPostedCustomerTran"
    where "SLCustomerAccountID" = %s and "SYSTraderTranTypeID" = %s and "Source" = %s
    and lower("SecondReference") = lower(%s)
"""


@dataclass(frozen=True)
class _Invoice:
    """A printed invoice or credit note."""

    id: int
    number: str
    status: int
    date: datetime
    order_id: int
    net: Decimal
    tax: Decimal
    rate: Decimal

    @property
    def gross(self) -> Decimal:
        """Return net and VAT."""
        return self.net + self.tax


def post_invoice(connection: psycopg.Connection, office: Office, number: str) -> Posted | Pending:
    """Post a printed invoice; a payment with the order is posted with it and allocated to it.

    It goes to the ledgers, or into the pending file where the settings say so and no payment came
    with the order.

    Raises:
        Refusal: It is not printed, or posted already, or its date or accounts do not allow it.
    """
    return _post(connection, office, Kind.ORDER, number)


def post_credit_note(
    connection: psycopg.Connection, office: Office, number: str
) -> Posted | Pending:
    """Post the printed credit note of a return, to the ledgers or into the pending file.

    Raises:
        Refusal: It is not printed, or posted already, or its date or accounts do not allow it.
    """
    return _post(connection, office, Kind.RETURN, number)


def _post(
    connection: psycopg.Connection, office: Office, kind: Kind, number: str
) -> Posted | Pending:
    what = "invoice" if kind is Kind.ORDER else "credit note"
    found = connection.execute(_INVOICE, (number, TYPE_OF[kind])).fetchone()
    if found is None:
        raise Refusal(f"There is no printed {what} '{number}'. Print it first.")
    order = load_order(connection, found[4], kind)
    # read again under the lock on its order
    again = connection.execute(_INVOICE, (number, TYPE_OF[kind])).fetchone()
    invoice = _Invoice(*(again or found))
    if invoice.status != PRINTED:
        raise Refusal(f"{what.capitalize()} '{number}' is posted already.")
    entry = _entry(connection, order, invoice)
    posted: Posted | Pending
    if goes_straight(connection) or _is_paid(connection, order):
        posted = post_entry(connection, office, entry)
        if kind is Kind.ORDER:
            _settle(connection, office, order, entry, posted)
    else:
        posted = add_pending(connection, office, entry)
    _finish(connection, office, order, invoice)
    return posted


def _is_paid(connection: psycopg.Connection, order: StoredOrder) -> bool:
    row = connection.execute(_PAYMENT, (order.id,)).fetchone()
    return row is not None and bool(row[0] and row[2])


def _entry(connection: psycopg.Connection, order: StoredOrder, invoice: _Invoice) -> Entry:
    taxes = connection.execute(
        'select "TaxCodeID", "GoodsValue", "TaxValue" from dbo."SOPInvCredTaxItem"'
        ' where "SOPInvoiceCreditID" = %s order by "SOPInvCredTaxItemID"',
        (invoice.id,),
    )
    nominals = connection.execute(
        'select "NominalAccountRef", "NominalCostCentre", "NominalDepartment", "NominalValue"'
        ' from dbo."SOPInvCredNominalItem" where "SOPInvoiceCreditID" = %s'
        ' order by "SOPInvCredNominalItemID"',
        (invoice.id,),
    )
    return Entry(
        type=EntryType.INVOICE if order.kind is Kind.ORDER else EntryType.CREDIT_NOTE,
        customer=customer(connection, order.customer_id),
        date=invoice.date,
        due=invoice.date,
        reference=invoice.number,
        second_reference=order.document_no,
        goods=invoice.net,
        tax=invoice.tax,
        nominals=tuple(NominalShare(Nominal(*key), value) for *key, value in nominals),
        taxes=tuple(TaxShare(*row) for row in taxes),
        rate=invoice.rate,
        origin=Origin.SOP,
    )


def _settle(
    connection: psycopg.Connection,
    office: Office,
    order: StoredOrder,
    invoice: Entry,
    posted: Posted,
) -> None:
    row = connection.execute(_PAYMENT, (order.id,)).fetchone()
    if row is None or not row[0] or not row[2]:
        return
    _, is_posted, value, reference, method, bank_id, *nominal = row
    if not is_posted:
        if not nominal[0]:
            raise Refusal(f"Payment method '{method}' has no nominal account to post to.")
        receipt = Entry(
            type=EntryType.RECEIPT,
            customer=invoice.customer,
            date=invoice.date,
            due=invoice.date,
            reference=reference or order.document_no,
            second_reference=order.document_no,
            goods=value,
            tax=Decimal(0),
            nominals=(NominalShare(Nominal(*(part or "" for part in nominal)), value),),
            taxes=(),
            rate=invoice.rate,
            origin=Origin.SOP,
            bank_id=bank_id,
        )
        post_entry(connection, office, receipt)
        key = ("SOPOrderReturnID", order.id)
        update(connection, "SOPOrderReturn", key, {"PaymentInvoiced": 1})
    found = connection.execute(
        _RECEIPT, (order.customer_id, EntryType.RECEIPT, Origin.SOP, order.document_no)
    ).fetchone()
    if found is None:
        return
    receipt_id, outstanding = found
    amount = min(-outstanding, invoice.gross)
    if amount > 0:
        parts = (Part(posted.id, amount), Part(receipt_id, amount))
        allocate_transactions(connection, office, order.customer_id, invoice.date, parts)


def _finish(
    connection: psycopg.Connection, office: Office, order: StoredOrder, invoice: _Invoice
) -> None:
    """Bring order, lines, despatch notes and stock in step with what was posted."""
    connection.execute(_LINES, (invoice.id,))
    stock = connection.execute(_UNINVOICED_STOCK, {"id": invoice.id, "number": invoice.number})
    despatched = stock.fetchall()
    # what a return brings back is in stock since its receipt
    if order.kind is Kind.ORDER and not stock_leaves_on_despatch(connection):
        for line_id, bin_id, quantity, note in despatched:
            move_line(connection, office, order, Moved(line_id, bin_id, quantity), note)
    left = uninvoiced(connection, order.id, order.gross)
    key = ("SOPInvoiceCreditID", invoice.id)
    update(connection, "SOPInvoiceCredit", key, {"DocumentStatusID": _COMPLETE})
    done = (connection.execute(_DONE, (order.id,)).fetchone() or (True,))[0]
    if order.kind is Kind.ORDER and order.status == LIVE:
        # part invoices round their VAT for themselves; the last one takes off what is left
        add_live_value(connection, order.customer_id, -left if done else -invoice.gross)
    columns = {"InvoiceCreditStatusID": 2, "DocumentStatusID": _COMPLETE}
    changed = columns if done else {"InvoiceCreditStatusID": 1}
    update(connection, "SOPOrderReturn", ("SOPOrderReturnID", order.id), changed)
