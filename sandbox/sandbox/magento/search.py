"""Search criteria applied to a table: which rows, in which order, which page."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

from sandbox.magento.comparison import as_datetime, as_number, collate, like_pattern
from sandbox.magento.criteria import Sort
from sandbox.magento.errors import MagentoError, internal_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from sandbox.magento.criteria import Criteria, Filter
    from sandbox.magento.json_text import Document
    from sandbox.magento.table import Table

    Predicate = Callable[[Document], bool]
    Group = tuple[Filter, ...]

_KEY_CONDITIONS = frozenset({"gt", "gteq", "lt", "lteq", "from", "to", "eq"})
_INTEGER = re.compile(r"\d+")
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "gteq": lambda a, b: a >= b,
    "from": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lteq": lambda a, b: a <= b,
    "to": lambda a, b: a <= b,
}


def search(table: Table, criteria: Criteria) -> tuple[list[Document], int]:
    """Return the page of rows the criteria ask for, and how many rows match in all.

    Raises:
        MagentoError: 500 for an unknown column, 400 for an unknown attribute of products.
    """
    _check_fields(table, criteria)
    ranges = [g for g in criteria.groups if _is_key_range(table, g)]
    rest = tuple(g for g in criteria.groups if not _is_key_range(table, g))
    keys = table.keys if not rest else table.selection(rest, lambda: _scan(table, rest))
    low, high = _narrow(keys, ranges)
    order = _order(table, criteria)
    total = high - low
    start, stop = _page(criteria, total)
    if not order:
        chosen = keys[low + start : low + stop]
    elif len(order) == 1 and table.entity.resolve(order[0].field) == table.entity.key:
        chosen = keys[low:high] if not order[0].descending else keys[low:high][::-1]
        chosen = chosen[start:stop]
    else:
        question = (criteria.groups, order)
        chosen = table.selection(question, lambda: _sorted(table, keys[low:high], order))
        chosen = chosen[start:stop]
    return [table.rows[key] for key in chosen], total


def _check_fields(table: Table, criteria: Criteria) -> None:
    for group in criteria.groups:
        for condition in group:
            if table.knows(condition.field):
                continue
            if table.entity.attributes:
                raise MagentoError(
                    400,
                    'The "%1" attribute name is invalid. Reset the name and try again.',
                    [condition.field],
                )
            raise internal_error()
    if not table.entity.attributes and not all(table.knows(s.field) for s in criteria.sorts):
        raise internal_error()


def _is_key_range(table: Table, group: Group) -> bool:
    return (
        bool(table.entity.key)
        and len(group) == 1
        and table.entity.resolve(group[0].field) == table.entity.key
        and group[0].condition in _KEY_CONDITIONS
        and _INTEGER.fullmatch(group[0].value) is not None
    )


def _narrow(keys: Sequence[int], ranges: Sequence[Group]) -> tuple[int, int]:
    low, high = 0, len(keys)
    for (condition,) in ranges:
        value = int(condition.value)
        if condition.condition in {"gteq", "from", "eq"}:
            low = max(low, bisect_left(keys, value))
        if condition.condition in {"lteq", "to", "eq"}:
            high = min(high, bisect_right(keys, value))
        if condition.condition == "gt":
            low = max(low, bisect_right(keys, value))
        if condition.condition == "lt":
            high = min(high, bisect_left(keys, value))
    return low, max(low, high)


def _scan(table: Table, groups: Sequence[Group]) -> list[int]:
    tests = [[_predicate(table, condition) for condition in group] for group in groups]
    return [
        key
        for key in table.keys
        if all(any(test(table.rows[key]) for test in group) for group in tests if group)
    ]


def _predicate(table: Table, condition: Filter) -> Predicate:  # noqa: PLR0911 - one for each condition type
    read = table.entity.getter(condition.field)
    kind, value = condition.condition, condition.value
    if kind == "null":
        return lambda row: read(row) is None
    if kind == "notnull":
        return lambda row: read(row) is not None
    if kind in {"like", "nlike"}:
        pattern = like_pattern(value)
        wanted = kind == "like"
        return _on_value(read, lambda v: bool(pattern.fullmatch(_text(v))) is wanted)
    if kind in {"finset", "nfinset"}:
        member = collate(value)
        wanted = kind == "finset"
        return _on_value(read, lambda v: (member in _text(v).split(",")) is wanted)
    if kind in {"in", "nin"}:
        tests = [_comparison("eq", part) for part in value.split(",")]
        wanted = kind == "in"
        return _on_value(read, lambda v: any(test(v) for test in tests) is wanted)
    if kind == "regexp":
        expression = re.compile(value, re.IGNORECASE)
        return _on_value(read, lambda v: expression.search(_text(v)) is not None)
    # Magento joins the values of a condition it does not know by OR: it acts as "eq". So does
    # moreq, which its database layer does not know either.
    return _on_value(read, _comparison(kind if kind in _ORDERED else "eq", value))


def _on_value(read: Callable[[Document], Any], test: Callable[[Any], bool]) -> Predicate:
    def check(row: Document) -> bool:
        value = read(row)
        return value is not None and test(value)

    return check


def _comparison(kind: str, value: str) -> Callable[[Any], bool]:
    compare = _ORDERED[kind]
    number, text, moment = as_number(value), collate(value), as_datetime(value)

    def test(stored: Any) -> bool:
        if not isinstance(stored, str):
            return compare(as_number(stored), number)
        if _is_moment(stored):
            return compare(stored, moment)
        return compare(collate(stored), text)

    return test


def _is_moment(text: str) -> bool:
    return len(text) == 19 and text[4] == text[7] == "-" and text[13] == text[16] == ":"  # noqa: PLR2004 - "YYYY-MM-DD HH:MM:SS"


def _text(value: Any) -> str:
    return collate(value) if isinstance(value, str) else str(value)


def _order(table: Table, criteria: Criteria) -> tuple[Sort, ...]:
    known = tuple(s for s in criteria.sorts if table.knows(s.field))
    if known:
        return known
    filtered = {group[0].field for group in criteria.groups if len(group) == 1}
    for field, order in table.entity.index_orders:
        if field in filtered:
            return tuple(Sort(name, descending=False) for name in order)
    return ()


def _sorted(table: Table, keys: Sequence[int], order: Sequence[Sort]) -> list[int]:
    result = list(keys)
    for sort in reversed(order):
        read = table.entity.getter(sort.field)
        result.sort(key=lambda key: _sort_key(read(table.rows[key])), reverse=sort.descending)
    return result


def _sort_key(value: Any) -> tuple[int, Decimal | str]:
    if value is None:
        return (0, "")
    if isinstance(value, str):
        return (2, collate(value))
    return (1, as_number(value))


def _page(criteria: Criteria, total: int) -> tuple[int, int]:
    size = criteria.page_size
    if not size:
        return 0, total
    size = max(size, 1)
    start = (max(criteria.current_page or 1, 1) - 1) * size
    return min(start, total), min(start + size, total)
