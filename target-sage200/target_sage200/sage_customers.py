"""Customer accounts (``customers``): looked up by number and key, opened once, and changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outbox.rows import Decision, Key, SourceDocument, State
from sage200_client.exceptions import FixRequest
from sage200_client.odata import one_of

from target_sage200.sage_documents import FoundDocument, NotPossible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outbox import Row
    from sage200_client.client import Sage200Client
    from sage200_client.exchange import Observer
    from sage200_client.outcomes import Done, Outcome

CUSTOMER = "customer"
CUSTOMERS = "customers"
ACCOUNT_CHANGE = "account_change"
GONE = 404
_PLAIN = ("name", "telephone_subscriber_number", "country_code_id")


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


@dataclass(frozen=True)
class AccountChangeRoute:
    """The way of changes: a ``PUT`` sets a state, so an account in doubt is read and set again."""

    resource: str = CUSTOMERS
    noun: str = "account"

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """The accounts of these rows that already are as they should be."""
        read = [(row, _read_account(client, row)) for row in rows]
        return [_found(account) for row, account in read if account and _holds(account, row)]

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """The account this row is about; several changes of one account find it more than once."""
        return [account for account in found if account.id == _account_id(row)][:1]

    def send(self, client: Sage200Client, row: Row, observe: Observer) -> Outcome | NotPossible:
        """Change the account."""
        if _read_account(client, row) is None:
            text = f"Account {row.group_key} is not in Sage 200 any more."
            return NotPossible("missing_in_sage", text)
        return client.put(CUSTOMERS, _account_id(row), dict(row.document or {}), observe=observe)

    def read(self, row: Row, answer: Done) -> FoundDocument | None:
        """The account after the change."""
        del row
        return _found(answer.body) if isinstance(answer.body, dict) else None


def account_document(source: str, order_id: int, body: Mapping[str, Any]) -> SourceDocument:
    """An account that is to be opened, as a document of its own.

    Args:
        source: Name of the Magento installation.
        order_id: Magento's id of the order that asks for it.
        body: The body of ``POST /customers``.
    """
    return SourceDocument(Key(CUSTOMER, source, str(body["reference"])), order_id, dict(body))


def decide_account(row: Row) -> Decision:
    """It may be opened at once."""
    return Decision(State.READY, document=row.source_document, route=CUSTOMERS)


def _account_id(row: Row) -> int:
    return int(row.source_document["customer_id"])


def _read_account(client: Sage200Client, row: Row) -> Mapping[str, Any] | None:
    try:
        answer = client.get(f"{CUSTOMERS}/{_account_id(row)}")
    except FixRequest as error:
        if error.status == GONE:
            return None
        raise
    return answer if isinstance(answer, dict) else None


def _holds(account: Mapping[str, Any], row: Row) -> bool:
    """Whether an account already has everything that a change sets."""
    wanted = row.source_document["details"]
    address = account.get("main_address") or {}
    return all(
        (account.get(name) or "") == value for name, value in wanted.items() if name in _PLAIN
    ) and all((address.get(name) or "") == value for name, value in wanted["main_address"].items())


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
