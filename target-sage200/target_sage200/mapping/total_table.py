"""``order_totals.csv``: money that an order holds outside its rows and carriage.

Gift cards, store credit, reward points, surcharges, fixed product taxes: Magento's editions and
extensions keep them in fields of their own. A row names such a field and what it becomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_sage200.mapping.csv_table import read_rows, unique

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

KNOWN_TOTALS = (
    "gift_cards_amount",
    "customer_balance_amount",
    "reward_currency_amount",
    "gw_price_incl_tax",
    "gw_items_price_incl_tax",
    "gw_card_price_incl_tax",
    "items.weee_tax_applied_row_amount",
    "payment_fee",
    "cod_fee",
    "surcharge_amount",
    "fee_amount",
    "fooman_total_amount",
)
"""Fields by which Magento's editions and usual extensions tell such money."""
WITHOUT_TAX = ("gw_price", "gw_items_price", "gw_card_price")
"""Gift wrapping of Adobe Commerce without its VAT, which stands beside it."""
_TOTAL = ("total", "effect", "text", "sage_tax_code")
_MAY_HAVE = ("tax_field", "sage_charge_code")


@dataclass(frozen=True)
class TotalRule:
    """What becomes of one field.

    Attributes:
        total: Field of the order document, with dots: ``gift_cards_amount``,
            ``items.weee_tax_applied_row_amount`` (added up over the rows). A field is looked for in
            the document and in its ``extension_attributes``.
        adds: Whether it raises the order's total; else it lowers it.
        text: What the line says.
        sage_tax_code: Its VAT code.
        tax_field: Field of the VAT that the amount includes; empty where it has none.
        sage_charge_code: Additional charge of Sage; empty makes it a free text line.
    """

    total: str
    adds: bool
    text: str
    sage_tax_code: int
    tax_field: str = ""
    sage_charge_code: str = ""


def read_totals(folder: Path) -> Iterator[TotalRule]:
    """Read ``order_totals.csv``, which may be missing.

    Raises:
        MappingFileError: A row is wrong.
    """
    return unique(
        read_rows(folder, "order_totals.csv", _TOTAL, may_have=_MAY_HAVE, optional=True),
        _rule,
        lambda one: one.total,
    )


def _rule(row: TableRow) -> TotalRule:
    effect = row.filled("effect")
    if effect not in ("adds", "takes"):
        raise row.error(
            "effect",
            f"{effect!r} is neither adds nor takes",
            "Write adds where it raises the order's total, takes where it lowers it",
        )
    charge = row.optional("sage_charge_code")
    if charge and effect == "takes":
        raise row.error(
            "sage_charge_code",
            "a charge can't lower a total in Sage 200",
            "Leave it empty: the line is free text then",
        )
    total = row.filled("total")
    if total in WITHOUT_TAX and row.optional("tax_field"):
        raise row.error(
            "total",
            f"{total!r} holds no VAT that tax_field could be a part of",
            f"Write {total}_incl_tax",
        )
    return TotalRule(
        total=total,
        adds=effect == "adds",
        text=row.filled("text"),
        sage_tax_code=row.whole("sage_tax_code"),
        tax_field=row.optional("tax_field"),
        sage_charge_code=charge,
    )
