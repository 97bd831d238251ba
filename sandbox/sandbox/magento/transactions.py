"""Payments of the two card gateways of the recorded shop, and what other methods can't do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.magento.json_text import magento_json
from sandbox.magento.numbering import next_entity_id

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

OFFLINE = frozenset({"checkmo", "banktransfer", "cashondelivery", "purchaseorder", "free"})
"""Methods Magento can neither capture nor refund online."""


def is_gateway(order: Document) -> bool:
    """Whether the order was paid by a method that makes transactions."""
    return order["payment"]["method"] not in OFFLINE


def capture(shop: Shop, order: Document, invoice: Document) -> None:
    """Take the money of an invoice at the gateway; other methods have no transaction."""
    if is_gateway(order):
        invoice["transaction_id"] = _add(shop, order, "capture", "cap", invoice)
        order["payment"]["last_trans_id"] = invoice["transaction_id"]


def refund_online(shop: Shop, order: Document, credit_memo: Document) -> str:
    """Give the money of a credit memo back at the gateway; return the transaction's own id."""
    credit_memo["transaction_id"] = _add(shop, order, "refund", "ref", credit_memo)
    order["payment"]["last_trans_id"] = credit_memo["transaction_id"]
    return str(credit_memo["transaction_id"])


def _add(shop: Shop, order: Document, kind: str, short: str, document: Document) -> str:
    transaction_id = next_entity_id(shop, "transactions")
    above = _parent(shop, order, kind)
    amount = document.get("base_grand_total", 0)
    transaction: Document = {
        "transaction_id": transaction_id,
        "parent_id": above["transaction_id"] if above else None,
        "order_id": order["entity_id"],
        "payment_id": order["payment"].get("entity_id"),
        "txn_id": f"bp-{short}-{transaction_id:012x}",
        "parent_txn_id": above["txn_id"] if above else None,
        "txn_type": kind,
        "is_closed": int(kind == "refund"),
        "additional_information": [magento_json({"amount": amount}).decode()],
        "created_at": shop.stamp(),
        "child_transactions": [],
    }
    if above is None:
        del transaction["parent_id"]
    else:
        above["child_transactions"].append(dict(transaction))
        shop.put("transactions", above)
    shop.put("transactions", transaction)
    return str(transaction["txn_id"])


def _parent(shop: Shop, order: Document, kind: str) -> Document | None:
    wanted = "authorization" if kind == "capture" else "capture"
    for row in shop.table("transactions").all():
        if row["order_id"] == order["entity_id"] and row["txn_type"] == wanted:
            return shop.edit("transactions", row["transaction_id"])
    return None
