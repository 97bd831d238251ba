"""Which Sage 200 stock item a SKU is, and the warehouse it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_sage200.mapping.codes import code_key
from target_sage200.mapping.refusal import RefusalError

if TYPE_CHECKING:
    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.codes import Product, SageCodes
    from target_sage200.mapping.lines import Sold
    from target_sage200.mapping.tables import Tables

STOCK_CODE_LIMIT = 30


def line_product(
    order: Order, line: Sold, store: Store, tables: Tables, codes: SageCodes
) -> tuple[Product, bool]:
    """Return the stock item of a line, and whether it is the store's suspense item.

    Raises:
        RefusalError: ``sku_not_in_sage`` or ``item_not_for_sale``.
    """
    code = tables.stock_code(line.sku)
    product = codes.products.get(code_key(code)) if len(code) <= STOCK_CODE_LIMIT else None
    name = f"Order {order.increment_id}, SKU {line.sku!r} ({line.name})"
    stands_in = product is None and bool(store.suspense_item)
    if stands_in:
        product = codes.products.get(code_key(store.suspense_item))
        if product is None:
            raise RefusalError(
                "suspense_item_not_in_sage",
                f"{name}: Sage 200 has neither stock item {code!r} nor the suspense item"
                f" {store.suspense_item!r} of mappings/stores.csv (store {store.store_id}). Create"
                " one of them there.",
                magento_sku=line.sku,
                suspense_item=store.suspense_item,
            )
    if product is None:
        raise RefusalError(
            "sku_not_in_sage",
            f"{name}: Sage 200 has no stock item {code!r}. Create it there, or name another code"
            " in mappings/skus.csv.",
            magento_sku=line.sku,
            sage_code=code,
        )
    if not (product.active and product.allow_sales_order):
        raise RefusalError(
            "item_not_for_sale",
            f"{name}: stock item {product.code!r} is inactive or not allowed on sales orders in"
            " Sage 200. Release it there, or name another code in mappings/skus.csv.",
            magento_sku=line.sku,
            sage_code=product.code,
        )
    return product, stands_in


def line_warehouse(order: Order, store: Store, sku: str, tables: Tables, codes: SageCodes) -> int:
    """Return the id of the warehouse that a line's goods leave.

    The product's own (``products.csv``), else the one that feeds the source where the customer
    collects (``warehouses.csv``), else the store's (``stores.csv``). An order document names no
    other source: Magento chooses it when it ships.

    Raises:
        RefusalError: ``warehouse_not_in_sage`` or ``pickup_source_unmapped``.
    """
    name, where = store.warehouse, f"stores.csv (store {store.store_id})"
    own = tables.products.of(sku).warehouse
    if own:
        name, where = own, f"products.csv (SKU {sku})"
    elif order.pickup_source:
        found = tables.sources.get(code_key(order.pickup_source))
        if found is None:
            raise RefusalError(
                "pickup_source_unmapped",
                f"Order {order.increment_id} is collected at source {order.pickup_source!r}, which"
                " no row of mappings/warehouses.csv names. Add one.",
                magento_source=order.pickup_source,
            )
        name, where = found, f"warehouses.csv (source {order.pickup_source})"
    warehouse = codes.warehouses.get(code_key(name))
    if warehouse is None:
        raise RefusalError(
            "warehouse_not_in_sage",
            f"Warehouse {name!r} of mappings/{where} does not exist in Sage 200. Correct the row.",
            warehouse=name,
        )
    return warehouse
