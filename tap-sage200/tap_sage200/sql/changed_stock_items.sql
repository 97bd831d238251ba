-- Items whose own row changed in a window of row versions: their stock levels are sent again.
-- Reads:  StockItem, once a run of stock_levels that has read before.
-- Index:  none on OpLock is counted on: one reading of the table, by its primary key.
-- Locks:  shared row locks, each given back as soon as its row is read.
-- End:    it ends at :most rows; where there are as many, all levels are read instead.
select
  changed_item."ItemID" as item_id
from {schema}."StockItem" as changed_item
where changed_item."OpLock" > :after
  and changed_item."OpLock" < :below
order by changed_item."ItemID"
offset 0 rows fetch next :most rows only
