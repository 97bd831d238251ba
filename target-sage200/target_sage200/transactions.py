"""What a gateway's payment transactions prove: money promised, money taken, and when.

Magento writes ``authorization`` and ``capture``; ``order`` (a promise of PayPal's, less than an
authorisation), ``payment`` (some extensions, for anything), ``void`` (what is not captured of its
parent is released) and ``refund``. The REST list tells no amounts. How much was taken online, all
captures together, only the order's payment tells (``base_amount_paid_online``), and not every
gateway's extension fills it in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_sage200.magento_document import utc_stamp
from target_sage200.magento_order import ZERO
from target_sage200.mapping.field_amounts import amount_of
from target_sage200.mapping.money import PENNY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from target_sage200.magento_order import Order

AUTHORIZATION = "authorization"
CAPTURE = "capture"
ORDER = "order"
VOID = "void"


@dataclass(frozen=True)
class Transaction:
    """One payment transaction; what Magento does not tell is empty."""

    kind: str
    id: str = ""
    parent: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True)
class Transactions:
    """The payment transactions of an order, in the order they were made."""

    made: tuple[Transaction, ...] = ()

    @property
    def authorised(self) -> bool:
        """Whether an authorisation or capture stands, so that no later void released it.

        A void releases its parent, and what was captured of it was only a part; without a parent
        that is known it releases all that was before.
        """
        standing: list[Transaction] = []
        for one in self.made:
            if one.kind in (AUTHORIZATION, CAPTURE):
                standing.append(one)
            elif one.kind == VOID:
                known = one.parent and any(other.id == one.parent for other in self.made)
                standing = [
                    other
                    for other in standing
                    if known and one.parent not in (other.id, other.parent)
                ]
        return bool(standing)

    @property
    def captures(self) -> tuple[Transaction, ...]:
        """The captures that were not themselves voided."""
        voided = {one.parent for one in self.made if one.kind == VOID and one.parent}
        return tuple(one for one in self.made if one.kind == CAPTURE and one.id not in voided)

    @property
    def capture_reference(self) -> str:
        """The gateway's id of the first capture: a later refund's id would not find the money."""
        return next((one.id for one in self.captures), "")

    @property
    def last_capture(self) -> datetime | None:
        """When the last of the money was taken."""
        stamps = [one.created_at for one in self.captures if one.created_at is not None]
        return max(stamps, default=None)

    def took_all_of(self, order: Order) -> bool:
        """Whether the gateway took what Magento calls paid, as far as anything tells.

        Payments without transactions (cheques, transfers) are proved by people, in ``total_paid``.
        """
        asked = any(one.kind in (AUTHORIZATION, ORDER, CAPTURE) for one in self.made)
        return not asked or (bool(self.captures) and not self.taken_short(order))

    def taken_short(self, order: Order) -> str:
        """Say how much of what Magento calls paid the gateway took, where that is less.

        Invoices made without capture count as paid. Empty where all was taken, or where the order
        does not tell.
        """
        online = amount_of(order, "payment.base_amount_paid_online")
        paid = amount_of(order, "payment.base_amount_paid")
        # Each capture is rounded to pennies, the invoices are not.
        if online <= ZERO or online + PENNY * len(self.captures) >= paid:
            return ""
        return f"{online} of {paid} {order.base_currency}"


def taken_online(order: Order) -> bool:
    """Whether the order itself tells that its gateway took all that Magento calls paid."""
    online = amount_of(order, "payment.base_amount_paid_online")
    return online > ZERO and online + PENNY >= amount_of(order, "payment.base_amount_paid")


def read_transactions(entries: Iterable[Mapping[str, Any]]) -> Transactions:
    """Read the transactions of one order, oldest first.

    Args:
        entries: ``txn_type``, and where known ``txn_id``, ``parent_txn_id`` and ``created_at``.
    """
    return Transactions(
        tuple(
            Transaction(
                str(entry["txn_type"]),
                str(entry.get("txn_id") or ""),
                str(entry.get("parent_txn_id") or ""),
                utc_stamp(entry["created_at"]) if entry.get("created_at") else None,
            )
            for entry in entries
        )
    )
