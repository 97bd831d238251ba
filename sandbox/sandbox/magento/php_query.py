"""A query string as PHP takes it apart: ``a[b][0][c]=x`` becomes nested dictionaries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document


_BRACKETS = re.compile(r"\[([^\]]*)\]")


def parse_query(query_string: str) -> Document:
    """Return the parameters; lists are dictionaries with the keys ``"0"``, ``"1"`` and so on."""
    result: Document = {}
    for part in query_string.split("&"):
        if not part:
            continue
        key, _, value = part.partition("=")
        _assign(result, unquote_plus(key), unquote_plus(value))
    return result


def _assign(result: Document, key: str, value: str) -> None:
    head, bracket, _ = key.partition("[")
    names = [head.replace(".", "_").replace(" ", "_")]
    if bracket and "]" in key:
        names += _BRACKETS.findall(key[len(head) :])
    if not names[0]:
        return
    place = result
    for name in names[:-1]:
        name = name or str(len(place))  # noqa: PLW2901 - "a[]" means the next free index
        child = place.get(name)
        if not isinstance(child, dict):
            child = place[name] = {}
        place = child
    place[names[-1] or str(len(place))] = value
