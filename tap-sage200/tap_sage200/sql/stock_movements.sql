-- Stock movements: receipts, issues, despatches, transfers, adjustments.
-- Reads:  TransactionHistory, TransactionType.
-- Index:  the primary key of each: TransactionHistory is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  the movement only; it is written once and changes when its cost is confirmed.
select
  movement."TransactionHistoryID" as stock_movement_id,
  movement."ItemID" as item_id,
  movement."TransactionTypeID" as transaction_type_id,
  transaction_type."TransactionTypeName" as transaction_type,
  movement."TransactionDate" as transaction_date,
  movement."Quantity" as quantity,
  movement."WarehouseName" as warehouse_name,
  movement."BinName" as bin_name,
  movement."SourceAreaTypeID" as source_area_type_id,
  movement."SourceAreaReference" as source_area_reference,
  movement."SourceAreaName" as source_area_name,
  movement."Reference" as reference,
  movement."SecondReference" as second_reference,
  movement."UnitCostPrice" as unit_cost_price,
  movement."UnitIssuePrice" as unit_issue_price,
  movement."UnitDiscountValue" as unit_discount_value,
  movement."CostValue" as cost_value,
  movement."IssueValue" as issue_value,
  movement."TotalOrderDiscount" as total_order_discount,
  movement."PostingURN" as urn,
  movement."UserName" as user_name,
  movement."DateTimeCreated" as created_at,
  movement."DateTimeUpdated" as updated_at, -- optional
  movement."OpLock" as op_lock
from {schema}."TransactionHistory" as movement
left join {schema}."TransactionType" as transaction_type
  on transaction_type."TransactionTypeID" = movement."TransactionTypeID"
where movement."TransactionHistoryID" > :after_key
  and movement."TransactionHistoryID" <= :upto_key
  and movement."OpLock" > :after
  and movement."OpLock" < :below
order by movement."TransactionHistoryID"
offset 0 rows fetch next :batch_size rows only
