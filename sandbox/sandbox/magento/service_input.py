"""Request bodies, converted and refused as Magento's service layer does."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.magento.criteria import camel
from sandbox.magento.errors import not_supported, required, wrong_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.magento.json_text import Document

_INTEGER = re.compile(r"[+-]?\d+")
_FLOAT = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def parameter(body: Document, name: str) -> Any:
    """Return a top-level parameter, given as ``sourceItems`` or ``source_items``.

    Raises:
        MagentoError: 400, it is missing.
    """
    for key, value in body.items():
        if camel(key) == name:
            return value
    raise required(name)


def optional(body: Document, name: str) -> Any:
    """Return a top-level parameter, or None where it is missing."""
    return next((value for key, value in body.items() if camel(key) == name), None)


def whole(field: str, value: Any) -> int | None:
    """Return an ``int`` property; text with digits counts, true does not."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise wrong_type(_shown(value), "int", field)


def amount(field: str, value: Any) -> Decimal | None:
    """Return a ``float`` property as Decimal; numeric text counts."""
    if value is None:
        return None
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _FLOAT.fullmatch(value):
        return Decimal(value.strip())
    raise wrong_type(_shown(value), "float", field)


def text(field: str, value: Any) -> str | None:
    """Return a ``string`` property; a number becomes its digits."""
    if isinstance(value, (dict, list)):
        raise wrong_type("Array", "string", field)
    return None if value is None else _shown(value)


def flag(field: str, value: Any) -> bool | None:
    """Return a ``boolean`` property; 0, 1 and their digits count."""
    if value is None or isinstance(value, bool):
        return value
    if value in {0, 1, "0", "1"}:
        return bool(int(value))
    raise wrong_type(_shown(value), "bool", field)


def anything(field: str, value: Any) -> Any:  # noqa: ARG001 - same call as the other readers
    """Return a property as it is."""
    return value


def properties(raw: Any, readers: Mapping[str, Callable[[str, Any], Any]]) -> Document:
    """Return the properties of one data object in snake case; missing ones are None.

    Args:
        raw: The JSON object, its keys in snake or camel case.
        readers: What reads each property, by its name in snake case.

    Raises:
        MagentoError: 400, for an unknown property or a wrong type.
    """
    names = {camel(name): name for name in readers}
    found: Document = dict.fromkeys(readers)
    for key, value in raw.items() if isinstance(raw, dict) else ():
        name = names.get(camel(key))
        if name is None:
            raise not_supported(camel(key)[:1].upper() + camel(key)[1:])
        found[name] = readers[name](name, value)
    return found


def objects(raw: Any) -> list[Any]:
    """Return the elements of a list parameter; null is an empty list."""
    if isinstance(raw, dict):
        return list(raw.values())
    return raw if isinstance(raw, list) else []


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, (dict, list)):
        return "Array"
    return str(value)
