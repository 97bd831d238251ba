"""What the tap reads, from where, and by which keys: one line a stream."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tap_magento.product_columns import with_attributes

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_client import RawRow


class Reread(str, Enum):
    """Which recent rows are read again in every run, as they change without a new stamp."""

    OPEN = "open"
    """Orders that are not at their end: part shipments, comments, addresses."""
    ALL = "all"
    """All of them: tracks and comments are added at any time."""


@dataclass(frozen=True)
class Windowed:
    """An entity that grows without end and is read by windows of its time stamp.

    Attributes:
        name: The stream.
        path: The list endpoint below ``/rest/``.
        key_filter: Magento's name of the number that rows are paged by.
        key_column: The same number's name in a row.
        stamp: The column that tells when a row was last changed.
        by_store: Whether rows can be filtered by ``store_id``.
        completed: Adds columns that lie deeper in a row.
        reread: Which recent rows are read again in every run.
        reread_whole: Whether all rows are read again at times: rows of any age change without a
            new stamp.
        has_parents: Whether a new row changes the one that its ``parent_id`` names.
    """

    name: str
    path: str
    key_filter: str
    key_column: str
    stamp: str
    by_store: bool
    completed: Callable[[RawRow], RawRow] | None = None
    reread: Reread | None = None
    reread_whole: bool = False
    has_parents: bool = False


class TableKind(str, Enum):
    """How a small table can be read whole."""

    LIST = "list"
    """One answer holds all rows."""
    PAGES = "pages"
    """Pages by number, checked against the total."""
    SKUS = "skus"
    """Pages by SKU: a long table whose rows have no number."""
    KEYS = "keys"
    """Pages by its one key, a number: a table of any length without a stamp of its last change."""


@dataclass(frozen=True)
class Table:
    """An entity that is read whole in every run.

    Attributes:
        name: The stream.
        path: The endpoint below ``/rest/``.
        keys: The columns that make a row unique.
        kind: How it is read.
        needs: What the shop must have; one without it is told of and has no rows.
        sorts: Magento's names of what pages with a number are sorted by, where its own order is
            not that of a key.
    """

    name: str
    path: str
    keys: tuple[str, ...]
    kind: TableKind
    needs: str = ""
    sorts: tuple[str, ...] = ()


WINDOWED = (
    Windowed(
        "orders",
        "V1/orders",
        "entity_id",
        "entity_id",
        "updated_at",
        by_store=True,
        reread=Reread.OPEN,
    ),
    Windowed(
        "credit_memos",
        "V1/creditmemos",
        "entity_id",
        "entity_id",
        "updated_at",
        by_store=True,
        reread=Reread.ALL,
    ),
    Windowed("invoices", "V1/invoices", "entity_id", "entity_id", "updated_at", by_store=True),
    Windowed(
        "shipments",
        "V1/shipments",
        "entity_id",
        "entity_id",
        "updated_at",
        by_store=True,
        reread=Reread.ALL,
    ),
    # A transaction has no stamp of its last change: a new child closes it.
    Windowed(
        "transactions",
        "V1/transactions",
        "transaction_id",
        "transaction_id",
        "created_at",
        by_store=False,
        has_parents=True,
    ),
    # Through a store view Magento leaves out the tier prices of other websites.
    Windowed(
        "products",
        "all/V1/products",
        "entity_id",
        "id",
        "updated_at",
        by_store=False,
        completed=with_attributes,
        reread_whole=True,
    ),
    Windowed("customers", "V1/customers/search", "entity_id", "id", "updated_at", by_store=False),
)

INVENTORY = "multi-source inventory (the Magento_Inventory modules, since Magento 2.3)"

STOCKS = Table(
    "stocks", "V1/inventory/stocks", ("stock_id",), TableKind.PAGES, INVENTORY, ("stock_id",)
)

TABLES = (
    Table(
        "source_items",
        "V1/inventory/source-items",
        ("sku", "source_code"),
        TableKind.SKUS,
        INVENTORY,
    ),
    Table(
        "sources",
        "V1/inventory/sources",
        ("source_code",),
        TableKind.PAGES,
        INVENTORY,
        ("source_code",),
    ),
    STOCKS,
    Table(
        "stock_source_links",
        "V1/inventory/stock-source-links",
        ("stock_id", "source_code"),
        TableKind.PAGES,
        INVENTORY,
        ("stock_id", "source_code"),
    ),
    Table("websites", "V1/store/websites", ("id",), TableKind.LIST),
    Table("store_groups", "V1/store/storeGroups", ("id",), TableKind.LIST),
    Table("store_views", "V1/store/storeViews", ("id",), TableKind.LIST),
    Table("store_configs", "V1/store/storeConfigs", ("id",), TableKind.LIST),
    Table(
        "tax_rates",
        "V1/taxRates/search",
        ("id",),
        TableKind.PAGES,
        sorts=("tax_calculation_rate_id",),
    ),
    Table(
        "tax_rules",
        "V1/taxRules/search",
        ("id",),
        TableKind.PAGES,
        sorts=("tax_calculation_rule_id",),
    ),
    Table(
        "tax_classes",
        "V1/taxClasses/search",
        ("class_id",),
        TableKind.PAGES,
        sorts=("class_id",),
    ),
    Table("customer_groups", "V1/customerGroups/search", ("id",), TableKind.PAGES),
    Table("sales_rules", "V1/salesRules/search", ("rule_id",), TableKind.KEYS),
    Table("coupons", "V1/coupons/search", ("coupon_id",), TableKind.KEYS),
    Table(
        "returns",
        "V1/returns",
        ("entity_id",),
        TableKind.KEYS,
        "returns (the module Magento_Rma of Adobe Commerce)",
    ),
)
