"""searchCriteria: parsed, checked and echoed as Magento does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.magento.errors import MagentoError, not_supported, required, wrong_type

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document

_INTEGER = re.compile(r"[+-]?\d+")
_HIGHEST_INTEGER = 2**63 - 1


@dataclass(frozen=True)
class Filter:
    """One condition; ``value`` is the text of the query string."""

    field: str
    value: str
    condition: str


@dataclass(frozen=True)
class Sort:
    """One sort order."""

    field: str
    descending: bool


@dataclass(frozen=True)
class Criteria:
    """Groups are joined by AND, the filters of a group by OR; no page size means all rows."""

    groups: tuple[tuple[Filter, ...], ...] = ()
    sorts: tuple[Sort, ...] = ()
    page_size: int | None = None
    current_page: int | None = None

    def echo(self) -> Document:
        """Return the ``search_criteria`` of the answer."""
        echo: Document = {
            "filter_groups": [
                {
                    "filters": [
                        {"field": f.field, "value": f.value, "condition_type": f.condition}
                        for f in group
                    ]
                }
                for group in self.groups
            ]
        }
        if self.sorts:
            echo["sort_orders"] = [
                {"field": s.field, "direction": "DESC" if s.descending else "ASC"}
                for s in self.sorts
            ]
        if self.page_size is not None:
            echo["page_size"] = self.page_size
        if self.current_page is not None:
            echo["current_page"] = self.current_page
        return echo


@dataclass(frozen=True)
class InputLimits:
    """Stores > Configuration > Web API Input Limits; None is off, Magento's default."""

    maximum_page_size: int | None = None
    default_page_size: int | None = None
    maximum_items: int | None = None


def parse_criteria(query: Document, limits: InputLimits) -> Criteria:
    """Return the search criteria of a query string.

    Raises:
        MagentoError: 400, for missing criteria, unknown keys, wrong types or a page too large.
    """
    raw = query.get("searchCriteria", query.get("search_criteria"))
    if raw is None:
        raise required("searchCriteria")
    given = _properties(raw, {"filterGroups", "sortOrders", "pageSize", "currentPage"})
    page_size = _integer(given, "pageSize")
    if page_size is None:
        page_size = limits.default_page_size
    elif limits.maximum_page_size is not None and page_size > limits.maximum_page_size:
        raise MagentoError(
            400,
            "Maximum SearchCriteria pageSize is %max",
            {"max": limits.maximum_page_size},
        )
    return Criteria(
        groups=tuple(_groups(given.get("filterGroups"))),
        sorts=tuple(_sort(item) for item in _items(given.get("sortOrders"))),
        page_size=page_size,
        current_page=_integer(given, "currentPage"),
    )


def camel(name: str) -> str:
    """Return ``filter_groups`` as ``filterGroups``; camel case stays."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _properties(raw: Any, allowed: set[str]) -> Document:
    if not isinstance(raw, dict):
        return {}
    found = {camel(key): value for key, value in raw.items()}
    for name in found:
        if name not in allowed:
            raise not_supported(name[:1].upper() + name[1:])
    return found


def _items(raw: Any) -> list[Any]:
    return list(raw.values()) if isinstance(raw, dict) else []


def _groups(raw: Any) -> list[tuple[Filter, ...]]:
    groups = []
    for item in _items(raw):
        filters = _items(_properties(item, {"filters"}).get("filters"))
        groups.append(tuple(_filter(given) for given in filters))
    return groups


def _filter(raw: Any) -> Filter:
    given = _properties(raw, {"field", "value", "conditionType"})
    return Filter(
        str(given.get("field", "")),
        str(given.get("value", "")),
        str(given.get("conditionType", "eq")),
    )


def _sort(raw: Any) -> Sort:
    given = _properties(raw, {"field", "direction"})
    direction = str(given.get("direction", "DESC")).upper()
    if direction not in {"ASC", "DESC"}:
        raise MagentoError(
            400,
            "The sort order has to be specified as %1 for ascending order "
            "or %2 for descending order.",
            ["ASC", "DESC"],
        )
    return Sort(str(given.get("field", "")), direction == "DESC")


def _integer(given: Document, name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not _INTEGER.fullmatch(text):
        raise wrong_type(text, "int", name)
    return max(-_HIGHEST_INTEGER - 1, min(int(text), _HIGHEST_INTEGER))
