"""Customer accounts (``customers``): looked up by number and key, opened once, and changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from outbox.rows import Decision, Key, SourceDocument, State
from sage200_client.odata import eq, one_of_in_parts

from target_sage200.sage_documents import FoundDocument, NotPossible, folded
from target_sage200.sage_orders import LOOK_UP_AT_ONCE
from target_sage200.sage_reading import read_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outbox import Row
    from sage200_client.client import Sage200Client
    from sage200_client.odata import Filter
    from sage200_client.outcomes import Done, Outcome

    from target_sage200.sage_documents import Permit

CUSTOMER = "customer"
CUSTOMERS = "customers"
ACCOUNT_CHANGE = "account_change"
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
    at_once: int = LOOK_UP_AT_ONCE

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """Accounts with the rows' numbers."""
        numbers = [row.key.source_key for row in rows]
        return [
            one
            for some in one_of_in_parts("reference", numbers)
            for one in self._where(client, some)
        ]

    def find_accepted(self, client: Sage200Client, row: Row) -> list[FoundDocument]:
        """The account with the id that Sage answered, if it bears this customer's key."""
        account_id = str((row.accepted or {}).get("id"))
        if not account_id.isdecimal():
            return []
        return self.mine(row, self._where(client, eq("id", int(account_id))))

    def _where(self, client: Sage200Client, condition: Filter) -> list[FoundDocument]:
        answer = client.get(
            CUSTOMERS,
            filter=condition,
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

    def send(self, client: Sage200Client, row: Row, permit: Permit) -> Outcome:
        """Open the account."""
        return client.post(
            CUSTOMERS,
            dict(row.document or {}),
            observe=permit.observe,
            may_leave=permit.may_leave,
        )

    def read(self, row: Row, answer: Done) -> FoundDocument | None:
        """The account Sage opened."""
        del row
        return _found(answer.body) if isinstance(answer.body, dict) else None


@dataclass(frozen=True)
class AccountChangeRoute:
    """The way of changes: a ``PUT`` sets a state, so an account in doubt is read and set again."""

    resource: str = CUSTOMERS
    noun: str = "account"
    at_once: int = 1

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """The accounts of these rows that already are as they should be."""
        read = [(row, _read_account(client, row)) for row in rows]
        return [_found(account) for row, account in read if account and not _off(account, row)]

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """The account this row is about; several changes of one account find it more than once."""
        return [account for account in found if account.id == _account_id(row)][:1]

    def find_accepted(self, client: Sage200Client, row: Row) -> list[FoundDocument]:
        """The account as it is after the change that Sage took."""
        account = _read_account(client, row)
        return [] if account is None else [_shown(account, row)]

    def send(self, client: Sage200Client, row: Row, permit: Permit) -> Outcome | NotPossible:
        """Change the account."""
        if _read_account(client, row) is None:
            text = f"Account {row.group_key} is not in Sage 200 any more."
            return NotPossible("missing_in_sage", text)
        return client.put(
            CUSTOMERS,
            _account_id(row),
            dict(row.document or {}),
            observe=permit.observe,
            may_leave=permit.may_leave,
        )

    def read(self, row: Row, answer: Done) -> FoundDocument | None:
        """The account after the change."""
        return _shown(answer.body, row) if isinstance(answer.body, dict) else None


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
    return read_record(client, CUSTOMERS, _account_id(row))


def _off(account: Mapping[str, Any], row: Row) -> list[str]:
    """What of a change an account does not hold, as people read it."""
    wanted = row.source_document["details"]
    address = account.get("main_address") or {}
    pairs = [(name, wanted[name], account.get(name)) for name in _PLAIN if name in wanted]
    pairs += [(name, value, address.get(name)) for name, value in wanted["main_address"].items()]
    return [
        f"{name} is {there or ''!r} instead of {value!r}"
        for name, value, there in pairs
        if folded(there) != folded(value)
    ]


def _shown(account: Mapping[str, Any], row: Row) -> FoundDocument:
    found = _found(account)
    # An answer without an address does not tell what became of it.
    off = _off(account, row) if account.get("main_address") else []
    if not off:
        return found
    text = f"Account {row.group_key}: Sage 200 took the change and shows it otherwise: "
    return replace(found, differs=f"{text}{'; '.join(off)}.")


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
