"""Setting transactions of an account against each other: an allocation session."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.ledger.posting import next_urn
from sandbox.sage200.orders.store import insert
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.wanted import Value

_ZERO = Decimal(0)
_TRANSACTIONS = """
    select
        "SLPostedCustomerTranID", "TransactionReference",
        "GoodsValueInAccountCurrency" + "TaxValue" - "AllocatedValue"
    from dbo."SLPostedCustomerTran"
    where "SLCustomerAccountID" = %s and "SLPostedCustomerTranID" = any(%s)
    order by "SLPostedCustomerTranID"
    for update
"""


@dataclass(frozen=True)
class Part:
    """How much of a transaction is allocated; positive whatever the transaction's side."""

    tran_id: int
    value: Decimal


def allocate_transactions(
    connection: psycopg.Connection,
    office: Office,
    customer_id: int,
    day: datetime,
    parts: Sequence[Part],
) -> int:
    """Allocate transactions against each other; return the session's URN.

    Raises:
        Refusal: A transaction is not the account's, has less outstanding, or both sides differ.
    """
    urn = next_urn(connection)
    outstanding = {
        tran_id: (reference, value)
        for tran_id, reference, value in connection.execute(
            _TRANSACTIONS, (customer_id, [part.tran_id for part in parts])
        )
    }
    signed: list[tuple[int, Decimal]] = []
    for number, part in enumerate(parts):
        path = f"allocation_lines[{number}]"
        if part.tran_id not in outstanding:
            raise Refusal(
                f"The field '{path}.posted_tran_id' is invalid: the account has no transaction "
                f"{part.tran_id}."
            )
        reference, left = outstanding[part.tran_id]
        if part.value <= 0 or part.value > abs(left):
            raise Refusal(
                f"The field '{path}.value_to_allocate' is invalid: {part.value} of transaction "
                f"'{reference}', which has {abs(left)} outstanding."
            )
        value = part.value if left > 0 else -part.value
        outstanding[part.tran_id] = (reference, left - value)
        signed.append((part.tran_id, value))
    if sum((value for _, value in signed), _ZERO):
        raise Refusal("The values to allocate do not balance: debits and credits must be the same.")
    _write(connection, office, customer_id, day, signed, urn)
    return urn


def _write(
    connection: psycopg.Connection,
    office: Office,
    customer_id: int,
    day: datetime,
    signed: Sequence[tuple[int, Decimal]],
    urn: int,
) -> None:
    header_id = office.counter.next("SLAllocationHeader")
    header: dict[str, Value] = {
        "SLAllocationHeaderID": header_id,
        "AllocationDate": day,
        "UserNumber": office.user.number,
        "UserName": office.user.name,
        "SLCustomerAccountID": customer_id,
        "UniqueReferenceNumber": urn,
        "IsComplete": 1,
    }
    insert(connection, "SLAllocationHeader", [header])
    rows: list[dict[str, Value]] = [
        {
            "SLAllocationTranID": office.counter.next("SLAllocationTran"),
            "SLAllocationHeaderID": header_id,
            "SLPostedCustomerTranID": tran_id,
            "AllocationValue": value,
        }
        for tran_id, value in signed
    ]
    insert(connection, "SLAllocationTran", rows)
    for tran_id, value in signed:
        connection.execute(
            'update dbo."SLPostedCustomerTran" set "AllocatedValue" = "AllocatedValue" + %(value)s,'
            ' "FullSettlementDate" = case when "GoodsValueInAccountCurrency" + "TaxValue"'
            ' = "AllocatedValue" + %(value)s then %(day)s::timestamp end'
            ' where "SLPostedCustomerTranID" = %(id)s',
            {"value": value, "day": day, "id": tran_id},
        )
