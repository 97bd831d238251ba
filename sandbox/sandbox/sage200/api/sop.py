"""Writing orders and returns: post, change, discard, copy, hold and release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sandbox.sage200.orders.amend import amend_order
from sandbox.sage200.orders.discard import discard_draft
from sandbox.sage200.orders.duplicate import duplicate
from sandbox.sage200.orders.holding import hold_order, release_order
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.locks import check_lock
from sandbox.sage200.orders.post import post_order
from sandbox.sage200.orders.stored import load_order
from sandbox.sage200.orders.wanted import read_order
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.database import Database
    from sandbox.sage200.orders.post import Office

KINDS = {"sop_orders": Kind.ORDER, "sop_returns": Kind.RETURN}
"""Kind of document by resource."""
_LIVE, _ON_HOLD = "EnumDocumentStatusLive", "EnumDocumentStatusOnHold"


class ReadBody(Protocol):
    """Reads the body of the request as a shape of the contract, or refuses it."""

    def __call__(self, shape: str, *, whole: bool) -> dict[str, Any]:
        """Return the checked body; ``whole`` asks for the required fields too."""


def write_document(
    database: Database,
    office: Office,
    target: tuple[str, str, int | None],
    read: ReadBody,
) -> tuple[str, int | None] | None:
    """Do a write to ``sop_orders``, ``sop_returns`` or a resource named after one of them.

    Args:
        database: The company.
        office: Who asks.
        target: Method, resource, and id in the path.
        read: Gives the request's body.

    Returns:
        Resource and id of the document to answer, no id where nothing is answered; nothing at all
        where this is no such write.

    Raises:
        Refusal: A rule is broken.
    """
    method, resource, record_id = target
    name = next((known for known in KINDS if resource.startswith(known)), None)
    if name is None:
        return None
    kind, action = KINDS[name], resource[len(name) :]
    if action:
        with database.transaction() as connection:
            made = _special(connection, office, kind, (action, method), read)
        return None if made is None else (name, made)
    if method == "POST":
        wanted = read_order(read("sop_order", whole=True))
        with database.transaction() as connection:
            return name, post_order(connection, office, wanted, kind)
    document_id = record_id or 0
    if method == "PUT":
        wanted = read_order(read("sop_order", whole=False))
        amend_order(database, office, document_id, wanted, kind)
        return name, document_id
    with database.transaction() as connection:
        discard_draft(connection, office, document_id, kind)
    return name, None


def _special(
    connection: psycopg.Connection,
    office: Office,
    kind: Kind,
    action: tuple[str, str],
    read: ReadBody,
) -> int | None:
    if action == ("_duplicate", "POST"):
        sent = read("sop_order_duplicate_flags", whole=True)
        return duplicate(connection, office, kind, sent)
    if action == ("_new", "POST"):
        sent = read("sop_orders_new_request", whole=True)
        if "customer_id" not in sent:
            raise Refusal("The field 'customer_id' is required.")
        draft = read_order({"customer_id": sent["customer_id"], "is_editing": True})
        return post_order(connection, office, draft, kind)
    if action[0] == "_status":
        sent = read("sop_document_status_request", whole=True)
        return _set_status(connection, kind, sent["id"], sent["status"])
    return None


def _set_status(connection: psycopg.Connection, kind: Kind, document_id: int, status: str) -> int:
    document = load_order(connection, document_id, kind)
    check_lock(connection, document_id, None)
    if status == _ON_HOLD:
        hold_order(connection, document)
    elif status == _LIVE:
        release_order(connection, document)
    else:
        raise Refusal(f"The field 'status' must be {_LIVE} or {_ON_HOLD}, not '{status}'.")
    return document_id
