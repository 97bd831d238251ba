-- Price of each item in each price band.
-- Reads:  StockItemPrice, StockItem, PriceBand, SYSCurrency, SYSCurrencyISOCode.
-- Index:  the primary key of each: StockItemPrice is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
--         Watched rows: its foreign keys ItemID and PriceBandID.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  a renamed item or a changed band sends its prices again: changed_rows.sql gathers what
--         changed there, and this statement is asked for those keys instead of a window.
select
  price."StockItemPriceID" as stock_item_price_id,
  price."ItemID" as item_id,
  item."Code" as item_code,
  price."PriceBandID" as price_band_id,
  band."Name" as price_band_name,
  iso_currency."Code" as currency_code,
  price."Price" as price,
  price."UseStandard" as use_standard,
  price."DateTimeCreated" as created_at,
  price."DateTimeUpdated" as updated_at, -- optional
  price."OpLock" as op_lock,
  item."OpLock" as item_op_lock,
  band."OpLock" as band_op_lock
from {schema}."StockItemPrice" as price
join {schema}."StockItem" as item
  on item."ItemID" = price."ItemID"
join {schema}."PriceBand" as band
  on band."PriceBandID" = price."PriceBandID"
left join {schema}."SYSCurrency" as currency
  on currency."SYSCurrencyID" = band."CurrencyID"
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where price."StockItemPriceID" > :after_key
  and price."StockItemPriceID" <= :upto_key
  and price."OpLock" > :after
  and price."OpLock" < :below
order by price."StockItemPriceID"
offset 0 rows fetch next :batch_size rows only
