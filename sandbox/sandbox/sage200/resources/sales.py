"""Customers and their addresses."""

from __future__ import annotations

from sandbox.sage200.resources.source import Child, Link, Source, Words

CUSTOMER_FIELDS: dict[str, str | Words] = {
    "reference": "CustomerAccountNumber",
    "name": "CustomerAccountName",
    "short_name": "CustomerAccountShortName",
    "balance": "AccountBalance",
    "on_hold": "AccountIsOnHold",
    "account_status_type": Words("account_status_types", "SYSAccountStatusID"),
    "currency_id": "SYSCurrencyID",
    "exchange_rate_type": Words("exchange_rate_types", "SYSExchangeRateTypeID"),
    "telephone_country_code": "MainTelephoneCountryCode",
    "telephone_area_code": "MainTelephoneAreaCode",
    "telephone_subscriber_number": "MainTelephoneSubscriberNumber",
    "fax_country_code": "MainFaxCountryCode",
    "fax_area_code": "MainFaxAreaCode",
    "fax_subscriber_number": "MainFaxSubscriberNumber",
    "website": "MainWebsite",
    "country_code_id": "SYSCountryCodeID",
    "default_tax_code_id": "DefaultSYSTaxRateID",
    "vat_number": "TaxRegistrationNumber",
    "account_type": Words("trader_account_types", "SYSAccountTypeID"),
    "early_settlement_discount_days": "DaysEarlySettlementDiscApplies",
    "payment_terms_days": "PaymentTermsInDays",
    "payment_terms_basis": Words("trader_payment_terms", "SYSPaymentTermsBasisID"),
    "credit_bureau_id": "SYSCreditBureauID",
    "credit_position_id": "SYSCreditPositionID",
    "finance_charge_id": "SLFinanceChargeID",
    "associated_head_office_id": "AssociatedHeadOfficeAccountID",
    "order_priority": "DefaultOrderPriority",
    "months_to_keep_transactions": "MonthsToKeepTransactionsFor",
    "default_nominal_code_reference": "DefaultNominalAccountNumber",
    "default_nominal_code_cost_centre": "DefaultNominalCostCentre",
    "default_nominal_code_department": "DefaultNominalDepartment",
    "default_nominal_code_id": (
        '(select n."NLNominalAccountID" from dbo."NLNominalAccount" n'
        ' where n."AccountNumber" = t."DefaultNominalAccountNumber"'
        ' and n."AccountCostCentre" = t."DefaultNominalCostCentre"'
        ' and n."AccountDepartment" = t."DefaultNominalDepartment")'
    ),
}
"""Field of a customer by column of SLCustomerAccount, for reading and for writing."""

SOURCES = {
    "customers": Source(
        shape="customer",
        table="SLCustomerAccount",
        fields=CUSTOMER_FIELDS,
        children={"main_address": Child("customer_main_address", "customer_id", many=False)},
        links={
            "currency": Link("currencies", "currency_id"),
            "country_code": Link("country_codes", "country_code_id"),
            "default_tax_code": Link("tax_codes", "default_tax_code_id"),
            "default_nominal_code": Link("nominal_codes", "default_nominal_code_id"),
            "price_band": Link("price_bands", "price_band_id"),
        },
    ),
    "customer_main_address": Source(
        shape="customer.main_address",
        table="SLCustomerLocation",
        fields={
            "customer_id": "SLCustomerAccountID",
            "country": 'a."Name"',
            "contact_name": "''",
            "address_country_code_id": "AddressCountryID",
        },
        joins='left join dbo."SYSCountryCode" a on a."SYSCountryCodeID" = t."AddressCountryID"',
    ),
    "customer_views": Source(
        shape="customer_view",
        table="SLCustomerAccount",
        fields={
            **CUSTOMER_FIELDS,
            "currency_name": 'c."Name"',
            "currency_symbol": 'c."Symbol"',
            "currency_iso_code_id": 'c."SYSCurrencyISOCodeID"',
            "default_tax_rate_id": "DefaultSYSTaxRateID",
            "default_tax_rate_code": 'x."Code"',
            "default_tax_rate_name": 'x."Name"',
            "default_tax_rate": 'x."TaxRate"',
            "country_code": 'n."Code"',
            "default_nominal_account_number": "DefaultNominalAccountNumber",
        },
        joins='left join dbo."SYSCurrency" c using ("SYSCurrencyID")'
        ' left join dbo."SYSTaxRate" x on x."SYSTaxRateID" = t."DefaultSYSTaxRateID"'
        ' left join dbo."SYSCountryCode" n on n."SYSCountryCodeID" = t."SYSCountryCodeID"',
    ),
    "customer_delivery_addresses": Source(
        shape="customer_delivery_address",
        table="CustDeliveryAddress",
        fields={
            "is_default": "ThisIsDefaultAddress",
            "telephone": "TelephoneNo",
            "fax": "FaxNo",
            "email": "EmailAddress",
            "tax_number": "TaxNo",
        },
        links={
            "customer": Link("customers", "customer_id"),
            "tax_code": Link("tax_codes", "tax_code_id"),
            "country_code": Link("country_codes", "country_code_id"),
            "address_country_code": Link("country_codes", "address_country_code_id"),
        },
    ),
}
