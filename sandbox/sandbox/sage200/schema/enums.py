"""Sage's lists of names: the ids the tables hold, the words the API uses, the names users see.

Where each id and word comes from is said in the reference (section 2.3); those of lists that no
source spells out are inferred, and a real system's ``…_types`` resources settle them.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files


@dataclass(frozen=True)
class EnumValue:
    """One value of a list: ``id`` in the tables, ``value`` in the API, ``name`` for people."""

    id: int
    value: str
    name: str


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, str], ...]:
    text = (files(__package__) / "enums.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def enum_values(resource: str) -> tuple[EnumValue, ...]:
    """Return the values of an API list such as ``sop_document_status_types``; empty if unknown."""
    return tuple(
        EnumValue(int(row["id"]), row["value"], row["name"])
        for row in _rows()
        if row["resource"] == resource
    )


@lru_cache(maxsize=1)
def enum_resources() -> frozenset[str]:
    """Return the API lists that have values."""
    return frozenset(row["resource"] for row in _rows() if row["resource"])


def enum_tables() -> dict[str, list[EnumValue]]:
    """Return the rows of every table that is such a list, by table name."""
    result: dict[str, list[EnumValue]] = {}
    for row in _rows():
        if row["table"]:
            value = EnumValue(int(row["id"]), row["value"], row["name"])
            result.setdefault(row["table"], []).append(value)
    return result


def enum_id(resource: str, value: str) -> int:
    """Return the id of an API word.

    Raises:
        KeyError: The list has no such word.
    """
    for item in enum_values(resource):
        if item.value == value:
            return item.id
    raise KeyError(value)
