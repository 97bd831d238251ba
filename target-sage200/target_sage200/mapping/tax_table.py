"""``tax_codes.csv``: which Sage VAT code a Magento tax becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_sage200.mapping.csv_table import ANY, read_rows, unique

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

NO_TAX = "none"
ROUNDING = "rounding"
_TAX = ("magento_tax", "country_id", "customer_group_id", "sage_tax_code")


@dataclass(frozen=True)
class TaxRule:
    """Which Sage VAT code a Magento tax becomes; ``*`` matches anything."""

    magento_tax: str
    country_id: str
    customer_group_id: str
    sage_tax_code: int

    @property
    def precision(self) -> int:
        """How many columns are given: the most specific row wins."""
        given = (self.magento_tax, self.country_id, self.customer_group_id)
        return sum(value != ANY for value in given)


def read_taxes(folder: Path) -> Iterator[TaxRule]:
    """Read ``tax_codes.csv``.

    Raises:
        MappingFileError: It is missing or a row is wrong.
    """
    return unique(
        read_rows(folder, "tax_codes.csv", _TAX),
        _tax,
        lambda one: (one.magento_tax, one.country_id, one.customer_group_id),
    )


def _tax(row: TableRow) -> TaxRule:
    return TaxRule(
        magento_tax=row.any_or("magento_tax"),
        country_id=row.any_or("country_id"),
        customer_group_id=row.any_or("customer_group_id"),
        sage_tax_code=row.whole("sage_tax_code"),
    )
