-- The same demand, of all accounts whose number begins with an entry of web_accounts.
-- Reads:  SLCustomerAccount, SOPOrderReturn, SOPOrderReturnLine, SOPStandardItemLink,
--         WarehouseItem; once a run.
-- Index:  SLCustomerAccount by its unique index on CustomerAccountNumber, SOPOrderReturn by its
--         foreign key CustomerID (no index: its primary key is walked), then
--         lines by SOPOrderReturnID, links by SOPOrderReturnLineID, WarehouseItem by ItemID.
--         Only live orders (type 0, status 0) of such accounts go further than their header.
-- Locks:  shared row locks, each given back as soon as its row is read; one statement, not batched,
--         because the answer is a total. It is as long as there are open web orders.
-- Demand: ordered less allocated less despatched, never below zero on a line.
select
  open_line.warehouse_item_id,
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
    coalesce(link."WarehouseItemID", holding."WarehouseItemID") as warehouse_item_id,
    order_line."StockUnitLineQuantity" as ordered_quantity, -- optional, else order_line."LineQuantity"
    order_line."StockUnitAllocatedQuantity" as allocated_quantity, -- optional, else order_line."AllocatedQuantity"
    order_line."StockUnitDespRcptQuantity" as despatched_quantity -- optional, else order_line."DespatchReceiptQuantity"
  from {schema}."SLCustomerAccount" as customer
  join {schema}."SOPOrderReturn" as sales_order
    on sales_order."CustomerID" = customer."SLCustomerAccountID"
  join {schema}."SOPOrderReturnLine" as order_line
    on order_line."SOPOrderReturnID" = sales_order."SOPOrderReturnID"
  join {schema}."SOPStandardItemLink" as link
    on link."SOPOrderReturnLineID" = order_line."SOPOrderReturnLineID"
  left join {schema}."WarehouseItem" as holding
    on holding."ItemID" = link."ItemID"
    and holding."WarehouseID" = sales_order."WarehouseID"
  where customer."CustomerAccountNumber" like :account_prefix escape '~'
    and sales_order."DocumentTypeID" = 0
    and sales_order."DocumentStatusID" = 0
) as open_line
group by open_line.warehouse_item_id
