"""Receipts: the money of an order, posted to the ledger once the order is there and is paid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from outbox.rows import Decision, Key, SourceDocument, State

from target_sage200.magento_document import MalformedOrderError, read_order
from target_sage200.mapping.money import pennies
from target_sage200.sage_ledger import SALES_RECEIPTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outbox import Row

RECEIPT = "receipt"
RECEIPT_WAITS_FOR = ("order_not_posted", "awaiting_payment", "receipt_not_wanted")
"""Causes that end when the order is posted, paid or decided anew."""


def receipt_of(row: Row, body: Mapping[str, Any]) -> SourceDocument:
    """The receipt as a document of its own, in the group of its order."""
    return SourceDocument(
        Key(RECEIPT, row.key.source, row.key.source_key),
        row.source_id or 0,
        dict(body),
        group=row.key.source_key,
    )


def decide_receipt(receipt: Row, order: Row | None) -> Decision:
    """Decide about a receipt: it follows its order, and the money. Pure.

    Args:
        receipt: The receipt's row.
        order: The row of its order.
    """
    number = receipt.key.source_key
    body = None if order is None else order.detail.get("receipt")
    if order is None or body is None:
        return Decision(
            State.WAITING,
            cause="receipt_not_wanted",
            error=f"Receipt of order {number}: mappings/payment_methods.csv wants none now.",
        )
    value = Decimal(body["cheque_value"])
    cause = error = None
    if order.state is not State.POSTED:
        cause, error = "order_not_posted", f"Receipt of order {number}: the order is not posted."
    elif not _is_paid(order, value):
        cause = "awaiting_payment"
        error = f"Receipt of order {number}: {value} {order.currency} are not paid in full yet."
    if cause is not None:
        return Decision(
            State.WAITING, cause=cause, error=error, amount=value, currency=order.currency
        )
    return Decision(
        State.READY,
        detail={"net": value, "tax": Decimal(0), "gross": value},
        amount=value,
        currency=order.currency,
        document=body,
        route=SALES_RECEIPTS,
    )


def _is_paid(order: Row, value: Decimal) -> bool:
    try:
        return pennies(read_order(order.source_document).total_paid) >= value
    except MalformedOrderError:
        return False
