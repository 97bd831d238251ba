-- Lines of despatches, per bin.
-- Reads:  SOPDespatchReceiptLine, SOPOrderReturnLine, SOPStandardItemLink.
-- Index:  the foreign key SOPDespatchReceiptID of SOPDespatchReceiptLine, sought for each
--         despatch; the link by its foreign key SOPOrderReturnLineID, the order line by primary
--         key.
-- Locks:  shared row locks on the rows of at most 500 parents, each given back as soon as its row
--         is read.
select
  line."SOPDespatchReceiptLineID" as despatch_line_id,
  line."SOPDespatchReceiptID" as parent_id,
  line."SOPOrderReturnLineID" as sales_document_line_id,
  order_line."ItemCode" as item_code,
  order_line."ItemDescription" as item_description, -- optional
  link."ItemID" as item_id,
  line."DespatchReceiptQuantity" as quantity,
  line."IsInvoiced" as is_invoiced,
  line."OpLock" as op_lock
from {schema}."SOPDespatchReceiptLine" as line
left join {schema}."SOPOrderReturnLine" as order_line
  on order_line."SOPOrderReturnLineID" = line."SOPOrderReturnLineID"
left join {schema}."SOPStandardItemLink" as link
  on link."SOPOrderReturnLineID" = line."SOPOrderReturnLineID"
where line."SOPDespatchReceiptID" in :parent_ids
order by line."SOPDespatchReceiptLineID"
