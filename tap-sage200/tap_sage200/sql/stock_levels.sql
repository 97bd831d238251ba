-- Stock of each item in each warehouse, free stock by Sage's own formula.
-- Reads:  WarehouseItem, StockItem, Warehouse.
-- Index:  the primary key of each: WarehouseItem is walked from :after_key to :upto_key, the other
--         two are sought by key. No index on OpLock is counted on; it filters rows reached.
--         Watched rows: its foreign keys ItemID and WarehouseID.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second. Never NOLOCK: a dirty read would be
--         published as stock.
-- Watch:  a renamed item, or a warehouse opened to or closed for sales, sends its levels again:
--         changed_rows.sql gathers what changed there, and this statement is asked for those keys
--         instead of a window. So are, by their own key, levels whose web demand moved while the
--         row did not.
select
  holding."WarehouseItemID" as warehouse_item_id,
  holding."ItemID" as item_id,
  item."Code" as item_code,
  holding."WarehouseID" as warehouse_id,
  warehouse."Name" as warehouse_name,
  warehouse."UseForSalesTrading" as use_for_sales_trading,
  holding."ConfirmedQtyInStock" as confirmed_quantity,
  holding."UnconfirmedQtyInStock" as unconfirmed_quantity,
  holding."QuantityAllocatedSOP" as allocated_sop_quantity,
  holding."QuantityAllocatedStock" as allocated_stock_quantity,
  holding."QuantityAllocatedBOM" as allocated_bom_quantity,
  holding."QuantityReserved" as reserved_quantity,
  holding."QuantityOnPOPOrder" as on_purchase_order_quantity,
  holding."ConfirmedQtyInStock" + holding."UnconfirmedQtyInStock"
    - holding."QuantityAllocatedSOP" - holding."QuantityAllocatedStock"
    - holding."QuantityAllocatedBOM" as free_quantity,
  holding."DateTimeUpdated" as updated_at, -- optional
  holding."OpLock" as op_lock,
  item."OpLock" as item_op_lock,
  warehouse."OpLock" as warehouse_op_lock
from {schema}."WarehouseItem" as holding
join {schema}."StockItem" as item
  on item."ItemID" = holding."ItemID"
join {schema}."Warehouse" as warehouse
  on warehouse."WarehouseID" = holding."WarehouseID"
where holding."WarehouseItemID" > :after_key
  and holding."WarehouseItemID" <= :upto_key
  and holding."WarehouseID" in :warehouse_ids
  and holding."OpLock" > :after
  and holding."OpLock" < :below
order by holding."WarehouseItemID"
offset 0 rows fetch next :batch_size rows only
