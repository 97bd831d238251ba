"""Customer accounts (``customers``): looked up by number and key, opened once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outbox.rows import Decision, Key, SourceDocument, State
from sage200_client.odata import one_of

from target_sage200.sage_documents import FoundDocument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outbox import Row
    from sage200_client.client import Sage200Client
    from sage200_client.exchange import Observer
    from sage200_client.outcomes import Done, Outcome

CUSTOMER = "customer"
CUSTOMERS = "customers"


@dataclass(frozen=True)
class CustomerRoute:
    """The way of accounts.

    Attributes:
        key_field: Where the customer's key is kept.
    """

    key_field: str
    resource: str = CUSTOMERS
    noun: str = "account"

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """Accounts with the rows' numbers."""
        answer = client.get(
            CUSTOMERS,
            filter=one_of("reference", [row.key.source_key for row in rows]),
            select=["id", "reference", "name", self.key_field],
            orderby="id",
            top=5000,
        )
        return [_found(entry) for entry in answer if isinstance(entry, dict)]

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """The one with this number and this customer's key."""
        key = (row.document or {}).get(self.key_field)
        number = row.key.source_key.casefold()
        return [
            account
            for account in found
            if account.number.casefold() == number and account.as_sent.get(self.key_field) == key
        ]

    def send(self, client: Sage200Client, row: Row, observe: Observer) -> Outcome:
        """Open the account."""
        return client.post(CUSTOMERS, dict(row.document or {}), observe=observe)

    def read(self, row: Row, answer: Done) -> FoundDocument | None:
        """The account Sage opened."""
        del row
        return _found(answer.body) if isinstance(answer.body, dict) else None


def account_document(source: str, body: Mapping[str, Any]) -> SourceDocument:
    """An account that is to be opened, as a document of its own."""
    return SourceDocument(Key(CUSTOMER, source, str(body["reference"])), 0, dict(body))


def decide_account(row: Row) -> Decision:
    """It may be opened at once."""
    return Decision(State.READY, document=row.source_document, route=CUSTOMERS)


def _found(entry: Mapping[str, Any]) -> FoundDocument:
    return FoundDocument(
        id=int(entry["id"]),
        document_no=str(entry.get("reference") or ""),
        customer_id=int(entry["id"]),
        number=str(entry.get("reference") or ""),
        net=None,
        tax=None,
        gross=None,
        held=False,
        is_draft=False,
        as_sent={name: value for name, value in entry.items() if isinstance(value, (str, int))},
    )
