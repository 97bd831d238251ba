"""What follows from a change of a posted order: rows of their own in the outbox, or a cause on it.

Each action on Sage is a document of its own (``cancellation``, ``address_change``), so that it has
its own state, attempts and cause, and the same once-only discipline as the order itself.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from outbox.rows import Decision, Key, SourceDocument, State

from target_sage200.amendments import Amendment, Change, classify
from target_sage200.magento_document import MalformedOrderError, read_order
from target_sage200.sage_amendments import ADDRESS_CHANGE, CANCELLATION
from target_sage200.sage_orders import SOP_ORDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outbox import Outbox, Row

CHANGES = (CANCELLATION, ADDRESS_CHANGE)
MAY_GET_TO_SAGE = (State.READY, State.POSTED, State.IN_FLIGHT, State.IN_DOUBT)
"""States of an order that is in Sage, or may get there without anything else happening."""


def follow_up(outbox: Outbox, row: Row, countries: Mapping[str, str], encoding: str) -> Change:
    """Deal with one posted order whose source changed; return what the change was.

    Args:
        outbox: The queue; everything happens in one transaction.
        row: The posted order with its new source.
        countries: Sage's country names by ISO code.
        encoding: What the Sage database can hold.
    """
    with outbox.transaction():
        try:
            order = read_order(row.source_document)
        except MalformedOrderError as error:
            outbox.amendment_seen(row, "malformed_order", str(error))
            return Change.UNREADABLE
        amendment = classify(
            order,
            _address_in_sage(outbox, row),
            Decimal(row.detail.get("cancelled_in_magento", 0)),
            countries,
            encoding,
        )
        cause, error_text = _act(outbox, row, amendment)
        outbox.amendment_seen(row, cause, error_text)
    return amendment.change


def decision_of(row: Row) -> Decision:
    """The decision about a change: it may be sent at once."""
    body = row.source_document
    return Decision(
        State.READY,
        amount=None if body.get("amount") is None else Decimal(body["amount"]),
        currency=body.get("currency"),
        document={name: body[name] for name in ("sop_order_id", "address") if name in body},
        trimmed=tuple(body.get("trimmed", ())),
        route=SOP_ORDERS,
    )


def _act(outbox: Outbox, row: Row, amendment: Amendment) -> tuple[str | None, str | None]:
    """Put what is to be done into the queue; return cause and sentence where a person must act."""
    if amendment.change is Change.PARTLY_CANCELLED:
        return "part_cancelled_after_posting", amendment.sentence
    if amendment.change is Change.UNREADABLE:
        return "address_not_sent", amendment.sentence
    if amendment.change is Change.NONE:
        return None, None
    if (row.route or SOP_ORDERS) != SOP_ORDERS:
        # A ledger invoice can't be changed; what was posted has to be credited.
        return "cancelled_in_magento", amendment.sentence
    source, group = row.key.source, row.key.source_key
    outbox.supersede(ADDRESS_CHANGE, source, group)
    if amendment.change is Change.CANCELLED:
        outbox.receive([_document(row, Key(CANCELLATION, source, group), amendment)])
    else:
        number = len(outbox.group(ADDRESS_CHANGE, source, group)) + 1
        key = Key(ADDRESS_CHANGE, source, f"{group}#{number}")
        outbox.receive([_document(row, key, amendment)])
    return None, None


def _document(row: Row, key: Key, amendment: Amendment) -> SourceDocument:
    body: dict[str, Any] = {
        "sop_order_id": row.sage_id,
        "document_no": row.sage_document_no,
        "sentence": amendment.sentence,
        "amount": row.amount,
        "currency": row.currency,
    }
    if amendment.address is not None:
        body["address"] = dict(amendment.address)
        body["trimmed"] = list(amendment.trimmed)
    return SourceDocument(key, row.source_id or 0, body, group=row.key.source_key)


def _address_in_sage(outbox: Outbox, row: Row) -> Mapping[str, Any]:
    """The delivery address Sage has or is about to have."""
    address: Mapping[str, Any] = (row.document or {}).get("delivery_address") or {}
    for change in outbox.group(ADDRESS_CHANGE, row.key.source, row.key.source_key):
        if change.state not in {State.IGNORED, State.SUPERSEDED}:
            address = change.source_document["address"]
    return address


def number_taken(row: Row) -> Decision | None:
    """Refuse an order whose number another order of the shop had first.

    Magento's order numbers are unique within a store only. Sage is asked for an order by its
    number, so a second order with the same one could neither be found nor told apart.
    """
    number = str(row.source_document.get("increment_id") or "")
    if not number or row.key.source_key == number:
        return None
    if not row.key.source_key.startswith(f"{number}#"):
        return None
    return Decision(
        State.REJECTED,
        cause="number_used_twice",
        error=f"Order {number} (entity id {row.source_id}, store"
        f" {row.source_document.get('store_id')}): another order of the shop has this number"
        " already. Enter it by hand in Sage 200, and give the stores number prefixes of their own.",
    )


def replaces_live_order(outbox: Outbox, row: Row) -> str | None:
    """Say which order must be cancelled in Sage before this one may go there, if any.

    Magento edits an order by cancelling it and placing a new one. Were both in Sage, the goods
    would leave twice.
    """
    parent_id = row.source_document.get("relation_parent_id")
    if not parent_id:
        return None
    parent = outbox.by_source_id(row.key.kind, row.key.source, int(parent_id))
    if parent is None or parent.state not in MAY_GET_TO_SAGE:
        return None
    cancelled = outbox.group(CANCELLATION, row.key.source, parent.key.source_key)
    if any(change.state in {State.POSTED, State.IGNORED} for change in cancelled):
        return None
    return parent.key.source_key
