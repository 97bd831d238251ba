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


def line_product(order: Order, line: Sold, tables: Tables, codes: SageCodes) -> Product:
    """Return the stock item of a line.

    Raises:
        RefusalError: ``sku_not_in_sage`` or ``item_not_for_sale``.
    """
    code = tables.skus.get(code_key(line.sku), line.sku)
    product = codes.products.get(code_key(code)) if len(code) <= STOCK_CODE_LIMIT else None
    name = f"Order {order.increment_id}, SKU {line.sku!r} ({line.name})"
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
    return product


def store_warehouse(store: Store, codes: SageCodes) -> int:
    """Return the id of the warehouse that a store's goods leave.

    Raises:
        RefusalError: ``warehouse_not_in_sage``.
    """
    warehouse = codes.warehouses.get(code_key(store.warehouse))
    if warehouse is None:
        raise RefusalError(
            "warehouse_not_in_sage",
            f"Warehouse {store.warehouse!r} of mappings/stores.csv (store {store.store_id}) does"
            " not exist in Sage 200. Correct the row.",
            warehouse=store.warehouse,
        )
    return warehouse
