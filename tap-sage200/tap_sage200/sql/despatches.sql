-- Despatches of sales orders; their lines are read by despatch_lines.sql.
-- Reads:  SOPDespatchReceipt, SOPOrderReturn, SLCustomerAccount.
-- Index:  the primary key of SOPDespatchReceipt, walked from :after_key to :upto_key; the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
--         Watched orders: its foreign key SOPOrderID.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  the despatch, its order (numbers) and its lines, each by its own OpLock. changed_rows.sql
--         gathers what changed in the other two, and this statement is asked for those keys instead
--         of a window.
-- Courier: no published source names the columns that 2022 brought; where they are called
--         otherwise they stay empty, as courier_name and tracking_url always do; api_streams
--         reads despatches by the REST API.
select
  despatch."SOPDespatchReceiptID" as despatch_id,
  despatch."DocumentNo" as despatch_no,
  despatch."DespatchReceiptDate" as despatch_date,
  despatch."SOPOrderID" as sales_document_id,
  document."DocumentNo" as document_no,
  document."CustomerDocumentNo" as customer_document_no,
  document."CustomerID" as customer_id,
  customer."CustomerAccountNumber" as account_number,
  despatch."CourierID" as courier_id, -- optional
  cast(null as varchar(60)) as courier_name,
  cast(null as varchar(200)) as tracking_url,
  despatch."ConsignmentNo" as consignment_no, -- optional
  despatch."Weight" as weight, -- optional
  despatch."Pieces" as pieces, -- optional
  despatch."UserName" as user_name,
  despatch."DateTimeCreated" as created_at,
  despatch."DateTimeUpdated" as updated_at, -- optional
  despatch."OpLock" as op_lock,
  document."OpLock" as document_op_lock
from {schema}."SOPDespatchReceipt" as despatch
join {schema}."SOPOrderReturn" as document
  on document."SOPOrderReturnID" = despatch."SOPOrderID"
left join {schema}."SLCustomerAccount" as customer
  on customer."SLCustomerAccountID" = document."CustomerID"
where despatch."SOPDespatchReceiptID" > :after_key
  and despatch."SOPDespatchReceiptID" <= :upto_key
  and document."DocumentTypeID" = 0
  and despatch."OpLock" > :after
  and despatch."OpLock" < :below
order by despatch."SOPDespatchReceiptID"
offset 0 rows fetch next :batch_size rows only
