"""The query options of one request, read and checked as far as that goes without a resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.sage200.odata.expression import Expression, parse_filter
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TOP = 500
LARGEST_TOP = 5000

_KNOWN = {"$filter", "$select", "$orderby", "$top", "$skip", "$expand", "$count", "$metadata"}
_FOR_ONE_RECORD = {"$select", "$expand", "$metadata"}


@dataclass(frozen=True)
class Order:
    """One field of ``$orderby``."""

    field: str
    descending: bool


@dataclass(frozen=True)
class Options:
    """The options of a request; what is not asked for is empty or has Sage's default."""

    filter: Expression | None = None
    select: tuple[str, ...] = ()
    orderby: tuple[Order, ...] = ()
    top: int = DEFAULT_TOP
    skip: int = 0
    expand: tuple[str, ...] = ()
    count: bool = False


def read_options(query: Mapping[str, str], *, one_record: bool) -> Options:
    """Read the options of a query string.

    Args:
        query: Parameters by name; those without a ``$`` are left to others.
        one_record: Whether a single record is asked for, which takes fewer options.

    Raises:
        Refusal: An option is unknown here, or its value is not one.
    """
    given = {name: value for name, value in query.items() if name.startswith("$")}
    for name in given:
        if name not in _KNOWN:
            raise Refusal(f"The query option '{name}' is not supported.")
        if one_record and name not in _FOR_ONE_RECORD:
            raise Refusal(f"The query option '{name}' is not allowed on a single record.")
    if "$skip" in given and "$orderby" not in given:
        raise Refusal("The query option '$skip' can only be used together with '$orderby'.")
    return Options(
        filter=parse_filter(given["$filter"]) if "$filter" in given else None,
        select=_names(given.get("$select", "")),
        orderby=tuple(_order(part) for part in _names(given.get("$orderby", ""))),
        top=_number("$top", given.get("$top", str(DEFAULT_TOP)), LARGEST_TOP),
        skip=_number("$skip", given.get("$skip", "0"), None),
        expand=_names(given.get("$expand", "")),
        count=_flag("$count", given.get("$count", "false")),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _order(text: str) -> Order:
    field, _, direction = text.partition(" ")
    direction = direction.strip() or "asc"
    if direction not in {"asc", "desc"}:
        raise Refusal(f"'{text}' is not an order: write 'field asc' or 'field desc'.")
    return Order(field, descending=direction == "desc")


def _number(name: str, text: str, largest: int | None) -> int:
    try:
        number = int(text)
    except ValueError:
        raise Refusal(f"The value '{text}' of '{name}' is not a whole number.") from None
    if number < 0:
        raise Refusal(f"The value '{text}' of '{name}' must not be negative.")
    if largest is not None and number > largest:
        raise Refusal(f"The value '{text}' of '{name}' is over the limit of {largest}.")
    return number


def _flag(name: str, text: str) -> bool:
    if text not in {"true", "false"}:
        raise Refusal(f"The value '{text}' of '{name}' must be true or false.")
    return text == "true"
