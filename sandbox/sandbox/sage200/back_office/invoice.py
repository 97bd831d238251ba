"""Printing the invoice of an order or the credit note of a return; posting it comes after."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.back_office.invoice_lines import (
    InvoiceLine,
    invoice_lines,
    nominal_shares,
    tax_shares,
)
from sandbox.sage200.back_office.orders import live_document
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.numbers import next_number
from sandbox.sage200.orders.records import customer
from sandbox.sage200.orders.store import insert
from sandbox.sage200.orders.totals import money
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.schema.enums import enum_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import psycopg

    from sandbox.sage200.ledger.entries import NominalShare, TaxShare
    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.stored import StoredOrder
    from sandbox.sage200.orders.wanted import Value

PRINTED = 6
TYPE_OF = {
    Kind.ORDER: enum_id("sop_invoice_credit_types", "EnumSOPInvoiceCreditTypeInvoice"),
    Kind.RETURN: enum_id("sop_invoice_credit_types", "EnumSOPInvoiceCreditTypeCreditNote"),
}
"""What is printed of a document, by its id in SOPInvoiceCreditType."""
_ZERO = Decimal("0.00")
# the payment is on the first invoice
_FROM_ORDER = """
    update dbo."SOPInvoiceCredit" i
    set
        "CustomerDocumentNo" = o."CustomerDocumentNo",
        "PaymentWithOrder" = o."PaymentWithOrder" * (1 - o."PaymentInvoiced"),
        "PaymentTypeID" = o."PaymentTypeID",
        "PaymentReference" = o."PaymentReference",
        "PaymentValue" = case o."PaymentInvoiced" when 0 then o."PaymentValue" else 0 end
    from dbo."SOPOrderReturn" o
    where o."SOPOrderReturnID" = i."SOPOrderReturnID" and i."SOPInvoiceCreditID" = %s
"""
_FROM_LINES = """
    update dbo."SOPInvoiceCreditLine" i
    set
        "ItemName" = left(l."ItemDescription", 60),
        "ItemPrice" = l."UnitSellingPrice",
        "LineDiscountPercent" = l."UnitDiscountPercent",
        "ItemUnitOfMeasure" = l."SellingUnitDescription"
    from dbo."SOPOrderReturnLine" l
    where l."SOPOrderReturnLineID" = i."SOPOrderReturnLineID" and i."SOPInvoiceCreditID" = %s
"""


def print_invoice(
    connection: psycopg.Connection, office: Office, document_no: str, day: datetime
) -> str:
    """Print the invoice of what was despatched and not invoiced; return its number.

    Charges, services and free text come with the first invoice.

    Raises:
        Refusal: The order cannot be worked on, or there is nothing to invoice.
    """
    return _print(connection, office, live_document(connection, Kind.ORDER, document_no), day)


def print_credit_note(
    connection: psycopg.Connection, office: Office, document_no: str, day: datetime
) -> str:
    """Print the credit note of what came back and is not credited; return its number.

    Charges, services and free text come with the first credit note; a return that has nothing else
    needs no receipt.

    Raises:
        Refusal: The return cannot be worked on, or there is nothing to credit.
    """
    return _print(connection, office, live_document(connection, Kind.RETURN, document_no), day)


def _print(
    connection: psycopg.Connection, office: Office, order: StoredOrder, day: datetime
) -> str:
    is_order = order.kind is Kind.ORDER
    what, verb = ("invoice", "invoice") if is_order else ("credit note", "credit")
    lines = invoice_lines(connection, order)
    if not lines:
        raise Refusal(f"{order.name} has nothing to {verb}.")
    taxes = tax_shares(lines, order.discount_percent)
    nominals = nominal_shares(lines, taxes, order.discount_percent)
    net = sum((share.goods for share in taxes), _ZERO)
    tax = sum((share.tax for share in taxes), _ZERO)
    discount = sum((line.net for line in lines), _ZERO) - net
    if net + tax < 0:
        raise Refusal(f"The {what} of {order.kind.word} '{order.document_no}' would be below zero.")
    account = customer(connection, order.customer_id)
    rate = account.exchange_rate
    number = _next_number(connection, order.kind)
    invoice_id = office.counter.next("SOPInvoiceCredit")
    row: dict[str, Value] = {
        "SOPInvoiceCreditID": invoice_id,
        "SOPInvoiceCreditTypeID": TYPE_OF[order.kind],
        "DocumentNo": number,
        "SecondReference": order.document_no,
        "DocumentStatusID": PRINTED,
        "DocumentDate": day,
        "CustomerID": order.customer_id,
        "SOPOrderReturnID": order.id,
        "DocumentDiscountPercent": order.discount_percent,
        "DocumentDiscountValue": discount,
        "InvoicedDiscountValue": discount,
        "InvoicedChargesValue": sum((line.net for line in lines if line.is_charge), _ZERO),
        "InvoicedNetValue": net,
        "InvoicedTaxValue": tax,
        "InvoicedCoreTaxValue": money(tax / rate),
        "InvoicedGrossValue": net + tax,
        "ExchangeRate": rate,
    }
    insert(connection, "SOPInvoiceCredit", [row])
    connection.execute(_FROM_ORDER, (invoice_id,))
    _insert_lines(connection, office, invoice_id, order, lines)
    connection.execute(_FROM_LINES, (invoice_id,))
    rates = {line.tax_code_id: line.tax_rate for line in lines}
    _insert_taxes(connection, office, invoice_id, taxes, rates, rate)
    _insert_nominals(connection, office, invoice_id, nominals)
    return number


def _next_number(connection: psycopg.Connection, kind: Kind) -> str:
    """Take the next number; the setting says whether credit notes have a series of their own."""
    same = connection.execute('select "InvoiceCreditNoteSameNumbers" from dbo."SYSSetting"')
    shared = kind is Kind.ORDER or same.fetchone() == (1,)
    column = "NextInvoiceNumber" if shared else "NextCreditNoteNumber"
    return next_number(connection, "SLCreditNoteInvoiceNumber", column)


def _insert_lines(
    connection: psycopg.Connection,
    office: Office,
    invoice_id: int,
    order: StoredOrder,
    lines: Sequence[InvoiceLine],
) -> None:
    rows: list[dict[str, Value]] = [
        {
            "SOPInvoiceCreditLineID": office.counter.next("SOPInvoiceCreditLine"),
            "SOPInvoiceCreditID": invoice_id,
            "SOPOrderReturnLineID": line.id,
            "SOPOrderReturnID": order.id,
            "PrintSequenceNumber": number,
            "UserID": office.user.number,
            "UserName": office.user.name,
            "InvoiceCreditQuantity": line.quantity,
            "LineTotalValue": line.net,
            "LineTaxValue": line.tax,
            "OrderReturnNo": order.document_no,
            "SYSTaxRateID": line.tax_code_id,
            "NominalAccountNumber": line.nominal.account,
            "NominalCostCentre": line.nominal.cost_centre,
            "NominalDepartment": line.nominal.department,
            "ItemCode": line.code,
        }
        for number, line in enumerate(lines, start=1)
    ]
    insert(connection, "SOPInvoiceCreditLine", rows)
    for line in lines:
        connection.execute(
            'update dbo."SOPOrderReturnLine" set'
            ' "InvoiceCreditQuantity" = "InvoiceCreditQuantity" + %s'
            ' where "SOPOrderReturnLineID" = %s',
            (line.quantity, line.id),
        )


def _insert_taxes(
    connection: psycopg.Connection,
    office: Office,
    invoice_id: int,
    taxes: Sequence[TaxShare],
    rates: Mapping[int, Decimal],
    rate: Decimal,
) -> None:
    tax_rows: list[dict[str, Value]] = [
        {
            "SOPInvCredTaxItemID": office.counter.next("SOPInvCredTaxItem"),
            "SOPInvoiceCreditID": invoice_id,
            "TaxCodeID": share.tax_code_id,
            "GoodsValue": share.goods,
            "TaxRate": rates[share.tax_code_id],
            "TaxValue": share.tax,
            "GrossValue": share.goods + share.tax,
            "CoreGoodsValue": money(share.goods / rate),
            "CoreTaxValue": money(share.tax / rate),
            "CoreGrossValue": money((share.goods + share.tax) / rate),
        }
        for share in taxes
    ]
    insert(connection, "SOPInvCredTaxItem", tax_rows)


def _insert_nominals(
    connection: psycopg.Connection,
    office: Office,
    invoice_id: int,
    nominals: Sequence[NominalShare],
) -> None:
    nominal_rows: list[dict[str, Value]] = [
        {
            "SOPInvCredNominalItemID": office.counter.next("SOPInvCredNominalItem"),
            "SOPInvoiceCreditID": invoice_id,
            "NominalAccountRef": share.nominal.account,
            "NominalCostCentre": share.nominal.cost_centre,
            "NominalDepartment": share.nominal.department,
            "NominalValue": share.value,
        }
        for share in nominals
    ]
    insert(connection, "SOPInvCredNominalItem", nominal_rows)
