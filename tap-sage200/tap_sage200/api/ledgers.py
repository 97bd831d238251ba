"""Ledgers and codes by the API."""

from __future__ import annotations

from tap_sage200.api.fields import Given, Resource, found_in, id_of, word_of

_STAMPS = {"created_at": "date_time_created", "updated_at": "date_time_updated"}
TRANSACTION_TYPES = {
    0: "deleted",
    1: "receipt",
    2: "payment",
    4: "invoice",
    5: "credit_note",
    6: "opening_invoice",
    7: "opening_credit_note",
}

RESOURCES = {
    "tax_codes": Resource(
        "tax_codes",
        "id",
        {
            "tax_code_id": "id",
            "tax_code": "code",
            "tax_code_name": "name",
            "tax_rate_percent": "tax_rate",
            "updated_at": "date_time_updated",
        },
    ),
    "currencies": Resource(
        "currencies",
        "id",
        {
            "currency_id": "id",
            "currency_code": found_in("currency_codes", "id"),
            "currency_name": "name",
            "symbol": "symbol",
            "exchange_rate": "core_currency_rate",
            "is_base_currency": "is_base_currency",
            **_STAMPS,
        },
    ),
    "payment_methods": Resource(
        "sop_payment_methods",
        "id",
        {
            "payment_method_id": "id",
            "payment_method_name": "name",
            "description": "description",
            "bank_account_id": "bank_account_id",
            "currency_code": found_in("currency_codes", "currency_id"),
            "takes_cards": "card_processing_method",
            **_STAMPS,
        },
    ),
    "couriers": Resource(
        "couriers",
        "id",
        {
            "courier_id": "id",
            "courier_name": "name",
            "website": "website",
            "tracking_url": "tracking_url",
            "is_default": "is_default",
            **_STAMPS,
        },
    ),
    "sales_ledger_transactions": Resource(
        "sales_posted_transactions",
        "id",
        {
            "sales_ledger_transaction_id": "id",
            "transaction_type_id": id_of("trader_transaction_types", "trader_transaction_type"),
            "transaction_type": word_of(
                "trader_transaction_types", TRANSACTION_TYPES, "trader_transaction_type"
            ),
            "customer_id": "customer_id",
            "account_number": found_in("account_numbers", "customer_id"),
            "currency_code": found_in("account_currencies", "customer_id"),
            "transaction_date": "transaction_date",
            "due_date": "due_date",
            "posted_at": "posted_date",
            "reference": "reference",
            "second_reference": "second_reference",
            "exchange_rate": "exchange_rate",
            "goods_value": "document_goods_value",
            "tax_value": "document_tax_value",
            "gross_value": "document_gross_value",
            "discount_value": "document_discount_value",
            "allocated_value": "document_allocated_value",
            "outstanding_value": "document_outstanding_value",
            "base_gross_value": "control_value_in_base_currency",
            "settled_on": "full_settlement_date",
            "urn": "urn",
            "query_code": "queried",
            "user_name": "user_name",
            **_STAMPS,
        },
    ),
    "nominal_transactions": Resource(
        "nominal_transaction_enquiry_views",
        "id",
        {
            "nominal_transaction_id": "id",
            "nominal_account_id": "nominal_code_id",
            "account_number": found_in("nominal_numbers", "nominal_code_id"),
            "cost_centre": found_in("nominal_cost_centres", "nominal_code_id"),
            "department": found_in("nominal_departments", "nominal_code_id"),
            "accounting_period_id": "accounting_period_id",
            "period_number": "period_number",
            "financial_year_id": "financial_year_id",
            "transaction_date": "transaction_date",
            "base_value": Given(
                ("debit", "credit"), lambda _names, debit, credit: (debit or 0) - (credit or 0)
            ),
            "reference": "reference",
            "narrative": "narrative",
            "transaction_analysis_code": "transaction_analysis_code",
            "source_id": id_of("ledger_types", "source"),
            "urn": "urn",
            "user_name": "user_name",
        },
        stamps=(),
    ),
    "nominal_accounts": Resource(
        "nominal_codes",
        "id",
        {
            "nominal_account_id": "id",
            "account_number": "reference",
            "cost_centre": "cost_centre_code",
            "department": "department_code",
            "account_name": "name",
            "report_category_id": "report_category_id",
            "debit_year_to_date": "debit_balance_year_to_date",
            "credit_year_to_date": "credit_balance_year_to_date",
            "brought_forward": "brought_forward_balance",
            "allows_journals": "allow_manual_journal_entries",
            "account_status_id": id_of("account_status_types", "account_status_type"),
            **_STAMPS,
        },
    ),
    "accounting_periods": Resource(
        "financial_year_period_views",
        "accounting_period_id",
        {
            "accounting_period_id": "accounting_period_id",
            "financial_year_id": "financial_year_id",
            "financial_year_start": "financial_year_start_date",
            "year_relative_to_current": "year_relative_to_current_year",
            "period_number": "period_number",
            "start_date": "period_start_date",
            "end_date": "period_end_date",
        },
        stamps=(),
    ),
}
NOT_BY_API = {
    "sales_ledger_allocations": "the API shows allocations without an id of their own; what is "
    "allocated is in allocated_value of sales_ledger_transactions",
    "deletions": "the API has no list of them; the setting full_compare finds what is gone",
}
"""Streams the API can't give, and why."""
