"""Ledgers: sales, nominal, periods, and what Sage notes as deleted."""

from __future__ import annotations

from tap_sage200.catalogue.stamps import CREATED, OP_LOCK, UPDATED
from tap_sage200.columns import Column, Kind

_WHOLE, _NUMBER, _TEXT, _FLAG = Kind.INTEGER, Kind.NUMBER, Kind.TEXT, Kind.FLAG

SALES_LEDGER_TRANSACTIONS = (
    Column("sales_ledger_transaction_id", _WHOLE, "SLPostedCustomerTran.SLPostedCustomerTranID"),
    Column("transaction_type_id", _WHOLE, "SYSTraderTranType.SYSTraderTranTypeID"),
    Column(
        "transaction_type",
        _TEXT,
        "invoice, credit_note, receipt, payment, opening_invoice, opening_credit_note, …",
    ),
    Column("customer_id", _WHOLE, "SLCustomerAccount.SLCustomerAccountID"),
    Column("account_number", _TEXT, "Account number of the customer"),
    Column("currency_code", _TEXT, "ISO code of the account's currency"),
    Column("transaction_date", Kind.DAY, "Date of the document"),
    Column("due_date", Kind.DAY, "When it is due"),
    Column("posted_at", Kind.MOMENT, "When it was posted"),
    Column("reference", _TEXT, "Number of a SOP invoice, else as entered"),
    Column("second_reference", _TEXT, "Second reference"),
    Column("exchange_rate", _NUMBER, "Document currency per unit of base currency"),
    Column("goods_value", _NUMBER, "Net, account currency; signed as Sage keeps it"),
    Column("tax_value", _NUMBER, "VAT, account currency"),
    Column("gross_value", _NUMBER, "Net + VAT, account currency"),
    Column("discount_value", _NUMBER, "Settlement discount, account currency"),
    Column("allocated_value", _NUMBER, "Allocated, account currency"),
    Column("outstanding_value", _NUMBER, "Gross - allocated, account currency"),
    Column("base_gross_value", _NUMBER, "On the control account, base currency"),
    Column("settled_on", Kind.DAY, "Day of the full settlement"),
    Column("urn", _WHOLE, "Number of the posting, on all its ledger entries"),
    Column("accounting_period_id", _WHOLE, "Period it was posted to; SQL only"),
    Column("query_code", _TEXT, "Query flag"),
    Column("bank_account_id", _WHOLE, "CBAccount.CBAccountID of a receipt or payment; SQL only"),
    Column("user_name", _TEXT, "Who"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

SALES_LEDGER_ALLOCATIONS = (
    Column("sales_ledger_allocation_id", _WHOLE, "SLAllocationTran.SLAllocationTranID"),
    Column("allocation_session_id", _WHOLE, "SLAllocationHeader.SLAllocationHeaderID"),
    Column("sales_ledger_transaction_id", _WHOLE, "SLPostedCustomerTran.SLPostedCustomerTranID"),
    Column("customer_id", _WHOLE, "SLCustomerAccount.SLCustomerAccountID"),
    Column("account_number", _TEXT, "Account number of the customer"),
    Column("currency_code", _TEXT, "ISO code of the account's currency"),
    Column("allocation_date", Kind.DAY, "Day of the allocation"),
    Column("allocation_value", _NUMBER, "Allocated, account currency; signed as Sage keeps it"),
    Column("urn", _WHOLE, "URN of the session"),
    Column("is_complete", _FLAG, "The session is closed"),
    Column("user_name", _TEXT, "Who"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

NOMINAL_TRANSACTIONS = (
    Column("nominal_transaction_id", _WHOLE, "NLPostedNominalTran.NLPostedNominalTranID"),
    Column("nominal_account_id", _WHOLE, "NLNominalAccount.NLNominalAccountID"),
    Column("account_number", _TEXT, "Nominal account"),
    Column("cost_centre", _TEXT, "Cost centre"),
    Column("department", _TEXT, "Department"),
    Column("accounting_period_id", _WHOLE, "SYSAccountingPeriod.SYSAccountingPeriodID"),
    Column("period_number", _WHOLE, "Period of the year"),
    Column("financial_year_id", _WHOLE, "SYSFinancialYear.SYSFinancialYearID"),
    Column("transaction_date", Kind.DAY, "Date of the entry"),
    Column("base_value", _NUMBER, "Base currency; debit above zero, credit below"),
    Column("document_value", _NUMBER, "Document currency, same sign; SQL only"),
    Column("currency_code", _TEXT, "ISO code of the document's currency; SQL only"),
    Column("exchange_rate", _NUMBER, "Document currency per unit of base currency; SQL only"),
    Column("reference", _TEXT, "Reference"),
    Column("narrative", _TEXT, "Narrative"),
    Column("transaction_analysis_code", _TEXT, "Transaction analysis code"),
    Column("source_id", _WHOLE, "Ledger that made it"),
    Column("urn", _WHOLE, "Number of the posting, on all its ledger entries"),
    Column("posted_at", Kind.MOMENT, "When it was posted; SQL only"),
    Column("user_name", _TEXT, "Who"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

NOMINAL_ACCOUNTS = (
    Column("nominal_account_id", _WHOLE, "NLNominalAccount.NLNominalAccountID"),
    Column("account_number", _TEXT, "Number"),
    Column("cost_centre", _TEXT, "Cost centre"),
    Column("department", _TEXT, "Department"),
    Column("account_name", _TEXT, "Name"),
    Column("account_type_id", _WHOLE, "NLAccountType.NLAccountTypeID; SQL only"),
    Column("report_category_id", _WHOLE, "NLAccountReportCategory.NLAccountReportCategoryID"),
    Column("report_category_code", _TEXT, "Its code; SQL only"),
    Column("debit_year_to_date", _NUMBER, "Debits of this year, base currency"),
    Column("credit_year_to_date", _NUMBER, "Credits of this year, base currency"),
    Column("brought_forward", _NUMBER, "Balance brought forward, base currency"),
    Column("allows_journals", _FLAG, "Journals may be posted"),
    Column("account_status_id", _WHOLE, "0 active, 1 hidden"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

PERIOD_STATES = (
    Column("period_state_id", _WHOLE, "SYSModuleAccountingPeriod.SYSModuleAccountingPeriodID"),
    Column("module_id", _WHOLE, "SYSModule.SYSModuleID"),
    Column("module", _TEXT, "Name of the module"),
    Column("posting_status", _TEXT, "open, closed, future"),
)

ACCOUNTING_PERIODS = (
    Column("accounting_period_id", _WHOLE, "SYSAccountingPeriod.SYSAccountingPeriodID"),
    Column("financial_year_id", _WHOLE, "SYSFinancialYear.SYSFinancialYearID"),
    Column("financial_year_start", Kind.DAY, "First day of the financial year"),
    Column("year_relative_to_current", _WHOLE, "0 this financial year, -1 last, 1 next"),
    Column("period_number", _WHOLE, "Number in the year"),
    Column("start_date", Kind.DAY, "First day"),
    Column("end_date", Kind.DAY, "Last day"),
    Column("states", Kind.LIST, "Whether each module may post to it; SQL only", PERIOD_STATES),
    CREATED,
    UPDATED,
    OP_LOCK,
)

DELETIONS = (
    Column("deletion_id", _WHOLE, "DeleteLog.DeleteLogID"),
    Column("entity_name", _TEXT, "What kind of row was deleted, in Sage's words"),
    Column("foreign_id", _TEXT, "Its id"),
    Column("parent_key", _TEXT, "Id of what it belonged to"),
    Column("deleted_at", Kind.MOMENT, "When"),
    UPDATED,
    OP_LOCK,
)


STREAMS = {
    "sales_ledger_transactions": SALES_LEDGER_TRANSACTIONS,
    "sales_ledger_allocations": SALES_LEDGER_ALLOCATIONS,
    "nominal_transactions": NOMINAL_TRANSACTIONS,
    "nominal_accounts": NOMINAL_ACCOUNTS,
    "accounting_periods": ACCOUNTING_PERIODS,
    "deletions": DELETIONS,
}
