"""Every kind of row the shop holds: its path, its key, the right to read it, its columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.magento import columns
from sandbox.magento.comparison import collate

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from sandbox.magento.json_text import Document


@dataclass(frozen=True)
class Entity:
    """One kind of row that is served as a list.

    Attributes:
        name: Name of the table, and of the file in a shop folder.
        path: Path of the list, after ``/V1/``.
        resource: The right that is needed to read it.
        key: Integer key of a document; empty where rows have none and keep their order.
        aliases: Names a filter may use, and what the document calls them.
        columns: Fields a filter may name although no document shows them.
        attributes: Whether it is an EAV entity: an unknown filter field is a 400, an unknown
            sort field is ignored.
        identity: Unique key of a row, as the database compares it.
        index_orders: The order rows come in when a filter makes the database use an index: the
            first entry whose field is filtered counts.
    """

    name: str
    path: str
    resource: str
    key: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()
    attributes: bool = False
    identity: Callable[[Document], Hashable] | None = None
    index_orders: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def resolve(self, name: str) -> str:
        """Return what the document calls the field ``name``."""
        return self.aliases.get(name, name)

    def getter(self, name: str) -> Callable[[Document], Any]:
        """Return the function that reads a column from a document; None is SQL's NULL."""
        name = self.resolve(name)
        if not self.attributes:
            return lambda document: document.get(name)
        return lambda document: attribute(document, name)


def attribute(document: Document, name: str) -> Any:
    """Return a field or custom attribute of a product, None where it has none."""
    value = document.get(name)
    if value is not None:
        return value
    for entry in document.get("custom_attributes", ()):
        if entry["attribute_code"] == name:
            return entry["value"]
    return None


def source_item_identity(source_code: str, sku: str) -> tuple[str, str]:
    """Return the unique key of a source item; the database ignores case in both parts."""
    return collate(source_code), collate(sku)


ORDERS = Entity(
    "orders",
    "orders",
    "Magento_Sales::actions_view",
    "entity_id",
    columns=columns.ORDER_COLUMNS,
    index_orders=(("updated_at", ("updated_at", "entity_id")), ("customer_id", ("customer_id",))),
)
ORDER_ITEMS = Entity(
    "orders_items",
    "orders/items",
    "Magento_Sales::actions_view",
    "item_id",
    columns=columns.ORDER_ITEM_COLUMNS,
)
INVOICES = Entity(
    "invoices",
    "invoices",
    "Magento_Sales::sales_invoice",
    "entity_id",
    columns=columns.INVOICE_COLUMNS,
)
SHIPMENTS = Entity(
    "shipments",
    "shipments",
    "Magento_Sales::shipment",
    "entity_id",
    columns=columns.SHIPMENT_COLUMNS,
)
CREDIT_MEMOS = Entity(
    "creditmemos",
    "creditmemos",
    "Magento_Sales::sales_creditmemo",
    "entity_id",
    columns=columns.CREDIT_MEMO_COLUMNS,
)
TRANSACTIONS = Entity(
    "transactions",
    "transactions",
    "Magento_Sales::transactions_fetch",
    "transaction_id",
    columns=columns.TRANSACTION_COLUMNS,
)
PRODUCTS = Entity(
    "products",
    "products",
    "Magento_Catalog::products",
    "id",
    aliases={"entity_id": "id"},
    columns=frozenset({"entity_id", "attribute_set_id", "type_id", "sku", "store_id"}),
    attributes=True,
    identity=lambda document: collate(str(document["sku"])),
)
SOURCE_ITEMS = Entity(
    "source-items",
    "inventory/source-items",
    "Magento_InventoryApi::source",
    columns=frozenset({"sku", "source_code", "quantity", "status"}),
    identity=lambda document: source_item_identity(document["source_code"], document["sku"]),
    index_orders=(("source_code", ("source_code", "sku")), ("sku", ("sku", "source_code"))),
)
CUSTOMERS = Entity(
    "customers",
    "customers/search",
    "Magento_Customer::customer",
    "id",
    aliases={"entity_id": "id"},
    columns=frozenset({"entity_id"}),
)

ENTITIES = (
    ORDERS,
    ORDER_ITEMS,
    INVOICES,
    SHIPMENTS,
    CREDIT_MEMOS,
    TRANSACTIONS,
    PRODUCTS,
    SOURCE_ITEMS,
    CUSTOMERS,
    Entity("sources", "inventory/sources", "Magento_InventoryApi::source"),
    Entity("stocks", "inventory/stocks", "Magento_InventoryApi::stock", "stock_id"),
    Entity(
        "stock-source-links",
        "inventory/stock-source-links",
        "Magento_InventoryApi::stock_source_link",
    ),
    Entity(
        "customerGroups",
        "customerGroups/search",
        "Magento_Customer::group",
        "id",
        aliases={"customer_group_id": "id", "customer_group_code": "code"},
        columns=frozenset({"customer_group_id", "customer_group_code"}),
    ),
    Entity("taxClasses", "taxClasses/search", "Magento_Tax::manage_tax", "class_id"),
    Entity(
        "taxRates",
        "taxRates/search",
        "Magento_Tax::manage_tax",
        "id",
        aliases={"tax_calculation_rate_id": "id"},
        columns=frozenset({"tax_calculation_rate_id"}),
        index_orders=(("code", ("code",)),),
    ),
    Entity(
        "taxRules",
        "taxRules/search",
        "Magento_Tax::manage_tax",
        "id",
        aliases={"tax_calculation_rule_id": "id"},
        columns=frozenset({"tax_calculation_rule_id"}),
    ),
    Entity("coupons", "coupons/search", "Magento_SalesRule::quote", "coupon_id"),
    Entity("salesRules", "salesRules/search", "Magento_SalesRule::quote", "rule_id"),
    Entity(
        "categories_list",
        "categories/list",
        "Magento_Catalog::categories",
        "id",
        aliases={"entity_id": "id"},
        columns=frozenset({"entity_id"}),
        attributes=True,
    ),
    Entity("carts", "carts/search", "Magento_Cart::manage", "id"),
    Entity(
        "product_attributes",
        "products/attributes",
        "Magento_Catalog::attributes_attributes",
        "attribute_id",
    ),
    Entity("bulks", "bulk", "Magento_Logging::system_magento_logging_bulk_operations"),
)


@dataclass(frozen=True)
class Single:
    """A body that is served whole.

    Attributes:
        name: Name of the file in a shop folder.
        path: Path after ``/V1/``.
        resource: The right that is needed; empty where any token will do; None where none is.
    """

    name: str
    path: str
    resource: str | None


SINGLES = (
    Single("categories_tree", "categories", "Magento_Catalog::categories"),
    Single("countries", "directory/countries", None),
    Single("currency", "directory/currency", None),
    Single("modules", "modules", ""),
    Single("product_types", "products/types", "Magento_Catalog::catalog"),
    Single(
        "source_selection_algorithms",
        "inventory/source-selection-algorithm-list",
        "Magento_InventoryApi::source",
    ),
    Single("storeConfigs", "store/storeConfigs", "Magento_Backend::store"),
    Single("storeGroups", "store/storeGroups", "Magento_Backend::store"),
    Single("storeViews", "store/storeViews", "Magento_Backend::store"),
    Single("websites", "store/websites", "Magento_Backend::store"),
)
