"""``fields=items[sku,price],total_count``: the part of an answer a client asked for."""

from __future__ import annotations

import re
from typing import Any

_ALLOWED = re.compile(r"[\w\[\],]+", re.ASCII)
FieldTree = dict[str, Any]
"""Wanted keys; each value is another tree, or None for the whole."""


def parse_fields(text: str) -> FieldTree | None:
    """Return the wanted keys, or None where Magento ignores the parameter.

    An unclosed bracket leaves the innermost list as the whole filter, as in Magento.
    """
    if not _ALLOWED.fullmatch(text):
        return None
    current: FieldTree = {}
    outer: list[tuple[FieldTree, str]] = []
    name = last = ""
    for character in text:
        if character not in "[],":
            name += character
            continue
        if name:
            current[name] = None
            last, name = name, ""
        if character == "[":
            outer.append((current, last))
            current = {}
        elif character == "]" and outer:
            inner = current
            current, last = outer.pop()
            current[last] = inner
    if name:
        current[name] = None
    return current


def keep_fields(value: Any, tree: FieldTree) -> Any:
    """Return ``value`` cut to ``tree``.

    PHP's empty array is a list: what loses all its keys becomes ``[]``, and a filtered empty
    list becomes ``null``.
    """
    if isinstance(value, list):
        if not value:
            return None
        return [_cut(item, tree) if isinstance(item, (dict, list)) else item for item in value]
    if isinstance(value, dict):
        return _cut(value, tree)
    return value


def _cut(value: Any, tree: FieldTree) -> Any:
    if isinstance(value, list):
        return []
    kept = {}
    for key, item in value.items():
        if key in tree:
            inner = tree[key]
            kept[key] = item if inner is None else keep_fields(item, inner)
    return kept or []
