-- Customer accounts with their currency.
-- Reads:  SLCustomerAccount, SYSCurrency, SYSCurrencyISOCode.
-- Index:  the primary key of each: SLCustomerAccount is walked from :after_key to :upto_key, the
--         other two are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
select
  customer."SLCustomerAccountID" as customer_id,
  customer."CustomerAccountNumber" as account_number,
  customer."CustomerAccountName" as account_name,
  customer."CustomerAccountShortName" as short_name,
  iso_currency."Code" as currency_code,
  customer."AccountBalance" as account_balance,
  customer."CreditLimit" as credit_limit,
  customer."AccountIsOnHold" as is_on_hold,
  customer."SYSAccountStatusID" as account_status_id, -- optional
  customer."PriceBandID" as price_band_id,
  customer."CustomerDiscountGroupID" as discount_group_id,
  customer."DateTimeUpdated" as updated_at, -- optional
  customer."OpLock" as op_lock
from {schema}."SLCustomerAccount" as customer
left join {schema}."SYSCurrency" as currency
  on currency."SYSCurrencyID" = customer."SYSCurrencyID"
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where customer."SLCustomerAccountID" > :after_key
  and customer."SLCustomerAccountID" <= :upto_key
  and customer."OpLock" > :after
  and customer."OpLock" < :below
order by customer."SLCustomerAccountID"
offset 0 rows fetch next :batch_size rows only
