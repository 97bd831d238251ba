"""``tax_codes.csv``: which Sage VAT code a Magento tax becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_sage200.mapping.conditions import country_or_any, number_or_any
from target_sage200.mapping.countries import EU, EU_MEMBERS, EXPORT, HOME
from target_sage200.mapping.csv_table import ANY, read_rows, unique
from target_sage200.mapping.matching import fits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

NO_TAX = "none"
ROUNDING = "rounding"
_TAX = ("magento_tax", "country_id", "customer_group_id", "sage_tax_code")
_MAY_HAVE = ("product_tax_class", "postcode")
_TELLS = {ANY: 0, EU: 1, EXPORT: 1}
"""How much a country cell says among rows with as many cells; a country itself says 2."""


@dataclass(frozen=True)
class TaxRule:
    """Which Sage VAT code a Magento tax becomes; ``*`` matches anything.

    Attributes:
        country_id: ISO code of the destination, ``EU`` for any member state, ``EXPORT`` for
            anything that is neither in the EU nor at home.
        product_tax_class: As ``products.csv`` names it; may be a pattern.
        postcode: Of the destination; may be a pattern (``BT*``).
    """

    magento_tax: str
    country_id: str
    customer_group_id: str
    sage_tax_code: int
    product_tax_class: str = ANY
    postcode: str = ANY

    @property
    def precision(self) -> tuple[int, int]:
        """How many columns are given; then a country beats a group of them, a group beats any."""
        given = (
            self.magento_tax,
            self.country_id,
            self.customer_group_id,
            self.product_tax_class,
            self.postcode,
        )
        return sum(value != ANY for value in given), _TELLS.get(self.country_id, 2)

    def fits(self, sale: TaxedSale) -> bool:
        """Whether the row is for this sale."""
        return (
            self.magento_tax in (ANY, sale.magento_tax)
            and self._reaches(sale.country_id)
            and self.customer_group_id in (ANY, str(sale.customer_group_id))
            and fits(self.product_tax_class, sale.product_tax_class)
            and fits(self.postcode, sale.postcode)
        )

    def _reaches(self, country_id: str) -> bool:
        if self.country_id == EU:
            return country_id in EU_MEMBERS
        if self.country_id == EXPORT:
            return country_id not in EU_MEMBERS | HOME
        return self.country_id in (ANY, country_id)


@dataclass(frozen=True)
class TaxedSale:
    """What a VAT code is chosen by."""

    magento_tax: str
    country_id: str
    customer_group_id: int
    product_tax_class: str = ""
    postcode: str = ""


def read_taxes(folder: Path) -> Iterator[TaxRule]:
    """Read ``tax_codes.csv``.

    Raises:
        MappingFileError: It is missing or a row is wrong.
    """
    return unique(
        read_rows(folder, "tax_codes.csv", _TAX, may_have=_MAY_HAVE),
        _tax,
        lambda one: (
            one.magento_tax,
            one.country_id,
            one.customer_group_id,
            one.product_tax_class,
            one.postcode,
        ),
    )


def _tax(row: TableRow) -> TaxRule:
    return TaxRule(
        magento_tax=row.any_or("magento_tax"),
        country_id=country_or_any(row, "country_id", groups=True),
        customer_group_id=number_or_any(row, "customer_group_id"),
        sage_tax_code=row.whole("sage_tax_code"),
        product_tax_class=row.optional("product_tax_class") or ANY,
        postcode=row.optional("postcode") or ANY,
    )
