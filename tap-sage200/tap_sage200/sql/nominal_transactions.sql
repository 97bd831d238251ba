-- Posted entries of the nominal ledger.
-- Reads:  NLPostedNominalTran, NLNominalAccount, SYSAccountingPeriod, SYSCurrency,
--         SYSCurrencyISOCode.
-- Index:  the primary key of each: NLPostedNominalTran is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  the entry only. An account's row moves with every entry and is not watched; its number
--         is what it is for good.
-- Sign:   base_value is above zero for a debit, below for a credit.
select
  posted."NLPostedNominalTranID" as nominal_transaction_id,
  posted."NLNominalAccountID" as nominal_account_id,
  account."AccountNumber" as account_number,
  account."AccountCostCentre" as cost_centre,
  account."AccountDepartment" as department,
  posted."SYSAccountingPeriodID" as accounting_period_id,
  period."PeriodNumber" as period_number,
  period."SYSFinancialYearID" as financial_year_id,
  posted."TransactionDate" as transaction_date,
  posted."GoodsValueInBaseCurrency" as base_value,
  posted."GoodsValueInDocumentCurrency" as document_value,
  iso_currency."Code" as currency_code,
  posted."ExchangeRate" as exchange_rate,
  posted."Reference" as reference,
  posted."Narrative" as narrative,
  posted."TransactionAnalysisCode" as transaction_analysis_code,
  posted."Source" as source_id,
  posted."UniqueReferenceNumber" as urn,
  posted."PostedDate" as posted_at,
  posted."UserName" as user_name,
  posted."DateTimeCreated" as created_at,
  posted."DateTimeUpdated" as updated_at, -- optional
  posted."OpLock" as op_lock
from {schema}."NLPostedNominalTran" as posted
left join {schema}."NLNominalAccount" as account
  on account."NLNominalAccountID" = posted."NLNominalAccountID"
left join {schema}."SYSAccountingPeriod" as period
  on period."SYSAccountingPeriodID" = posted."SYSAccountingPeriodID"
left join {schema}."SYSCurrency" as currency
  on currency."SYSCurrencyID" = posted."DocumentCurrencyID"
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where posted."NLPostedNominalTranID" > :after_key
  and posted."NLPostedNominalTranID" <= :upto_key
  and posted."OpLock" > :after
  and posted."OpLock" < :below
order by posted."NLPostedNominalTranID"
offset 0 rows fetch next :batch_size rows only
