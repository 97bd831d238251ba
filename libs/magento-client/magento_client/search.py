"""searchCriteria as values: filters, sorting and paging in the forms Magento understands.

Observed on Magento 2.4.7: an unknown condition answers 0 rows, and a date in any form but plain
UTC seconds may be ignored or match every row, both with status 200. So the forms that work are
the only ones that can be written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum

FilterValue = str | int | Decimal | datetime | Sequence[str | int] | None
"""What a filter may compare with; a sequence only for ``Condition.IN`` and ``NIN``."""


class Condition(str, Enum):
    """Magento's condition types, without ``moreq``, which does not match the boundary value."""

    EQ = "eq"
    NEQ = "neq"
    GT = "gt"
    GTEQ = "gteq"
    LT = "lt"
    LTEQ = "lteq"
    IN = "in"
    NIN = "nin"
    LIKE = "like"
    NULL = "null"
    NOTNULL = "notnull"
    FINSET = "finset"


class Direction(str, Enum):
    """Direction of a sort order."""

    ASC = "ASC"
    DESC = "DESC"


_VALUELESS = frozenset({Condition.NULL, Condition.NOTNULL})
_LISTS = frozenset({Condition.IN, Condition.NIN})


def plain_utc(moment: datetime) -> str:
    """Write a moment as Magento stores and compares it: ``YYYY-MM-DD HH:MM:SS`` in UTC.

    Raises:
        ValueError: The moment has no time zone, or a fraction of a second.
    """
    if moment.tzinfo is None:
        raise ValueError(f"The moment {moment.isoformat()} has no time zone.")
    if moment.microsecond:
        raise ValueError(f"The moment {moment.isoformat()} has a fraction of a second.")
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Filter:
    """One comparison of a field.

    Attributes:
        field: Column or attribute name, such as ``updated_at``.
        condition: How to compare.
        value: What to compare with; None for ``NULL`` and ``NOTNULL`` only.
    """

    field: str
    condition: Condition
    value: FilterValue = None

    def __post_init__(self) -> None:
        """Refuse what Magento would silently misread."""
        _ = self.text

    @property
    def text(self) -> str:
        """The value as it goes over the wire.

        Raises:
            ValueError: The value does not suit the condition.
        """
        value = self.value
        if self.condition in _VALUELESS:
            if value is not None:
                raise ValueError(f"A filter {self.field} {self.condition.value} takes no value.")
            return "1"
        if value is None:
            raise ValueError(f"A filter {self.field} {self.condition.value} needs a value.")
        if self.condition in _LISTS:
            return self._list_text(value)
        if isinstance(value, datetime):
            return plain_utc(value)
        if isinstance(value, (str, int, Decimal)):
            return str(value)
        raise ValueError(f"A filter {self.field} {self.condition.value} takes one value, no list.")

    def _list_text(self, value: FilterValue) -> str:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ValueError(f"A filter {self.field} {self.condition.value} takes a list.")  # noqa: TRY004 -- one kind of error for a filter that makes no sense
        texts = [str(element) for element in value]
        if any("," in text for text in texts):
            # Magento splits at commas and knows no quoting.
            raise ValueError(
                f"A filter {self.field} {self.condition.value} cannot hold a comma inside a value."
            )
        return ",".join(texts)

    def __str__(self) -> str:
        """Return the filter as a person would write it."""
        if self.condition in _VALUELESS:
            return f"{self.field} {self.condition.value}"
        return f"{self.field} {self.condition.value} {self.text}"


@dataclass(frozen=True)
class SearchCriteria:
    """A question to one of Magento's list endpoints. Each method returns a new value.

    Attributes:
        groups: Filter groups: all groups must hold (AND), of each group one filter (OR).
        sort_orders: Field and direction, most significant first.
        page_size: Rows a page; None asks for all rows at once.
        current_page: The page, from 1.
    """

    groups: tuple[tuple[Filter, ...], ...] = ()
    sort_orders: tuple[tuple[str, Direction], ...] = ()
    page_size: int | None = None
    current_page: int = 1

    def where(self, field: str, condition: Condition, value: FilterValue = None) -> SearchCriteria:
        """Add a filter that must hold besides the others."""
        return self.where_any(Filter(field, condition, value))

    def where_any(self, *filters: Filter) -> SearchCriteria:
        """Add a group of which at least one filter must hold."""
        if not filters:
            raise ValueError("A filter group needs at least one filter.")
        return replace(self, groups=(*self.groups, filters))

    def sorted_by(self, field: str, direction: Direction = Direction.ASC) -> SearchCriteria:
        """Sort by a further field."""
        return replace(self, sort_orders=(*self.sort_orders, (field, direction)))

    def sized(self, page_size: int) -> SearchCriteria:
        """Ask for pages of this many rows.

        Raises:
            ValueError: Fewer than 1 row: Magento would answer all rows (0) or one (-1).
        """
        if page_size < 1:
            raise ValueError(f"A page of {page_size} rows cannot be asked for.")
        return replace(self, page_size=page_size)

    def at_page(self, current_page: int) -> SearchCriteria:
        """Ask for this page, from 1.

        Raises:
            ValueError: Below 1: Magento would answer page 1.
        """
        if current_page < 1:
            raise ValueError(f"Page {current_page} cannot be asked for; pages count from 1.")
        return replace(self, current_page=current_page)

    def params(self) -> list[tuple[str, str]]:
        """Return the query parameters, in a stable order."""
        pairs: list[tuple[str, str]] = []
        for g, group in enumerate(self.groups):
            for f, one in enumerate(group):
                prefix = f"searchCriteria[filter_groups][{g}][filters][{f}]"
                pairs.append((f"{prefix}[field]", one.field))
                pairs.append((f"{prefix}[value]", one.text))
                pairs.append((f"{prefix}[condition_type]", one.condition.value))
        for s, (field, direction) in enumerate(self.sort_orders):
            pairs.append((f"searchCriteria[sortOrders][{s}][field]", field))
            pairs.append((f"searchCriteria[sortOrders][{s}][direction]", direction.value))
        if self.page_size is not None:
            pairs.append(("searchCriteria[pageSize]", str(self.page_size)))
        # A list endpoint refuses a request without any searchCriteria.
        pairs.append(("searchCriteria[currentPage]", str(self.current_page)))
        return pairs

    def __str__(self) -> str:
        """Return the question as a person would write it, for messages and logs."""
        parts = [" or ".join(str(one) for one in group) for group in self.groups]
        text = " and ".join(f"({part})" if " or " in part else part for part in parts)
        text = f"where {text}" if text else "without filters"
        if self.sort_orders:
            text += ", by " + ", ".join(f"{f} {d.value}" for f, d in self.sort_orders)
        if self.page_size is not None:
            text += f", page {self.current_page} of {self.page_size} rows"
        return text
