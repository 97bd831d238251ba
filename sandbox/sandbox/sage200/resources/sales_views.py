"""The views of the sales ledger, and its settings."""

from __future__ import annotations

from sandbox.sage200.resources.ledger import (
    ALLOCATED_BASE,
    GROSS,
    TRANSACTION_CHILDREN,
    TRANSACTION_FIELDS,
    TRANSACTION_TYPE,
)
from sandbox.sage200.resources.parts import CURRENCY, CUSTOMER
from sandbox.sage200.resources.source import Link, Source, Words

SOURCES = {
    "sales_transaction_views": Source(
        shape="sales_transaction_view",
        table="SLPostedCustomerTran",
        fields={
            **TRANSACTION_FIELDS,
            "posted_customer_transaction_id": "SLPostedCustomerTranID",
            "transaction_type": TRANSACTION_TYPE,
            "query": "QueryCode",
            "ledger_type": Words("ledger_types", "Source"),
            "base_outstanding_value": f'(t."SalControlValueInBaseCurrency" - {ALLOCATED_BASE})',
            "transaction_date_time_updated": "DateTimeUpdated",
        },
        joins='join dbo."SLCustomerAccount" c using ("SLCustomerAccountID")'
        ' left join dbo."SYSCurrency" u on u."SYSCurrencyID" = c."SYSCurrencyID"',
        parts={"customer_": CUSTOMER, "currency_": CURRENCY},
        key="posted_customer_transaction_id",
    ),
    "sales_transaction_enquiry_views": Source(
        shape="sales_transaction_enquiry_view",
        table="SLPostedCustomerTran",
        fields={
            **TRANSACTION_FIELDS,
            "discount_days": 't."DaysDiscountValid"::text',
            "document_discounted_value": f'({GROSS} - t."DiscountValue")',
            "source": Words("ledger_types", "Source"),
            "has_documents": "0",
        },
        children=TRANSACTION_CHILDREN,
        links={"customer": Link("customers", "customer_id")},
    ),
    "sales_ledger_settings": Source(
        shape="sales_ledger_settings",
        table="SLSetting",
        fields={
            "maximum_enquiry_transactions_to_display": "MaxEnquiryTransToDisplay",
            "show_outstanding_transactions": "ShowOutstandingTrans",
            "tax_recovery_period": "BadDebtVatrecoveryWaitPeriod",
            "default_tax_code_id": "DefaultSYSTaxRateID",
            "no_of_reporting_periods": "NumberOfAgeingPeriods",
            "default_payment_terms_basis": Words("trader_payment_terms", "SYSPaymentTermsBasisID"),
            "use_account_periods_as_trading_periods": "UseAccountPeriodsAsTradPeriods",
            "revalue_foreign_entries": "UseForeignCurrencyRevaluation",
        },
        links={"default_tax_code": Link("tax_codes", "default_tax_code_id")},
    ),
    # the calendar of the sales ledger is that of the accounts, unless the settings say otherwise
    "sales_trading_periods": Source(
        shape="sales_trading_period",
        table="SYSAccountingPeriod",
        fields={"period_number": 't."PeriodNumber"::text'},
        order='t."StartDate"',
    ),
}
