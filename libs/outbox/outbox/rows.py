"""What is in the outbox: states, keys, documents as they come in, decisions, rows."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal


class State(str, enum.Enum):
    """Where a document stands on its way to Sage 200."""

    WAITING = "waiting"
    """Not due yet (unpaid, on hold, too recent); decided again when something changes."""
    READY = "ready"
    """Mapped, complete, and free to be posted."""
    IN_FLIGHT = "in_flight"
    """A worker is posting it now, until its lease ends."""
    POSTED = "posted"
    """Sage 200 has it, and said so."""
    REJECTED = "rejected"
    """Sage or the mapping said no; a person or a mapping must act."""
    IN_DOUBT = "in_doubt"
    """It may or may not be in Sage 200; Sage is asked before anything is sent again."""
    IGNORED = "ignored"
    """A person decided that it is not to be posted."""
    SUPERSEDED = "superseded"
    """Another document took its place."""


UNDECIDED = (State.WAITING, State.READY, State.REJECTED)
"""States in which no request can be under way, so that the document may be mapped anew."""


@dataclass(frozen=True)
class Key:
    """What makes a document the same document.

    Attributes:
        kind: ``sales_order``, later ``credit_note``, ``receipt``.
        source: Name of the Magento installation.
        source_key: The number people know it by, for orders the increment id.
    """

    kind: str
    source: str
    source_key: str


@dataclass(frozen=True)
class SourceDocument:
    """A document as Magento gave it.

    Attributes:
        key: Its identity.
        source_id: Magento's ``entity_id``.
        body: The whole document; numbers are ``Decimal`` or ``int``, never ``float``.
        updated_at: Magento's own stamp, UTC; an older copy never replaces a newer one.
        exclusive: The number belongs to the ``source_id`` it came with first; the same number with
            another one becomes a row of its own (``NUMBER#entity ID``) and overwrites nothing.
        group: Documents of one group are never under way at one time: an order, its receipt,
            its cancellation. Without one a document is a group of its own.
    """

    key: Key
    source_id: int | None
    body: Mapping[str, Any]
    updated_at: datetime | None = None
    group: str | None = None
    exclusive: bool = False

    @property
    def group_key(self) -> str:
        """The group it belongs to; its own number where none is given."""
        return self.group or self.key.source_key


@dataclass(frozen=True)
class PaymentTransaction:
    """One payment transaction of Magento (``/V1/transactions``)."""

    transaction_id: int
    order_id: int
    txn_type: str
    txn_id: str | None = None
    parent_txn_id: str | None = None
    is_closed: bool | None = None
    created_at: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """What was decided about one undecided document.

    Attributes:
        state: ``waiting``, ``ready`` or ``rejected``.
        cause: Code of ``exception_causes.csv``; ``None`` only when ready.
        error: The sentence for the person who must act.
        detail: Parts of the figures, for the exception desk.
        amount: Gross in the document's currency.
        currency: ISO code.
        document: The body for Sage 200, when ready.
        trimmed: What was cut to fit Sage's field limits, one sentence each.
        route: The resource of Sage's API it goes to; ``None`` where a kind has only one.
    """

    state: State
    cause: str | None = None
    error: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    amount: Decimal | None = None
    currency: str | None = None
    document: Mapping[str, Any] | None = None
    trimmed: tuple[str, ...] = ()
    route: str | None = None


@dataclass(frozen=True)
class Row:
    """One row of ``sync.outbox``, as far as deciding and posting need it.

    Attributes:
        source_hash: Digest of ``source_document`` as it was stored.
        revision: Grows with everything that comes in for the row, payments included.
        accepted: What Sage answered when it took the document, where that could not be found
            there; such a document is not sent again unless a person says so.
    """

    id: int
    key: Key
    source_id: int | None
    state: State
    source_document: Mapping[str, Any]
    document: Mapping[str, Any] | None
    content_hash: str | None
    refused_hash: str | None
    amount: Decimal | None
    currency: str | None
    attempts: int
    cause: str | None
    detail: Mapping[str, Any] = field(default_factory=dict)
    route: str | None = None
    group_key: str = ""
    sage_id: int | None = None
    sage_document_no: str | None = None
    lease_owner: str | None = None
    source_hash: str = ""
    revision: int = 0
    accepted: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class SageDocument:
    """A document that is in Sage 200, as Sage states it (money in the document's currency)."""

    id: int
    document_no: str
    net: Decimal | None = None
    tax: Decimal | None = None
    gross: Decimal | None = None


@dataclass(frozen=True)
class Attempt:
    """One call about one document, for the audit log; never holds a secret."""

    action: str
    outcome: str
    request: Any = None
    response: Any = None
    status_code: int | None = None
    duration_ms: int | None = None
