"""What became of an order's lines: allocations, despatches, invoices, cancelled quantities."""

from __future__ import annotations

from sandbox.sage200.resources.parts import CUSTOMER, ORDER, PRODUCT, PRODUCT_GROUP, WAREHOUSE
from sandbox.sage200.resources.sop import JOIN_ITEM
from sandbox.sage200.resources.source import Part, Source, Words

_INVOICE = {
    "total_net_value": "InvoicedNetValue",
    "total_tax_value": "InvoicedTaxValue",
    "total_gross_value": "InvoicedGrossValue",
    "type_id": "SOPInvoiceCreditTypeID",
}

SOURCES = {
    "sop_order_despatch_line_views": Source(
        shape="sop_order_despatch_line_view",
        table="SOPDespatchReceiptLine",
        fields={
            "sop_despatch_line_quantity": "DespatchReceiptQuantity",
            "sop_despatch_date": 'p."DespatchReceiptDate"',
            "sop_despatch_courier_name": "r.name",
            "sop_despatch_consignment_no": "d.consignment_no",
            "sop_despatch_weight": "d.weight",
            "sop_despatch_pieces": "d.pieces",
            "sop_order_line_type_id": 'l."LineTypeID"',
            "sop_order_line_quantity": 'l."LineQuantity"',
            "sop_order_line_despatch_quantity": 'l."DespatchReceiptQuantity"',
            "sop_order_document_status_type": Words(
                "sop_document_status_types", 'o."DocumentStatusID"'
            ),
            "product_id": 'k."ItemID"',
            "product_code": 'l."ItemCode"',
            "warehouse_holding_id": 'k."WarehouseItemID"',
        },
        joins='join dbo."SOPDespatchReceipt" p using ("SOPDespatchReceiptID")'
        ' join dbo."SOPOrderReturnLine" l using ("SOPOrderReturnLineID")'
        ' join dbo."SOPOrderReturn" o on o."SOPOrderReturnID" = l."SOPOrderReturnID"'
        ' join dbo."SLCustomerAccount" c on c."SLCustomerAccountID" = o."CustomerID"'
        f" {JOIN_ITEM}"
        ' left join dbo."StockItem" i on i."ItemID" = k."ItemID"'
        ' left join dbo."Warehouse" w on w."WarehouseID" = h."WarehouseID"'
        ' left join stand_in.despatch_note d on d.despatch_id = t."SOPDespatchReceiptID"'
        " left join stand_in.courier r on r.courier_id = d.courier_id",
        parts={
            "sop_despatch_line_": Part("t", "SOPDespatchReceiptLine"),
            "sop_despatch_": Part("p", "SOPDespatchReceipt"),
            "sop_order_line_": Part("l", "SOPOrderReturnLine"),
            "sop_order_": ORDER,
            "customer_": CUSTOMER,
            "product_": PRODUCT,
            "warehouse_": WAREHOUSE,
        },
        where='p."SOPDespatchReceiptTypeID" = 0',
        key="sop_despatch_line_id",
    ),
    "sop_order_return_invoice_credit_views": Source(
        shape="sop_order_return_invoice_credit_view",
        table="SOPInvoiceCredit",
        # the contract has these two ids as text
        fields={
            "sop_order_return_id": 's."SOPOrderReturnID"',
            "sop_invoice_credit_type_id": 't."SOPInvoiceCreditTypeID"::text',
            "sop_invoice_credit_document_status_id": 't."DocumentStatusID"::text',
        },
        joins="cross join lateral ("
        'select distinct l."SOPOrderReturnID" from dbo."SOPInvoiceCreditLine" l'
        ' where l."SOPInvoiceCreditID" = t."SOPInvoiceCreditID") s'
        ' join dbo."SOPOrderReturn" o on o."SOPOrderReturnID" = s."SOPOrderReturnID"'
        ' join dbo."SLCustomerAccount" c on c."SLCustomerAccountID" = o."CustomerID"',
        parts={
            "sop_order_return_": ORDER,
            "customer_": CUSTOMER,
            "sop_invoice_credit_": Part("t", "SOPInvoiceCredit", _INVOICE),
        },
        key="sop_invoice_credit_id",
    ),
    "sop_order_return_line_invoice_credit_views": Source(
        shape="sop_order_return_line_invoice_credit_view",
        table="SOPInvoiceCreditLine",
        joins='join dbo."SOPInvoiceCredit" v using ("SOPInvoiceCreditID")',
        fields={"sop_order_return_line_id": "SOPOrderReturnLineID"},
        parts={
            "sop_invoice_credit_line_": Part("t", "SOPInvoiceCreditLine"),
            "sop_invoice_credit_": Part("v", "SOPInvoiceCredit", _INVOICE),
        },
        where='t."SOPOrderReturnLineID" is not null',
        key="sop_invoice_credit_id",
    ),
    "customer_sop_invoice_credit_line_views": Source(
        shape="customer_sop_invoice_credit_line_view",
        table="SOPInvoiceCreditLine",
        fields={
            "sop_invoice_credit_type": Words(
                "sop_invoice_credit_types", 'v."SOPInvoiceCreditTypeID"'
            ),
            "sop_invoice_credit_document_status": Words(
                "sop_document_status_types", 'v."DocumentStatusID"'
            ),
            "sop_invoice_credit_line_total_value": "LineTotalValue",
            "sop_invoice_credit_line_tax_value": "LineTaxValue",
        },
        joins='join dbo."SOPInvoiceCredit" v using ("SOPInvoiceCreditID")'
        ' join dbo."SLCustomerAccount" c on c."SLCustomerAccountID" = v."CustomerID"'
        ' left join dbo."SOPStandardItemLink" k'
        ' on k."SOPOrderReturnLineID" = t."SOPOrderReturnLineID"'
        ' left join dbo."StockItem" i on i."ItemID" = k."ItemID"'
        ' left join dbo."ProductGroup" g on g."ProductGroupID" = i."ProductGroupID"',
        parts={
            "customer_": CUSTOMER,
            "sop_invoice_credit_line_": Part("t", "SOPInvoiceCreditLine"),
            "sop_invoice_credit_": Part("v", "SOPInvoiceCredit", _INVOICE),
            "product_": PRODUCT,
            "product_group_": PRODUCT_GROUP,
        },
        key="sop_invoice_credit_line_id",
    ),
    "sop_allocation_line_views": Source(
        shape="sop_allocation_line_view",
        table="SOPAllocationLine",
        fields={
            "sop_order_return_line_id": "SOPOrderReturnLineID",
            "sop_allocation_line_current_allocated_quantity": (
                '(t."AllocatedQuantity" - t."DespatchedQuantity")'
            ),
            "allocation_balance_id": "AllocationID",
            "bin_holding_id": 'b."BinItemID"',
            "bin_holding_name": 'n."BinName"',
        },
        joins='left join dbo."AllocationBalance" b on b."AllocationID" = t."AllocationID"'
        ' left join dbo."BinItem" n on n."BinItemID" = b."BinItemID"'
        ' left join dbo."Warehouse" w on w."WarehouseID" = b."WarehouseID"',
        parts={
            "sop_allocation_line_": Part("t", "SOPAllocationLine"),
            "warehouse_": WAREHOUSE,
        },
        key="sop_allocation_line_id",
    ),
    "sop_cancelled_lines": Source(
        shape="sop_cancelled_line",
        table="SOPCancelledLine",
        fields={"sop_order_return_id": "SOPOrderReturnID", "user_number": "UserID"},
    ),
    "lookup_sop_orders": Source(
        shape="lookup_sop_order",
        table="SOPOrderReturn",
        where='t."DocumentTypeID" = 0',
    ),
}
