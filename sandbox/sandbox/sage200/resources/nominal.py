"""The nominal ledger beside its postings: cost centres, period values, settings, banks' entries."""

from __future__ import annotations

from sandbox.sage200.resources.ledger import BANK_FIELDS
from sandbox.sage200.resources.parts import CURRENCY, PERIOD, YEAR
from sandbox.sage200.resources.source import Link, Part, Source, Words

_ACCOUNT = {
    "name": "AccountName",
    "reference": "AccountNumber",
    "cost_centre_code": "AccountCostCentre",
    "department_code": "AccountDepartment",
    "nominal_account_type_id": "NLAccountTypeID",
    "account_status_type_id": "SYSAccountStatusID",
    "balance_year_to_date": '(t."DebitYearToDate" - t."CreditYearToDate")',
}

SOURCES = {
    "cost_centres": Source(shape="cost_centre", table="NLCostCentre", fields={"is_to_delete": "0"}),
    "departments": Source(shape="department", table="NLDepartment", fields={"is_to_delete": "0"}),
    "lookup_nominal_codes": Source(
        shape="lookup_nominal_code", table="NLNominalAccount", fields=_ACCOUNT
    ),
    "nominal_code_views": Source(
        shape="nominal_code_view",
        table="NLNominalAccount",
        fields={
            **_ACCOUNT,
            "cost_centre_id": 'nullif(t."NLCostCentreID", 0)',
            "department_id": 'nullif(t."NLDepartmentID", 0)',
            "report_category_id": "NLAccountReportCategoryID",
            "sofa_category_id": "NLAccountSofaCategoryID",
            "allow_manual_journal_entries": "AllowJournalsToBePosted",
            "use_batch_postings": "PostBatchTotalsOnly",
            "consolidated_nominal_account_number": "ConsolidatedAccountNumber",
            "consolidated_nominal_cost_centre": "ConsolidatedCostCentre",
            "consolidated_nominal_department": "ConsolidatedDepartment",
        },
        joins='left join dbo."NLAccountReportCategory" k'
        ' on k."NLAccountReportCategoryID" = t."NLAccountReportCategoryID"',
        parts={"report_category_": Part("k", "NLAccountReportCategory")},
    ),
    # one row per account and period; the actual value is added up from what was posted
    "nominal_period_value_views": Source(
        shape="nominal_period_value_view",
        table="NLNominalAccount",
        fields={
            "nominal_code_id": "NLNominalAccountID",
            "nominal_code_account_status_type": Words("account_status_types", "SYSAccountStatusID"),
            "nominal_period_value_budget_value": "0::numeric(18,2)",
            "nominal_period_value_actual_value": (
                '(select coalesce(sum(p."GoodsValueInBaseCurrency"), 0)'
                ' from dbo."NLPostedNominalTran" p'
                ' where p."NLNominalAccountID" = t."NLNominalAccountID"'
                ' and p."SYSAccountingPeriodID" = r."SYSAccountingPeriodID")'
            ),
            "nominal_period_value_adjustment_after_year_end_close": "0::numeric(18,2)",
            "year_relative_to_current_year": 'y."YearRelativeToCurrentYear"',
            "number_of_periods_in_year": 'y."NumberOfPeriodsInYear"',
        },
        joins='cross join dbo."SYSAccountingPeriod" r'
        ' join dbo."SYSFinancialYear" y on y."SYSFinancialYearID" = r."SYSFinancialYearID"',
        parts={
            "nominal_code_": Part(
                "t",
                "NLNominalAccount",
                {
                    "name": "AccountName",
                    "reference": "AccountNumber",
                    "cost_centre": "AccountCostCentre",
                    "department": "AccountDepartment",
                    "account_number_cost_centre_id": "NLAccountNumberCostCentreID",
                    "cost_centre_id": "NLCostCentreID",
                    "department_id": "NLDepartmentID",
                    "report_category_id": "NLAccountReportCategoryID",
                },
            ),
            "accounting_period_": PERIOD,
            "financial_year_": YEAR,
        },
        order='t."NLNominalAccountID", r."StartDate"',
        key="nominal_code_id",
    ),
    "nominal_ledger_settings": Source(
        shape="nominal_ledger_settings",
        table="NLSetting",
        fields={
            "allow_additional_trans_analysis": "UseAdditionalTransAnalysis",
            "is_consolidation_enabled": "UseCompanyConsolidation",
            "keep_nominal_transactions": "KeepTransactionsAfterPeriodEnd",
        },
    ),
    "nominal_transaction_analysis_codes": Source(
        shape="nominal_transaction_analysis_code", table="SYSTranAnalysisCode"
    ),
    "bank_posted_transactions": Source(
        shape="bank_posted_transaction",
        table="CBPostedAccountTran",
        fields={
            "bank_id": "CBAccountID",
            "entry_description": "ChequeDescription",
            "reference": "TransactionReference",
            "cheque_to_account_currency_rate": "ChequeToAccountExchangeRate",
            "bank_cheque_to_base_currency_rate": "ChequeToBaseCurrExchangeRate",
            "cheque_currency_id": "ChequeSYSCurrencyID",
            "source": Words("ledger_types", "Source"),
            "urn": "UniqueReferenceNumber",
        },
        links={
            "bank": Link("banks", "bank_id"),
            "cheque_currency": Link("currencies", "cheque_currency_id"),
        },
    ),
    "bank_views": Source(
        shape="bank_view",
        table="CBAccount",
        fields={
            **BANK_FIELDS,
            "account_type_id": "CBAccountTypeID",
            "account_status_type_id": "SYSAccountStatusID",
            "currency_iso_code": 'n."Code"',
            "currency_iso_code_name": 'n."Name"',
        },
        joins='left join dbo."SYSCurrency" u on u."SYSCurrencyID" = t."AccountSYSCurrencyID"'
        ' left join dbo."SYSCurrencyISOCode" n'
        ' on n."SYSCurrencyISOCodeID" = u."SYSCurrencyISOCodeID"',
        parts={"currency_": CURRENCY},
    ),
    "lookup_banks": Source(
        shape="lookup_bank",
        table="CBAccount",
        fields=BANK_FIELDS,
    ),
}
