"""Views of stock: movements, bins, and the short lists that Sage's own screens choose from."""

from __future__ import annotations

from sandbox.sage200.resources.parts import PRODUCT, PRODUCT_GROUP, WAREHOUSE
from sandbox.sage200.resources.source import Part, Source

_JOIN_GROUP = 'join dbo."ProductGroup" g using ("ProductGroupID")'

SOURCES = {
    "product_transaction_views": Source(
        shape="product_transaction_view",
        table="TransactionHistory",
        fields={
            "transaction_type_id": "TransactionTypeID",
            "transaction_type": 'y."TransactionTypeName"',
            "transaction_group_id": 'y."TransactionGroupID"',
        },
        joins='join dbo."StockItem" i using ("ItemID")'
        ' join dbo."ProductGroup" g using ("ProductGroupID")'
        ' left join dbo."TransactionType" y on y."TransactionTypeID" = t."TransactionTypeID"',
        parts={"product_": PRODUCT, "product_group_": PRODUCT_GROUP},
    ),
    "product_warehouse_bin_views": Source(
        shape="product_warehouse_bin_view",
        table="BinItem",
        fields={"bin_holding_name": "BinName"},
        joins='join dbo."StockItem" i using ("ItemID")'
        ' join dbo."WarehouseItem" h using ("WarehouseItemID")'
        ' join dbo."Warehouse" w on w."WarehouseID" = h."WarehouseID"',
        parts={
            "product_": PRODUCT,
            "warehouse_": WAREHOUSE,
            "bin_holding_": Part("t", "BinItem"),
        },
        key="bin_holding_id",
    ),
    "product_units": Source(
        shape="product_unit",
        table="StockItemUnit",
        fields={"product_id": "ItemID"},
    ),
    "lookup_products": Source(
        shape="lookup_product",
        table="StockItem",
        fields={
            "product_status_id": "StockItemStatusID",
            "product_type_id": 'g."StockItemTypeID"',
            "this_is_the_sop_product_group": 'g."ThisIsTheSOPProductGroup"',
        },
        joins=_JOIN_GROUP,
    ),
    "lookup_product_groups": Source(
        shape="lookup_product_group",
        table="ProductGroup",
        fields={"product_type_id": "StockItemTypeID"},
    ),
    "lookup_stock_item_units": Source(
        shape="lookup_stock_item_unit",
        table="StockItemUnit",
        fields={"name": 'n."Name"', "stock_item_id": "ItemID"},
        joins='join dbo."Unit" n using ("UnitID")',
    ),
    "search_categories": Source(shape="search_category", table="SearchCategory"),
    "search_values": Source(
        shape="search_value", table="SearchValue", fields={"is_none_value": "NoneValue"}
    ),
    "stock_settings": Source(
        shape="stock_settings",
        table="StockSetting",
        fields={
            "integrate_stock_management_with_nominal": "IntegrateWithNominal",
            "generate_cos_for_sop": "PostCOSForSOP",
            "allow_negative_stocktake": "AllowNegStockTake",
            "allow_negative_stocktake_with_purchase_order": "AllowNegStockTakeWithPo",
            "record_numbers_on_goods_received": "RecordNosOnGoodsReceived",
            "allow_fulfilment_from_supplier_via_stock": "OkfulfilmntFromSuppViaWarhouse",
            "allow_fulfilment_from_supplier_direct_to_customer": "OkfulfilmntDirectToCustomer",
            "landed_costs_nominal_code_id": "LandedCostsNominalCode",
        },
    ),
}
