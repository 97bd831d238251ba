"""Sales orders (``sop_orders``): how they are looked up, sent, proved, and kept as drafts."""

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

SOP_ORDERS = "sop_orders"
LOOK_UP_FIELDS = (
    "id",
    "document_no",
    "customer_id",
    "customer_document_no",
    "document_status",
    "is_draft",
    "total_net_value",
    "total_tax_value",
    "total_gross_value",
)
ON_HOLD = "EnumDocumentStatusOnHold"
DRAFT = "EnumDocumentStatusDraft"


def found_order(body: Mapping[str, Any]) -> FoundDocument:
    """Read an order of ``/sop_orders``.

    Raises:
        KeyError: It has no ``id``.
    """
    status = str(body.get("document_status") or "")
    return FoundDocument(
        id=int(body["id"]),
        document_no=str(body.get("document_no") or ""),
        customer_id=None if body.get("customer_id") is None else int(body["customer_id"]),
        number=str(body.get("customer_document_no") or ""),
        net=money(body, "total_net_value"),
        tax=money(body, "total_tax_value"),
        gross=money(body, "total_gross_value"),
        held=status == ON_HOLD,
        is_draft=status == DRAFT or bool(body.get("is_draft")),
        as_sent={name: body[name] for name in LOOK_UP_FIELDS if name in body},
    )


@dataclass(frozen=True)
class SalesOrderRoute:
    """The way of sales orders.

    Attributes:
        draft_first: Send the order as a draft and make it live once its totals are proved, so
            that a wrong one can be deleted or kept back (``on_total_difference``).
    """

    draft_first: bool = False
    resource: str = SOP_ORDERS
    noun: str = "order"

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """Orders with the rows' numbers, of any account."""
        answer = client.get(
            SOP_ORDERS,
            filter=one_of("customer_document_no", [row.key.source_key for row in rows]),
            select=list(LOOK_UP_FIELDS),
            orderby="id",
            top=5000,
        )
        return [found_order(entry) for entry in answer if isinstance(entry, dict)]

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """Those with this number on this account; other accounts may use the same number."""
        customer = (row.document or {}).get("customer_id")
        return [
            order
            for order in found
            if order.number == row.key.source_key and order.customer_id == customer
        ]

    def send(self, client: Sage200Client, row: Row, observe: Observer) -> Outcome:
        """Post the order."""
        body = dict(row.document or {})
        if self.draft_first:
            body["is_editing"] = True
        return client.post(SOP_ORDERS, body, observe=observe)

    def read(self, row: Row, answer: Done) -> FoundDocument | None:
        """The order Sage made."""
        del row
        order = found_order(answer.body) if answer.body else None
        return order if order is not None and order.has_totals else None

    def finish(
        self, client: Sage200Client, row: Row, document: FoundDocument, observe: Observer
    ) -> Outcome:
        """Make a draft live; what is to be allocated must be asked for again."""
        lines = client.get(f"{SOP_ORDERS}/{document.id}", observe=observe)
        stored = lines.get("lines", []) if isinstance(lines, dict) else []
        wanted = (row.document or {}).get("lines", [])
        body = {
            "is_editing": False,
            "lines": [
                {"id": line["id"], "to_allocate_quantity": asked["to_allocate_quantity"]}
                for line, asked in zip(stored, wanted)
                if "to_allocate_quantity" in asked
            ],
        }
        return client.put(SOP_ORDERS, document.id, body, observe=observe)

    def discard(self, client: Sage200Client, document: FoundDocument, observe: Observer) -> Outcome:
        """Delete a draft."""
        return client.delete(SOP_ORDERS, document.id, observe=observe)
