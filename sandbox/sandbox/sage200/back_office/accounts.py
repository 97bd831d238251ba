"""Putting customer accounts on hold, and releasing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    import psycopg


def hold_account(connection: psycopg.Connection, account: str, *, on_hold: bool) -> None:
    """Put an account on hold, or release it.

    Raises:
        Refusal: There is no such account.
    """
    changed = connection.execute(
        'update dbo."SLCustomerAccount" set "AccountIsOnHold" = %s'
        ' where lower("CustomerAccountNumber") = lower(%s)',
        (int(on_hold), account),
    )
    if not changed.rowcount:
        raise Refusal(f"There is no customer account '{account}'.")
