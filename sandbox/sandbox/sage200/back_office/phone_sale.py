"""An order taken over the phone: the customer names products, the desktop knows the rest."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from sandbox.sage200.orders.post import post_order
from sandbox.sage200.orders.wanted import read_order
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    import psycopg

    from sandbox.sage200.orders.post import Office


def sell(
    connection: psycopg.Connection,
    office: Office,
    account: str,
    quantities: Mapping[str, Decimal],
    customer_order_no: str = "",
    *,
    allocate: bool = False,
) -> str:
    """Enter an order by hand and return its number.

    Args:
        connection: The transaction.
        office: Who sells.
        account: Account number of the customer.
        quantities: What is sold, by stock code, at the customer's own prices.
        customer_order_no: The customer's number for it.
        allocate: Whether stock is allocated at once, as far as it is free.

    Raises:
        Refusal: A rule of orders is broken; nothing is kept.
    """
    customer_id = _id_of(
        connection,
        'select "SLCustomerAccountID" from dbo."SLCustomerAccount"'
        ' where lower("CustomerAccountNumber") = lower(%s)',
        account,
        "customer account",
    )
    lines: list[dict[str, Any]] = []
    for code, quantity in quantities.items():
        item_id = _id_of(
            connection,
            'select "ItemID" from dbo."StockItem" where lower("Code") = lower(%s)',
            code,
            "product",
        )
        line: dict[str, Any] = {
            "line_type": "EnumLineTypeStandard",
            "product_id": item_id,
            "line_quantity": quantity,
        }
        if allocate:
            line["to_allocate_quantity"] = quantity
        lines.append(line)
    body = {
        "customer_id": customer_id,
        "document_date": f"{datetime.now(timezone.utc):%Y-%m-%d}T00:00:00Z",
        "document_created_by": office.user.name,
        "lines": lines,
    }
    if customer_order_no:
        body["customer_document_no"] = customer_order_no
    order_id = post_order(connection, office, read_order(body))
    found = connection.execute(
        'select "DocumentNo" from dbo."SOPOrderReturn" where "SOPOrderReturnID" = %s', (order_id,)
    ).fetchone()
    return str(found[0]) if found else ""


def _id_of(connection: psycopg.Connection, query: str, code: str, what: str) -> int:
    found = connection.execute(query, (code,)).fetchone()
    if found is None:
        raise Refusal(f"There is no {what} '{code}'.")
    row_id: int = found[0]
    return row_id
