-- The same stock levels, for named holdings: those whose web demand moved while the row did not.
-- Reads:  WarehouseItem, StockItem, Warehouse.
-- Index:  the primary key of each, sought by key.
-- Locks:  shared row locks on at most 500 rows, each given back as soon as its row is read.
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
where holding."WarehouseItemID" in :warehouse_item_ids
  and holding."WarehouseID" in :warehouse_ids
order by holding."WarehouseItemID"
