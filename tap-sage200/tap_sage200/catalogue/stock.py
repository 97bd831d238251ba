"""Stock: items, groups, warehouses, levels, bins, movements."""

from __future__ import annotations

from tap_sage200.catalogue.stamps import CREATED, OP_LOCK, UPDATED
from tap_sage200.columns import Column, Kind

_WHOLE, _NUMBER, _TEXT, _FLAG = Kind.INTEGER, Kind.NUMBER, Kind.TEXT, Kind.FLAG

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
    Column("traceable_type_id", _WHOLE, "0 not traceable, 1 batch, 2 serial"),
    Column("allow_sales_order", _FLAG, "May be put on a sales order"),
    Column("free_stock_quantity", _NUMBER, "Free stock of all warehouses, kept by Sage"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

PRODUCT_GROUPS = (
    Column("product_group_id", _WHOLE, "ProductGroup.ProductGroupID"),
    Column("product_group_code", _TEXT, "Code"),
    Column("description", _TEXT, "Description"),
    Column("stock_item_type_id", _WHOLE, "0 stock, 1 miscellaneous, 2 service or labour"),
    Column("stock_item_type", _TEXT, "stock, miscellaneous, service, other; only stock has levels"),
    Column("traceable_type_id", _WHOLE, "0 not traceable, 1 batch, 2 serial"),
    Column("can_levels_go_negative", _FLAG, "Levels may go below zero"),
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
        "Allocated to open orders of web accounts; stock units",
    ),
    Column(
        "unallocated_web_demand_quantity",
        _NUMBER,
        "Ordered by web accounts, neither allocated nor despatched; stock units",
    ),
    UPDATED,
    OP_LOCK,
)

BINS = (
    Column("bin_item_id", _WHOLE, "BinItem.BinItemID: one item in one bin"),
    Column("bin_name", _TEXT, "Name of the bin"),
    Column("item_id", _WHOLE, "StockItem.ItemID"),
    Column(
        "warehouse_item_id", _WHOLE, "WarehouseItem.WarehouseItemID: the level this bin is part of"
    ),
    Column("confirmed_quantity", _NUMBER, "In stock, cost confirmed; stock units"),
    Column("unconfirmed_quantity", _NUMBER, "In stock, cost not yet confirmed; stock units"),
    Column("allocated_sop_quantity", _NUMBER, "Allocated to sales orders; stock units"),
    Column("allocated_stock_quantity", _NUMBER, "Allocated from the stock module; stock units"),
    Column("allocated_bom_quantity", _NUMBER, "Allocated to bills of materials; stock units"),
    Column("reserved_quantity", _NUMBER, "Reserved, apart from allocated; stock units"),
    Column(
        "free_quantity",
        _NUMBER,
        "Confirmed + unconfirmed - allocated (SOP, stock, BOM); stock units",
    ),
    Column("allocation_priority", _WHOLE, "Lower is taken first"),
    Column("last_counted_on", Kind.DAY, "Day of the last stock count"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

STOCK_MOVEMENTS = (
    Column("stock_movement_id", _WHOLE, "TransactionHistory.TransactionHistoryID"),
    Column("item_id", _WHOLE, "StockItem.ItemID"),
    Column("transaction_type_id", _WHOLE, "TransactionType.TransactionTypeID; tells the direction"),
    Column("transaction_type", _TEXT, "Its name"),
    Column("transaction_date", Kind.DAY, "Day of the movement"),
    Column("quantity", _NUMBER, "Quantity, stock units"),
    Column("warehouse_name", _TEXT, "Warehouse"),
    Column("bin_name", _TEXT, "Bin"),
    Column(
        "source_area_type_id", _WHOLE, "SourceAreaType.SourceAreaTypeID: the module it came from"
    ),
    Column("source_area_reference", _TEXT, "Account or document of that module"),
    Column("source_area_name", _TEXT, "Its name"),
    Column("reference", _TEXT, "Reference, an order number for instance"),
    Column("second_reference", _TEXT, "Second reference"),
    Column("unit_cost_price", _NUMBER, "Cost of a stock unit, base currency"),
    Column("unit_issue_price", _NUMBER, "Price of a stock unit, base currency"),
    Column("unit_discount_value", _NUMBER, "Discount of a stock unit, base currency"),
    Column("cost_value", _NUMBER, "Cost, base currency"),
    Column("issue_value", _NUMBER, "Value at the price, base currency"),
    Column("total_order_discount", _NUMBER, "Share of the document discount, base currency"),
    Column("urn", _WHOLE, "URN of the nominal posting, 0 for none; SQL only"),
    Column("user_name", _TEXT, "Who"),
    CREATED,
    UPDATED,
    OP_LOCK,
)


STREAMS = {
    "stock_items": STOCK_ITEMS,
    "product_groups": PRODUCT_GROUPS,
    "warehouses": WAREHOUSES,
    "stock_levels": STOCK_LEVELS,
    "bins": BINS,
    "stock_movements": STOCK_MOVEMENTS,
}
