-- Price bands (price lists) with their currency.
-- Reads:  PriceBand, SYSCurrency, SYSCurrencyISOCode.
-- Index:  the primary key of each: PriceBand is walked from :after_key to :upto_key, the others are
--         sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Currency: the band's own; the standard band has none in some releases, which means the base
--         currency.
select
  band."PriceBandID" as price_band_id,
  band."Name" as price_band_name,
  band."Description" as description,
  band."ThisIsTheStandardBand" as is_standard,
  iso_currency."Code" as currency_code,
  band."PriceBandTypeID" as price_band_type_id, -- optional
  band."IsActive" as is_active, -- optional
  band."IsTimeBased" as is_time_based, -- optional
  band."ActiveDateTimeFrom" as active_from, -- optional
  band."ActiveDateTimeTo" as active_to, -- optional
  band."DateTimeCreated" as created_at,
  band."DateTimeUpdated" as updated_at, -- optional
  band."OpLock" as op_lock
from {schema}."PriceBand" as band
left join {schema}."SYSCurrency" as currency
  on currency."SYSCurrencyID" = band."CurrencyID"
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where band."PriceBandID" > :after_key
  and band."PriceBandID" <= :upto_key
  and band."OpLock" > :after
  and band."OpLock" < :below
order by band."PriceBandID"
offset 0 rows fetch next :batch_size rows only
