"""Filters of Sage 200's OData subset, quoted as its documentation asks.

``eq ne gt ge lt le``, ``and or`` with brackets, ``contains startswith endswith``; strings in single
quotes with a quote doubled; day fields as ``2016-02-23``, stamps in UTC with ``Z``
(developer.sage.com, Sage 200 query parameters).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Value: TypeAlias = str | int | bool | Decimal | date | datetime | None
"""What a field can be compared with. A float is refused: it can't hold a price."""

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*([./][A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True)
class Filter:
    """A ``$filter`` expression; combine two with ``&`` and ``|``.

    Attributes:
        text: The expression as sent, before percent-encoding.
        joined_by: ``and`` or ``or`` where the outermost operator is one, so that brackets are set
            only where they are needed.
    """

    text: str
    joined_by: str = ""

    def __and__(self, other: Filter) -> Filter:
        """Both hold."""
        return _join("and", (self, other))

    def __or__(self, other: Filter) -> Filter:
        """At least one holds."""
        return _join("or", (self, other))

    @override
    def __str__(self) -> str:
        return self.text


def literal(value: Value) -> str:  # noqa: PLR0911 - one kind of value a line
    """Write a value as OData does.

    Raises:
        TypeError: For a float or another kind that has no exact form.
        ValueError: For a stamp without a time zone, or a number that isn't finite.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} can't be compared with in a filter.")
        return format(value, "f")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone; give it as UTC.")
        stamp = value.astimezone(timezone.utc).isoformat(timespec="milliseconds")
        return stamp.replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"A filter can't hold a {type(value).__name__}.")


def eq(field: str, value: Value) -> Filter:
    """Field is equal to value; Sage 200's collation ignores case."""
    return _compare(field, "eq", value)


def ne(field: str, value: Value) -> Filter:
    """Field differs from value."""
    return _compare(field, "ne", value)


def gt(field: str, value: Value) -> Filter:
    """Field is greater than value."""
    return _compare(field, "gt", value)


def ge(field: str, value: Value) -> Filter:
    """Field is greater than or equal to value."""
    return _compare(field, "ge", value)


def lt(field: str, value: Value) -> Filter:
    """Field is less than value."""
    return _compare(field, "lt", value)


def le(field: str, value: Value) -> Filter:
    """Field is less than or equal to value."""
    return _compare(field, "le", value)


def contains(field: str, part: str) -> Filter:
    """Text field holds ``part``."""
    return Filter(f"contains({_field(field)},{literal(part)})")


def startswith(field: str, part: str) -> Filter:
    """Text field begins with ``part``."""
    return Filter(f"startswith({_field(field)},{literal(part)})")


def endswith(field: str, part: str) -> Filter:
    """Text field ends with ``part``."""
    return Filter(f"endswith({_field(field)},{literal(part)})")


def all_of(filters: Iterable[Filter]) -> Filter:
    """Every filter holds.

    Raises:
        ValueError: There is none.
    """
    return _join("and", tuple(filters))


def any_of(filters: Iterable[Filter]) -> Filter:
    """At least one filter holds.

    Raises:
        ValueError: There is none.
    """
    return _join("or", tuple(filters))


def one_of(field: str, values: Iterable[Value]) -> Filter:
    """Field is equal to one of the values (the subset has no ``in``).

    Raises:
        ValueError: There is no value: such a filter would match nothing, so don't ask at all.
    """
    return any_of(eq(field, value) for value in values)


def one_of_in_parts(
    field: str, values: Iterable[Value], *, most_characters: int = 1600
) -> Iterator[Filter]:
    """Split :func:`one_of` into filters that stay within what a web server takes as a query.

    Sage 200's own service stands behind IIS, which by default refuses a query string of more than
    2048 characters.

    Args:
        field: The field compared.
        values: Any number of values, none included.
        most_characters: Length of one filter as it is sent, percent-encoded.
    """
    part: list[Filter] = []
    size = 0
    for value in values:
        one = eq(field, value)
        length = len(quote(f"{one.text} or ", safe=""))
        if part and size + length > most_characters:
            yield any_of(part)
            part, size = [], 0
        part.append(one)
        size += length
    if part:
        yield any_of(part)


def _field(name: str) -> str:
    if _FIELD.fullmatch(name) is None:
        raise ValueError(f"{name!r} is not the name of a field.")
    return name


def _compare(field: str, operator: str, value: Value) -> Filter:
    return Filter(f"{_field(field)} {operator} {literal(value)}")


def _join(operator: str, filters: tuple[Filter, ...]) -> Filter:
    if not filters:
        raise ValueError("There is nothing to combine: an empty list of filters.")
    if len(filters) == 1:
        return filters[0]
    return Filter(
        f" {operator} ".join(
            f"({one.text})" if one.joined_by not in {"", operator} else one.text for one in filters
        ),
        joined_by=operator,
    )
