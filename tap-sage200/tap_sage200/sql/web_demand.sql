-- What open web orders hold and still need, per holding and account, in stock units.
-- Reads:  SOPOrderReturn, SLCustomerAccount, SOPOrderReturnLine, SOPStandardItemLink, WarehouseItem;
--         once a run for each 500 accounts, each prefix, and the marker of web_accounts.
-- Index:  the orders of accounts by the foreign key CustomerID of SOPOrderReturn; those of a prefix
--         from SLCustomerAccount's unique index on CustomerAccountNumber on; those with a marker by
--         one reading of SOPOrderReturn. Then lines by SOPOrderReturnID, links by
--         SOPOrderReturnLineID, WarehouseItem by ItemID. Only open orders (type 0; status 0 live,
--         1 on hold, 3 in dispute) go further than their header.
-- Locks:  shared row locks, each given back as soon as its row is read; one statement, not batched,
--         because the answer is a total. It is as long as there are open web orders.
-- Hold:   an order on hold or in dispute keeps its allocation, and the shop still owes its goods.
-- Demand: ordered less allocated less despatched, never below zero on a line.
select
  open_line.warehouse_item_id,
  open_line.account_number,
  sum(open_line.allocated_quantity) as allocated_quantity,
  sum(
    case
      when open_line.ordered_quantity - open_line.allocated_quantity
        - open_line.despatched_quantity > 0
      then open_line.ordered_quantity - open_line.allocated_quantity
        - open_line.despatched_quantity
      else 0
    end
  ) as unallocated_quantity
from (
  select
    customer."CustomerAccountNumber" as account_number,
    coalesce(link."WarehouseItemID", holding."WarehouseItemID") as warehouse_item_id,
    order_line."StockUnitLineQuantity" as ordered_quantity, -- optional, else order_line."LineQuantity"
    order_line."StockUnitAllocatedQuantity" as allocated_quantity, -- optional, else order_line."AllocatedQuantity"
    order_line."StockUnitDespRcptQuantity" as despatched_quantity -- optional, else order_line."DespatchReceiptQuantity"
  from {schema}."SOPOrderReturn" as sales_order
  join {schema}."SLCustomerAccount" as customer
    on customer."SLCustomerAccountID" = sales_order."CustomerID"
  join {schema}."SOPOrderReturnLine" as order_line
    on order_line."SOPOrderReturnID" = sales_order."SOPOrderReturnID"
  join {schema}."SOPStandardItemLink" as link
    on link."SOPOrderReturnLineID" = order_line."SOPOrderReturnLineID"
  left join {schema}."WarehouseItem" as holding
    on holding."ItemID" = link."ItemID"
    and holding."WarehouseID" = sales_order."WarehouseID"
  where {orders}
    and sales_order."DocumentTypeID" = 0
    and sales_order."DocumentStatusID" in (0, 1, 3)
) as open_line
group by open_line.warehouse_item_id, open_line.account_number
