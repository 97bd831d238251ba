-- Invoices and credit notes made from sales orders and returns, printed or posted.
-- Reads:  SOPInvoiceCredit, SOPInvoiceCreditType, SLCustomerAccount, SYSCurrency,
--         SYSCurrencyISOCode.
-- Index:  the primary key of each: SOPInvoiceCredit is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  the invoice, its lines and its VAT items, each by its own OpLock. changed_rows.sql gathers
--         what changed in the other two, and this statement is asked for those keys instead of a
--         window. A customer's row moves with every posting and is not watched.
-- Lines:  invoice_lines.sql and invoice_tax_items.sql read them for each batch.
-- Ledger: document_no is the reference of its sales ledger transaction once posted.
select
  invoice."SOPInvoiceCreditID" as invoice_credit_id,
  invoice."SOPInvoiceCreditTypeID" as invoice_credit_type_id,
  case
    when lower(invoice_type."Name") like '%credit%' then 'credit_note'
    when lower(invoice_type."Name") like '%invoice%' then 'invoice'
    else 'other'
  end as invoice_credit_type,
  invoice."DocumentNo" as document_no,
  invoice."DocumentDate" as document_date,
  invoice."DocumentStatusID" as document_status_id,
  case invoice."DocumentStatusID"
    when 0 then 'live'
    when 1 then 'on_hold'
    when 2 then 'complete'
    when 3 then 'dispute'
    when 4 then 'cancelled'
    when 5 then 'draft'
    when 6 then 'printed'
    else 'other'
  end as document_status,
  invoice."CustomerID" as customer_id,
  customer."CustomerAccountNumber" as account_number,
  iso_currency."Code" as currency_code,
  invoice."ExchangeRate" as exchange_rate,
  invoice."SOPOrderReturnID" as sales_document_id, -- optional
  invoice."CustomerDocumentNo" as customer_document_no, -- optional
  invoice."IsConsolidated" as is_consolidated,
  invoice."InvoicedNetValue" as total_net,
  invoice."InvoicedTaxValue" as total_tax,
  invoice."InvoicedGrossValue" as total_gross,
  invoice."PaymentValue" as payment_value,
  invoice."DateCancelled" as cancelled_at,
  invoice."DateTimeCreated" as created_at,
  invoice."DateTimeUpdated" as updated_at, -- optional
  invoice."OpLock" as op_lock
from {schema}."SOPInvoiceCredit" as invoice
left join {schema}."SOPInvoiceCreditType" as invoice_type
  on invoice_type."SOPInvoiceCreditTypeID" = invoice."SOPInvoiceCreditTypeID"
left join {schema}."SLCustomerAccount" as customer
  on customer."SLCustomerAccountID" = invoice."CustomerID"
left join {schema}."SYSCurrency" as currency
  on currency."SYSCurrencyID" = customer."SYSCurrencyID"
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where invoice."SOPInvoiceCreditID" > :after_key
  and invoice."SOPInvoiceCreditID" <= :upto_key
  and invoice."OpLock" > :after
  and invoice."OpLock" < :below
order by invoice."SOPInvoiceCreditID"
offset 0 rows fetch next :batch_size rows only
