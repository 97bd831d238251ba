-- Rows of a trading company that the stand-in's own back office does not write.
insert into dbo."DeleteLog" ("DeleteLogID", "EntityName", "ForeignID")
values (1, 'SOPOrderReturn', '77');

insert into dbo."CustomerDiscountGroup" ("CustomerDiscountGroupID", "Name", "Description")
values (11, 'TRADE', 'Trade customers');

insert into dbo."TransactionType" ("TransactionTypeID", "TransactionTypeName")
values (99, 'Despatch');

insert into dbo."TransactionHistory" (
  "TransactionHistoryID", "ItemID", "TransactionTypeID", "TransactionDate", "Quantity",
  "WarehouseName", "Reference", "UnitCostPrice", "CostValue", "UserName"
)
select 21, min("ItemID"), 99, '2026-11-20', 2.50000, 'LEEDS', '0000000001', 1.23456, 3.09, 'Janet'
from dbo."StockItem";
