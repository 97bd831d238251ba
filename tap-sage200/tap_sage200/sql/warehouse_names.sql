-- The names of all warehouses, to turn the setting warehouses into ids.
-- Reads:  Warehouse (some tens of rows).
-- Index:  its primary key.
-- Locks:  shared row locks, each given back as soon as its row is read; under a millisecond.
select
  warehouse."WarehouseID" as warehouse_id,
  warehouse."Name" as warehouse_name
from {schema}."Warehouse" as warehouse
order by warehouse."WarehouseID"
