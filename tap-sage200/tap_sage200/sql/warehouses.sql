-- Warehouses.
-- Reads:  Warehouse (some tens of rows).
-- Index:  its primary key.
-- Locks:  shared row locks, each given back as soon as its row is read; under a millisecond.
select
  warehouse."WarehouseID" as warehouse_id,
  warehouse."Name" as warehouse_name,
  warehouse."Description" as description,
  warehouse."UseForSalesTrading" as use_for_sales_trading,
  warehouse."WarehouseTypeID" as warehouse_type_id,
  warehouse."DateTimeUpdated" as updated_at, -- optional
  warehouse."OpLock" as op_lock
from {schema}."Warehouse" as warehouse
where warehouse."WarehouseID" > :after_key
  and warehouse."WarehouseID" <= :upto_key
  and warehouse."OpLock" > :after
  and warehouse."OpLock" < :below
order by warehouse."WarehouseID"
offset 0 rows fetch next :batch_size rows only
