"""The views of sales orders: read-only joins, made for reading in bulk."""

from __future__ import annotations

from dataclasses import replace

from sandbox.sage200.resources.sop import JOIN_CUSTOMER, JOIN_ITEM, LINE_FIELDS
from sandbox.sage200.resources.source import Source, Words


def line_view_fields(what: str) -> dict[str, str | Words]:
    """Return the fields of a view that are those of the document or its line under another name.

    Args:
        what: What the document is called in the fields: ``sop_order``, ``sop_return``,
            ``sop_quote`` or ``sop_proforma``.
    """
    fields: dict[str, str | Words] = {
        f"{what}_id": "SOPOrderReturnID",
        f"{what}_document_status": Words("sop_document_status_types", 'o."DocumentStatusID"'),
        f"{what}_currency_name": 'u."Name"',
        f"{what}_currency_symbol": 'u."Symbol"',
        f"{what}_subtotal_charge_net_value": 'o."SubtotalChargesNetValue"',
        f"{what}_subtotal_charge_tax_value": 'o."SubtotalChargesTaxValue"',
        f"{what}_settlement_discount_percent": 'o."SettlementDiscPercent"',
        f"{what}_line_id": "SOPOrderReturnLineID",
        f"{what}_line_number": "PrintSequenceNumber",
        f"{what}_line_type": LINE_FIELDS["line_type"],
        f"{what}_line_product_code": "ItemCode",
        f"{what}_line_product_description": "ItemDescription",
        f"{what}_line_quantity": "LineQuantity",
        f"{what}_line_selling_unit_price": "UnitSellingPrice",
        f"{what}_line_total_value": "LineTotalValue",
        f"{what}_line_line_tax_value": "LineTaxValue",
        f"{what}_line_discounted_unit_price": LINE_FIELDS["discounted_unit_price"],
        "customer_id": 'o."CustomerID"',
        "customer_reference": 'c."CustomerAccountNumber"',
        "customer_name": 'c."CustomerAccountName"',
        "product_id": 'k."ItemID"',
        "product_code": 'i."Code"',
        "product_name": 'i."Name"',
        "product_description": 'i."Description"',
        "warehouse_id": 'h."WarehouseID"',
        "warehouse_name": 'w."Name"',
        "tax_code_code": 'x."Code"',
        "tax_code_name": 'x."Name"',
        "tax_code_rate": 'x."TaxRate"',
    }
    for name, column in _HEADER_COLUMNS.items():
        fields[f"{what}_{name}"] = f'o."{column}"'
    for name, column in _LINE_COLUMNS.items():
        fields[f"{what}_line_{name}"] = column
    for number in range(1, 21):
        fields[f"{what}_analysis_code_{number}"] = f'o."AnalysisCode{number}"'
        fields[f"{what}_line_analysis_code_{number}"] = f"AnalysisCode{number}"
    return fields | _delivery_fields()


def _delivery_fields() -> dict[str, str]:
    names = {
        "postal_name": "PostalName",
        "description": "Description",
        "address_1": "AddressLine1",
        "address_2": "AddressLine2",
        "address_3": "AddressLine3",
        "address_4": "AddressLine4",
        "city": "City",
        "county": "County",
        "post_code": "Postcode",
        "country": "Country",
        "contact": "Contact",
        "telephone": "TelephoneNo",
        "fax": "FaxNo",
        "email": "EmailAddress",
    }
    return {f"sop_delivery_addr_{name}": f'd."{column}"' for name, column in names.items()}


_HEADER_COLUMNS = {
    "document_no": "DocumentNo",
    "document_date": "DocumentDate",
    "customer_document_no": "CustomerDocumentNo",
    "currency_id": "CurrencyID",
    "exchange_rate": "ExchangeRate",
    "subtotal_goods_value": "SubtotalGoodsValue",
    "subtotal_discount_value": "SubtotalDiscountValue",
    "requested_delivery_date": "RequestedDeliveryDate",
    "promised_delivery_date": "PromisedDeliveryDate",
    "settlement_discount_days": "SettlementDiscountDays",
    "document_discount_percent": "DocumentDiscountPercent",
    "document_created_by": "DocumentCreatedBy",
    "date_time_updated": "DateTimeUpdated",
}
_LINE_COLUMNS = {
    "allocated_quantity": "AllocatedQuantity",
    "despatch_receipt_quantity": "DespatchReceiptQuantity",
    "invoice_credit_quantity": "InvoiceCreditQuantity",
    "selling_unit_description": "SellingUnitDescription",
    "unit_discount_percent": "UnitDiscountPercent",
    "unit_discount_value": "UnitDiscountValue",
    "cost_price": "CostPrice",
    "requested_delivery_date": "RequestedDeliveryDate",
    "promised_delivery_date": "PromisedDeliveryDate",
    "date_time_updated": "DateTimeUpdated",
}
_JOIN_DELIVERY = 'left join dbo."SOPDocDelAddress" d on d."SOPOrderReturnID" = t."SOPOrderReturnID"'

LINE_VIEW = Source(
    shape="sop_order_line_view",
    table="SOPOrderReturnLine",
    fields=line_view_fields("sop_order"),
    joins='join dbo."SOPOrderReturn" o using ("SOPOrderReturnID")'
    ' join dbo."SLCustomerAccount" c on c."SLCustomerAccountID" = o."CustomerID"'
    ' left join dbo."SYSCurrency" u on u."SYSCurrencyID" = o."CurrencyID"'
    f" {JOIN_ITEM} {_JOIN_DELIVERY}"
    ' left join dbo."StockItem" i on i."ItemID" = k."ItemID"'
    ' left join dbo."Warehouse" w on w."WarehouseID" = h."WarehouseID"'
    ' left join dbo."SYSTaxRate" x on x."SYSTaxRateID" = t."TaxCodeID"',
    where='o."DocumentTypeID" = 0',
    order='t."SOPOrderReturnID" desc, t."SOPOrderReturnLineID" desc',
    key="sop_order_line_id",
)

SOURCES = {
    "sop_order_return_views": Source(
        shape="sop_order_return_view",
        table="SOPOrderReturn",
        fields={
            "subtotal_charge_net_value": "SubtotalChargesNetValue",
            "subtotal_charge_tax_value": "SubtotalChargesTaxValue",
            "settlement_discount_percent": "SettlementDiscPercent",
            "intrastat_status_id": "IntrastatStatus",
            "payment_nominal_reference": "PaymentNominalAccountRef",
            "quotation_expiry_date": "DocumentDueDate",
            "customer_reference": 'c."CustomerAccountNumber"',
            "customer_name": 'c."CustomerAccountName"',
            "customer_short_name": 'c."CustomerAccountShortName"',
            **_delivery_fields(),
        },
        joins=f"{JOIN_CUSTOMER} {_JOIN_DELIVERY}",
    ),
    "sop_order_line_views": LINE_VIEW,
    **{
        f"{what}_line_views": replace(
            LINE_VIEW,
            shape=f"{what}_line_view",
            fields=line_view_fields(what),
            where=f'o."DocumentTypeID" = {document_type}',
            key=f"{what}_line_id",
        )
        for what, document_type in (("sop_quote", 2), ("sop_proforma", 3))
    },
}
