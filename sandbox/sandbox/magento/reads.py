"""GET: lists and single documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.magento.criteria import Criteria, Filter, parse_criteria
from sandbox.magento.errors import MagentoError, not_found
from sandbox.magento.search import search
from sandbox.magento.stock import (
    find_product,
    find_source,
    is_salable,
    salable_quantity,
    stock_item,
    stock_of_channel,
)
from sandbox.magento.tier_prices import seen_through

if TYPE_CHECKING:
    from sandbox.magento.criteria import InputLimits
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop


def list_rows(shop: Shop, name: str, query: Document, limits: InputLimits) -> Document:
    """Return one page of a list."""
    criteria = parse_criteria(query, limits)
    rows, total = search(shop.table(name), criteria)
    return {"items": rows, "search_criteria": criteria.echo(), "total_count": total}


def list_products(
    shop: Shop, query: Document, limits: InputLimits, website: int | None
) -> Document:
    """Return one page of products as a store of a website shows them."""
    page = list_rows(shop, "products", query, limits)
    return {**page, "items": [seen_through(row, website) for row in page["items"]]}


def one(shop: Shop, name: str, key: int) -> Document:
    """Return one order, item, invoice, shipment, credit memo or transaction.

    Raises:
        MagentoError: 404.
    """
    row = shop.get(name, key)
    if row is None:
        raise not_found()
    return row


def customer(shop: Shop, customer_id: int) -> Document:
    """Return one customer.

    Raises:
        MagentoError: 404.
    """
    row = shop.get("customers", customer_id)
    if row is None:
        raise _no_such_entity("customerId", customer_id)
    return row


def named_row(shop: Shop, name: str, field: str, key: int) -> Document:
    """Return one tax rate, tax rule, stock, … by its number.

    Raises:
        MagentoError: 404.
    """
    row = shop.get(name, key)
    if row is None:
        raise _no_such_entity(field, key)
    return row


def product(shop: Shop, sku: str, website: int | None) -> Document:
    """Return one product; unlike in the list, with the stock item of the default source.

    Args:
        shop: The shop.
        sku: The product.
        website: The website whose store shows it; None for the scope ``all``.

    Raises:
        MagentoError: 404.
    """
    row = find_product(shop, sku)
    if row is None:
        raise MagentoError(
            404, "The product that was requested doesn't exist. Verify the product and try again."
        )
    extension = {**row.get("extension_attributes", {}), "stock_item": stock_item(shop, row)}
    return seen_through({**row, "extension_attributes": extension}, website)


def legacy_stock_item(shop: Shop, sku: str) -> Document:
    """Return the stock item of a product.

    Raises:
        MagentoError: 404.
    """
    row = find_product(shop, sku)
    if row is None:
        raise MagentoError(404, 'The Product with the "%1" SKU doesn\'t exist.', [sku])
    return stock_item(shop, row)


def source(shop: Shop, code: str) -> Document:
    """Return one source.

    Raises:
        MagentoError: 404.
    """
    row = find_source(shop, code)
    if row is None:
        raise MagentoError(404, 'Source with code "%value" does not exist.', {"value": code})
    return row


def attribute(shop: Shop, code: str) -> Document:
    """Return one product attribute.

    Raises:
        MagentoError: 404.
    """
    for row in shop.table("product_attributes").all():
        if row["attribute_code"] == code:
            return {"extension_attributes": {"is_pagebuilder_enabled": False}, **row}
    raise _no_such_entity("attributeCode", code)


def order_comments(shop: Shop, order_id: int) -> Document:
    """Return the comments of an order, oldest first; an order that does not exist has none."""
    order = shop.get("orders", order_id)
    comments = sorted(order["status_histories"], key=_entity_id) if order else []
    criteria = Criteria(((Filter("parent_id", str(order_id), "eq"),),))
    return {
        "items": comments,
        "search_criteria": criteria.echo(),
        "total_count": len(comments),
    }


def stock_resolver(shop: Shop, kind: str, code: str) -> Document:
    """Return the stock of a sales channel.

    Raises:
        MagentoError: 404.
    """
    row = stock_of_channel(shop, kind, code)
    if row is None:
        raise MagentoError(404, "No linked stock found")
    return row


def export_stock(shop: Shop, kind: str, code: str, query: Document, limits: InputLimits) -> Any:
    """Return salable quantities of a channel's stock for one page of products.

    Composite products are left out, and the total counts the page only, as in Magento.
    """
    stock_id = int(stock_resolver(shop, kind, code)["stock_id"])
    criteria = parse_criteria(query, limits)
    rows, _ = search(shop.table("products"), criteria)
    items = [
        {
            "sku": row["sku"],
            "qty": salable_quantity(shop, row["sku"], stock_id),
            "is_salable": is_salable(shop, row["sku"], stock_id),
        }
        for row in rows
        if row["type_id"] in {"simple", "virtual", "downloadable"}
    ]
    return {"items": items, "search_criteria": criteria.echo(), "total_count": len(items)}


def _entity_id(comment: Document) -> int:
    return int(comment["entity_id"])


def _no_such_entity(field: str, value: Any) -> MagentoError:
    return MagentoError(
        404,
        "No such entity with %fieldName = %fieldValue",
        {"fieldName": field, "fieldValue": value},
    )
