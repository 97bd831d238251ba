"""``analysis_codes.csv``: what stands in the analysis codes and spare texts of a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

from target_sage200.mapping.csv_table import read_rows, unique

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

ORDER_FACTS = (
    "increment_id",
    "entity_id",
    "store_id",
    "store_code",
    "country_id",
    "currency",
    "customer_group_id",
    "coupon_code",
    "payment_method",
    "purchase_order_number",
    "shipping_method",
    "shipping_description",
    "order_date",
)
LINE_FACTS = ("sku", "item_id", "magento_tax", "product_tax_class", "product_group", "line")
_FIELD = re.compile(r"analysis_code_([1-9]|1[0-9]|20)|spare_text_([1-9]|10)")
ANALYSIS_LIMIT = 60
SPARE_LIMIT = 100
_ANALYSIS = ("level", "field", "value")


@dataclass(frozen=True)
class AnalysisRule:
    """What one field holds.

    Attributes:
        level: ``order`` or ``line``.
        field: ``analysis_code_1`` to ``_20`` or ``spare_text_1`` to ``_10``.
        value: Text with names of facts in braces.
    """

    level: str
    field: str
    value: str

    @property
    def limit(self) -> int:
        """Characters that Sage takes."""
        return ANALYSIS_LIMIT if self.field.startswith("analysis") else SPARE_LIMIT

    def text(self, facts: Mapping[str, str]) -> str:
        """Return what the field holds for these facts; nothing where all of them are empty."""
        return self.value.format_map(facts).strip()


def read_analysis(folder: Path) -> Iterator[AnalysisRule]:
    """Read ``analysis_codes.csv``, which may be missing.

    Raises:
        MappingFileError: A row is wrong.
    """
    return unique(
        read_rows(folder, "analysis_codes.csv", _ANALYSIS, optional=True),
        _rule,
        lambda one: (one.level, one.field),
    )


def _rule(row: TableRow) -> AnalysisRule:
    level, field, value = (row.filled(column) for column in _ANALYSIS)
    if level not in ("order", "line"):
        raise row.error("level", f"{level!r} is neither order nor line", "Write order or line")
    if not _FIELD.fullmatch(field):
        raise row.error(
            "field",
            f"{field!r} is no field of Sage 200",
            "Use analysis_code_1 to analysis_code_20 or spare_text_1 to spare_text_10",
        )
    known = ORDER_FACTS if level == "order" else (*ORDER_FACTS, *LINE_FACTS)
    try:
        fields = [one for one in Formatter().parse(value) if one[1] is not None]
    except ValueError as error:
        raise row.error(
            "value", f"{value!r} can't be read ({error})", "Close every brace"
        ) from None
    for _, name, spec, conversion in fields:
        if spec or conversion:
            raise row.error(
                "value",
                f"{{{name}}} has a format, but all values are text",
                f"Write {{{name}}} alone",
            )
        if name not in known:
            raise row.error(
                "value", f"{{{name}}} is unknown", f"Names in braces: {', '.join(known)}"
            )
    return AnalysisRule(level, field, value)
