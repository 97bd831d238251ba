"""What Magento has shipped and Sage has not despatched, by item and warehouse. Pure.

Until Sage despatches goods it counts them as on hand, while Magento took them off its source at
the shipment. Orders that Sage has not got at all yet count whole.

Refunds are not looked at: whether refunded goods came back is not known from the order, and
counting them as gone never oversells.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ZERO = Decimal(0)
_WITHOUT_SHIPMENT = frozenset({"virtual", "downloadable"})


@dataclass(frozen=True)
class SageLine:
    """A line of a sales order in Sage, in selling units.

    Attributes:
        sales_document_id: Sage's id of the document.
        item_code: Stock code.
        warehouse: Name of the warehouse the goods come from, where Sage says so.
        ordered: Line quantity.
        despatched: Of that, despatched.
    """

    sales_document_id: int
    item_code: str
    warehouse: str | None
    ordered: Decimal
    despatched: Decimal


@dataclass(frozen=True)
class StillInSage:
    """Goods that Magento has shipped and Sage still counts.

    Attributes:
        item_code: Stock code in Sage.
        warehouse: Name of the Sage warehouse they are counted in.
        quantity: Always above zero.
    """

    item_code: str
    warehouse: str
    quantity: Decimal


def shipped_quantities(items: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Return by Magento SKU what left Magento's sources for one order.

    A configurable product's row already carries the child's SKU and the shipped quantity, its
    child row carries zero. Of a bundle the children count. Virtual goods are never shipped:
    Magento lowers the source when they are invoiced.

    Args:
        items: ``items`` of a Magento order.
    """
    rows = list(items)
    types = {row.get("item_id"): row.get("product_type") for row in rows}
    shipped: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        parent_type = types.get(row.get("parent_item_id"))
        if row.get("product_type") == "bundle" or parent_type == "configurable":
            continue
        left_with = (
            "qty_invoiced" if row.get("product_type") in _WITHOUT_SHIPMENT else "qty_shipped"
        )
        quantity = Decimal(row.get(left_with) or 0)
        if quantity > 0:
            shipped[str(row["sku"])] += quantity
    return dict(shipped)


def still_in_sage(
    shipped: Mapping[str, Decimal],
    lines: Sequence[SageLine],
    *,
    sage_code: Callable[[str], str],
    likely_warehouses: Sequence[str],
) -> list[StillInSage]:
    """Return what one order's shipments have taken from Magento only.

    Args:
        shipped: By Magento SKU, see ``shipped_quantities``.
        lines: The order's lines in Sage; empty where it is not there yet.
        sage_code: Sage's stock code of a Magento SKU.
        likely_warehouses: Where the goods come from if Sage doesn't say. With several, the
            quantity is taken off at each of them: too little is offered rather than too much.
    """
    by_code: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for sku, quantity in shipped.items():
        by_code[sage_code(sku)] += quantity
    found: list[StillInSage] = []
    for code, quantity in by_code.items():
        own = [line for line in lines if line.item_code.casefold() == code.casefold()]
        missing = quantity - sum((line.despatched for line in own), start=ZERO)
        if missing > 0:
            found += _placed(code, missing, own, likely_warehouses)
    return found


def _placed(
    code: str, missing: Decimal, lines: Sequence[SageLine], likely_warehouses: Sequence[str]
) -> list[StillInSage]:
    """Say in which warehouses ``missing`` is still counted: open lines first, in their order."""
    placed: list[StillInSage] = []
    known = [line for line in lines if line.warehouse]
    for line in known:
        taken = min(missing, max(ZERO, line.ordered - line.despatched))
        if taken > 0:
            placed.append(StillInSage(code, line.warehouse or "", taken))
            missing -= taken
    if missing > 0:
        # Magento shipped more than Sage's lines hold, or Sage names no line or warehouse.
        rest = [known[0].warehouse or ""] if known else list(likely_warehouses)
        placed += [StillInSage(code, warehouse, missing) for warehouse in rest]
    return placed
