-- Posted transactions of the sales ledger: invoices, credit notes, receipts, payments.
-- Reads:  SLPostedCustomerTran, SLCustomerAccount, SYSCurrency, SYSCurrencyISOCode.
-- Index:  the primary key of each: SLPostedCustomerTran is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  the transaction only: an allocation writes its AllocatedValue. A customer's row moves
--         with every posting and is not watched.
select
  posted."SLPostedCustomerTranID" as sales_ledger_transaction_id,
  posted."SYSTraderTranTypeID" as transaction_type_id,
  case posted."SYSTraderTranTypeID"
    when 0 then 'deleted'
    when 1 then 'receipt'
    when 2 then 'payment'
    when 4 then 'invoice'
    when 5 then 'credit_note'
    when 6 then 'opening_invoice'
    when 7 then 'opening_credit_note'
    else 'other'
  end as transaction_type,
  posted."SLCustomerAccountID" as customer_id,
  customer."CustomerAccountNumber" as account_number,
  iso_currency."Code" as currency_code,
  posted."TransactionDate" as transaction_date,
  posted."DueDate" as due_date,
  posted."PostedDate" as posted_at,
  posted."TransactionReference" as reference,
  posted."SecondReference" as second_reference,
  posted."DocumentToBaseCurrencyRate" as exchange_rate,
  posted."GoodsValueInAccountCurrency" as goods_value,
  posted."TaxValue" as tax_value,
  posted."GoodsValueInAccountCurrency" + posted."TaxValue" as gross_value,
  posted."DiscountValue" as discount_value,
  posted."AllocatedValue" as allocated_value,
  posted."GoodsValueInAccountCurrency" + posted."TaxValue"
    - posted."AllocatedValue" as outstanding_value,
  posted."SalControlValueInBaseCurrency" as base_gross_value,
  posted."FullSettlementDate" as settled_on,
  posted."UniqueReferenceNumber" as urn,
  posted."NominalAccountingPeriodID" as accounting_period_id, -- optional
  posted."QueryCode" as query_code,
  posted."CBAccountID" as bank_account_id,
  posted."UserName" as user_name,
  posted."DateTimeCreated" as created_at,
  posted."DateTimeUpdated" as updated_at, -- optional
  posted."OpLock" as op_lock
from {schema}."SLPostedCustomerTran" as posted
left join {schema}."SLCustomerAccount" as customer
  on customer."SLCustomerAccountID" = posted."SLCustomerAccountID"
left join {schema}."SYSCurrency" as currency
  on currency."SYSCurrencyID" = customer."SYSCurrencyID"
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where posted."SLPostedCustomerTranID" > :after_key
  and posted."SLPostedCustomerTranID" <= :upto_key
  and posted."OpLock" > :after
  and posted."OpLock" < :below
order by posted."SLPostedCustomerTranID"
offset 0 rows fetch next :batch_size rows only
