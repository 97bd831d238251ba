-- VAT analysis of those invoices and credit notes: one row a VAT code.
-- Reads:  SOPInvCredTaxItem, SYSTaxRate.
-- Index:  the foreign key SOPInvoiceCreditID of SOPInvCredTaxItem, sought for each parent, the
--         rest by primary key.
-- Locks:  shared row locks on the rows of at most 500 parents, each given back as soon as its row
--         is read.
select
  tax_item."SOPInvCredTaxItemID" as invoice_tax_item_id,
  tax_item."SOPInvoiceCreditID" as parent_id,
  tax_item."TaxCodeID" as tax_code_id,
  tax_rate."Code" as tax_code,
  tax_item."TaxRate" as tax_rate_percent, -- optional
  tax_item."GoodsValue" as goods_value,
  tax_item."DiscountValue" as discount_value,
  tax_item."TaxValue" as tax_value,
  tax_item."GrossValue" as gross_value,
  tax_item."OpLock" as op_lock
from {schema}."SOPInvCredTaxItem" as tax_item
left join {schema}."SYSTaxRate" as tax_rate
  on tax_rate."SYSTaxRateID" = tax_item."TaxCodeID"
where tax_item."SOPInvoiceCreditID" in :parent_ids
order by tax_item."SOPInvCredTaxItemID"
