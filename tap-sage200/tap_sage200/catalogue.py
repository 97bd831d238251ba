"""Every stream's columns. The SQL of a stream is ``sql/<stream>.sql``, its key the first column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sage200.columns import Column, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHOLE, _NUMBER, _TEXT, _FLAG = Kind.INTEGER, Kind.NUMBER, Kind.TEXT, Kind.FLAG

CREATED = Column("created_at", Kind.MOMENT, "When Sage made the row, UTC")
UPDATED = Column("updated_at", Kind.MOMENT, "When Sage last changed the row, UTC; not in old Sage")
OP_LOCK = Column("op_lock", Kind.ROW_VERSION, "Row version, 16 hexadecimal characters")

STOCK_ITEMS = (
    Column("item_id", _WHOLE, "StockItem.ItemID"),
    Column("item_code", _TEXT, "Stock code, what a SKU maps to"),
    Column("item_name", _TEXT, "Name"),
    Column("product_group_id", _WHOLE, "ProductGroup.ProductGroupID"),
    Column("stock_item_status_id", _WHOLE, "0 active; others by StockItemStatus"),
    Column("is_active", _FLAG, "Status is 0; unknown where Sage has no status"),
    Column("tax_code_id", _WHOLE, "VAT code of the item, SYSTaxRate.SYSTaxRateID"),
    Column("weight", _NUMBER, "Weight of a stock unit, in the company's unit"),
    Column("barcode", _TEXT, "Barcode"),
    Column("allow_sales_order", _FLAG, "May be put on a sales order"),
    Column("free_stock_quantity", _NUMBER, "Free stock of all warehouses, kept by Sage"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

WAREHOUSES = (
    Column("warehouse_id", _WHOLE, "Warehouse.WarehouseID"),
    Column("warehouse_name", _TEXT, "Name, what a Magento source maps to"),
    Column("description", _TEXT, "Description"),
    Column("use_for_sales_trading", _FLAG, "Sells; only such warehouses feed a shop"),
    Column("warehouse_type_id", _WHOLE, "WarehouseType.WarehouseTypeID"),
    UPDATED,
    OP_LOCK,
)

STOCK_LEVELS = (
    Column("warehouse_item_id", _WHOLE, "WarehouseItem.WarehouseItemID: one item, one warehouse"),
    Column("item_id", _WHOLE, "StockItem.ItemID"),
    Column("item_code", _TEXT, "Stock code"),
    Column("warehouse_id", _WHOLE, "Warehouse.WarehouseID"),
    Column("warehouse_name", _TEXT, "Warehouse name"),
    Column("use_for_sales_trading", _FLAG, "The warehouse sells"),
    Column("confirmed_quantity", _NUMBER, "In stock, cost confirmed; stock units"),
    Column("unconfirmed_quantity", _NUMBER, "In stock, cost not yet confirmed; stock units"),
    Column("allocated_sop_quantity", _NUMBER, "Allocated to sales orders; stock units"),
    Column("allocated_stock_quantity", _NUMBER, "Allocated from the stock module; stock units"),
    Column("allocated_bom_quantity", _NUMBER, "Allocated to bills of materials; stock units"),
    Column("reserved_quantity", _NUMBER, "Reserved, apart from allocated; stock units"),
    Column("on_purchase_order_quantity", _NUMBER, "On purchase order; stock units"),
    Column(
        "free_quantity",
        _NUMBER,
        "Confirmed + unconfirmed - allocated (SOP, stock, BOM); stock units",
    ),
    Column(
        "allocated_to_web_quantity",
        _NUMBER,
        "Allocated to live orders of web accounts; stock units",
    ),
    Column(
        "unallocated_web_demand_quantity",
        _NUMBER,
        "Ordered by web accounts, neither allocated nor despatched; stock units",
    ),
    UPDATED,
    OP_LOCK,
)

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
    UPDATED,
    OP_LOCK,
)

TAX_CODES = (
    Column("tax_code_id", _WHOLE, "SYSTaxRate.SYSTaxRateID"),
    Column("tax_code", _WHOLE, "The short number users know"),
    Column("tax_code_name", _TEXT, "Name"),
    Column("tax_rate_percent", _NUMBER, "Rate, percent"),
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

STREAMS: Mapping[str, tuple[Column, ...]] = {
    "stock_items": STOCK_ITEMS,
    "warehouses": WAREHOUSES,
    "stock_levels": STOCK_LEVELS,
    "customers": CUSTOMERS,
    "tax_codes": TAX_CODES,
    "sales_documents": SALES_DOCUMENTS,
    "sales_document_lines": SALES_DOCUMENT_LINES,
}
