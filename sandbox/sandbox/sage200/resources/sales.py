"""Customers and their addresses."""

from __future__ import annotations

from sandbox.sage200.resources.parts import CURRENCY
from sandbox.sage200.resources.source import Child, Link, Part, Source, Words

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
        children={
            "main_address": Child("customer_main_address", "customer_id", many=False),
            "limited_price_bands": Child("customer_price_bands", "customer_id"),
            "memos": Child("customer_memos", "customer_id"),
        },
        links={
            "currency": Link("currencies", "currency_id"),
            "country_code": Link("country_codes", "country_code_id"),
            "default_tax_code": Link("tax_codes", "default_tax_code_id"),
            "default_nominal_code": Link("nominal_codes", "default_nominal_code_id"),
            "price_band": Link("price_bands", "price_band_id"),
            "customer_discount_group": Link(
                "customer_discount_groups", "customer_discount_group_id"
            ),
            "order_value_discount": Link("order_value_discounts", "order_value_discount_id"),
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
    "customer_memos": Source(
        shape="customer_memo",
        table="SLAccountMemo",
        fields={
            "customer_id": "SLCustomerAccountID",
            "note": "MemoText",
            "is_active": "Active",
            "is_to_delete": "0",
            "created_by": "MemoCreatedBy",
        },
    ),
    "lookup_customers": Source(
        shape="lookup_customer",
        table="SLCustomerAccount",
        fields={
            "reference": "CustomerAccountNumber",
            "name": "CustomerAccountName",
            "short_name": "CustomerAccountShortName",
            "account_status_type_id": "SYSAccountStatusID",
            "office_type_id": "SLAssociatedOfficeTypeID",
            "post_code": (
                '(select l."Postcode" from dbo."SLCustomerLocation" l'
                ' where l."SLCustomerAccountID" = t."SLCustomerAccountID"'
                ' order by l."SLCustomerLocationID" limit 1)'
            ),
        },
    ),
    "customer_views": Source(
        shape="customer_view",
        table="SLCustomerAccount",
        fields={
            **CUSTOMER_FIELDS,
            "currency_iso_code": 'q."Code"',
            "currency_iso_code_name": 'q."Name"',
            "default_tax_rate_id": "DefaultSYSTaxRateID",
            "default_tax_rate": 'x."TaxRate"',
            "country_code": 'n."Code"',
            "default_nominal_account_number": "DefaultNominalAccountNumber",
            "base_balance": 'round(t."AccountBalance" / nullif(u."OneUnitBaseEquals", 0), 2)',
            "account_status_type_id": "SYSAccountStatusID",
            "account_type_id": "SYSAccountTypeID",
            # 0 means no limit
            "is_over_credit_limit": (
                '(t."CreditLimit" > 0'
                ' and t."AccountBalance" + t."ValueOfCurrentOrdersInSOP" > t."CreditLimit")'
            ),
            "customer_location_country_code": 'm."Code"',
            "customer_location_country_code_name": 'm."Name"',
            "customer_location_address_country_code_id": 'l."AddressCountryID"',
            "customer_location_country": 'm."Name"',
        },
        joins='left join dbo."SYSCurrency" u on u."SYSCurrencyID" = t."SYSCurrencyID"'
        ' left join dbo."SYSCurrencyISOCode" q'
        ' on q."SYSCurrencyISOCodeID" = u."SYSCurrencyISOCodeID"'
        ' left join dbo."SYSTaxRate" x on x."SYSTaxRateID" = t."DefaultSYSTaxRateID"'
        ' left join dbo."SYSCountryCode" n on n."SYSCountryCodeID" = t."SYSCountryCodeID"'
        ' left join dbo."PriceBand" b on b."PriceBandID" = t."PriceBandID"'
        ' left join dbo."CustomerDiscountGroup" d'
        ' on d."CustomerDiscountGroupID" = t."CustomerDiscountGroupID"'
        ' left join dbo."OrderValueDiscount" v'
        ' on v."OrderValueDiscountID" = t."OrderValueDiscountID"'
        ' left join lateral (select * from dbo."SLCustomerLocation" l'
        ' where l."SLCustomerAccountID" = t."SLCustomerAccountID"'
        ' order by l."SLCustomerLocationID" limit 1) l on true'
        ' left join dbo."SYSCountryCode" m on m."SYSCountryCodeID" = l."AddressCountryID"',
        parts={
            "currency_": CURRENCY,
            "default_tax_rate_": Part("x", "SYSTaxRate"),
            "price_band_": Part("b", "PriceBand"),
            "discount_group_": Part("d", "CustomerDiscountGroup"),
            "order_value_discount_": Part("v", "OrderValueDiscount"),
            "customer_location_": Part(
                "l",
                "SLCustomerLocation",
                {"post_code": "Postcode", "country_code_id": "SYSCountryCodeID"},
            ),
        },
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
