"""Accounts of customers that moved or are called otherwise: what their newest order says of them.

A change is a document of its own (``account_change``) in the group of its account, so that it has
its own state, cause and attempts. What people correct in Sage stays until the customer changes
something in Magento: an order is compared with what was sent last, not with what Sage holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outbox.rows import Decision, Key, SourceDocument, State

from target_sage200.sage_customers import ACCOUNT_CHANGE, CUSTOMER, CUSTOMERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outbox import Outbox, Row


def note_account(outbox: Outbox, order: Row, account: Mapping[str, Any]) -> None:
    """Put a change of an account into the queue, where an order tells one.

    Args:
        outbox: The queue; call it inside a transaction.
        order: The order's row.
        account: What the mapping says of its account (``account_update``).
    """
    source, number = order.key.source, str(account["reference"])
    changes = outbox.group(ACCOUNT_CHANGE, source, number)
    known = [*outbox.group(CUSTOMER, source, number), *changes]
    latest = max(known, key=lambda row: (row.source_id or 0, row.id), default=None)
    if latest is not None and (
        (latest.source_id or 0) > (order.source_id or 0)
        or _sent(latest) == _filled(account["details"])
    ):
        return
    outbox.supersede(ACCOUNT_CHANGE, source, number)
    key = Key(ACCOUNT_CHANGE, source, f"{number}#{len(changes) + 1}")
    outbox.receive([SourceDocument(key, order.source_id or 0, dict(account), group=number)])


def decide_account_change(row: Row) -> Decision:
    """It may be sent at once."""
    body = row.source_document
    return Decision(
        State.READY,
        document=body["details"],
        trimmed=tuple(body.get("trimmed", ())),
        route=CUSTOMERS,
    )


def _sent(row: Row) -> dict[str, Any]:
    """What was sent for an account, when it was opened or later."""
    body = row.source_document
    details: Mapping[str, Any] = body.get("details") or body
    names = ("name", "main_address", "telephone_subscriber_number", "country_code_id")
    return _filled({name: details[name] for name in names if name in details})


def _filled(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details without what is empty: a new account is sent without it, a change with it."""
    address = {name: value for name, value in details["main_address"].items() if value}
    return {**{name: value for name, value in details.items() if value}, "main_address": address}
