"""Documents of the sales ledger: invoices and receipts.

Sage answers a post with a URN only, so what was made is read from ``sales_posted_transactions``,
by the order number in ``reference``. Nothing in the ledger can be changed or taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sage200_client.odata import eq, one_of_in_parts

from target_sage200.sage_documents import FoundDocument, money, same_account
from target_sage200.sage_orders import LOOK_UP_AT_ONCE, no_accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from outbox import Row
    from sage200_client.client import Sage200Client
    from sage200_client.odata import Filter
    from sage200_client.outcomes import Done, Outcome

    from target_sage200.sage_documents import Permit

SALES_INVOICES = "sales_invoices"
SALES_RECEIPTS = "sales_receipts"
POSTED = "sales_posted_transactions"
LOOK_UP_FIELDS = (
    "id",
    "urn",
    "customer_id",
    "trader_transaction_type",
    "reference",
    "document_goods_value",
    "document_tax_value",
    "document_gross_value",
)


@dataclass(frozen=True)
class LedgerRoute:
    """The way of one kind of ledger document.

    Attributes:
        ending: How the name of its transaction type ends (``TradingAccountEntryTypeInvoice``).
        web_accounts: Ids of the accounts that web orders go to by the tables in use.
    """

    resource: str
    noun: str
    ending: str
    web_accounts: Callable[[], AbstractSet[int]] = field(default=no_accounts, compare=False)
    at_once: int = LOOK_UP_AT_ONCE

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """Transactions of this type with the rows' references, on any account."""
        references = [reference_of(row) for row in rows]
        return [
            one
            for some in one_of_in_parts("reference", references)
            for one in self._where(client, some)
        ]

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """Those with this reference on this account, or on another one that web orders go to."""
        return [
            entry
            for entry in found
            if entry.number == reference_of(row)
            and (same_account(row, entry) or entry.customer_id in self.web_accounts())
        ]

    def find_accepted(self, client: Sage200Client, row: Row) -> list[FoundDocument]:
        """The transaction with the URN that Sage answered, whatever its reference."""
        urn = str((row.accepted or {}).get("urn") or "")
        return self._where(client, eq("urn", int(urn))) if urn.isdecimal() else []

    def _where(self, client: Sage200Client, condition: Filter) -> list[FoundDocument]:
        answer = client.get(
            POSTED, filter=condition, select=list(LOOK_UP_FIELDS), orderby="id", top=5000
        )
        return [
            _found(entry)
            for entry in answer
            if isinstance(entry, dict)
            and str(entry.get("trader_transaction_type")).endswith(self.ending)
        ]

    def send(self, client: Sage200Client, row: Row, permit: Permit) -> Outcome:
        """Post the document."""
        return client.post(
            self.resource,
            dict(row.document or {}),
            observe=permit.observe,
            may_leave=permit.may_leave,
        )

    def read(self, row: Row, answer: Done) -> None:
        """Nothing: the answer is a URN; the figures are in the posted transaction."""
        del row, answer


LEDGER_INVOICE = LedgerRoute(SALES_INVOICES, "invoice", "TypeInvoice")
LEDGER_RECEIPT = LedgerRoute(SALES_RECEIPTS, "receipt", "SalesReceipt")


def reference_of(row: Row) -> str:
    """The reference a row's document has in the ledger: the order number."""
    return row.group_key


def _found(entry: Mapping[str, Any]) -> FoundDocument:
    net, tax, gross = (money(entry, f"document_{name}_value") for name in ("goods", "tax", "gross"))
    return FoundDocument(
        id=int(entry["id"]),
        document_no=str(entry.get("urn") or ""),
        customer_id=None if entry.get("customer_id") is None else int(entry["customer_id"]),
        number=str(entry.get("reference") or ""),
        # Releases differ in the sign of credits; the type tells what it is.
        net=None if net is None else abs(net),
        tax=None if tax is None else abs(tax),
        gross=None if gross is None else abs(gross),
        held=False,
        is_draft=False,
        as_sent={name: entry[name] for name in LOOK_UP_FIELDS if name in entry},
    )
