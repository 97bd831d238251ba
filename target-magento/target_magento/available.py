"""How much of an item a source may offer. Pure: no clock, no config, Decimal only.

With multi-source inventory (MSI) Magento sells ``source quantity - reservations``. It reserves at
the order and, at the shipment, lowers the source quantity itself and drops the reservation. What
may be sold is

    on hand - allocated to others - all web demand whose goods are still in Sage - buffer

and Magento's reservations already stand for the web demand that it has not shipped. So the source
quantity to publish is

    free + allocated to web orders - (shipped in Magento, not despatched in Sage) - buffer

where Sage's free stock is on hand less every allocation. The two classic mistakes:

- publishing plain free stock sells too little: Sage's allocation and Magento's reservation
  take the same web order off twice;
- forgetting what Magento shipped and Sage still counts sells the same goods twice.

Goods that Sage despatched before Magento shipped them are, until that shipment, reserved by
Magento although they left the stock: the shop then offers a little less than it could, never more.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ZERO = Decimal(0)
_STEP = Decimal("0.0001")
_MOST = Decimal("99999999.9999")


@dataclass(frozen=True)
class WarehouseStock:
    """One item in one warehouse, in Sage's stock units.

    Attributes:
        free: Sage's free stock: on hand less all allocations.
        allocated_to_web: The part of the allocations that belongs to web orders.
        unallocated_web_demand: What web orders need and Sage has not allocated.
        shipped_not_despatched: What Magento shipped and Sage has not despatched.
        buffer: What is never offered.
    """

    free: Decimal
    allocated_to_web: Decimal = ZERO
    unallocated_web_demand: Decimal = ZERO
    shipped_not_despatched: Decimal = ZERO
    buffer: Decimal = ZERO

    def available(self, *, shared: bool = False) -> Decimal:
        """Return the quantity to publish for this warehouse, never below zero.

        Args:
            shared: Several Magento SKUs sell this one Sage item. Magento's reservations of one
                SKU don't cover orders for the other, so all web demand is taken off here.
        """
        web = -self.unallocated_web_demand if shared else self.allocated_to_web
        quantity = self.free + web - self.shipped_not_despatched - self.buffer
        return max(ZERO, quantity)


def source_quantity(warehouses: Iterable[WarehouseStock], *, shared: bool = False) -> Decimal:
    """Return what one Magento source may offer of an item: the sum over its warehouses.

    A warehouse that owes more than it has does not take away what another one can send.

    Args:
        warehouses: The item in each warehouse that is mapped to the source.
        shared: See ``WarehouseStock.available``.

    Returns:
        A quantity as Magento stores it: four decimals, cut, not rounded up; at most 99999999.9999.
    """
    total = sum((one.available(shared=shared) for one in warehouses), start=ZERO)
    return min(_MOST, total.quantize(_STEP, rounding=ROUND_DOWN))
