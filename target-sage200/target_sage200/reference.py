"""Sage's codes, loaded in bulk once a run, in the form the mapping needs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sage200_client.reference import load_reference

from target_sage200.mapping.codes import (
    Bank,
    Customer,
    PaymentMethod,
    Product,
    SageCodes,
    TaxCode,
    code_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sage200_client.client import Sage200Client
    from sage200_client.reference import Reference

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
"""How currencies are found on releases that do not tell ISO codes."""


def read_codes(
    client: Sage200Client,
    currencies: Iterable[str],
    *,
    with_nominals: bool = False,
    with_banks: bool = False,
    customer_key: str = "",
) -> SageCodes:
    """Read one company's codes.

    Args:
        client: The company.
        currencies: ISO codes that documents may be in.
        with_nominals: Read the nominal accounts too.
        with_banks: Read the bank accounts, too; a user may lack access to the cash book.
        customer_key: Field of accounts that says whose they are; empty where none is needed.

    Raises:
        Sage200Error: Sage can't be read; the message says what to do.
    """
    reference = load_reference(client, with_nominal_codes=with_nominals)
    codes = codes_of(reference, currencies)
    if with_banks:
        codes = replace(codes, banks=_banks(client, _iso_codes(reference, currencies)))
    if customer_key:
        codes = replace(codes, customers=_with_keys(client, codes.customers, customer_key))
    return codes


def _banks(client: Sage200Client, iso_codes: Mapping[int, str]) -> dict[str, Bank]:
    fields = ["id", "code", "account_currency_id"]
    return {
        code_key(bank["code"]): Bank(
            int(bank["id"]), bank["code"], iso_codes.get(bank["account_currency_id"] or 0, "")
        )
        for bank in client.get_all("banks", select=fields)
        if bank.get("code")
    }


def _with_keys(
    client: Sage200Client, customers: Mapping[str, Customer], field: str
) -> dict[str, Customer]:
    keys = {
        int(one["id"]): str(one.get(field) or "")
        for one in client.get_all("customers", select=["id", field])
    }
    return {
        code: replace(customer, key=keys.get(customer.id, ""))
        for code, customer in customers.items()
    }


def codes_of(reference: Reference, currencies: Iterable[str]) -> SageCodes:
    """Put a reference snapshot in the mapping's terms."""
    iso_codes = _iso_codes(reference, currencies)
    base = reference.base_currency()
    return SageCodes(
        base_currency="" if base is None else iso_codes.get(base.id, base.symbol),
        products={
            code_key(product.code): Product(
                product.id,
                product.code,
                active="inactive" not in (product.product_status_type or "").lower(),
                allow_sales_order=product.allow_sales_order is not False,
                kept_in_stock=_kept_in_stock(reference, product.product_group_id),
            )
            for product in reference.products
        },
        tax_codes={
            code.code: TaxCode(code.id, code.code, code.tax_rate or Decimal(0))
            for code in reference.tax_codes
        },
        customers={
            code_key(customer.reference): Customer(
                customer.id,
                customer.reference,
                iso_codes.get(customer.currency_id or 0, ""),
                on_hold=bool(customer.on_hold),
            )
            for customer in reference.customers
        },
        warehouses={code_key(warehouse.name): warehouse.id for warehouse in reference.warehouses},
        payment_methods={
            code_key(method.name): PaymentMethod(
                method.id, method.name, online_card=bool(method.card_processing_method)
            )
            for method in reference.payment_methods
            if method.name
        },
        charges={
            code_key(charge.code): charge.id
            for charge in reference.additional_charges
            if charge.code
        },
        nominals=frozenset(
            code.full_code().rstrip().casefold() for code in reference.nominal_codes
        ),
        nominals_may_differ=reference.settings.amend_nominal_codes is not False,
        countries={country.code: country.name for country in reference.countries},
        country_ids={country.code: country.id for country in reference.countries},
        currency_ids={code: currency_id for currency_id, code in iso_codes.items()},
    )


def _kept_in_stock(reference: Reference, product_group_id: int | None) -> bool:
    group = reference.product_groups.by_id(product_group_id)
    return group is None or group.is_kept_in_stock()


def _iso_codes(reference: Reference, currencies: Iterable[str]) -> dict[int, str]:
    """ISO code by currency id, for the currencies asked for and the common ones."""
    found: dict[int, str] = {}
    for code in {*currencies, *SYMBOLS}:
        currency = reference.currencies.find(code) or reference.currencies.find(
            SYMBOLS.get(code, code)
        )
        if currency is not None:
            found[currency.id] = code
    return found
