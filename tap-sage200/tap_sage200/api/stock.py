"""Stock and prices by the API."""

from __future__ import annotations

from tap_sage200.api.fields import Given, Resource, found_in, id_of, word_of

_STAMPS = {"created_at": "date_time_created", "updated_at": "date_time_updated"}
_CHANGED = {"updated_at": "date_time_updated"}
_LEVELS = {
    "confirmed_quantity": "confirmed_qty_in_stock",
    "unconfirmed_quantity": "unconfirmed_qty_in_stock",
    "allocated_sop_quantity": "quantity_allocated_sop",
    "allocated_stock_quantity": "quantity_allocated_stock",
    "allocated_bom_quantity": "quantity_allocated_bom",
    "reserved_quantity": "quantity_reserved",
    "free_quantity": "free_stock_available",
}
ITEM_TYPES = {0: "stock", 1: "miscellaneous", 2: "service"}


def _is_active(names: object, value: object) -> bool | None:
    status = names.find("product_status_types", value)  # type: ignore[attr-defined]
    return None if status is None else status == 0


RESOURCES = {
    "stock_items": Resource(
        "products",
        "id",
        {
            "item_id": "id",
            "item_code": "code",
            "item_name": "name",
            "product_group_id": "product_group_id",
            "stock_item_status_id": id_of("product_status_types", "product_status_type"),
            "is_active": Given(("product_status_type",), _is_active),
            "tax_code_id": "tax_code_id",
            "weight": "weight",
            "barcode": "barcode",
            "traceable_type_id": id_of("traceable_types", "traceable_type"),
            "allow_sales_order": "allow_sales_order",
            "free_stock_quantity": "free_stock_quantity",
            **_STAMPS,
        },
    ),
    "product_groups": Resource(
        "product_groups",
        "id",
        {
            "product_group_id": "id",
            "product_group_code": "code",
            "description": "description",
            "stock_item_type_id": id_of("product_types", "product_type"),
            "stock_item_type": word_of("product_types", ITEM_TYPES, "product_type"),
            "traceable_type_id": id_of("traceable_types", "traceable_type"),
            "can_levels_go_negative": "can_levels_go_negative",
            **_STAMPS,
        },
    ),
    "warehouses": Resource(
        "warehouses",
        "id",
        {
            "warehouse_id": "id",
            "warehouse_name": "name",
            "description": "description",
            "use_for_sales_trading": "use_for_sales_trading",
            "warehouse_type_id": id_of("warehouse_types", "warehouse_type"),
            **_CHANGED,
        },
    ),
    "stock_levels": Resource(
        "warehouse_holdings",
        "id",
        {
            "warehouse_item_id": "id",
            "item_id": "product_id",
            "item_code": found_in("item_codes", "product_id"),
            "warehouse_id": "warehouse_id",
            "warehouse_name": found_in("warehouse_names", "warehouse_id"),
            "use_for_sales_trading": found_in("warehouse_sells", "warehouse_id"),
            "on_purchase_order_quantity": "quantity_on_order",
            **_LEVELS,
            **_CHANGED,
        },
    ),
    "bins": Resource(
        "bin_holdings",
        "id",
        {
            "bin_item_id": "id",
            "bin_name": "name",
            "item_id": "product_id",
            "warehouse_item_id": "warehouse_holding_id",
            "allocation_priority": "allocation_priority",
            "last_counted_on": "last_stocktake",
            **_LEVELS,
            **_STAMPS,
        },
    ),
    "stock_movements": Resource(
        "product_transaction_views",
        "id",
        {
            "stock_movement_id": "id",
            "item_id": "product_id",
            "transaction_type_id": "transaction_type_id",
            "transaction_type": "transaction_type",
            "transaction_date": "transaction_date",
            **{
                name: name
                for name in (
                    "quantity",
                    "warehouse_name",
                    "bin_name",
                    "source_area_type_id",
                    "source_area_reference",
                    "source_area_name",
                    "reference",
                    "second_reference",
                    "unit_cost_price",
                    "unit_issue_price",
                    "unit_discount_value",
                    "cost_value",
                    "issue_value",
                    "total_order_discount",
                    "user_name",
                )
            },
            **_CHANGED,
        },
    ),
    "price_bands": Resource(
        "price_bands",
        "id",
        {
            "price_band_id": "id",
            "price_band_name": "name",
            "description": "description",
            "is_standard": "is_standard_band",
            "currency_code": found_in("currency_codes", "currency_id"),
            "price_band_type_id": "price_band_type_id",
            "is_active": "is_active",
            "is_time_based": "is_time_based",
            "active_from": "active_date_time_from",
            "active_to": "active_date_time_to",
            **_STAMPS,
        },
    ),
    "stock_item_prices": Resource(
        "product_price_views",
        "product_price_id",
        {
            "stock_item_price_id": "product_price_id",
            "item_id": "product_id",
            "item_code": "product_code",
            "price_band_id": "price_band_id",
            "price_band_name": "price_band_name",
            "currency_code": found_in("currency_codes", "currency_id"),
            "price": "product_price_price",
            "use_standard": "product_price_use_standard",
            **_CHANGED,
        },
    ),
    "discount_groups": Resource(
        "customer_discount_groups",
        "id",
        {
            "discount_group_id": "id",
            "discount_group_name": "name",
            "description": "description",
            **_STAMPS,
        },
    ),
}
