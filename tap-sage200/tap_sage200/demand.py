"""What open web orders hold and still need, per holding, and which holdings that moved.

The figures come from order lines, which leave no trace in the stock row when a line is deleted, an
order is put on hold, or a web account is added to the settings. So the whole demand, which is
small, is read each run and compared with that of the last finished run.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class WebDemand:
    """Open web orders' share of one holding, in stock units.

    Attributes:
        allocated: Allocated in Sage, not yet despatched.
        unallocated: Ordered, neither allocated nor despatched.
    """

    allocated: Decimal
    unallocated: Decimal

    def __add__(self, other: WebDemand) -> WebDemand:
        """Return both together."""
        return WebDemand(self.allocated + other.allocated, self.unallocated + other.unallocated)


NO_DEMAND = WebDemand(Decimal(0), Decimal(0))


def changed(previous: Mapping[int, WebDemand], current: Mapping[int, WebDemand]) -> set[int]:
    """Return the holdings whose demand differs, gone ones included."""
    return {
        holding
        for holding in previous.keys() | current.keys()
        if previous.get(holding, NO_DEMAND) != current.get(holding, NO_DEMAND)
    }


def to_state(demand: Mapping[int, WebDemand]) -> dict[str, str]:
    """Write the demand as Singer state: holding → "allocated unallocated"."""
    return {
        str(holding): f"{each.allocated.normalize():f} {each.unallocated.normalize():f}"
        for holding, each in sorted(demand.items())
        if each != NO_DEMAND
    }


def from_state(noted: Mapping[str, str]) -> dict[int, WebDemand]:
    """Read what :func:`to_state` wrote."""
    demand = {}
    for holding, figures in noted.items():
        allocated, unallocated = figures.split(" ")
        demand[int(holding)] = WebDemand(Decimal(allocated), Decimal(unallocated))
    return demand
