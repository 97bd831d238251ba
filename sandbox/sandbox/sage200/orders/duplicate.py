"""Copying a document into a draft, as ``sop_orders_duplicate`` and ``sop_returns_duplicate`` do.

A return made from an order says so in its source columns and in SOPOrderReturnDocumentLink. Source:
sections 2.5 and 2.6; that the body of the returns' resource is that of the orders' is inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.sage200.orders import records
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.post import post_order
from sandbox.sage200.orders.stored import copied_lines, load_order
from sandbox.sage200.orders.wanted import read_order
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.stored import StoredOrder

_SLOTS = ", ".join(f'"AnalysisCode{n}" = s."AnalysisCode{n}"' for n in range(1, 21))
_HEADER = f"""
    update dbo."SOPOrderReturn" n
    set "CustomerDocumentNo" = s."CustomerDocumentNo", {_SLOTS}
    from dbo."SOPOrderReturn" s
    where n."SOPOrderReturnID" = %(copy)s and s."SOPOrderReturnID" = %(source)s
"""  # noqa: S608 - columns of this module
_LINES = f"""
    update dbo."SOPOrderReturnLine" n
    set {_SLOTS}
    from (
        select
            *,
            row_number() over (order by "PrintSequenceNumber", "SOPOrderReturnLineID") as place
        from dbo."SOPOrderReturnLine" where "SOPOrderReturnID" = %(source)s
    ) s
    where n."SOPOrderReturnID" = %(copy)s and n."PrintSequenceNumber" = s.place
"""  # noqa: S608 - columns of this module


def duplicate(
    connection: psycopg.Connection, office: Office, kind: Kind, sent: Mapping[str, Any]
) -> int:
    """Copy a document into a draft of a kind and return the draft's id.

    An order is copied from an order, a return from an order or a return.

    Args:
        connection: The transaction.
        office: Who does it.
        kind: What the copy is.
        sent: ``source_id``, ``customer_id`` and ``prices_and_discounts``.

    Raises:
        Refusal: There is no such document or account, or prices are in another currency.
    """
    source = _source(connection, kind, sent["source_id"])
    with_prices = bool(sent.get("prices_and_discounts", False))
    account = records.customer(connection, sent["customer_id"])
    owner = records.customer(connection, source.customer_id)
    if account.currency_id != owner.currency_id:
        raise Refusal(
            f"The field 'customer_id' is invalid: account '{account.number}' has another currency "
            f"than {source.kind.word} '{source.document_no}'."
        )
    body: dict[str, Any] = {
        "customer_id": account.id,
        "is_editing": True,
        "lines": copied_lines(connection, source, with_prices=with_prices),
    }
    if with_prices:
        body["document_discount_percent"] = source.discount_percent
    copy_id = post_order(connection, office, read_order(body), kind, source)
    ids = {"copy": copy_id, "source": source.id}
    connection.execute(_HEADER, ids)
    connection.execute(_LINES, ids)
    return copy_id


def _source(connection: psycopg.Connection, kind: Kind, source_id: int) -> StoredOrder:
    found = connection.execute(
        'select "DocumentTypeID" from dbo."SOPOrderReturn" where "SOPOrderReturnID" = %s'
        ' and "DocumentTypeID" = any(%s)',
        (source_id, [Kind.ORDER] if kind is Kind.ORDER else [Kind.ORDER, Kind.RETURN]),
    ).fetchone()
    if found is None:
        raise Refusal(f"The field 'source_id' is invalid: there is no document {source_id}.")
    return load_order(connection, source_id, Kind(found[0]))
