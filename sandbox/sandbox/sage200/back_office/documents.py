"""Documents held, released, and open on somebody's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.back_office.orders import document_by_number
from sandbox.sage200.orders.holding import hold_order, release_order
from sandbox.sage200.orders.locks import check_lock, lock_order, unlock_document
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.orders.kind import Kind
    from sandbox.sage200.orders.post import Office


def open_document(
    connection: psycopg.Connection, office: Office, kind: Kind, document_no: str, user: str = ""
) -> None:
    """Lock a document as a user who has it open does; the API then writes nothing to it.

    Raises:
        Refusal: There is no such document, or somebody has it open already.
    """
    document = document_by_number(connection, kind, document_no)
    lock_order(connection, office.counter, document.id, user or office.user.name)


def close_document(connection: psycopg.Connection, kind: Kind, document_no: str) -> None:
    """Unlock a document, whoever has it open.

    Raises:
        Refusal: There is no such document, or nobody has it open.
    """
    document = document_by_number(connection, kind, document_no)
    if not unlock_document(connection, document.id):
        raise Refusal(f"{document.name} is open nowhere.")


def hold_document(
    connection: psycopg.Connection, kind: Kind, document_no: str, *, on_hold: bool
) -> None:
    """Put a live document on hold, or release a held one, whatever the credit limit says.

    Raises:
        Refusal: There is no such document, somebody has it open, or it is not live or on hold.
    """
    document = document_by_number(connection, kind, document_no)
    check_lock(connection, document.id, None)
    turn = hold_order if on_hold else release_order
    turn(connection, document)
