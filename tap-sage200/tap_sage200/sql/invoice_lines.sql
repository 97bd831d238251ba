-- Lines of invoices and credit notes made from sales orders and returns.
-- Reads:  SOPInvoiceCreditLine, SOPOrderReturnLine.
-- Index:  the foreign key SOPInvoiceCreditID of SOPInvoiceCreditLine, sought for each parent, the
--         rest by primary key.
-- Locks:  shared row locks on the rows of at most 500 parents, each given back as soon as its row
--         is read.
select
  line."SOPInvoiceCreditLineID" as invoice_credit_line_id,
  line."SOPInvoiceCreditID" as parent_id,
  line."SOPOrderReturnLineID" as sales_document_line_id,
  line."SOPOrderReturnID" as sales_document_id, -- optional
  line."ItemCode" as item_code, -- optional, else order_line."ItemCode"
  line."InvoiceCreditQuantity" as quantity,
  line."LineTotalValue" as line_total,
  line."LineTaxValue" as line_tax,
  line."SYSTaxRateID" as tax_code_id, -- optional
  line."NominalAccountNumber" as nominal_account, -- optional
  line."NominalCostCentre" as nominal_cost_centre, -- optional
  line."NominalDepartment" as nominal_department, -- optional
  line."OpLock" as op_lock
from {schema}."SOPInvoiceCreditLine" as line
left join {schema}."SOPOrderReturnLine" as order_line
  on order_line."SOPOrderReturnLineID" = line."SOPOrderReturnLineID"
where line."SOPInvoiceCreditID" in :parent_ids
order by line."SOPInvoiceCreditLineID"
