"""Receipts: the money of an order, posted to the ledger once the order is there and is paid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from outbox.rows import Decision, Key, SourceDocument, State

from target_sage200.magento_document import MalformedOrderError, read_order, utc_stamp
from target_sage200.mapping.day import document_day
from target_sage200.mapping.money import pennies
from target_sage200.sage_ledger import SALES_RECEIPTS
from target_sage200.transactions import read_transactions, taken_online

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def decide_receipt(
    receipt: Row, order: Row | None, payments: Sequence[Mapping[str, Any]] = ()
) -> Decision:
    """Decide about a receipt: it follows its order, and the money. Pure.

    Where no capture tells the day of the payment, the receipt bears the day of the order's last
    change: the invoice that made it paid is one, and runs are minutes apart. It is the day of the
    payment or a later one, never the day of an order that nobody had paid yet.

    Args:
        receipt: The receipt's row.
        order: The row of its order.
        payments: The payment transactions of the order, oldest first.
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
    facts = order.detail.get("receipt_facts") or {}
    cause = error = None
    if order.state is not State.POSTED:
        cause, error = "order_not_posted", f"Receipt of order {number}: the order is not posted."
    elif not _is_paid(order, value, payments, proved=not facts.get("unproved")):
        cause = "awaiting_payment"
        error = (
            f"Receipt of order {number}: {value} {order.currency} are not paid in full yet, or not"
            " taken by the gateway."
        )
    if cause is not None:
        return Decision(
            State.WAITING, cause=cause, error=error, amount=value, currency=order.currency
        )
    reference = facts.get("reference")
    return Decision(
        State.READY,
        detail={
            "net": value,
            "tax": Decimal(0),
            "gross": value,
            **({"payment_reference": reference} if reference else {}),
        },
        amount=value,
        currency=order.currency,
        document=_dated(body, order, facts.get("undated") or ""),
        trimmed=tuple(facts.get("trimmed") or ()),
        route=SALES_RECEIPTS,
    )


def _dated(body: Mapping[str, Any], order: Row, timezone: str) -> dict[str, Any]:
    """The receipt with its day, where it is counted in ``timezone`` by the order's last change."""
    changed = order.source_document.get("updated_at")
    if not timezone or not changed:
        return dict(body)
    day = document_day(utc_stamp(changed), timezone)
    return {**body, "transaction_date": max(day, str(body["transaction_date"]))}


def _is_paid(
    row: Row, value: Decimal, payments: Sequence[Mapping[str, Any]], *, proved: bool
) -> bool:
    """Whether the money is there: paid in Magento, and where a gateway was asked, taken by it."""
    left_out = row.detail.get("left_out") or {}
    try:
        order = read_order(row.source_document)
    except MalformedOrderError:
        return False
    kept = order.total_paid - Decimal(left_out.get("refunded", 0))
    if pennies(kept) < value:
        return False
    # What was not proved when the order was decided may have been captured since.
    captured = bool(payments) and read_transactions(payments).took_all_of(order)
    return proved or captured or taken_online(order)
