"""Documents of the sales ledger: invoices and receipts.

Sage answers a post with a URN only, so what was made is read from ``sales_posted_transactions``,
by the order number in ``reference``. Nothing in the ledger can be changed or taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sage200_client.odata import one_of

from target_sage200.sage_documents import FoundDocument, money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outbox import Row
    from sage200_client.client import Sage200Client
    from sage200_client.exchange import Observer
    from sage200_client.outcomes import Done, Outcome

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
    """

    resource: str
    noun: str
    ending: str

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """Transactions of this type with the rows' references, on any account."""
        answer = client.get(
            POSTED,
            filter=one_of("reference", [reference_of(row) for row in rows]),
            select=list(LOOK_UP_FIELDS),
            orderby="id",
            top=5000,
        )
        return [
            _found(entry)
            for entry in answer
            if isinstance(entry, dict)
            and str(entry.get("trader_transaction_type")).endswith(self.ending)
        ]

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """Those with this reference on this account."""
        customer = (row.document or {}).get("customer_id")
        return [
            entry
            for entry in found
            if entry.number == reference_of(row) and entry.customer_id == customer
        ]

    def send(self, client: Sage200Client, row: Row, observe: Observer) -> Outcome:
        """Post the document."""
        return client.post(self.resource, dict(row.document or {}), observe=observe)

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
