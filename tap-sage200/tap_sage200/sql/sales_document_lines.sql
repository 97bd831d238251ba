-- Lines of sales orders, returns, quotations and pro formas.
-- Reads:  SOPOrderReturnLine, SOPOrderReturn, SOPStandardItemLink, WarehouseItem, Warehouse,
--         SYSTaxRate.
-- Index:  the primary key of SOPOrderReturnLine, walked from :after_key to :upto_key; the link by
--         its foreign key SOPOrderReturnLineID, the rest by primary key. No index on OpLock is
--         counted on; it filters rows reached. Watched rows: its foreign key SOPOrderReturnID.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  the line, its header (numbers) and its link (warehouse), each by its own OpLock: a change
--         of one does not move the others. changed_rows.sql gathers what changed in the other
--         two, and this statement is asked for those keys instead of a window.
-- Warehouse: the link's holding; where it names none, the header's warehouse.
select
  line."SOPOrderReturnLineID" as sales_document_line_id,
  line."SOPOrderReturnID" as sales_document_id,
  document."DocumentNo" as document_no,
  document."CustomerDocumentNo" as customer_document_no,
  line."PrintSequenceNumber" as print_sequence_number,
  line."LineTypeID" as line_type_id,
  case line."LineTypeID"
    when 0 then 'standard'
    when 1 then 'free_text'
    when 2 then 'charge'
    when 3 then 'comment'
    else 'other'
  end as line_type,
  line."ItemCode" as item_code,
  line."ItemDescription" as item_description, -- optional
  link."ItemID" as item_id,
  warehouse."WarehouseID" as warehouse_id,
  warehouse."Name" as warehouse_name,
  line."TaxCodeID" as tax_code_id,
  tax_rate."Code" as tax_code,
  line."LineQuantity" as line_quantity,
  line."AllocatedQuantity" as allocated_quantity,
  line."DespatchReceiptQuantity" as despatched_quantity,
  line."InvoiceCreditQuantity" as invoiced_quantity,
  line."UnitSellingPrice" as selling_unit_price,
  line."LineTotalValue" as line_total,
  line."LineTaxValue" as line_tax,
  line."NominalAccountRef" as nominal_account,
  line."NominalCostCentre" as nominal_cost_centre,
  line."NominalDepartment" as nominal_department,
  line."DateTimeUpdated" as updated_at, -- optional
  line."OpLock" as op_lock,
  document."OpLock" as document_op_lock,
  link."OpLock" as link_op_lock
from {schema}."SOPOrderReturnLine" as line
join {schema}."SOPOrderReturn" as document
  on document."SOPOrderReturnID" = line."SOPOrderReturnID"
left join {schema}."SOPStandardItemLink" as link
  on link."SOPOrderReturnLineID" = line."SOPOrderReturnLineID"
left join {schema}."WarehouseItem" as holding
  on holding."WarehouseItemID" = link."WarehouseItemID"
left join {schema}."Warehouse" as warehouse
  on warehouse."WarehouseID" = coalesce(
    holding."WarehouseID", case when link."ItemID" is null then null else document."WarehouseID" end
  )
left join {schema}."SYSTaxRate" as tax_rate
  on tax_rate."SYSTaxRateID" = line."TaxCodeID"
where line."SOPOrderReturnLineID" > :after_key
  and line."SOPOrderReturnLineID" <= :upto_key
  and line."OpLock" > :after
  and line."OpLock" < :below
order by line."SOPOrderReturnLineID"
offset 0 rows fetch next :batch_size rows only
