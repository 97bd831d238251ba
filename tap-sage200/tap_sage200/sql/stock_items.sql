-- Stock items: the products Sage knows.
-- Reads:  StockItem.
-- Index:  its primary key ItemID, walked from :after_key to :upto_key. OpLock has no index in Sage
--         200; it filters rows already reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Status: 0 is active, every other status is not; where Sage has none it stays unknown.
select
  item."ItemID" as item_id,
  item."Code" as item_code,
  item."Name" as item_name,
  item."ProductGroupID" as product_group_id,
  item."StockItemStatusID" as stock_item_status_id,
  case
    when item."StockItemStatusID" is null then null
    when item."StockItemStatusID" = 0 then 1
    else 0
  end as is_active,
  item."TaxCodeID" as tax_code_id,
  item."Weight" as weight,
  item."Barcode" as barcode,
  item."TraceableTypeID" as traceable_type_id,
  item."AllowSalesOrder" as allow_sales_order, -- optional
  item."FreeStockQuantity" as free_stock_quantity,
  item."DateTimeCreated" as created_at,
  item."DateTimeUpdated" as updated_at, -- optional
  item."OpLock" as op_lock
from {schema}."StockItem" as item
where item."ItemID" > :after_key
  and item."ItemID" <= :upto_key
  and item."OpLock" > :after
  and item."OpLock" < :below
order by item."ItemID"
offset 0 rows fetch next :batch_size rows only
