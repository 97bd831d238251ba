"""Customers, their addresses, payment methods and additional charges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.seed import files
from sandbox.sage200.seed.csv_file import read_csv
from sandbox.sage200.seed.lookups import Lookup

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.sage200.seed.csv_file import CsvRow, Problems
    from sandbox.sage200.seed.finance import Finance
    from sandbox.sage200.seed.price_book import PriceBook
    from sandbox.sage200.seed.rows import Rows, Value

_MAIN_LOCATION = 1


def add_customers(
    rows: Rows, folder: Path, problems: Problems, finance: Finance, book: PriceBook
) -> Lookup[str]:
    """Add customer accounts with their invoice and stored delivery addresses."""
    accounts: Lookup[str] = Lookup("customers.csv", "customer account")
    for row in read_csv(folder, "customers.csv", files.CUSTOMERS, problems):
        _add_customer(rows, row, finance, book, accounts)
    if (folder / "delivery_addresses.csv").exists():
        given = read_csv(folder, "delivery_addresses.csv", files.DELIVERY_ADDRESSES, problems)
        for row in given:
            _add_delivery_address(rows, row, finance, accounts)
    return accounts


def _address(row: CsvRow) -> dict[str, Value]:
    return {
        "AddressLine1": row.text("address_1"),
        "AddressLine2": row.text("address_2"),
        "AddressLine3": row.text("address_3"),
        "AddressLine4": row.text("address_4"),
        "City": row.text("city"),
        "County": row.text("county"),
        "Postcode": row.text("postcode"),
        "Country": row.text("country"),
    }


def _add_customer(
    rows: Rows, row: CsvRow, finance: Finance, book: PriceBook, accounts: Lookup[str]
) -> None:
    nominal = row.text("nominal_account")
    if nominal:
        finance.nominals.find(row, "nominal_account", nominal)
    currency_id = finance.currencies.find(row, "currency", row.text("currency"))
    country_id = finance.countries.find(row, "country", row.text("country"))
    tax_id = finance.tax_codes.find(row, "tax_code", row.integer("tax_code"))
    if currency_id is None or country_id is None or tax_id is None:
        return
    customer_id = rows.add(
        "SLCustomerAccount",
        {
            "CustomerAccountNumber": row.text("account"),
            "CustomerAccountName": row.text("name"),
            "CustomerAccountShortName": row.text("short_name") or row.text("name")[:8],
            "SYSCurrencyID": currency_id,
            "SYSCountryCodeID": country_id,
            "DefaultSYSTaxRateID": tax_id,
            "UseTaxCodeAsDefault": row.flag("use_tax_code_as_default"),
            "CreditLimit": row.decimal("credit_limit"),
            "AccountBalance": row.decimal("balance"),
            "AccountIsOnHold": row.flag("on_hold"),
            "SYSAccountStatusID": 1 if row.flag("hidden") else 0,
            "TaxRegistrationNumber": row.text("vat_number"),
            "DefaultNominalAccountNumber": nominal,
            "DefaultNominalCostCentre": row.text("nominal_cost_centre"),
            "DefaultNominalDepartment": row.text("nominal_department"),
            "DefaultOrderPriority": "A",
            "TermsAgreed": 1,
            "PriceBandID": _found(book.bands, row, "price_band"),
            "CustomerDiscountGroupID": _found(book.groups, row, "discount_group"),
            "OrderValueDiscountID": _found(book.order_values, row, "order_value_discount"),
        },
    )
    for name in _names(row.text("limited_price_bands")):
        band_id = book.bands.find(row, "limited_price_bands", name)
        rows.add(
            "SLCustomerPriceMapping",
            {"SLCustomerAccountID": customer_id, "PriceBandID": band_id},
        )
    accounts.put(row, "account", row.text("account"), customer_id)
    rows.add(
        "SLCustomerLocation",
        {
            "SLCustomerAccountID": customer_id,
            "SYSCountryCodeID": country_id,
            "AddressCountryID": country_id,
            "SYSTraderLocationTypeID": _MAIN_LOCATION,
            **_address(row),
        },
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(";") if name.strip()]


def _found(lookup: Lookup[str], row: CsvRow, column: str) -> int | None:
    return None if row.is_empty(column) else lookup.find(row, column, row.text(column))


def _add_delivery_address(rows: Rows, row: CsvRow, finance: Finance, accounts: Lookup[str]) -> None:
    country = row.text("country")
    country_id = finance.countries.find(row, "country", country) if country else None
    customer_id = accounts.find(row, "account", row.text("account"))
    tax_id = finance.tax_codes.find(row, "tax_code", row.integer("tax_code"))
    if customer_id is None or tax_id is None:
        return
    rows.add(
        "CustDeliveryAddress",
        {
            "CustomerID": customer_id,
            "Description": row.text("description"),
            "PostalName": row.text("postal_name"),
            **_address(row),
            "Contact": row.text("contact"),
            "TelephoneNo": row.text("telephone"),
            "EmailAddress": row.text("email"),
            "TaxCodeID": tax_id,
            "CountryCodeID": country_id,
            "AddressCountryCodeID": country_id,
        },
    )


def add_sop_codes(rows: Rows, folder: Path, problems: Problems, finance: Finance) -> None:
    """Add payment methods and additional charges."""
    for row in read_csv(folder, "payment_methods.csv", files.PAYMENT_METHODS, problems):
        currency, nominal = row.text("currency"), row.text("nominal_account")
        rows.add(
            "SOPPaymentMethod",
            {
                "Name": row.text("name"),
                "Description": row.text("description"),
                "CurrencyID": finance.currencies.find(row, "currency", currency)
                if currency
                else None,
                "PaymentNominalCodeID": finance.nominals.find(row, "nominal_account", nominal)
                if nominal
                else None,
                "PaymentNominalAccountRef": nominal,
                "CardProcessingMethod": row.flag("card_processing_method"),
            },
        )
    for row in read_csv(folder, "additional_charges.csv", files.ADDITIONAL_CHARGES, problems):
        rows.add(
            "SOPAdditionalCharge",
            {
                "Code": row.text("code"),
                "Name": row.text("name"),
                "ChargeValue": row.decimal("value"),
                "TaxCodeID": finance.tax_codes.find(row, "tax_code", row.integer("tax_code")),
                "NominalCodeID": finance.nominals.find(
                    row, "nominal_account", row.text("nominal_account")
                ),
            },
        )
