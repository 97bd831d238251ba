"""Codes: VAT, currencies, payment methods, couriers."""

from __future__ import annotations

from tap_sage200.catalogue.stamps import CREATED, OP_LOCK, UPDATED
from tap_sage200.columns import Column, Kind

_WHOLE, _NUMBER, _TEXT, _FLAG = Kind.INTEGER, Kind.NUMBER, Kind.TEXT, Kind.FLAG

TAX_CODES = (
    Column("tax_code_id", _WHOLE, "SYSTaxRate.SYSTaxRateID"),
    Column("tax_code", _WHOLE, "The short number users know"),
    Column("tax_code_name", _TEXT, "Name"),
    Column("tax_rate_percent", _NUMBER, "Rate, percent"),
    UPDATED,
    OP_LOCK,
)

CURRENCIES = (
    Column("currency_id", _WHOLE, "SYSCurrency.SYSCurrencyID"),
    Column("currency_code", _TEXT, "ISO code"),
    Column("currency_name", _TEXT, "Name"),
    Column("symbol", _TEXT, "Symbol"),
    Column("exchange_rate", _NUMBER, "Currency per unit of base currency"),
    Column("is_base_currency", _FLAG, "The base currency"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

PAYMENT_METHODS = (
    Column("payment_method_id", _WHOLE, "SOPPaymentMethod.SOPPaymentMethodID"),
    Column("payment_method_name", _TEXT, "Name"),
    Column("description", _TEXT, "Description"),
    Column("bank_account_id", _WHOLE, "CBAccount.CBAccountID the money goes to"),
    Column("nominal_account", _TEXT, "Nominal account the money goes to; SQL only"),
    Column("nominal_cost_centre", _TEXT, "Cost centre; SQL only"),
    Column("nominal_department", _TEXT, "Department; SQL only"),
    Column("currency_code", _TEXT, "ISO code; null is the base currency"),
    Column("takes_cards", _FLAG, "Cards are charged by Sage's provider"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

COURIERS = (
    Column("courier_id", _WHOLE, "Id of the courier"),
    Column("courier_name", _TEXT, "Name"),
    Column("website", _TEXT, "Website"),
    Column("tracking_url", _TEXT, "Address of its tracking page"),
    Column("is_default", _FLAG, "The default courier"),
    CREATED,
    UPDATED,
    OP_LOCK,
)


STREAMS = {
    "tax_codes": TAX_CODES,
    "currencies": CURRENCIES,
    "payment_methods": PAYMENT_METHODS,
    "couriers": COURIERS,
}
