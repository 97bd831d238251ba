"""Holding a live order or return, and letting a held one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.orders.credit import add_live_value, uninvoiced
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.post import LIVE, ON_HOLD
from sandbox.sage200.orders.store import refresh_progress, update
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.orders.stored import StoredOrder


def hold_order(connection: psycopg.Connection, order: StoredOrder) -> None:
    """Put a live document on hold; a held order does not count among the live ones.

    Raises:
        Refusal: It is not live.
    """
    _turn(connection, order, LIVE, ON_HOLD, -1)


def release_order(connection: psycopg.Connection, order: StoredOrder) -> None:
    """Turn a held document live, whatever the credit limit says; nothing is allocated by it.

    Raises:
        Refusal: It is not on hold.
    """
    _turn(connection, order, ON_HOLD, LIVE, 1)


def _turn(
    connection: psycopg.Connection, order: StoredOrder, before: int, after: int, sign: int
) -> None:
    if order.status != before:
        raise Refusal(f"{order.name} is not {'live' if before == LIVE else 'on hold'}.")
    update(
        connection,
        "SOPOrderReturn",
        ("SOPOrderReturnID", order.id),
        {"DocumentStatusID": after},
    )
    if order.kind is Kind.ORDER:
        value = uninvoiced(connection, order.id, order.gross)
        add_live_value(connection, order.customer_id, sign * value)
    refresh_progress(connection, order.id)
