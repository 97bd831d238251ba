-- Stock of each item in each bin.
-- Reads:  BinItem.
-- Index:  its primary key BinItemID, walked from :after_key to :upto_key. OpLock has no index in
--         Sage 200; it filters rows already reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  the bin's own row; its warehouse and item are those of stock_levels' warehouse_item_id.
select
  bin."BinItemID" as bin_item_id,
  bin."BinName" as bin_name,
  bin."ItemID" as item_id,
  bin."WarehouseItemID" as warehouse_item_id,
  bin."ConfirmedQtyInStock" as confirmed_quantity,
  bin."UnconfirmedQtyInStock" as unconfirmed_quantity,
  bin."QuantityAllocatedSOP" as allocated_sop_quantity,
  bin."QuantityAllocatedStock" as allocated_stock_quantity,
  bin."QuantityAllocatedBOM" as allocated_bom_quantity,
  bin."QuantityReserved" as reserved_quantity,
  bin."ConfirmedQtyInStock" + bin."UnconfirmedQtyInStock"
    - bin."QuantityAllocatedSOP" - bin."QuantityAllocatedStock"
    - bin."QuantityAllocatedBOM" as free_quantity,
  bin."AllocationPriority" as allocation_priority, -- optional
  bin."DateOfLastStockCount" as last_counted_on,
  bin."DateTimeCreated" as created_at,
  bin."DateTimeUpdated" as updated_at, -- optional
  bin."OpLock" as op_lock
from {schema}."BinItem" as bin
where bin."BinItemID" > :after_key
  and bin."BinItemID" <= :upto_key
  and bin."OpLock" > :after
  and bin."OpLock" < :below
order by bin."BinItemID"
offset 0 rows fetch next :batch_size rows only
