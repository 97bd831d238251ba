-- VAT codes and their rates.
-- Reads:  SYSTaxRate (some tens of rows).
-- Index:  its primary key.
-- Locks:  shared row locks, each given back as soon as its row is read; under a millisecond.
select
  tax_rate."SYSTaxRateID" as tax_code_id,
  tax_rate."Code" as tax_code,
  tax_rate."Name" as tax_code_name,
  tax_rate."TaxRate" as tax_rate_percent,
  tax_rate."DateTimeUpdated" as updated_at, -- optional
  tax_rate."OpLock" as op_lock
from {schema}."SYSTaxRate" as tax_rate
where tax_rate."SYSTaxRateID" > :after_key
  and tax_rate."SYSTaxRateID" <= :upto_key
  and tax_rate."OpLock" > :after
  and tax_rate."OpLock" < :below
order by tax_rate."SYSTaxRateID"
offset 0 rows fetch next :batch_size rows only
