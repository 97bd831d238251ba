"""Sales orders: documents, lines, views, settings."""

from __future__ import annotations

from sandbox.sage200.resources.source import Child, Link, Source, Words

_ADDRESS_FIELDS = {
    "telephone_number": "TelephoneNo",
    "fax_number": "FaxNo",
    "email_address": "EmailAddress",
    "tax_number": "TaxNo",
    "sop_order_id": "SOPOrderReturnID",
}
HEADER_FIELDS: dict[str, str | Words] = {
    "is_draft": '(t."DocumentStatusID" = 5)',
    "is_editing": '(t."DocumentStatusID" = 5)',
    "customer_type": Words("sop_customer_types", "CustomerTypeID"),
    "document_status": Words("sop_document_status_types", "DocumentStatusID"),
    "despatch_receipt_status": Words(
        "sop_document_process_status_types", "DespatchReceiptStatusID"
    ),
    "invoice_credit_status": Words("sop_document_process_status_types", "InvoiceCreditStatusID"),
    "cancelled_status": Words("sop_document_process_status_types", "CancelledStatusID"),
    "subtotal_charge_net_value": "SubtotalChargesNetValue",
    "subtotal_charge_tax_value": "SubtotalChargesTaxValue",
    "settlement_discount_percent": "SettlementDiscPercent",
    "order_priority": "Priority",
    "is_triangulated": "TriangularTransaction",
    "payment_type": Words("sop_order_payment_types", "PaymentTypeID"),
    "invoice_payment_with_order_immediately": "InvoicePaymentImmediately",
    "quotation_expiry_date": "DocumentDueDate",
    # what the account's order value discount would give for goods of this value
    "available_document_discount_percent": (
        '(select coalesce(max(b."DiscountPercentValue"), 0) from dbo."ValueDiscountBreak" b'
        ' join dbo."PriceBookSetting" p on p."UseOrderValueDiscounts" = 1'
        ' where b."OrderValueDiscountID" = c."OrderValueDiscountID"'
        ' and t."SubtotalGoodsValue" > b."ValueMoreThan")'
    ),
    "payment_declared": "PaymentValue",
    "payment_undeclared": '(t."TotalGrossValue" - t."PaymentValue")',
    "declared_payment_remaining": "PaymentValue",
    # a held order is not in the value of the live ones
    "is_credit_limit_exceeded": (
        '(c."CreditLimit" > 0 and c."AccountBalance" + c."ValueOfCurrentOrdersInSOP"'
        ' + case when t."DocumentStatusID" = 1 then t."TotalGrossValue" else 0 end'
        ' > c."CreditLimit")'
    ),
}
JOIN_CUSTOMER = 'join dbo."SLCustomerAccount" c on c."SLCustomerAccountID" = t."CustomerID"'
LINE_FIELDS: dict[str, str | Words] = {
    "sop_order_id": "SOPOrderReturnID",
    "line_type": Words("order_return_line_types", "LineTypeID"),
    "product_id": 'k."ItemID"',
    "warehouse_id": 'h."WarehouseID"',
    "code": "ItemCode",
    "description": "ItemDescription",
    "line_number": "PrintSequenceNumber",
    "nominal_reference": "NominalAccountRef",
    "posted_invoice_credit_quantity": "PostedInvoiceCreditQty",
    "stock_unit_available_for_despatch": "StockUnitAvailableForDespatch",
    "stock_unit_despatch_receipt_quantity": "StockUnitDespRcptQuantity",
    "stock_unit_posted_invoice_credit_quantity": "StockUnitPostedInvCredQty",
    "allocation_status": Words(
        "sop_document_process_status_types",
        '(case when t."AllocatedQuantity" = 0 then 0'
        ' when t."AllocatedQuantity" < t."LineQuantity" then 1 else 2 end)',
    ),
    "despatch_receipt_status": Words(
        "sop_document_process_status_types",
        '(case when t."DespatchReceiptQuantity" = 0 then 0'
        ' when t."DespatchReceiptQuantity" < t."LineQuantity" then 1 else 2 end)',
    ),
    "invoice_credit_status": Words(
        "sop_document_process_status_types",
        '(case when t."InvoiceCreditQuantity" = 0 then 0'
        ' when t."InvoiceCreditQuantity" < t."LineQuantity" then 1 else 2 end)',
    ),
    "selling_unit_id": 'k."SellingUnitID"',
    "selling_unit_price": "UnitSellingPrice",
    "selling_unit_price_overridden": "UnitSellPriceOverridden",
    "pricing_unit_id": 'k."SellingPriceUnitID"',
    "discounted_unit_price": '(t."UnitSellingPrice" - t."UnitDiscountValue")',
    "fulfilment_method": Words("fulfilment_method_types", "SOPOrderFulfilmentMethodID"),
    "confirmation_intent_type": Words("confirmation_intent_types", "ConfirmationIntentTypeID"),
    "show_on_picking_list_type": Words("sop_show_on_picking_list_types", "ShowOnPickingListTypeID"),
    "back_to_back_status": Words("sop_back_to_back_status_types", "BackToBackStatusID"),
    "has_pop_order": '(t."POPOrderReturnLineID" is not null)',
    "is_complete": '(t."LineQuantity" > 0 and t."PostedInvoiceCreditQty" >= t."LineQuantity")',
    "is_line_deletable": '(t."DespatchReceiptQuantity" = 0 and t."InvoiceCreditQuantity" = 0)',
}
JOIN_ITEM = (
    'left join dbo."SOPStandardItemLink" k'
    ' on k."SOPOrderReturnLineID" = t."SOPOrderReturnLineID"'
    ' left join dbo."WarehouseItem" h on h."WarehouseItemID" = k."WarehouseItemID"'
)
_JOIN_NOTE = (
    'left join stand_in.despatch_note d on d.despatch_id = t."SOPDespatchReceiptID"'
    " left join stand_in.courier r on r.courier_id = d.courier_id"
)
_IS_ORDER = 't."DocumentTypeID" = 0'


SOURCES = {
    "sop_orders": Source(
        shape="sop_order",
        table="SOPOrderReturn",
        fields=HEADER_FIELDS,
        joins=JOIN_CUSTOMER,
        where=_IS_ORDER,
        children={
            "lines": Child("sop_order_lines", "sop_order_id"),
            "delivery_address": Child("sop_order_delivery_address", "sop_order_id", many=False),
            "cash_account_invoice_address": Child(
                "sop_order_cash_address", "sop_order_id", many=False
            ),
            "memos": Child("sop_order_memos", "sop_order_return_id"),
        },
        links={
            "customer": Link("customers", "customer_id"),
            "currency": Link("currencies", "currency_id"),
            "payment_method": Link("sop_payment_methods", "payment_method_id"),
        },
    ),
    "sop_order_lines": Source(
        shape="sop_order_line",
        table="SOPOrderReturnLine",
        fields=LINE_FIELDS,
        joins=JOIN_ITEM,
        where='exists (select from dbo."SOPOrderReturn" o'
        ' where o."SOPOrderReturnID" = t."SOPOrderReturnID" and o."DocumentTypeID" = 0)',
        order='t."SOPOrderReturnID", t."PrintSequenceNumber", t."SOPOrderReturnLineID"',
        links={
            "product": Link("products", "product_id"),
            "warehouse": Link("warehouses", "warehouse_id"),
            "tax_code": Link("tax_codes", "tax_code_id"),
            "sop_order": Link("sop_orders", "sop_order_id"),
        },
    ),
    "sop_order_delivery_address": Source(
        shape="sop_order.delivery_address", table="SOPDocDelAddress", fields=_ADDRESS_FIELDS
    ),
    "sop_order_cash_address": Source(
        shape="sop_order.cash_account_invoice_address",
        table="CashAcctInvoiceAddress",
        fields={"sop_order_id": "SOPOrderReturnID"},
    ),
    "sop_order_memos": Source(
        shape="sop_order_memo",
        table="stand_in.order_memo",
        fields={
            "id": "memo_id",
            "sop_order_return_id": "order_id",
            "note": "note",
            "is_active": "is_active",
            "created_by": "created_by",
            "date_time_created": "created_at",
            "date_time_updated": "updated_at",
        },
        order="t.memo_id",
    ),
    "couriers": Source(
        shape="courier",
        table="stand_in.courier",
        fields={
            "id": "courier_id",
            "name": "name",
            "date_time_created": "created_at",
            "date_time_updated": "updated_at",
        },
        order="t.courier_id",
    ),
    "sop_despatch_receipts": Source(
        shape="sop_despatch_receipt",
        table="SOPDespatchReceipt",
        fields={
            "despatch_no": "DocumentNo",
            "despatched_by": "UserName",
            "despatch_date": "DespatchReceiptDate",
            "courier_id": "d.courier_id",
            "courier_name": "r.name",
            "consignment_no": "d.consignment_no",
            "weight": "d.weight",
            "pieces": "d.pieces",
        },
        joins=_JOIN_NOTE,
        where='t."SOPDespatchReceiptTypeID" = 0',
        links={"courier": Link("couriers", "courier_id")},
    ),
    "sop_order_despatch_views": Source(
        shape="sop_order_despatch_view",
        table="SOPDespatchReceipt",
        fields={
            "sop_despatch_id": "SOPDespatchReceiptID",
            "sop_despatch_document_no": "DocumentNo",
            "sop_despatch_date": "DespatchReceiptDate",
            "sop_despatch_courier_id": "d.courier_id",
            "sop_despatch_courier_name": "r.name",
            "sop_despatch_consignment_no": "d.consignment_no",
            "sop_despatch_weight": "d.weight",
            "sop_despatch_pieces": "d.pieces",
            "sop_despatch_user_name": "UserName",
            "sop_order_id": "SOPOrderID",
            "sop_order_document_no": 'o."DocumentNo"',
            "sop_order_document_date": 'o."DocumentDate"',
            "sop_order_document_status_id": 'o."DocumentStatusID"',
            "sop_order_customer_document_no": 'o."CustomerDocumentNo"',
            "customer_id": 'o."CustomerID"',
            "customer_reference": 'c."CustomerAccountNumber"',
            "customer_name": 'c."CustomerAccountName"',
        },
        joins=f'{_JOIN_NOTE} join dbo."SOPOrderReturn" o on o."SOPOrderReturnID" = t."SOPOrderID"'
        ' join dbo."SLCustomerAccount" c on c."SLCustomerAccountID" = o."CustomerID"',
        where='t."SOPDespatchReceiptTypeID" = 0',
        key="sop_despatch_id",
    ),
    "sop_payment_methods": Source(
        shape="sop_payment_method",
        table="SOPPaymentMethod",
        fields={"bank_account_id": "PaymentBankAccountID"},
        links={"currency": Link("currencies", "currency_id")},
    ),
    "sop_additional_charges": Source(
        shape="sop_additional_charge",
        table="SOPAdditionalCharge",
        links={
            "nominal_code": Link("nominal_codes", "nominal_code_id"),
            "tax_code": Link("tax_codes", "tax_code_id"),
        },
    ),
    "sop_settings": Source(
        shape="sop_settings",
        table="SOPSetting",
        fields={
            "auto_generate_order_return_numbers": "AutoGenOrderReturnNos",
            "show_order_number_on_confirm": "ShowOrderNoOnConfirm",
            "order_line_item_type": Words("order_line_item_types", "OrderLineItemTypes"),
            "revenue_nominal_account_same_as": "RevenueNominalAcctSameAs",
            "use_same_cost_centre_department_as_customer": "UseSameCcdeptAsCustomer",
            "use_same_cost_centre_department_for_issues": "UseSameCcdeptForIssues",
            "use_same_cost_centre_department_for_assets": "UseSameCcdeptForAsset",
            "allocate_stock_on_order_entry": "AllocateStkOnOrderEntry",
            "record_cancelled_order_lines": "RecordCancelledOrdLines",
            "add_invoice_credit_note_to_sales_ledger": "AddInvCredToSalesLedger",
            "print_order_acknowledgements": "PrintOrderAcknowledges",
            "default_free_text_confirm_intent_type": Words(
                "confirmation_intent_types", "DefaultFreeTextConfirmIntent"
            ),
            "default_service_labour_confirm_intent_type": Words(
                "confirmation_intent_types", "DefaultServLabConfirmIntent"
            ),
            "show_unallocated_items_on_picking_list": "ShowUnallocatedOnPickingList",
            "show_undespatched_items_on_despatch_note": "ShowUnallocDespOnDespatchNote",
        },
        links={"cash_order_account": Link("customers", "cash_order_account_id")},
    ),
}
