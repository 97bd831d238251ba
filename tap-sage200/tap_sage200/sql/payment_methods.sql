-- Payment methods of sales orders, with the account their money goes to.
-- Reads:  SOPPaymentMethod, SYSCurrency, SYSCurrencyISOCode.
-- Index:  the primary key of each: SOPPaymentMethod is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
select
  method."SOPPaymentMethodID" as payment_method_id,
  method."Name" as payment_method_name,
  method."Description" as description,
  method."PaymentBankAccountID" as bank_account_id,
  method."PaymentNominalAccountRef" as nominal_account,
  method."PaymentNominalCostCentre" as nominal_cost_centre,
  method."PaymentNominalDepartment" as nominal_department,
  iso_currency."Code" as currency_code,
  method."CardProcessingMethod" as takes_cards, -- optional
  method."DateTimeCreated" as created_at,
  method."DateTimeUpdated" as updated_at, -- optional
  method."OpLock" as op_lock
from {schema}."SOPPaymentMethod" as method
left join {schema}."SYSCurrency" as currency
  on currency."SYSCurrencyID" = method."CurrencyID"
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where method."SOPPaymentMethodID" > :after_key
  and method."SOPPaymentMethodID" <= :upto_key
  and method."OpLock" > :after
  and method."OpLock" < :below
order by method."SOPPaymentMethodID"
offset 0 rows fetch next :batch_size rows only
