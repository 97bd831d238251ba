"""Bodies of sales_invoices, sales_credit_notes, sales_receipts, sales_payments, allocations.

VAT is posted as it was sent. What must add up, and is refused where it does not: VAT rows to the
document's net and VAT, nominal rows to its net. Source: section 2.8.
"""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.sage200.ledger.allocation import Part, allocate_transactions
from sandbox.sage200.ledger.entries import Entry, EntryType, Nominal, NominalShare, TaxShare
from sandbox.sage200.ledger.posting import post_entry
from sandbox.sage200.orders import records
from sandbox.sage200.orders.wanted import parse_stamp
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.records import Customer

Body = dict[str, Any]
_ZERO = Decimal(0)
_NOT_PLAYED = 501
_DOCUMENTS = {
    "sales_invoices": EntryType.INVOICE,
    "sales_credit_notes": EntryType.CREDIT_NOTE,
}
_MONEY = {"sales_receipts": EntryType.RECEIPT, "sales_payments": EntryType.PAYMENT}
LEDGER_SHAPES: Mapping[str, str] = {
    "sales_invoices": "sales_invoice",
    "sales_credit_notes": "sales_credit_note",
    "sales_receipts": "sales_receipt",
    "sales_payments": "sales_payment",
    "sales_allocations": "sales_allocation",
}
"""Shape of the body by resource."""


def post_to_ledger(
    connection: psycopg.Connection, office: Office, resource: str, body: Body
) -> Body:
    """Post what was sent to a resource of :data:`LEDGER_SHAPES`; return the answer.

    Raises:
        Refusal: A rule is broken; nothing is kept.
    """
    account = records.customer(connection, body["customer_id"])
    _refuse_negative(body, "")
    if resource == "sales_allocations":
        parts = [
            Part(line["posted_tran_id"], Decimal(line["value_to_allocate"]))
            for line in body["allocation_lines"]
        ]
        day = _day(body, "allocation_date")
        allocate_transactions(connection, office, account.id, day, parts)
        return body
    if account.hidden:
        raise Refusal(f"Account '{account.number}' is hidden ('customer_id').")
    if resource in _DOCUMENTS:
        entry = _document(_DOCUMENTS[resource], account, body)
    else:
        entry = _money(connection, _MONEY[resource], account, body)
    return {"urn": str(post_entry(connection, office, entry).urn)}


def mark_queried(connection: psycopg.Connection, tran_id: int, body: Body) -> None:
    """Change the query flag of a posted transaction, the only thing that can be changed of it.

    Raises:
        Refusal: There is no such transaction.
    """
    found = connection.execute(
        'update dbo."SLPostedCustomerTran" set "QueryCode" = coalesce(%s, "QueryCode")'
        ' where "SLPostedCustomerTranID" = %s',
        (body.get("queried"), tran_id),
    )
    if not found.rowcount:
        raise Refusal(f"There is no record {tran_id} in 'sales_posted_transactions'.", 404)


def _refuse_negative(value: object, path: str) -> None:
    """Refuse values below zero: they are positive in every document, the type gives the sign."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_negative(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _refuse_negative(inner, f"{path}[{number}]")
    elif isinstance(value, (int, Decimal)) and value < 0:
        raise Refusal(f"The field '{path}' must not be negative.")


def _document(kind: EntryType, account: Customer, body: Body) -> Entry:
    goods, tax = _decimal(body, "document_goods_value"), _decimal(body, "document_tax_value")
    day = _day(body, "transaction_date")
    return Entry(
        type=kind,
        customer=account,
        date=day,
        due=parse_stamp(body["due_date"]) if "due_date" in body else day,
        reference=body.get("reference", ""),
        second_reference=body.get("second_reference", ""),
        goods=goods,
        tax=tax,
        nominals=_nominals(account, body, goods),
        taxes=_taxes(account, body, goods, tax),
        rate=_rate(account, body),
        discount=_decimal(body, "document_discount_value"),
        discount_percent=_decimal(body, "discount_percent"),
        discount_days=body.get("discount_days", 0),
        triangular=body.get("triangular_transaction", False),
        settled=body.get("settled_immediately", False),
        tax_discount=_decimal(body, "document_tax_discount_value"),
    )


def _nominals(account: Customer, body: Body, goods: Decimal) -> tuple[NominalShare, ...]:
    own = Nominal(account.nominal, account.cost_centre, account.department)
    sent = body.get("nominal_analysis_items")
    if not sent:
        return (NominalShare(own, goods),)
    _add_up(sent, "nominal_analysis_items", "value", goods, "document_goods_value")
    return tuple(
        NominalShare(
            Nominal(item["code"], item.get("cost_centre", ""), item.get("department", "")),
            _decimal(item, "value"),
            item.get("narrative", ""),
            item.get("transaction_analysis_code", ""),
        )
        for item in sent
    )


def _taxes(account: Customer, body: Body, goods: Decimal, tax: Decimal) -> tuple[TaxShare, ...]:
    tax_discount = _decimal(body, "document_tax_discount_value")
    sent = body.get("tax_analysis_items")
    if not sent:
        return (TaxShare(account.default_tax_code_id, goods, tax, tax_discount),)
    _add_up(sent, "tax_analysis_items", "goods_amount", goods, "document_goods_value")
    _add_up(
        sent,
        "tax_analysis_items",
        "tax_discount_amount",
        tax_discount,
        "document_tax_discount_value",
    )
    _add_up(sent, "tax_analysis_items", "tax_amount", tax, "document_tax_value")
    return tuple(
        TaxShare(
            item["id"],
            _decimal(item, "goods_amount"),
            _decimal(item, "tax_amount"),
            _decimal(item, "tax_discount_amount"),
        )
        for item in sent
    )


def _add_up(items: list[Body], path: str, name: str, whole: Decimal, whole_name: str) -> None:
    total = sum((_decimal(item, name) for item in items), _ZERO)
    if total != whole:
        raise Refusal(
            f"The values of '{path}[].{name}' add up to {total}, '{whole_name}' is {whole}."
        )


def _money(connection: psycopg.Connection, kind: EntryType, account: Customer, body: Body) -> Entry:
    for name in ("settlement_discount_value", "nominal_analysis_items"):
        if body.get(name):
            raise _not_played(name)
    found = connection.execute(
        'select "AccountSYSCurrencyID", "BankAccountNominalNumber",'
        " coalesce(\"BankAccountNominalCostCentre\", ''),"
        " coalesce(\"BankAccountNominalDepartment\", '')"
        ' from dbo."CBAccount" where "CBAccountID" = %s',
        (body["bank_id"],),
    ).fetchone()
    if found is None:
        raise Refusal(f"The field 'bank_id' is invalid: there is no bank {body['bank_id']}.")
    currency_id, *nominal = found
    if {currency_id, body.get("cheque_currency_id", account.currency_id)} != {account.currency_id}:
        raise Refusal(
            "This stand-in plays receipts and payments only where account, bank and cheque have "
            "the same currency.",
            _NOT_PLAYED,
        )
    value = _decimal(body, "cheque_value")
    if not value:
        raise Refusal("The field 'cheque_value' must be above 0.")
    day = _day(body, "transaction_date")
    return Entry(
        type=kind,
        customer=account,
        date=day,
        due=day,
        reference=body.get("reference", ""),
        second_reference=body.get("second_reference", ""),
        goods=value,
        tax=_ZERO,
        nominals=(NominalShare(Nominal(*nominal), value),),
        taxes=(),
        rate=_rate(account, body),
        bank_id=body["bank_id"],
    )


def _not_played(name: str) -> Refusal:
    return Refusal(f"This stand-in does not play the field '{name}'.", _NOT_PLAYED)


def _rate(account: Customer, body: Body) -> Decimal:
    if account.is_base_currency:
        return Decimal(1)
    rate = Decimal(body.get("exchange_rate", account.exchange_rate))
    if not rate:
        raise Refusal("The field 'exchange_rate' must be above 0.")
    return rate


def _decimal(body: Body, name: str) -> Decimal:
    return Decimal(body.get(name, 0))


def _day(body: Body, name: str) -> datetime:
    stamp = parse_stamp(body[name]) if name in body else datetime.now(timezone.utc)
    return stamp.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
