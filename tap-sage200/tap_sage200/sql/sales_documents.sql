-- Sales orders, returns, quotations and pro formas: their headers.
-- Reads:  SOPOrderReturn, SLCustomerAccount, SYSCurrency, SYSCurrencyISOCode.
-- Index:  the primary key of each: SOPOrderReturn is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  the header only. A customer's row moves with every posting to its account and is not
--         watched: it would send all documents of a web account again.
-- Currency: the document's own; where it has none, that of its customer, which is always the same.
select
  document."SOPOrderReturnID" as sales_document_id,
  document."DocumentTypeID" as document_type_id,
  case document."DocumentTypeID"
    when 0 then 'order'
    when 1 then 'return'
    when 2 then 'quotation'
    when 3 then 'pro_forma'
    else 'other'
  end as document_type,
  document."DocumentNo" as document_no,
  document."DocumentDate" as document_date,
  document."DocumentStatusID" as document_status_id,
  case document."DocumentStatusID"
    when 0 then 'live'
    when 1 then 'on_hold'
    when 2 then 'complete'
    when 3 then 'dispute'
    when 4 then 'cancelled'
    when 5 then 'draft'
    when 6 then 'printed'
    else 'other'
  end as document_status,
  document."CustomerDocumentNo" as customer_document_no,
  document."CustomerID" as customer_id,
  customer."CustomerAccountNumber" as account_number,
  iso_currency."Code" as currency_code,
  document."ExchangeRate" as exchange_rate,
  document."TotalNetValue" as total_net,
  document."TotalTaxValue" as total_tax,
  document."TotalGrossValue" as total_gross,
  document."PaymentValue" as payment_value,
  document."PaymentReference" as payment_reference,
  document."PaymentMethodName" as payment_method_name, -- optional
  document."AnalysisCode1" as analysis_code_1,
  document."AnalysisCode2" as analysis_code_2,
  document."AnalysisCode3" as analysis_code_3,
  document."DateTimeCreated" as created_at,
  document."DateTimeUpdated" as updated_at, -- optional
  document."OpLock" as op_lock
from {schema}."SOPOrderReturn" as document
left join {schema}."SLCustomerAccount" as customer
  on customer."SLCustomerAccountID" = document."CustomerID"
left join {schema}."SYSCurrency" as currency
  on currency."SYSCurrencyID" = coalesce(document."CurrencyID", customer."SYSCurrencyID")
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where document."SOPOrderReturnID" > :after_key
  and document."SOPOrderReturnID" <= :upto_key
  and document."OpLock" > :after
  and document."OpLock" < :below
order by document."SOPOrderReturnID"
offset 0 rows fetch next :batch_size rows only
