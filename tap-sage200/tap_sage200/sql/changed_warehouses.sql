-- Warehouses whose own row changed in a window of row versions: their stock levels are sent again.
-- Reads:  Warehouse, once a run of stock_levels that has read before.
-- Index:  none on OpLock is counted on: one reading of a table of a few rows.
-- Locks:  shared row locks, each given back as soon as its row is read.
select
  changed_warehouse."WarehouseID" as warehouse_id
from {schema}."Warehouse" as changed_warehouse
where changed_warehouse."OpLock" > :after
  and changed_warehouse."OpLock" < :below
order by changed_warehouse."WarehouseID"
