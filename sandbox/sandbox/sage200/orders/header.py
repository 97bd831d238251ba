"""The header of an order: account, dates, addresses and payment, checked and made columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.sage200.orders import records
from sandbox.sage200.refusal import NotPermitted, Refusal
from sandbox.sage200.schema.enums import enum_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import psycopg

    from sandbox.sage200.behaviour import Behaviour
    from sandbox.sage200.orders.records import Customer
    from sandbox.sage200.orders.settings import Settings
    from sandbox.sage200.orders.totals import Totals
    from sandbox.sage200.orders.wanted import Value, WantedOrder
    from sandbox.sage200.sage_id.users import User

_ADDRESS = {
    "postal_name": "PostalName",
    "address_1": "AddressLine1",
    "address_2": "AddressLine2",
    "address_3": "AddressLine3",
    "address_4": "AddressLine4",
    "city": "City",
    "county": "County",
    "country": "Country",
    "postcode": "Postcode",
}
_DELIVERY = _ADDRESS | {
    "contact": "Contact",
    "telephone_number": "TelephoneNo",
    "fax_number": "FaxNo",
    "email_address": "EmailAddress",
    "tax_number": "TaxNo",
    "tax_code_id": "TaxCodeID",
    "country_code_id": "CountryCodeID",
}
_STORED_ADDRESS = """
    select
        "Description", "PostalName", "AddressLine1", "AddressLine2", "AddressLine3",
        "AddressLine4", "City", "County", "Country", "Postcode", "Contact",
        left("TelephoneNo", 30) as "TelephoneNo", "FaxNo", "EmailAddress", "TaxNo", "TaxCodeID",
        "CountryCodeID"
    from dbo."CustDeliveryAddress"
    where "CustDeliveryAddressID" = %s and "CustomerID" = %s
"""
_MOST_PERCENT = Decimal("99.99")
_FULL, _PART = 0, 1
_CASH = 1
_CUSTOMER_TYPES = {"EnumCustomerTypeCredit": 0, "EnumCustomerTypeCash": _CASH}


@dataclass(frozen=True)
class Payment:
    """A payment with the order, as columns of the header and of SOPPayment."""

    header: Mapping[str, Value]
    row: Mapping[str, Value]


def account_for(
    connection: psycopg.Connection, wanted: WantedOrder, settings: Settings
) -> Customer:
    """Return the account of an order.

    Raises:
        Refusal: Unknown, on hold, hidden, or not the cash account on a cash order.
    """
    kind = customer_type(wanted)
    if kind == _CASH and not settings.allow_cash_orders:
        raise Refusal("Cash orders are not allowed by the SOP settings ('customer_type').")
    account = records.customer(connection, wanted.sent["customer_id"])
    if kind == _CASH and account.id != settings.cash_account_id:
        raise Refusal(
            f"Account '{account.number}' is not the cash account of the SOP settings "
            f"('customer_id')."
        )
    if kind != _CASH and "cash_account_invoice_address" in wanted.sent:
        raise Refusal("The field 'cash_account_invoice_address' needs a cash order.")
    if account.hidden:
        raise Refusal(f"Account '{account.number}' is not active ('customer_id').")
    if account.on_hold:
        raise Refusal(f"Account '{account.number}' is on hold ('customer_id').")
    return account


def customer_type(wanted: WantedOrder) -> int:
    """Return the id of the customer type: credit by default, or cash."""
    word = wanted.sent.get("customer_type", "EnumCustomerTypeCredit")
    if word not in _CUSTOMER_TYPES:
        raise Refusal(f"The field 'customer_type' cannot be '{word}' on an order.")
    return _CUSTOMER_TYPES[word]


def header_columns(
    wanted: WantedOrder,
    account: Customer,
    settings: Settings,
    user: User,
    today: datetime,
) -> dict[str, Value]:
    """Return the columns of the header that need no lines.

    Raises:
        Refusal: A date, a discount or the exchange rate breaks a rule.
    """
    document_date = wanted.day("document_date") or today
    for name in ("requested_delivery_date", "promised_delivery_date"):
        day = wanted.day(name)
        if day is not None and day.date() < document_date.date():
            raise Refusal(f"The field '{name}' must not be before the document date.")
    columns = dict(wanted.columns)
    if not settings.amend_header_analysis_codes:
        columns = {k: v for k, v in columns.items() if not k.startswith("AnalysisCode")}
    created_by = wanted.sent.get("document_created_by")
    if created_by is None or settings.logon_as_order_taker:
        created_by = user.name
    return {
        **columns,
        "CustomerID": account.id,
        "CustomerTypeID": customer_type(wanted),
        "DocumentDate": document_date,
        "CurrencyID": account.currency_id,
        "ExchangeRate": _exchange_rate(wanted, account),
        "DocumentDiscountPercent": _document_discount(wanted, user),
        "DocumentCreatedBy": created_by,
        "Priority": columns.get("Priority", account.priority),
    }


def _exchange_rate(wanted: WantedOrder, account: Customer) -> Decimal:
    sent = wanted.decimal("exchange_rate")
    if sent is None:
        return account.exchange_rate
    if account.is_base_currency and sent != 1:
        raise Refusal("The field 'exchange_rate' must be 1 in the base currency.")
    if sent <= 0:
        raise Refusal("The field 'exchange_rate' must be above 0.")
    return sent


def _document_discount(wanted: WantedOrder, user: User) -> Decimal:
    percent = wanted.decimal("document_discount_percent") or Decimal(0)
    if abs(percent) > _MOST_PERCENT:
        raise Refusal("The field 'document_discount_percent' must be from -99.99 to 99.99.")
    if percent and not user.override_prices_discounts:
        raise NotPermitted(
            f"Ex20320: user '{user.name}' does not have permission to override prices and "
            f"discounts ('document_discount_percent')."
        )
    return percent


def delivery_address(
    connection: psycopg.Connection, wanted: WantedOrder, account: Customer, settings: Settings
) -> dict[str, Value] | None:
    """Return the columns of the delivery address; nothing where the invoice address is used.

    Raises:
        Refusal: Unknown stored address, or one that contradicts ``use_invoice_address``.
    """
    stored_id = wanted.sent.get("customer_delivery_address_id")
    if stored_id is not None:
        cursor = connection.execute(_STORED_ADDRESS, (stored_id, account.id))
        row = cursor.fetchone()
        if row is None or cursor.description is None:
            raise Refusal(
                f"The field 'customer_delivery_address_id' is invalid: account "
                f"'{account.number}' has no delivery address {stored_id}."
            )
        return dict(zip((column.name for column in cursor.description), row, strict=True))
    sent = wanted.sent.get("delivery_address")
    if sent is None:
        return None
    if wanted.flag("use_invoice_address"):
        raise Refusal(
            "The field 'use_invoice_address' must be false where a delivery_address is given."
        )
    return address_columns(sent, _DELIVERY, settings, "delivery_address") | {
        "TaxCodeID": sent.get("tax_code_id", account.default_tax_code_id)
    }


def cash_address(wanted: WantedOrder, settings: Settings) -> dict[str, Value] | None:
    """Return the columns of the buyer's name and address on a cash order."""
    sent = wanted.sent.get("cash_account_invoice_address")
    if sent is None:
        return None
    return address_columns(sent, _ADDRESS, settings, "cash_account_invoice_address")


def address_columns(
    sent: Mapping[str, Any], names: Mapping[str, str], settings: Settings, path: str
) -> dict[str, Value]:
    """Return an address as columns; city and county exist only where addresses are segmented."""
    for name in ("city", "county"):
        if sent.get(name) and not settings.segmented_addresses:
            raise Refusal(f"The field '{path}.{name}' cannot be used: segmented addresses are off.")
    return {column: sent[name] for name, column in names.items() if name in sent}


def payment(
    connection: psycopg.Connection,
    wanted: WantedOrder,
    account: Customer,
    settings: Settings,
    behaviour: Behaviour,
    totals: Totals,
) -> Payment | None:
    """Return the payment with the order; nothing where there is none.

    Raises:
        Refusal: The settings, the method, the currency or the value do not allow it.
    """
    if not wanted.flag("payment_with_order"):
        return None
    if not settings.allow_payment:
        raise Refusal("Payments with orders are not allowed by the SOP settings.")
    method = records.payment_method(connection, wanted.sent.get("payment_method_id", 0))
    if method is None:
        raise Refusal("The field 'payment_method_id' is needed and must be a payment method.")
    if method.online_card:
        raise Refusal(f"Payment method '{method.name}' is an online card method.")
    if behaviour.payments_base_currency_only and not account.is_base_currency:
        raise Refusal(
            f"Payments with orders are in the base currency only; account '{account.number}' "
            f"is not ('payment_with_order')."
        )
    if method.currency_id not in {None, account.currency_id}:
        raise Refusal(
            f"Payment method '{method.name}' has another currency than account "
            f"'{account.number}' ('payment_method_id')."
        )
    kind = _payment_type(wanted)
    value = _payment_value(wanted, kind, totals)
    nominal: dict[str, Value] = {
        "NominalAccountRef": method.nominal,
        "NominalCostCentre": method.cost_centre,
        "NominalDepartment": method.department,
    }
    header: dict[str, Value] = {
        "PaymentWithOrder": 1,
        "PaymentTypeID": kind,
        "PaymentValue": value,
        "PaymentReference": wanted.sent.get("payment_reference", ""),
        "PaymentMethodID": method.id,
        "PaymentMethodName": method.name,
        "PaymentBankAccountID": method.bank_account_id,
        "PaymentNominalCodeID": method.nominal_id,
    } | {f"Payment{name}": column for name, column in nominal.items()}
    row = {"LineTotalValue": value, "Description": method.name, **nominal}
    return Payment(header, row)


def _payment_type(wanted: WantedOrder) -> int:
    word = wanted.sent.get("payment_type")
    values = enum_values("sop_order_payment_types")
    for known in values:
        if word in {None, known.value}:
            return known.id
    raise Refusal(f"The field 'payment_type' must be one of {', '.join(v.value for v in values)}.")


def _payment_value(wanted: WantedOrder, kind: int, totals: Totals) -> Decimal:
    value = wanted.decimal("payment_value")
    if value is None:
        if kind == _PART:
            raise Refusal("The field 'payment_value' is required for a part payment.")
        return totals.gross
    if value < 0:
        raise Refusal("The field 'payment_value' must not be negative.")
    differs = value != totals.gross if kind == _FULL else value > totals.gross
    if differs and not wanted.flag("suppress_warnings"):
        raise Refusal(
            f"The field 'payment_value' is {value}, the document total is {totals.gross}. Send "
            f"suppress_warnings to go on."
        )
    return value
