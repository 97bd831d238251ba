"""The durable queue of documents between Magento and Sage 200, kept in PostgreSQL."""

from outbox.chosen import Chosen
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
    "Chosen",
    "Decision",
    "Key",
    "Outbox",
    "PaymentTransaction",
    "Row",
    "SageDocument",
    "SourceDocument",
    "State",
]
