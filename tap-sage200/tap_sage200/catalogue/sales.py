"""Sales: customers, orders and returns, despatches, invoices and credit notes."""

from __future__ import annotations

from tap_sage200.catalogue.stamps import CREATED, OP_LOCK, UPDATED
from tap_sage200.columns import Column, Kind

_WHOLE, _NUMBER, _TEXT, _FLAG = Kind.INTEGER, Kind.NUMBER, Kind.TEXT, Kind.FLAG

CUSTOMERS = (
    Column("customer_id", _WHOLE, "SLCustomerAccount.SLCustomerAccountID"),
    Column("account_number", _TEXT, "Account number, up to 8 characters"),
    Column("account_name", _TEXT, "Name"),
    Column("short_name", _TEXT, "Short name"),
    Column("currency_code", _TEXT, "ISO code of the account's currency, that of all its documents"),
    Column("account_balance", _NUMBER, "Balance, account currency"),
    Column("credit_limit", _NUMBER, "Credit limit, account currency; 0 is no limit"),
    Column("is_on_hold", _FLAG, "Account on hold"),
    Column("account_status_id", _WHOLE, "SYSAccountStatus.SYSAccountStatusID"),
    Column("price_band_id", _WHOLE, "PriceBand.PriceBandID of the account"),
    Column("discount_group_id", _WHOLE, "CustomerDiscountGroup.CustomerDiscountGroupID"),
    UPDATED,
    OP_LOCK,
)

CUSTOMER_DELIVERY_ADDRESSES = (
    Column("customer_delivery_address_id", _WHOLE, "CustDeliveryAddress.CustDeliveryAddressID"),
    Column("customer_id", _WHOLE, "SLCustomerAccount.SLCustomerAccountID"),
    Column("description", _TEXT, "Description"),
    Column("is_default", _FLAG, "The account's default address"),
    Column("postal_name", _TEXT, "Name on the label"),
    Column("address_1", _TEXT, "Address line 1"),
    Column("address_2", _TEXT, "Address line 2"),
    Column("address_3", _TEXT, "Address line 3"),
    Column("address_4", _TEXT, "Address line 4"),
    Column("city", _TEXT, "City"),
    Column("county", _TEXT, "County"),
    Column("postcode", _TEXT, "Postcode"),
    Column("country_code", _TEXT, "Country of the address' VAT, two letters"),
    Column("contact", _TEXT, "Contact"),
    Column("telephone", _TEXT, "Telephone"),
    Column("email", _TEXT, "E-mail"),
    Column("tax_number", _TEXT, "VAT registration number"),
    Column("tax_code_id", _WHOLE, "SYSTaxRate.SYSTaxRateID"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

SALES_DOCUMENTS = (
    Column("sales_document_id", _WHOLE, "SOPOrderReturn.SOPOrderReturnID"),
    Column("document_type_id", _WHOLE, "0 order, 1 return, 2 quotation, 3 pro forma"),
    Column("document_type", _TEXT, "order, return, quotation, pro_forma, other"),
    Column("document_no", _TEXT, "Sage's number"),
    Column("document_date", Kind.DAY, "Date of the document"),
    Column("document_status_id", _WHOLE, "DocumentStatus.DocumentStatusID"),
    Column(
        "document_status",
        _TEXT,
        "live, on_hold, complete, dispute, cancelled, draft, printed, other",
    ),
    Column("customer_document_no", _TEXT, "Customer's order number: the web order"),
    Column("customer_id", _WHOLE, "SLCustomerAccount.SLCustomerAccountID"),
    Column("account_number", _TEXT, "Account number of the customer"),
    Column("currency_code", _TEXT, "ISO code of the document's currency"),
    Column("exchange_rate", _NUMBER, "Document currency per unit of base currency"),
    Column("total_net", _NUMBER, "Net, document currency"),
    Column("total_tax", _NUMBER, "VAT as Sage computed it, document currency"),
    Column("total_gross", _NUMBER, "Gross, document currency"),
    Column("payment_value", _NUMBER, "Paid with the order, document currency"),
    Column("payment_reference", _TEXT, "Reference of that payment"),
    Column("payment_method_name", _TEXT, "Sage's payment method"),
    Column("analysis_code_1", _TEXT, "Analysis code 1"),
    Column("analysis_code_2", _TEXT, "Analysis code 2"),
    Column("analysis_code_3", _TEXT, "Analysis code 3"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

SALES_DOCUMENT_LINES = (
    Column("sales_document_line_id", _WHOLE, "SOPOrderReturnLine.SOPOrderReturnLineID"),
    Column("sales_document_id", _WHOLE, "SOPOrderReturn.SOPOrderReturnID"),
    Column("document_no", _TEXT, "Sage's number of the document"),
    Column("customer_document_no", _TEXT, "Customer's order number: the web order"),
    Column("print_sequence_number", _WHOLE, "The line number users see"),
    Column("line_type_id", _WHOLE, "0 standard, 1 free text, 2 additional charge, 3 comment"),
    Column("line_type", _TEXT, "standard, free_text, charge, comment, other"),
    Column("item_code", _TEXT, "Stock code or charge code"),
    Column("item_description", _TEXT, "Description on the document"),
    Column("item_id", _WHOLE, "StockItem.ItemID of a standard line"),
    Column("warehouse_id", _WHOLE, "Warehouse of a standard line"),
    Column("warehouse_name", _TEXT, "Its name"),
    Column("tax_code_id", _WHOLE, "SYSTaxRate.SYSTaxRateID"),
    Column("tax_code", _WHOLE, "The short number users know"),
    Column("line_quantity", _NUMBER, "Ordered or returned, selling units"),
    Column("allocated_quantity", _NUMBER, "Allocated, selling units"),
    Column("despatched_quantity", _NUMBER, "Despatched or received, selling units"),
    Column("invoiced_quantity", _NUMBER, "On printed invoices or credit notes, selling units"),
    Column("selling_unit_price", _NUMBER, "Price of a selling unit, document currency"),
    Column("line_total", _NUMBER, "Net after line discount, document currency"),
    Column("line_tax", _NUMBER, "VAT of the line, for information; document currency"),
    Column("nominal_account", _TEXT, "Nominal account"),
    Column("nominal_cost_centre", _TEXT, "Cost centre"),
    Column("nominal_department", _TEXT, "Department"),
    UPDATED,
    OP_LOCK,
)

DESPATCH_LINES = (
    Column("despatch_line_id", _WHOLE, "SOPDespatchReceiptLine.SOPDespatchReceiptLineID"),
    Column("sales_document_line_id", _WHOLE, "SOPOrderReturnLine.SOPOrderReturnLineID"),
    Column("item_code", _TEXT, "Stock code or charge code"),
    Column("item_description", _TEXT, "Description on the order"),
    Column("item_id", _WHOLE, "StockItem.ItemID of a standard line"),
    Column("quantity", _NUMBER, "Despatched, selling units"),
    Column("is_invoiced", _FLAG, "Is on a printed invoice"),
)

DESPATCHES = (
    Column("despatch_id", _WHOLE, "SOPDespatchReceipt.SOPDespatchReceiptID"),
    Column("despatch_no", _TEXT, "Number of the despatch note"),
    Column("despatch_date", Kind.DAY, "Day of the despatch"),
    Column("sales_document_id", _WHOLE, "SOPOrderReturn.SOPOrderReturnID of the order"),
    Column("document_no", _TEXT, "Sage's number of the order"),
    Column("customer_document_no", _TEXT, "Customer's order number: the web order"),
    Column("customer_id", _WHOLE, "SLCustomerAccount.SLCustomerAccountID"),
    Column("account_number", _TEXT, "Account number of the customer"),
    Column("courier_id", _WHOLE, "Courier; by SQL where the release's column is called CourierID"),
    Column("courier_name", _TEXT, "Its name; API only"),
    Column("tracking_url", _TEXT, "Its tracking address; API only"),
    Column(
        "consignment_no",
        _TEXT,
        "Consignment number; by SQL where the column is called ConsignmentNo",
    ),
    Column(
        "weight",
        _NUMBER,
        "Weight, the company's unit; by SQL where the column is called Weight",
        measured=True,
    ),
    Column("pieces", _WHOLE, "Pieces; by SQL where the column is called Pieces"),
    Column("user_name", _TEXT, "Who"),
    Column("lines", Kind.LIST, "What was despatched, by line and bin", DESPATCH_LINES),
    CREATED,
    UPDATED,
    OP_LOCK,
)

INVOICE_LINES = (
    Column("invoice_credit_line_id", _WHOLE, "SOPInvoiceCreditLine.SOPInvoiceCreditLineID"),
    Column("sales_document_line_id", _WHOLE, "SOPOrderReturnLine.SOPOrderReturnLineID"),
    Column("sales_document_id", _WHOLE, "SOPOrderReturn.SOPOrderReturnID"),
    Column("item_code", _TEXT, "Stock code or charge code"),
    Column("quantity", _NUMBER, "Invoiced or credited, selling units"),
    Column("line_total", _NUMBER, "Net, document currency"),
    Column("line_tax", _NUMBER, "VAT of the line, for information, document currency"),
    Column("tax_code_id", _WHOLE, "SYSTaxRate.SYSTaxRateID; SQL only"),
    Column("nominal_account", _TEXT, "Nominal account; SQL only"),
    Column("nominal_cost_centre", _TEXT, "Cost centre; SQL only"),
    Column("nominal_department", _TEXT, "Department; SQL only"),
)

INVOICE_TAX_ITEMS = (
    Column("invoice_tax_item_id", _WHOLE, "SOPInvCredTaxItem.SOPInvCredTaxItemID"),
    Column("tax_code_id", _WHOLE, "SYSTaxRate.SYSTaxRateID"),
    Column("tax_code", _WHOLE, "The short number users know"),
    Column("tax_rate_percent", _NUMBER, "Rate on the invoice, percent"),
    Column("goods_value", _NUMBER, "Net, document currency"),
    Column("discount_value", _NUMBER, "Discount, document currency"),
    Column("tax_value", _NUMBER, "VAT, document currency"),
    Column("gross_value", _NUMBER, "Gross, document currency"),
)

INVOICES_AND_CREDITS = (
    Column("invoice_credit_id", _WHOLE, "SOPInvoiceCredit.SOPInvoiceCreditID"),
    Column("invoice_credit_type_id", _WHOLE, "SOPInvoiceCreditType.SOPInvoiceCreditTypeID"),
    Column("invoice_credit_type", _TEXT, "invoice, credit_note, other"),
    Column("document_no", _TEXT, "Number; reference of its sales ledger transaction once posted"),
    Column("document_date", Kind.DAY, "Date of the document"),
    Column("document_status_id", _WHOLE, "DocumentStatus.DocumentStatusID"),
    Column(
        "document_status",
        _TEXT,
        "live, on_hold, complete, dispute, cancelled, draft, printed, other",
    ),
    Column("customer_id", _WHOLE, "SLCustomerAccount.SLCustomerAccountID"),
    Column("account_number", _TEXT, "Account number of the customer"),
    Column(
        "currency_code",
        _TEXT,
        "ISO code of the account's currency, which is the document's",
    ),
    Column("exchange_rate", _NUMBER, "Document currency per unit of base currency"),
    Column(
        "sales_document_id", _WHOLE, "The order or return; null where several are on one invoice"
    ),
    Column(
        "customer_document_no",
        _TEXT,
        "Customer's order number; null where several are on one invoice",
    ),
    Column("is_consolidated", _FLAG, "Holds several orders"),
    Column("total_net", _NUMBER, "Net, document currency"),
    Column("total_tax", _NUMBER, "VAT, document currency"),
    Column("total_gross", _NUMBER, "Gross, document currency"),
    Column("payment_value", _NUMBER, "Paid with the order, document currency; SQL only"),
    Column("cancelled_at", Kind.MOMENT, "When it was cancelled; SQL only"),
    Column("lines", Kind.LIST, "Lines", INVOICE_LINES),
    Column("tax_items", Kind.LIST, "VAT by code; SQL only", INVOICE_TAX_ITEMS),
    CREATED,
    UPDATED,
    OP_LOCK,
)


STREAMS = {
    "customers": CUSTOMERS,
    "customer_delivery_addresses": CUSTOMER_DELIVERY_ADDRESSES,
    "sales_documents": SALES_DOCUMENTS,
    "sales_document_lines": SALES_DOCUMENT_LINES,
    "despatches": DESPATCHES,
    "invoices_and_credits": INVOICES_AND_CREDITS,
}
