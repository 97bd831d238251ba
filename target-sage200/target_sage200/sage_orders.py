"""Sales orders (``sop_orders``): how they are looked up, sent, proved, and kept as drafts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage200_client.exceptions import ReportAnswer
from sage200_client.odata import eq, one_of_in_parts

from target_sage200.sage_documents import FoundDocument, money, same_account

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from outbox import Row
    from sage200_client.client import Sage200Client
    from sage200_client.odata import Filter
    from sage200_client.outcomes import Done, Outcome

    from target_sage200.sage_documents import Permit

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
CANCELLED = "EnumDocumentStatusCancelled"
LOOK_UP_AT_ONCE = 20


def no_accounts() -> AbstractSet[int]:
    """No account but a document's own counts."""
    return frozenset()


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
        is_cancelled=status == CANCELLED,
        as_sent={name: body[name] for name in LOOK_UP_FIELDS if name in body},
    )


@dataclass(frozen=True)
class SalesOrderRoute:
    """The way of sales orders.

    Attributes:
        draft_first: Send the order as a draft and make it live once its totals are proved, so
            that a wrong one can be deleted or kept back (``on_total_difference``).
        web_accounts: Ids of the accounts that web orders go to by the tables in use; asked only
            where a number is found on another account than the order's.
    """

    draft_first: bool = False
    web_accounts: Callable[[], AbstractSet[int]] = field(default=no_accounts, compare=False)
    resource: str = SOP_ORDERS
    noun: str = "order"
    at_once: int = LOOK_UP_AT_ONCE

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """Orders with the rows' numbers, of any account."""
        numbers = [row.key.source_key for row in rows]
        return [
            found_order(entry)
            for some in one_of_in_parts("customer_document_no", numbers)
            for entry in _orders_where(client, some)
        ]

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """Those with this number on this account, or on another one that web orders go to.

        Cancelled ones don't count: a person took them out. Of several, nor do those that were
        emptied, as far as others are left; a single one may be emptied on purpose, so it counts.
        """
        ours = [
            order
            for order in found
            if order.number == row.key.source_key
            and not order.is_cancelled
            and (same_account(row, order) or order.customer_id in self.web_accounts())
        ]
        return [order for order in ours if not order.is_empty] or ours

    def find_accepted(self, client: Sage200Client, row: Row) -> list[FoundDocument]:
        """The order with the id that Sage answered."""
        order_id = str((row.accepted or {}).get("id"))
        if not order_id.isdecimal():
            return []
        return [found_order(entry) for entry in _orders_where(client, eq("id", int(order_id)))]

    def send(self, client: Sage200Client, row: Row, permit: Permit) -> Outcome:
        """Post the order."""
        body = dict(row.document or {})
        if self.draft_first:
            body["is_editing"] = True
        return client.post(SOP_ORDERS, body, observe=permit.observe, may_leave=permit.may_leave)

    def read(self, row: Row, answer: Done) -> FoundDocument | None:
        """The order Sage made."""
        del row
        order = found_order(answer.body) if answer.body else None
        return order if order is not None and order.has_totals else None

    def finish(
        self, client: Sage200Client, row: Row, document: FoundDocument, permit: Permit
    ) -> Outcome:
        """Make a draft live; what is to be allocated must be asked for again."""
        draft = client.get(f"{SOP_ORDERS}/{document.id}", observe=permit.observe)
        stored = (draft.get("lines") if isinstance(draft, dict) else None) or ()
        wanted = (row.document or {}).get("lines") or ()
        body = {"is_editing": False, "lines": _allocations(stored, wanted, document)}
        return client.put(
            SOP_ORDERS,
            document.id,
            body,
            observe=permit.observe,
            may_leave=permit.may_leave,
        )

    def discard(self, client: Sage200Client, document: FoundDocument, permit: Permit) -> Outcome:
        """Delete a draft."""
        return client.delete(
            SOP_ORDERS, document.id, observe=permit.observe, may_leave=permit.may_leave
        )


def _orders_where(client: Sage200Client, condition: Filter) -> list[dict[str, Any]]:
    answer = client.get(
        SOP_ORDERS, filter=condition, select=list(LOOK_UP_FIELDS), orderby="id", top=5000
    )
    return [entry for entry in answer if isinstance(entry, dict)]


def _allocations(
    stored: Sequence[Mapping[str, Any]],
    wanted: Sequence[Mapping[str, Any]],
    document: FoundDocument,
) -> list[dict[str, Any]]:
    """Which stored line takes which stock: found by what it holds, since Sage may sort lines."""
    free = list(stored)
    found = []
    for asked in wanted:
        if "to_allocate_quantity" not in asked:
            continue
        line = next((one for one in free if _holds_the_same(one, asked)), None)
        if line is None:
            text = (
                f"Sage 200's draft {document.document_no} lacks the line for"
                f" {asked.get('line_quantity')} of product id {asked.get('product_id')} that was"
                " sent; make it live in Sage 200 by hand."
            )
            raise ReportAnswer(text)
        free.remove(line)
        found.append({"id": line["id"], "to_allocate_quantity": asked["to_allocate_quantity"]})
    return found


def _holds_the_same(line: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    return line.get("product_id") == asked.get("product_id") and all(
        Decimal(line.get(name) or 0) == Decimal(asked.get(name) or 0)
        for name in ("line_quantity", "selling_unit_price")
    )
