"""Money outside the rows of an order that was cancelled in part: what of it was invoiced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_sage200.magento_order import ZERO
from target_sage200.mapping.field_amounts import ROWS, amount_at, amount_of, has

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal
    from typing import Any

    from target_sage200.magento_order import Order

INVOICED = {
    "reward_currency_amount": ("rwrd_currency_amount_invoiced",),
    "gw_price_incl_tax": ("gw_price_invoiced", "gw_tax_amount_invoiced"),
    "gw_items_price_incl_tax": ("gw_items_price_invoiced", "gw_items_tax_invoiced"),
    "gw_card_price_incl_tax": ("gw_card_price_invoiced", "gw_card_tax_invoiced"),
    "gw_items_tax_amount": ("gw_items_tax_invoiced",),
    "gw_card_tax_amount": ("gw_card_tax_invoiced",),
}
"""Fields of Adobe Commerce whose invoiced part does not follow the usual names; sums of both."""


def owed_amount(order: Order, path: str) -> Decimal:
    """Return what of a field is owed: all of it, or what was invoiced where the rest was cancelled.

    Magento cancels what was not invoiced, and tells the invoiced part in a field beside the whole
    (``gift_cards_amount``: ``gift_cards_invoiced``). Of rows it is the share of their quantity.
    Where neither is told the whole stands; then the order's own sums refuse what is wrong.

    Args:
        order: The order; its document is asked.
        path: As in ``order_totals.csv``.
    """
    if not path or not _partly_cancelled(order.document):
        return amount_of(order, path)
    if path.startswith(ROWS):
        return sum((_of_row(row, path[len(ROWS) :]) for row in _rows(order.document)), ZERO)
    for names in _invoiced_names(path):
        if all(has(order.document, name) for name in names):
            return sum((amount_at(order.document, name) for name in names), ZERO)
    return amount_of(order, path)


def _invoiced_names(path: str) -> Iterator[tuple[str, ...]]:
    if path in INVOICED:
        yield INVOICED[path]
    yield (f"{path}_invoiced",)
    if path.endswith("_amount"):
        yield (f"{path.removesuffix('_amount')}_invoiced",)


def _of_row(row: Mapping[str, Any], name: str) -> Decimal:
    whole, ordered = amount_at(row, name), amount_at(row, "qty_ordered")
    return whole * amount_at(row, "qty_invoiced") / ordered if whole and ordered else whole


def _partly_cancelled(document: Mapping[str, Any]) -> bool:
    return bool(amount_at(document, "total_canceled")) or any(
        amount_at(row, "qty_canceled") for row in _rows(document)
    )


def _rows(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(document.get("items") or ())
