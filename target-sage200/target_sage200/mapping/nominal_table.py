"""``nominals.csv``: which nominal account, cost centre and department a line is posted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_sage200.mapping.conditions import country_or_any, number_or_any
from target_sage200.mapping.csv_table import ANY, read_rows, unique
from target_sage200.mapping.matching import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

LINE_KINDS = ("goods", "carriage", "discount", "rounding", "total")
CONDITIONS = (
    "line",
    "store_id",
    "country_id",
    "customer_group_id",
    "magento_tax",
    "product_tax_class",
    "product_group",
    "stock_code",
    "shipping_method",
    "payment_method",
    "order_total",
)
PARTS = ("cost_centre", "department")
_REFERENCE_LIMIT = 8
_PART_LIMIT = 3


@dataclass(frozen=True)
class Nominal:
    """A nominal account with cost centre and department, as Sage names them."""

    reference: str
    cost_centre: str = ""
    department: str = ""

    @property
    def key(self) -> str:
        """``reference/cost centre/department`` as Sage's codes are compared."""
        return f"{self.reference}/{self.cost_centre}/{self.department}".casefold()


def read_nominals(folder: Path) -> Iterator[Rule[Nominal]]:
    """Read ``nominals.csv``, which may be missing; so may columns of conditions.

    Raises:
        MappingFileError: A row is wrong.
    """
    return unique(
        read_rows(
            folder, "nominals.csv", ("nominal",), may_have=(*CONDITIONS, *PARTS), optional=True
        ),
        _rule,
        lambda one: tuple(one.cells.items()),
    )


def nominal_of(row: TableRow) -> Nominal:
    """Return what columns ``nominal``, ``cost_centre`` and ``department`` of a row name.

    Raises:
        MappingFileError: The account is not given, or one of them is too long.
    """
    return Nominal(
        _short(row, "nominal", row.filled("nominal"), _REFERENCE_LIMIT),
        _short(row, "cost_centre", row.optional("cost_centre"), _PART_LIMIT),
        _short(row, "department", row.optional("department"), _PART_LIMIT),
    )


def _rule(row: TableRow) -> Rule[Nominal]:
    cells = {column: row.optional(column) or ANY for column in CONDITIONS}
    cells["country_id"] = country_or_any(row, "country_id")
    for column in ("store_id", "customer_group_id"):
        cells[column] = number_or_any(row, column, wildcards=True)
    kind = cells["line"]
    if kind not in (ANY, *LINE_KINDS):
        raise row.error("line", f"{kind!r} is unknown", f"Use one of {', '.join(LINE_KINDS)} or *")
    return Rule({name: cell for name, cell in cells.items() if cell != ANY}, nominal_of(row))


def _short(row: TableRow, column: str, value: str, limit: int) -> str:
    if len(value) > limit:
        raise row.error(
            column, f"{value!r} has more than {limit} characters", "Write it as in Sage 200"
        )
    return value
