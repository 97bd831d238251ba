"""A shop from a folder of its exported lists."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.magento.entities import ENTITIES, ORDER_ITEMS, SINGLES
from sandbox.magento.journal import Journal
from sandbox.magento.json_text import Document, parse_json
from sandbox.magento.shop import Shop
from sandbox.magento.tier_prices import as_kept, website_of

if TYPE_CHECKING:
    from sandbox.magento.clock import Clock

REQUIRED = (
    "orders",
    "invoices",
    "shipments",
    "creditmemos",
    "products",
    "source-items",
    "sources",
    "stocks",
    "stock-source-links",
    "storeViews",
    "websites",
)
"""Files a shop folder must have; the others may be left out."""

STOCK_ITEMS = "stockItems"


class ShopDataError(Exception):
    """A shop folder can't be used; the text says which file and why."""


def recorded_shop_dir() -> Path:
    """Return the folder of the recorded shop that comes with this package."""
    return Path(__file__).parent.parent / "shops" / "recorded"


def load_shop(folder: Path, *, state: Path | None = None, clock: Clock | None = None) -> Shop:
    """Load a shop from the files of its lists.

    Each file is named as the list (``orders.json``, ``source-items.json``, …) and holds the body
    of Magento's answer, or ``{"request": …, "status": …, "headers": …, "body": …}``. Optional:
    ``stockItems.json``, a list of the answers of ``GET /V1/stockItems/:sku``. Products are those
    that the default store view shows.

    Args:
        folder: The folder.
        state: File that keeps what is written to the shop; without it nothing is kept.
        clock: The shop's time in UTC, see ``Shop``.

    Raises:
        ShopDataError: A file is missing or malformed.
        JournalError: The state file can't be used.
    """
    if not folder.is_dir():
        raise ShopDataError(f"There is no folder {folder}. Give the folder of a shop's lists.")
    digest = hashlib.sha256()
    lists: dict[str, list[Document]] = {}
    for entity in ENTITIES:
        if entity is ORDER_ITEMS:  # they are part of the orders
            continue
        body = _body(folder, entity.name, digest)
        if body is not None:
            lists[entity.name] = _rows(folder, entity.name, body, entity.key)
    singles = {s.name: _body(folder, s.name, digest) for s in SINGLES}
    website = website_of(singles["storeViews"] or (), "default")
    if website is not None:
        lists["products"] = [as_kept(product, website) for product in lists["products"]]
    stock_items = _body(folder, STOCK_ITEMS, digest)
    journal = None if state is None else Journal(state, digest.hexdigest())
    return Shop(
        lists,
        {name: body for name, body in singles.items() if body is not None},
        stock_items={int(item["product_id"]): item for item in stock_items or ()},
        clock=clock,
        journal=journal,
    )


def _body(folder: Path, name: str, digest: hashlib._Hash) -> Any:
    path = folder / f"{name}.json"
    if not path.is_file():
        if name in REQUIRED:
            raise ShopDataError(
                f"{path} is missing. Save the answer of Magento's list of {name} there."
            )
        return None
    data = path.read_bytes()
    digest.update(name.encode() + b"\0" + data + b"\0")
    try:
        document = parse_json(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ShopDataError(f"{path} is not JSON: {error}. Export it again.") from error
    if isinstance(document, dict) and "body" in document and "request" in document:
        return document["body"]
    return document


def _rows(folder: Path, name: str, body: Any, key: str) -> list[Document]:
    path = folder / f"{name}.json"
    rows = body.get("items") if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise ShopDataError(
            f'{path} holds no list: "items" is missing. Save the whole body of Magento\'s answer.'
        )
    total = body.get("total_count") if isinstance(body, dict) else None
    if isinstance(total, int) and total > len(rows):
        raise ShopDataError(
            f"{path} holds {len(rows)} of {total} rows. Export it in one page, or join the pages."
        )
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or (key and not isinstance(row.get(key), int)):
            raise ShopDataError(
                f"{path}, row {number + 1}: not an object with a whole number as {key or 'key'}."
            )
    return rows
