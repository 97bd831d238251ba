"""Source items and salable quantity: what target-magento writes and checks."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sandbox.magento.comparison import collate
from sandbox.magento.entities import attribute, source_item_identity
from sandbox.magento.errors import MagentoError, application_failure
from sandbox.magento.json_text import plain
from sandbox.magento.service_input import (
    amount,
    anything,
    flag,
    parameter,
    properties,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

HIGHEST_QUANTITY = Decimal("99999999.9999")
_FOUR_PLACES = Decimal("0.0001")
_COMPOSITE = frozenset({"configurable", "bundle", "grouped"})
_SHIPPED_SEPARATELY = "1"
DEFAULT_SOURCE = "default"


def find_source(shop: Shop, code: str) -> Document | None:
    """Return a source, None where there is none; the database ignores the case of its code."""
    wanted = collate(code)
    for source in shop.table("sources").all():
        if collate(source["source_code"]) == wanted:
            return source
    return None


def find_product(shop: Shop, sku: str) -> Document | None:
    """Return a product by SKU, whatever the case, None where there is none."""
    return shop.table("products").find(collate(sku))


def stock_of_channel(shop: Shop, kind: str, code: str) -> Document | None:
    """Return the stock of a sales channel, such as ``website`` and its code; None for none."""
    for stock in shop.table("stocks").all():
        for channel in stock.get("extension_attributes", {}).get("sales_channels", ()):
            if channel["type"] == kind and channel["code"] == code:
                return stock
    return None


def salable_quantity(shop: Shop, sku: str, stock_id: int) -> Decimal | int:
    """Return the quantity of enabled sources of a stock less what orders hold of it.

    Raises:
        MagentoError: 400, a composite product or an unknown stock.
        PlainFailure: 500, an unknown SKU.
    """
    product = find_product(shop, sku)
    if product is None:
        raise application_failure()
    if product["type_id"] in _COMPOSITE:
        raise MagentoError(
            400, "Can't check requested quantity for products without Source Items support."
        )
    if shop.get("stocks", stock_id) is None:
        raise MagentoError(400, "Could not receive Stock Item data")
    if not stock_item(shop, product)["manage_stock"]:
        return 0
    return plain(_available(shop, sku, stock_id))


def is_salable(shop: Shop, sku: str, stock_id: int) -> bool:
    """Whether a product can be sold from a stock now."""
    product = find_product(shop, sku)
    if product is None:
        return False
    if product["type_id"] in _COMPOSITE:
        return True
    settings = stock_item(shop, product)
    if not settings["manage_stock"] or settings["backorders"]:
        return True
    return _available(shop, sku, stock_id) > 0


def stock_item(shop: Shop, product: Document) -> Document:
    """Return the legacy stock item of a product: its settings, and the ``default`` source."""
    known = shop.stock_items.get(product["id"])
    item = dict(known) if known is not None else _plain_stock_item(product)
    row = shop.table("source-items").find(source_item_identity(DEFAULT_SOURCE, product["sku"]))
    if row is not None:
        item["qty"] = row["quantity"]
        item["is_in_stock"] = bool(row["status"]) or not item["manage_stock"]
    return item


def save_stock_item(shop: Shop, sku: str, body: Document) -> int:
    """Set quantity and status of the ``default`` source; return the stock item's id.

    The item id in the path counts for nothing, as in Magento.

    Raises:
        MagentoError: 404 unknown SKU; 400 unknown property or wrong type.
    """
    product = find_product(shop, sku)
    if product is None:
        raise MagentoError(404, 'The Product with the "%1" SKU doesn\'t exist.', [sku])
    item = stock_item(shop, product)
    readers = dict.fromkeys((*item, "extension_attributes"), anything)
    given = properties(
        parameter(body, "stockItem"), {**readers, "qty": amount, "is_in_stock": flag}
    )
    quantity = item["qty"] if given["qty"] is None else given["qty"]
    status = item["is_in_stock"] if given["is_in_stock"] is None else given["is_in_stock"]
    with shop.transaction():
        store_source_item(
            shop,
            {
                "sku": product["sku"],
                "source_code": DEFAULT_SOURCE,
                "quantity": Decimal(quantity),
                "status": int(status),
            },
        )
    return int(item["item_id"])


def deduct(shop: Shop, source_code: str, quantities: Sequence[tuple[str, Decimal]]) -> bool:
    """Take shipped quantities from a source; False where it can't give them, nothing taken."""
    source = find_source(shop, source_code)
    if source is None or not source["enabled"]:
        return False
    table = shop.table("source-items")
    rows = []
    for sku, quantity in quantities:
        product = find_product(shop, sku)
        if product is not None and not stock_item(shop, product)["manage_stock"]:
            continue
        row = table.find(source_item_identity(source_code, sku))
        if row is None or Decimal(row["quantity"]) < quantity:
            return False
        left = Decimal(row["quantity"]) - quantity
        backorders = product is not None and stock_item(shop, product)["backorders"]
        status = row["status"] if left > 0 or backorders else 0
        rows.append({**row, "quantity": plain(left), "status": status})
    for row in rows:
        shop.put("source-items", row)
    return True


def put_back(shop: Shop, source_code: str, sku: str, quantity: Decimal) -> None:
    """Return a refunded quantity to a source."""
    row = shop.table("source-items").find(source_item_identity(source_code, sku))
    if row is None:
        row = {"sku": sku, "source_code": source_code, "quantity": 0, "status": 1}
    shop.put("source-items", {**row, "quantity": plain(Decimal(row["quantity"]) + quantity)})


def _available(shop: Shop, sku: str, stock_id: int) -> Decimal:
    total = Decimal(0)
    for link in shop.table("stock-source-links").all():
        if link["stock_id"] != stock_id:
            continue
        source = find_source(shop, link["source_code"])
        row = shop.table("source-items").find(source_item_identity(link["source_code"], sku))
        if source is not None and source["enabled"] and row is not None and row["status"]:
            total += Decimal(row["quantity"])
    return total - shop.reservations.quantity(stock_id, sku)


def ships_separately(product: Document) -> bool:
    """Whether the parts of a bundle are shipped one by one."""
    return str(attribute(product, "shipment_type")) == _SHIPPED_SEPARATELY


def store_source_item(shop: Shop, item: Document) -> None:
    """Add or replace a source item, its quantity cut to what the column holds."""
    known = shop.table("source-items").find(source_item_identity(item["source_code"], item["sku"]))
    source = find_source(shop, item["source_code"])
    quantity = item["quantity"].quantize(_FOUR_PLACES, rounding=ROUND_HALF_UP)
    quantity = max(-HIGHEST_QUANTITY, min(quantity, HIGHEST_QUANTITY))
    shop.put(
        "source-items",
        {
            "sku": known["sku"] if known is not None else item["sku"],
            "source_code": source["source_code"] if source else item["source_code"],
            "quantity": plain(quantity),
            "status": item["status"],
        },
    )


def _plain_stock_item(product: Document) -> Document:
    composite = product["type_id"] in _COMPOSITE
    return {
        # Magento numbers them apart from products; this is how the recorded shop came out.
        "item_id": 2 * product["id"] - 1,
        "product_id": product["id"],
        "stock_id": 1,
        "qty": 0,
        "is_in_stock": composite,
        "is_qty_decimal": False,
        "show_default_notification_message": False,
        "use_config_min_qty": True,
        "min_qty": 0,
        "use_config_min_sale_qty": 1,
        "min_sale_qty": 1,
        "use_config_max_sale_qty": True,
        "max_sale_qty": 10000,
        "use_config_backorders": True,
        "backorders": 0,
        "use_config_notify_stock_qty": True,
        "notify_stock_qty": 1,
        "use_config_qty_increments": True,
        "qty_increments": 0,
        "use_config_enable_qty_inc": True,
        "enable_qty_increments": False,
        "use_config_manage_stock": True,
        "manage_stock": True,
        "low_stock_date": None,
        "is_decimal_divided": False,
        "stock_status_changed_auto": 0,
    }
