-- Currencies and their rates.
-- Reads:  SYSCurrency, SYSCurrencyISOCode (some tens of rows).
-- Index:  the primary key of each: SYSCurrency is walked upwards from :after_key, the others are
--         sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. A full read takes milliseconds a batch. Where few rows changed, one
--         statement walks on until it has :batch_size of them or the table ends: one reading of
--         it at most.
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
  and currency."OpLock" > :after
  and currency."OpLock" < :below
order by currency."SYSCurrencyID"
offset 0 rows fetch next :batch_size rows only
