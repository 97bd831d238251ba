"""``products.csv``: what Magento's orders do not tell of a product."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_sage200.mapping.codes import code_key
from target_sage200.mapping.csv_table import read_rows, unique
from target_sage200.mapping.matching import Memory, fits, is_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

_PRODUCT = ("magento_sku",)
_MAY_HAVE = ("product_tax_class", "product_group", "warehouse")


@dataclass(frozen=True)
class ProductFacts:
    """Facts of a product; empty where no row tells.

    Attributes:
        tax_class: Magento's product tax class.
        group: Any group that nominals go by: attribute set, category, brand.
        warehouse: Sage warehouse it always leaves from.
    """

    tax_class: str = ""
    group: str = ""
    warehouse: str = ""


NOTHING_KNOWN = ProductFacts()


@dataclass(frozen=True)
class ProductTable:
    """Facts by SKU; exact names win over patterns, upper patterns over lower ones."""

    exact: Mapping[str, ProductFacts]
    patterns: tuple[tuple[str, ProductFacts], ...]
    _answers: Memory[str, ProductFacts] = field(
        default_factory=Memory, init=False, repr=False, compare=False
    )

    def of(self, sku: str) -> ProductFacts:
        """Return the facts of a SKU."""
        return self._answers.get(sku, self._look_up)

    def _look_up(self, sku: str) -> ProductFacts:
        found = self.exact.get(code_key(sku))
        if found is not None:
            return found
        return next((facts for cell, facts in self.patterns if fits(cell, sku)), NOTHING_KNOWN)


NO_PRODUCTS = ProductTable({}, ())


def read_products(folder: Path) -> ProductTable:
    """Read ``products.csv``, which may be missing.

    Raises:
        MappingFileError: A row is wrong.
    """
    rows = list(
        unique(
            read_rows(folder, "products.csv", _PRODUCT, may_have=_MAY_HAVE, optional=True),
            _product,
            lambda one: one[0],
        )
    )
    return ProductTable(
        exact={code_key(sku): facts for sku, facts in rows if not is_pattern(sku)},
        patterns=tuple((sku, facts) for sku, facts in rows if is_pattern(sku)),
    )


def _product(row: TableRow) -> tuple[str, ProductFacts]:
    return row.filled("magento_sku"), ProductFacts(
        tax_class=row.optional("product_tax_class"),
        group=row.optional("product_group"),
        warehouse=row.optional("warehouse"),
    )
