"""Posted transactions of the sales and the nominal ledger, banks and control accounts."""

from __future__ import annotations

from sandbox.sage200.resources.source import Child, Link, Source, Words

GROSS = '(t."GoodsValueInAccountCurrency" + t."TaxValue")'
_RATE = 'nullif(t."DocumentToBaseCurrencyRate", 0)'
TRANSACTION_TYPE = Words("trader_transaction_types", "SYSTraderTranTypeID")
_BY_URN = (
    'join dbo."SLPostedCustomerTran" p on p."UniqueReferenceNumber" = t."UniqueReferenceNumber"'
)
_TAX_FIELDS: dict[str, str | Words] = {
    "id": "SYSTaxRateID",
    "code": 'x."Code"',
    "name": 'x."Name"',
    "goods_amount": "GoodsAmount",
    "tax_amount": "VatAmount",
    "tax_discount_amount": "ESVATDiscountAmount",
}
_JOIN_TAX = 'left join dbo."SYSTaxRate" x on x."SYSTaxRateID" = t."SYSTaxRateID"'
_NOMINAL_FIELDS: dict[str, str | Words] = {
    "code": 'a."AccountNumber"',
    "cost_centre": 'a."AccountCostCentre"',
    "department": 'a."AccountDepartment"',
    "name": 'a."AccountName"',
    "value": "GoodsValueInDocumentCurrency",
    "base_value": "GoodsValueInBaseCurrency",
    "source": Words("ledger_types", "Source"),
}
_JOIN_NOMINAL = 'join dbo."NLNominalAccount" a on a."NLNominalAccountID" = t."NLNominalAccountID"'


def in_base(column: str) -> str:
    """Return a value of a transaction in the base currency, at the transaction's rate."""
    return f"round({column} / {_RATE}, 2)"


BASE_TAX = in_base('t."TaxValue"')
ALLOCATED_BASE = in_base('t."AllocatedValue"')

TRANSACTION_FIELDS: dict[str, str | Words] = {
    "customer_id": "SLCustomerAccountID",
    "trader_transaction_type": TRANSACTION_TYPE,
    "reference": "TransactionReference",
    "queried": "QueryCode",
    "document_goods_value": "GoodsValueInAccountCurrency",
    "document_gross_value": GROSS,
    "document_tax_value": "TaxValue",
    "document_discount_value": "DiscountValue",
    "discount_percent": "DiscountPercentage",
    "document_tax_discount_value": "ESVATDiscountAmount",
    "document_allocated_value": "AllocatedValue",
    "document_outstanding_value": f'({GROSS} - t."AllocatedValue")',
    "base_goods_value": f'(t."SalControlValueInBaseCurrency" - {BASE_TAX})',
    "base_gross_value": "SalControlValueInBaseCurrency",
    "base_tax_value": BASE_TAX,
    "base_discount_value": in_base('t."DiscountValue"'),
    "base_tax_discount_value": in_base('t."ESVATDiscountAmount"'),
    "base_allocated_value": ALLOCATED_BASE,
    "control_value_in_base_currency": "SalControlValueInBaseCurrency",
    "exchange_rate": "DocumentToBaseCurrencyRate",
    "settled_immediately": "IsSettledImmediately",
    "discount_days": "DaysDiscountValid",
    "urn": "UniqueReferenceNumber",
}
"""Field of a transaction by column of SLPostedCustomerTran."""
TRANSACTION_CHILDREN = {
    "tax_analysis_items": Child("posted_transaction_taxes", "posted_id"),
    "nominal_analysis_items": Child("posted_transaction_nominals", "posted_id"),
    "bank_items": Child("posted_transaction_banks", "posted_id"),
    "allocation_session_items": Child("posted_transaction_sessions", "posted_id"),
}
BANK_FIELDS: dict[str, str | Words] = {
    "code": "AccountCode",
    "description": "AccountDescription",
    "sort_code": "BankSortCode",
    "account_no": "AccountNumber",
    "account_status_type": Words("account_status_types", "SYSAccountStatusID"),
    "balance": "CurrentBalanceInAccntCurrency",
    "balance_in_base": "CurrentBalanceInBaseCurrency",
    "iban": "IBANNumber",
    "bic": "BICNumber",
    "statement_date": "LastStatementDate",
    "statement_page_number": "LastStatementPageNumber",
    "account_currency_id": "AccountSYSCurrencyID",
    "bank_account_nominal_reference": "BankAccountNominalNumber",
    "bank_charges_nominal_reference": "BankChargesNominalNumber",
    "exchange_diff_nominal_reference": "ExchangeDiffNominalNumber",
}
"""Field of a bank by column of CBAccount."""

SOURCES = {
    "sales_posted_transactions": Source(
        shape="sales_posted_transaction",
        table="SLPostedCustomerTran",
        fields=TRANSACTION_FIELDS,
        children=TRANSACTION_CHILDREN,
        links={"customer": Link("customers", "customer_id")},
    ),
    "posted_transaction_taxes": Source(
        shape="sales_posted_transaction.tax_analysis_items",
        table="SYSTaxTran",
        fields={**_TAX_FIELDS, "posted_id": 'p."SLPostedCustomerTranID"'},
        joins=f"{_BY_URN} {_JOIN_TAX}",
        order='t."SYSTaxTranID"',
    ),
    "posted_transaction_nominals": Source(
        shape="sales_posted_transaction.nominal_analysis_items",
        table="NLPostedNominalTran",
        fields={**_NOMINAL_FIELDS, "posted_id": 'p."SLPostedCustomerTranID"'},
        joins=f"{_BY_URN} {_JOIN_NOMINAL}",
        order='t."NLPostedNominalTranID"',
    ),
    "posted_transaction_banks": Source(
        shape="sales_posted_transaction.bank_items",
        table="CBPostedAccountTran",
        fields={
            "bank_code": 'b."AccountCode"',
            "name": 'b."AccountDescription"',
            "reference": "TransactionReference",
            "statement_date": "LastStatementDate",
            "urn": "UniqueReferenceNumber",
            "posted_id": 'p."SLPostedCustomerTranID"',
        },
        joins=f'{_BY_URN} join dbo."CBAccount" b on b."CBAccountID" = t."CBAccountID"',
        order='t."CBPostedAccountTranID"',
    ),
    "posted_transaction_sessions": Source(
        shape="sales_posted_transaction.allocation_session_items",
        table="SLAllocationTran",
        fields={
            "user_name": 'h."UserName"',
            "ledger_type": Words("ledger_types", 'p."Source"'),
            "urn": 'h."UniqueReferenceNumber"',
            "allocation_date": 'h."AllocationDate"',
            "trader_transaction_type": Words("trader_transaction_types", 'p."SYSTraderTranTypeID"'),
            "reference": 'p."TransactionReference"',
            "value": '(p."GoodsValueInAccountCurrency" + p."TaxValue")',
            "allocation_value": "AllocationValue",
            "posted_id": "SLPostedCustomerTranID",
        },
        joins='join dbo."SLAllocationHeader" h using ("SLAllocationHeaderID")'
        ' join dbo."SLPostedCustomerTran" p'
        ' on p."SLPostedCustomerTranID" = t."SLPostedCustomerTranID"',
        order='t."SLAllocationTranID"',
    ),
    "nominal_transaction_enquiry_views": Source(
        shape="nominal_transaction_enquiry_view",
        table="NLPostedNominalTran",
        fields={
            "nominal_code_id": "NLNominalAccountID",
            "period_number": 'r."PeriodNumber"',
            "debit": 'greatest(t."GoodsValueInBaseCurrency", 0)',
            "credit": 'greatest(-t."GoodsValueInBaseCurrency", 0)',
            "source": Words("ledger_types", "Source"),
            "urn": "UniqueReferenceNumber",
            "accounting_period_id": "SYSAccountingPeriodID",
            "financial_year_id": 'r."SYSFinancialYearID"',
            "financial_year_start_date": 'y."FinancialYearStartDate"',
            "year_relative_to_current_year": 'y."YearRelativeToCurrentYear"',
        },
        joins='join dbo."SYSAccountingPeriod" r'
        ' on r."SYSAccountingPeriodID" = t."SYSAccountingPeriodID"'
        ' join dbo."SYSFinancialYear" y on y."SYSFinancialYearID" = r."SYSFinancialYearID"',
        children={
            "tax_analysis_items": Child("nominal_transaction_taxes", "nominal_tran_id"),
            "trade_items": Child("nominal_transaction_trades", "nominal_tran_id"),
        },
    ),
    "nominal_transaction_taxes": Source(
        shape="nominal_transaction_enquiry_view.tax_analysis_items",
        table="SYSTaxTran",
        fields={**_TAX_FIELDS, "nominal_tran_id": 'n."NLPostedNominalTranID"'},
        joins='join dbo."NLPostedNominalTran" n'
        f' on n."UniqueReferenceNumber" = t."UniqueReferenceNumber" {_JOIN_TAX}',
        order='t."SYSTaxTranID"',
    ),
    "nominal_transaction_trades": Source(
        shape="nominal_transaction_enquiry_view.trade_items",
        table="SLPostedCustomerTran",
        fields={
            "account_number": 'c."CustomerAccountNumber"',
            "account_name": 'c."CustomerAccountName"',
            "trading_entry_type": TRANSACTION_TYPE,
            "reference": "TransactionReference",
            "gross_value": GROSS,
            "urn": "UniqueReferenceNumber",
            "nominal_tran_id": 'n."NLPostedNominalTranID"',
        },
        joins='join dbo."NLPostedNominalTran" n'
        ' on n."UniqueReferenceNumber" = t."UniqueReferenceNumber"'
        ' join dbo."SLCustomerAccount" c on c."SLCustomerAccountID" = t."SLCustomerAccountID"',
        order='t."SLPostedCustomerTranID"',
    ),
    "banks": Source(
        shape="bank",
        table="CBAccount",
        fields=BANK_FIELDS,
        links={"account_currency": Link("currencies", "account_currency_id")},
    ),
    "control_nominal_codes": Source(shape="control_nominal_code", table="NLDefaultNominalAccount"),
}
