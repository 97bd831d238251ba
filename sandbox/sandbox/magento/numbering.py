"""New ids and increment ids, as MySQL's auto_increment and Magento's sequences give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

_DIGITS = re.compile(r"\d+")
_FIRST_STORE = 1


def next_entity_id(shop: Shop, name: str) -> int:
    """Return the next entity id of a table."""
    keys = shop.tables[name].keys
    return shop.next_number(name, lambda: keys[-1] if keys else 0)


def next_increment_id(shop: Shop, name: str, store_id: int) -> str:
    """Return the next increment id of a document type in a store, such as ``4000000001``."""
    prefix = "" if store_id == _FIRST_STORE else str(store_id)

    def highest() -> int:
        ids = (
            str(row["increment_id"]).removeprefix(prefix)
            for row in shop.tables[name].all()
            if row.get("store_id") == store_id
        )
        return max((int(i) for i in ids if _DIGITS.fullmatch(i)), default=0)

    return f"{prefix}{shop.next_number(f'{name}:increment:{store_id}', highest):09}"


def next_child_id(shop: Shop, parents: str, part: str, key: str = "entity_id") -> int:
    """Return the next id of rows that live inside documents, such as the items of invoices."""
    return shop.next_number(
        f"{parents}:{part}",
        lambda: max(_child_ids(shop.tables[parents].all(), part, key), default=0),
    )


def _child_ids(parents: Iterable[Document], part: str, key: str) -> Iterator[int]:
    for parent in parents:
        for child in parent.get(part, ()):
            yield int(child[key])


def number_order(shop: Shop, order: Document) -> Document:
    """Fill in what a new order needs: ids, increment id, timestamps; return it."""
    now = shop.stamp()
    store_id = int(order.setdefault("store_id", _FIRST_STORE))
    if "entity_id" not in order:
        order["entity_id"] = next_entity_id(shop, "orders")
    if "increment_id" not in order:
        order["increment_id"] = next_increment_id(shop, "orders", store_id)
    order.setdefault("created_at", now)
    order.setdefault("updated_at", order["created_at"])
    for item in order.setdefault("items", []):
        if "item_id" not in item:
            item["item_id"] = next_child_id(shop, "orders", "items", "item_id")
        item["order_id"] = order["entity_id"]
        item.setdefault("created_at", order["created_at"])
        item.setdefault("updated_at", order["updated_at"])
    order.setdefault("status_histories", [])
    return order
