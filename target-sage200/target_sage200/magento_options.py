"""Custom options of an order's row in words: what the customer chose and wrote.

Magento's orders give an option's id and, of a choice, the ids of its values; the words are in the
catalogue. Of an uploaded file the value holds, joined by commas, its type, its name, paths on the
shop's server and a secret key; only the name may leave the shop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_UPLOADS = "custom_options/"


class OptionWords(NamedTuple):
    """What an option is called, and its choices by their ids."""

    title: str
    choices: Mapping[str, str]


def options_in_words(
    product_option: Mapping[str, Any], catalogue: Mapping[int, OptionWords]
) -> tuple[str, ...]:
    """Return ``title: value`` of each option; ``Option ID`` where the catalogue has no title.

    Args:
        product_option: ``product_option`` of an order's row.
        catalogue: What is known of options by their ids.
    """
    found = []
    for entry in _entries(product_option):
        words = catalogue.get(int(entry["option_id"])) if _is_id(entry.get("option_id")) else None
        title = words.title if words else f"Option {entry.get('option_id')}"
        choices = words.choices if words else {}
        found.append(f"{entry.get('option_title') or title}: {_value(entry, choices)}")
    return tuple(found)


def option_ids(order: Mapping[str, Any]) -> Iterator[int]:
    """Yield the ids of all custom options of an order document, whatever else is wrong with it."""
    rows = order.get("items")
    for row in rows if isinstance(rows, list) else ():
        product_option = row.get("product_option") if isinstance(row, dict) else None
        if isinstance(product_option, dict):
            for entry in _entries(product_option):
                if _is_id(entry.get("option_id")):
                    yield int(entry["option_id"])


def _entries(product_option: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    # PHP writes an object without entries as a list.
    extension = product_option.get("extension_attributes") or {}
    entries = extension.get("custom_options") if isinstance(extension, dict) else None
    return [entry for entry in entries or () if isinstance(entry, dict)]


def _value(entry: Mapping[str, Any], choices: Mapping[str, str]) -> str:
    file_info = (entry.get("extension_attributes") or {}).get("file_info") or {}
    if file_info.get("name"):
        return f"file {file_info['name']}"
    value = str(entry.get("option_value", ""))
    if _UPLOADS in value:
        return f"file {_file_name(value)}"
    parts = value.split(",")
    if choices and all(part in choices for part in parts):
        return ", ".join(choices[part] for part in parts)
    return value


def _file_name(value: str) -> str:
    """Return the name among the parts of a file's value: between its type and its first path."""
    parts = value.split(",")
    path = next((n for n, part in enumerate(parts) if _UPLOADS in part), len(parts))
    return ",".join(parts[1:path]).strip() or "uploaded in the shop"


def _is_id(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and value.isdecimal())
