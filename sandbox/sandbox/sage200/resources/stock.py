"""Products, warehouses and holdings."""

from __future__ import annotations

from sandbox.sage200.resources.source import Child, Link, Source, Words

IN_STOCK = 't."ConfirmedQtyInStock" + t."UnconfirmedQtyInStock"'
ALLOCATED = 't."QuantityAllocatedSOP" + t."QuantityAllocatedStock" + t."QuantityAllocatedBOM"'
FREE = f"{IN_STOCK} - ({ALLOCATED})"
"""Free stock of a holding or bin. Source: the field texts of warehouse_holding."""

_REVENUE_NOMINAL = (
    '(select n."NominalCodeID" from dbo."{table}" n where n."{key}" = t."{key}"'
    ' and n."NominalUsageID" = 1)'
)
_LEVELS = {
    "confirmed_qty_in_stock": "ConfirmedQtyInStock",
    "unconfirmed_qty_in_stock": "UnconfirmedQtyInStock",
    "quantity_in_stock": f"({IN_STOCK})",
    "quantity_in_stock_less_reserved": f'({IN_STOCK} - t."QuantityReserved")',
    "quantity_allocated": f"({ALLOCATED})",
    "free_stock_available": f"({FREE})",
    "free_stock_available_less_reserved": f'({FREE} - t."QuantityReserved")',
}
_STANDARD_WAREHOUSE = 'w."WarehouseTypeID" = 0'
_UNIT = (
    '(select u."UnitID" from dbo."StockItemUnit" u where u."ItemID" = t."ItemID"'
    ' order by u."StockItemUnitID" limit 1)'
)
_TOTALS = {
    "confirmed_quantity_in_stock": 't."ConfirmedQtyInStock"',
    "unconfirmed_quantity_in_stock": 't."UnconfirmedQtyInStock"',
    "actual_quantity": IN_STOCK,
    "quantity_allocated_stock": 't."QuantityAllocatedStock"',
    "quantity_allocated_sop": 't."QuantityAllocatedSOP"',
    "quantity_allocated_bom": 't."QuantityAllocatedBOM"',
    "quantity_on_pop_order": 't."QuantityOnPOPOrder"',
    "quantity_reserved": 't."QuantityReserved"',
    "reorder_level": 't."ReorderLevel"',
}
"""Field of a product view by what is added up over the product's holdings."""


def _totals() -> str:
    """Return a join with one row per product: its holdings added up, read once."""
    sums = ", ".join(
        f"coalesce(sum({levels.replace('t.', 'h.')}), 0) as {name}"
        for name, levels in _TOTALS.items()
    )
    return (
        f'cross join lateral (select {sums}, max(h."DateOfLastSale") as date_of_last_sale'  # noqa: S608 - of this file
        ' from dbo."WarehouseItem" h where h."ItemID" = t."ItemID") s'
    )


_JOIN_STANDARD_PRICE = (
    'left join lateral (select p."Price" from dbo."StockItemPrice" p'
    ' join dbo."PriceBand" b on b."PriceBandID" = p."PriceBandID"'
    ' where p."ItemID" = t."ItemID" and b."ThisIsTheStandardBand" = 1 limit 1) p on true'
)

SOURCES = {
    "products": Source(
        shape="product",
        table="StockItem",
        fields={
            "use_description_on_documents": "UseDescriptionOnDocs",
            "product_status_type": Words("product_status_types", "StockItemStatusID"),
            "fulfilment_method_type": Words(
                "fulfilment_method_types", "SOPOrderFulfilmentMethodID"
            ),
            "inactivation_date": "InactiveDate",
            "traceable_type": Words("traceable_types", "TraceableTypeID"),
            "revenue_nominal_code_id": _REVENUE_NOMINAL.format(
                table="StockItemNominalCode", key="ItemID"
            ),
            "base_unit_id": _UNIT,
            "stock_unit_id": _UNIT,
            "use_supplementary_units": "UsesSupplementaryUnit",
            "suppress_mass_on_declaration": "SuppressNetMass",
            "use_reverse_charge_vat_rules": "UsesRCV",
            "is_weee_item": "IsWEEEItem",
            "has_alternative_products": "0",
            "has_cross_sell_products": "0",
            "has_preferred_supplier": "0",
        },
        children={
            "warehouse_holdings": Child("warehouse_holdings", "product_id"),
            "units": Child("product_units", "product_id"),
        },
        links={
            "product_group": Link("product_groups", "product_group_id"),
            "tax_code": Link("tax_codes", "tax_code_id"),
            "revenue_nominal_code": Link("nominal_codes", "revenue_nominal_code_id"),
            "base_unit": Link("units", "base_unit_id"),
            "stock_unit": Link("units", "stock_unit_id"),
            "country_of_origin": Link("country_codes", "country_of_origin_id"),
        },
    ),
    "product_views": Source(
        shape="product_view",
        table="StockItem",
        fields={
            "status_type_id": "StockItemStatusID",
            "status_type": Words("product_status_types", "StockItemStatusID"),
            "product_group_product_type_id": 'g."StockItemTypeID"',
            "product_group_product_type": Words("product_types", 'g."StockItemTypeID"'),
            "product_group_code": 'g."Code"',
            "product_group_description": 'g."Description"',
            "product_group_do_items_use_markup": 'g."DoItemsUseMarkup"',
            "product_group_costing_method_type_id": 'g."CostingMethodID"',
            "traceable_type": Words("traceable_types", "TraceableTypeID"),
            "stock_multiple_of_base_unit": "StockMultOfBaseUnit",
            "selling_price": 'p."Price"',
            "price": 'p."Price"',
            "this_is_the_standard_band": "1",
            "fulfilment_method_type_id": "SOPOrderFulfilmentMethodID",
            "fulfilment_method_type": Words(
                "fulfilment_method_types", "SOPOrderFulfilmentMethodID"
            ),
            "date_of_last_sale": "s.date_of_last_sale",
            **{name: f"s.{name}" for name in _TOTALS},
        },
        joins='join dbo."ProductGroup" g using ("ProductGroupID")'
        f" {_JOIN_STANDARD_PRICE} {_totals()}",
    ),
    "product_groups": Source(
        shape="product_group",
        table="ProductGroup",
        fields={
            "product_type": Words("product_types", "StockItemTypeID"),
            "traceable_type": Words("traceable_types", "TraceableTypeID"),
            "use_description_on_documents": "UseDescriptionOnDocs",
            "keep_movement_history": "DoItemsMaintainHistory",
            "can_levels_go_negative": "CanItemLevelsGoNegative",
            "selling_quantities_use_multiple_units": "SellQuantsUseMultUnits",
            "selling_prices_use_multiple_units": "SellPricesUseMultUnits",
            "buying_quantities_use_multiple_units": "BuyQuantsUseMultUnits",
            "buying_prices_use_multiple_units": "BuyPricesUseMultUnits",
            "use_reverse_charge_vat_rules": "UsesRCV",
            "revenue_nominal_code_id": _REVENUE_NOMINAL.format(
                table="ProdGroupNominalCode", key="ProductGroupID"
            ),
        },
        links={"revenue_nominal_code": Link("nominal_codes", "revenue_nominal_code_id")},
    ),
    "units": Source(shape="unit", table="Unit"),
    "warehouses": Source(
        shape="warehouse",
        table="Warehouse",
        fields={
            "warehouse_type": Words("warehouse_types", "WarehouseTypeID"),
            "telephone_number": "TelephoneNo",
            "fax_number": "FaxNo",
            "email": "EmailAddress",
            "website": "WebAddress",
        },
        links={"country_code": Link("country_codes", "country_code_id")},
    ),
    "warehouse_holdings": Source(
        shape="warehouse_holding",
        table="WarehouseItem",
        fields={
            "product_id": "ItemID",
            "quantity_on_order": "QuantityOnPOPOrder",
            "warehouse_name": 'w."Name"',
            "is_default_manufacturing_warehouse": "0",
            **_LEVELS,
        },
        joins='join dbo."Warehouse" w using ("WarehouseID")',
        children={"bin_holdings": Child("bin_holdings", "warehouse_holding_id")},
        links={
            "product": Link("products", "product_id"),
            "warehouse": Link("warehouses", "warehouse_id"),
        },
    ),
    "bin_holdings": Source(
        shape="bin_holding",
        table="BinItem",
        fields={
            "warehouse_holding_id": "WarehouseItemID",
            "product_id": "ItemID",
            "name": "BinName",
            "last_stocktake": "DateOfLastStockCount",
            **_LEVELS,
        },
        links={
            "product": Link("products", "product_id"),
            "warehouse_holding": Link("warehouse_holdings", "warehouse_holding_id"),
        },
    ),
    "product_warehouse_views": Source(
        shape="product_warehouse_view",
        table="WarehouseItem",
        fields={
            "product_id": "ItemID",
            "warehouse_holding_id": "WarehouseItemID",
            "warehouse_name": 'w."Name"',
            "use_for_sales_trading": 'w."UseForSalesTrading"',
            "free_stock_quantity": f"({FREE})",
        },
        joins='join dbo."Warehouse" w using ("WarehouseID")',
        # returns and direct-delivery warehouses are left out
        where=_STANDARD_WAREHOUSE,
        key="warehouse_holding_id",
    ),
}
