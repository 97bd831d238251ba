"""Amounts of an order by the names of their fields, as tables and gateways call them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_sage200.magento_order import Order

ROWS = "items."
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def amount_of(order: Order, path: str) -> Decimal:
    """Return the amount of a field, 0 where the order does not have it.

    Args:
        order: The order.
        path: Field of the document or of its extension attributes, parts joined by dots; after
            ``items.`` it is a field of the rows, and the rows are added up.
    """
    if path.startswith(ROWS):
        rows = order.document.get("items") or ()
        return sum((amount_at(row, path[len(ROWS) :]) for row in rows), ZERO)
    return amount_at(order.document, path)


def amount_at(body: Mapping[str, Any], path: str) -> Decimal:
    """Return the amount of a field of the document, or of one row."""
    value = _found(body, path)
    # Only numbers are money; extensions write some of them as text. A float can't come here.
    if isinstance(value, str):
        return Decimal(value) if NUMBER.fullmatch(value) else ZERO
    return Decimal(value) if isinstance(value, (int, Decimal)) else ZERO


def has(body: Mapping[str, Any], path: str) -> bool:
    """Whether the document tells the field at all."""
    return _found(body, path) is not None


def _found(body: Mapping[str, Any], path: str) -> object:
    value = _walk(body, path)
    return _walk(body.get("extension_attributes") or {}, path) if value is None else value


def _walk(body: Mapping[str, Any], path: str) -> object:
    if "." not in path:
        return body.get(path)
    found: Any = body
    for part in path.split("."):
        if not hasattr(found, "get"):
            return None
        found = found.get(part)
    return found
