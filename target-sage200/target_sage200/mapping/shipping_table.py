"""``shipping_methods.csv``: what the carriage of a Magento order becomes in Sage 200."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from target_sage200.mapping.conditions import number_or_any
from target_sage200.mapping.csv_table import ANY, read_rows, unique
from target_sage200.mapping.matching import Rule
from target_sage200.mapping.nominal_table import PARTS, nominal_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow
    from target_sage200.mapping.nominal_table import Nominal

_SHIPPING = ("method", "sage_charge_code")
_MAY_HAVE = ("store_id", "sage_tax_code", "nominal", *PARTS)


@dataclass(frozen=True)
class ShippingRule:
    """What the carriage of one shipping method becomes.

    Attributes:
        method: Magento's shipping method; may hold wildcards.
        charge: Sage's additional charge.
        store_id: Store view it is for, or ``*``.
        sage_tax_code: VAT code of the carriage; ``None`` leaves it to ``tax_codes.csv``.
        nominal: Where the carriage is posted to; ``None`` leaves it to ``nominals.csv``.
    """

    method: str
    charge: str
    store_id: str = ANY
    sage_tax_code: int | None = None
    nominal: Nominal | None = None

    def fits(self, method: str, store_id: int) -> bool:
        """Whether the row is for a shipping method in a store view."""
        return self.store_id in (ANY, str(store_id)) and (
            self.method == method or fnmatchcase(method, self.method)
        )

    def precision(self, method: str) -> tuple[bool, bool]:
        """An exact name beats wildcards; then a store view beats any."""
        return self.method == method, self.store_id != ANY

    def as_nominal_rule(self) -> Iterator[Rule[Nominal]]:
        """Yield the row's nominal account as the row of ``nominals.csv`` that it stands for."""
        if self.nominal is None:
            return
        cells = {"line": "carriage", "store_id": self.store_id, "shipping_method": self.method}
        yield Rule({name: cell for name, cell in cells.items() if cell != ANY}, self.nominal)


def read_shipping(folder: Path) -> Iterator[ShippingRule]:
    """Read ``shipping_methods.csv``.

    Raises:
        MappingFileError: It is missing or a row is wrong.
    """
    return unique(
        read_rows(folder, "shipping_methods.csv", _SHIPPING, may_have=_MAY_HAVE),
        _rule,
        lambda one: (one.method, one.store_id),
    )


def _rule(row: TableRow) -> ShippingRule:
    given = [part for part in PARTS if row.optional(part)]
    if given and not row.optional("nominal"):
        raise row.error("nominal", f"it is empty although {given[0]} is given", "Name the account")
    return ShippingRule(
        method=row.filled("method"),
        charge=row.filled("sage_charge_code"),
        store_id=number_or_any(row, "store_id"),
        sage_tax_code=row.whole("sage_tax_code") if row.optional("sage_tax_code") else None,
        nominal=nominal_of(row) if row.optional("nominal") else None,
    )
