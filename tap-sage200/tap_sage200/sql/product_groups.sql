-- Product groups, with the kind of stock item they hold.
-- Reads:  ProductGroup.
-- Index:  its primary key ProductGroupID, walked from :after_key to :upto_key. OpLock has no index
--         in Sage 200; it filters rows already reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
select
  product_group."ProductGroupID" as product_group_id,
  product_group."Code" as product_group_code,
  product_group."Description" as description,
  product_group."StockItemTypeID" as stock_item_type_id,
  case product_group."StockItemTypeID"
    when 0 then 'stock'
    when 1 then 'miscellaneous'
    when 2 then 'service'
    else 'other'
  end as stock_item_type,
  product_group."TraceableTypeID" as traceable_type_id,
  product_group."CanItemLevelsGoNegative" as can_levels_go_negative,
  product_group."DateTimeCreated" as created_at,
  product_group."DateTimeUpdated" as updated_at, -- optional
  product_group."OpLock" as op_lock
from {schema}."ProductGroup" as product_group
where product_group."ProductGroupID" > :after_key
  and product_group."ProductGroupID" <= :upto_key
  and product_group."OpLock" > :after
  and product_group."OpLock" < :below
order by product_group."ProductGroupID"
offset 0 rows fetch next :batch_size rows only
