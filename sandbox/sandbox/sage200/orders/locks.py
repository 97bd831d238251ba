"""Locks on orders and returns: rows of SYSActiveLock, as taken while a document is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.orders.store import delete, insert
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.counter import Ids
    from sandbox.sage200.orders.wanted import Value

_WHAT = "SOPOrderReturn"


def lock_order(connection: psycopg.Connection, counter: Ids, order_id: int, user_name: str) -> int:
    """Lock an order for a user and return the lock's id.

    Raises:
        Refusal: Somebody else holds it.
    """
    check_lock(connection, order_id, None)
    lock_id = counter.next("SYSActiveLock")
    row: dict[str, Value] = {
        "SYSActiveLockID": lock_id,
        "OptionName": _WHAT,
        "DataKey": order_id,
        "UserName": user_name,
    }
    insert(connection, "SYSActiveLock", [row])
    return lock_id


def check_lock(connection: psycopg.Connection, order_id: int, lock_id: int | None) -> None:
    """Refuse to go on where a lock is held that is not the caller's own.

    Raises:
        Refusal: With the name of who holds it.
    """
    found = connection.execute(
        'select "UserName" from dbo."SYSActiveLock" where "OptionName" = %s and "DataKey" = %s'
        ' and "SYSActiveLockID" is distinct from %s limit 1',
        (_WHAT, order_id, lock_id),
    ).fetchone()
    if found is not None:
        raise Refusal(f"The document is locked by user '{found[0]}'. Try again later.")


def unlock_order(connection: psycopg.Connection, lock_id: int) -> None:
    """Give a lock back."""
    delete(connection, "SYSActiveLock", ("SYSActiveLockID", lock_id))


def unlock_document(connection: psycopg.Connection, order_id: int) -> bool:
    """Take every lock off a document; return whether there was one."""
    taken = connection.execute(
        'delete from dbo."SYSActiveLock" where "OptionName" = %s and "DataKey" = %s',
        (_WHAT, order_id),
    )
    return taken.rowcount > 0
