"""The credit check: an order over the limit is held, not refused. Source: sections 5.5 and 8.9."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.sage_id.users import User

_POSTED = 2


def goes_over_limit(connection: psycopg.Connection, customer_id: int, gross: Decimal) -> bool:
    """Whether balance, live orders and this one go over the limit; a limit of 0 is none.

    The account is locked, so that two orders at a time can't both fit under it.
    """
    found = connection.execute(
        'select "CreditLimit" > 0'
        ' and "AccountBalance" + "ValueOfCurrentOrdersInSOP" + %s > "CreditLimit"'
        ' from dbo."SLCustomerAccount" where "SLCustomerAccountID" = %s for update',
        (gross, customer_id),
    ).fetchone()
    return found is not None and bool(found[0])


def uninvoiced(connection: psycopg.Connection, order_id: int, gross: Decimal) -> Decimal:
    """Return what of an order's gross no posted invoice has taken yet."""
    found = connection.execute(
        'select coalesce(sum("InvoicedGrossValue"), 0) from dbo."SOPInvoiceCredit"'
        ' where "SOPOrderReturnID" = %s and "DocumentStatusID" = %s',
        (order_id, _POSTED),
    ).fetchone()
    return gross - (found[0] if found else Decimal(0))


def may_override(user: User, *, asked: bool) -> bool:
    """Whether the order is placed all the same: it must be asked for, and permitted."""
    return asked and user.override_credit_holds


def add_live_value(connection: psycopg.Connection, customer_id: int, value: Decimal) -> None:
    """Add to (or take off) the value of the account's live orders."""
    if value:
        connection.execute(
            'update dbo."SLCustomerAccount"'
            ' set "ValueOfCurrentOrdersInSOP" = "ValueOfCurrentOrdersInSOP" + %s'
            ' where "SLCustomerAccountID" = %s',
            (value, customer_id),
        )
