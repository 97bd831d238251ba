"""The durable queue of documents between Magento and Sage 200, kept in PostgreSQL."""

from outbox.rows import (
    Attempt,
    Decision,
    Key,
    PaymentTransaction,
    Row,
    SageDocument,
    SourceDocument,
    State,
)
from outbox.store import Outbox

__all__ = [
    "Attempt",
    "Decision",
    "Key",
    "Outbox",
    "PaymentTransaction",
    "Row",
    "SageDocument",
    "SourceDocument",
    "State",
]
