"""Which path does what, and which right it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.magento import order_actions, order_save, reads, refund, ship, source_items, stock
from sandbox.magento.entities import ENTITIES, PRODUCTS, SINGLES
from sandbox.magento.errors import MagentoError, no_route
from sandbox.magento.invoice import invoice
from sandbox.magento.routing import Call, Route
from sandbox.magento.service_input import objects, parameter, text

if TYPE_CHECKING:
    from collections.abc import Callable

_SOURCE_ITEM = "\\Magento\\InventoryApi\\Api\\Data\\SourceItemInterface"


def _list(name: str) -> Callable[[Call], Any]:
    if name == PRODUCTS.name:
        return lambda call: reads.list_products(call.shop, call.query, call.limits, call.website)
    return lambda call: reads.list_rows(call.shop, name, call.query, call.limits)


def _single(name: str) -> Callable[[Call], Any]:
    def handle(call: Call) -> Any:
        if name not in call.shop.singles:
            raise no_route()
        return call.shop.singles[name]

    return handle


def _one(name: str) -> Callable[[Call], Any]:
    return lambda call: reads.one(call.shop, name, call.number("id"))


def _named(name: str, field: str) -> Callable[[Call], Any]:
    return lambda call: reads.named_row(call.shop, name, field, call.number("id"))


def _order_status(call: Call) -> str:
    return str(reads.one(call.shop, "orders", call.number("id"))["status"])


def _source_items(call: Call) -> list[Any]:
    elements = objects(parameter(call.body, "sourceItems"))
    maximum = call.limits.maximum_items
    if maximum is not None and len(elements) > maximum:
        raise MagentoError(
            400,
            'Maximum items of type "%type" is %max',
            {"type": _SOURCE_ITEM, "max": maximum},
        )
    return elements


def _save_source_items(call: Call) -> list[Any]:
    source_items.save_source_items(call.shop, _source_items(call))
    return []


def _delete_source_items(call: Call) -> list[Any]:
    source_items.delete_source_items(call.shop, _source_items(call))
    return []


def _admin_token(call: Call) -> str:
    username = text("username", parameter(call.body, "username"))
    password = text("password", parameter(call.body, "password"))
    return call.access.issue_admin_token(username or "", password or "", call.shop.now())


def _route(method: str, path: str, resource: str | None, handle: Callable[[Call], Any]) -> Route:
    return Route(method, tuple(path.split("/")), resource, handle)


_SALES = "Magento_Sales::"
_STOCK = "Magento_InventorySalesApi::stock"

ROUTES: tuple[Route, ...] = (
    *(_route("GET", e.path, e.resource, _list(e.name)) for e in ENTITIES),
    *(_route("GET", s.path, s.resource, _single(s.name)) for s in SINGLES),
    _route("GET", "orders/:id", f"{_SALES}actions_view", _one("orders")),
    _route("GET", "orders/items/:id", f"{_SALES}actions_view", _one("orders_items")),
    _route("GET", "orders/:id/statuses", f"{_SALES}actions_view", _order_status),
    _route(
        "GET",
        "orders/:id/comments",
        f"{_SALES}actions_view",
        lambda c: reads.order_comments(c.shop, c.number("id")),
    ),
    _route("GET", "invoices/:id", f"{_SALES}sales_invoice", _one("invoices")),
    _route("GET", "shipment/:id", f"{_SALES}shipment", _one("shipments")),
    _route("GET", "creditmemo/:id", f"{_SALES}sales_creditmemo", _one("creditmemos")),
    _route("GET", "transactions/:id", f"{_SALES}transactions_fetch", _one("transactions")),
    _route(
        "GET",
        "customers/:id",
        "Magento_Customer::customer",
        lambda c: reads.customer(c.shop, c.number("id")),
    ),
    _route(
        "GET",
        "products/:sku",
        "Magento_Catalog::products",
        lambda c: reads.product(c.shop, c.path["sku"], c.website),
    ),
    _route(
        "GET",
        "products/attributes/:code",
        "Magento_Catalog::attributes_attributes",
        lambda c: reads.attribute(c.shop, c.path["code"]),
    ),
    _route(
        "GET",
        "stockItems/:sku",
        "Magento_CatalogInventory::cataloginventory",
        lambda c: reads.legacy_stock_item(c.shop, c.path["sku"]),
    ),
    _route(
        "GET",
        "inventory/sources/:code",
        "Magento_InventoryApi::source",
        lambda c: reads.source(c.shop, c.path["code"]),
    ),
    _route("GET", "inventory/stocks/:id", "Magento_InventoryApi::stock", _named("stocks", "id")),
    _route("GET", "taxRates/:id", "Magento_Tax::manage_tax", _named("taxRates", "Rate ID")),
    _route("GET", "taxRules/:id", "Magento_Tax::manage_tax", _named("taxRules", "RuleId")),
    _route(
        "GET",
        "inventory/get-product-salable-quantity/:sku/:id",
        _STOCK,
        lambda c: stock.salable_quantity(c.shop, c.path["sku"], c.number("id")),
    ),
    _route(
        "GET",
        "inventory/is-product-salable/:sku/:id",
        _STOCK,
        lambda c: stock.is_salable(c.shop, c.path["sku"], c.number("id")),
    ),
    _route(
        "GET",
        "inventory/stock-resolver/:kind/:code",
        _STOCK,
        lambda c: reads.stock_resolver(c.shop, c.path["kind"], c.path["code"]),
    ),
    _route(
        "GET",
        "inventory/export-stock-salable-qty/:kind/:code",
        _STOCK,
        lambda c: reads.export_stock(c.shop, c.path["kind"], c.path["code"], c.query, c.limits),
    ),
    _route("POST", "integration/admin/token", None, _admin_token),
    _route(
        "POST",
        "inventory/source-items",
        "Magento_InventoryApi::stock_source_item_assign",
        _save_source_items,
    ),
    _route(
        "POST",
        "inventory/source-items-delete",
        "Magento_InventoryApi::stock_source_item_assign",
        _delete_source_items,
    ),
    _route(
        "PUT",
        "products/:sku/stockItems/:id",
        "Magento_CatalogInventory::cataloginventory",
        lambda c: stock.save_stock_item(c.shop, c.path["sku"], c.body),
    ),
    _route(
        "POST",
        "order/:id/ship",
        f"{_SALES}ship",
        lambda c: ship.ship(c.shop, c.number("id"), c.body),
    ),
    _route("POST", "shipment/track", f"{_SALES}shipment", lambda c: ship.add_track(c.shop, c.body)),
    _route(
        "POST",
        "order/:id/invoice",
        f"{_SALES}invoice",
        lambda c: invoice(c.shop, c.number("id"), c.body),
    ),
    _route(
        "POST",
        "order/:id/refund",
        f"{_SALES}creditmemo",
        lambda c: refund.refund_order(c.shop, c.number("id"), c.body),
    ),
    _route(
        "POST",
        "invoice/:id/refund",
        f"{_SALES}sales_invoice",
        lambda c: refund.refund_invoice(c.shop, c.number("id"), c.body),
    ),
    _route(
        "POST",
        "orders/:id/cancel",
        f"{_SALES}cancel",
        lambda c: order_actions.cancel(c.shop, c.number("id")),
    ),
    _route(
        "POST",
        "orders/:id/hold",
        f"{_SALES}hold",
        lambda c: order_actions.hold(c.shop, c.number("id")),
    ),
    _route(
        "POST",
        "orders/:id/unhold",
        f"{_SALES}unhold",
        lambda c: order_actions.unhold(c.shop, c.number("id")),
    ),
    _route(
        "POST",
        "orders/:id/comments",
        f"{_SALES}comment",
        lambda c: order_actions.add_comment(c.shop, c.number("id"), c.body),
    ),
    _route("POST", "orders", f"{_SALES}create", lambda c: order_save.save_order(c.shop, c.body)),
    _route(
        "PUT",
        "orders/create",
        f"{_SALES}create",
        lambda c: order_save.save_order(c.shop, c.body),
    ),
    _route(
        "PUT",
        "orders/:id",
        f"{_SALES}create",
        lambda c: order_save.save_address(c.shop, c.number("id"), c.body),
    ),
)
