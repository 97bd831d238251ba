-- Currencies and their rates.
-- Reads:  SYSCurrency, SYSCurrencyISOCode (some tens of rows).
-- Index:  the primary key of each: SYSCurrency is walked from :after_key to :upto_key, the others
--         are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
select
  currency."SYSCurrencyID" as currency_id,
  iso_currency."Code" as currency_code,
  currency."Name" as currency_name,
  currency."Symbol" as symbol,
  currency."OneUnitBaseEquals" as exchange_rate,
  currency."ThisIsBaseCurrency" as is_base_currency,
  currency."DateTimeCreated" as created_at,
  currency."DateTimeUpdated" as updated_at, -- optional
  currency."OpLock" as op_lock
from {schema}."SYSCurrency" as currency
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where currency."SYSCurrencyID" > :after_key
  and currency."SYSCurrencyID" <= :upto_key
  and currency."OpLock" > :after
  and currency."OpLock" < :below
order by currency."SYSCurrencyID"
offset 0 rows fetch next :batch_size rows only
