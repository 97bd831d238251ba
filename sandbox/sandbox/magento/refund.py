"""POST /V1/order/:id/refund and /V1/invoice/:id/refund."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from sandbox.magento.credit_memo import (
    SYMBOLS,
    Adjustments,
    add_up,
    new_credit_memo,
    shipping_to_refund,
    take_items,
)
from sandbox.magento.document_amounts import BASES, PENNY
from sandbox.magento.errors import MagentoError, not_found
from sandbox.magento.json_text import plain
from sandbox.magento.numbering import next_child_id, next_entity_id, next_increment_id
from sandbox.magento.order_lines import (
    add,
    carries_amounts,
    children,
    left_to_refund,
    number,
    refresh_copies,
    stock_quantities,
)
from sandbox.magento.order_state import resolve_state
from sandbox.magento.service_input import (
    amount,
    anything,
    objects,
    optional,
    properties,
)
from sandbox.magento.ship import COMMENT, QUANTITY, document_comment
from sandbox.magento.stock import DEFAULT_SOURCE, put_back
from sandbox.magento.transactions import is_gateway, refund_online

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

_ARGUMENTS = {
    "shipping_amount": amount,
    "adjustment_positive": amount,
    "adjustment_negative": amount,
    "extension_attributes": anything,
}
_PREFIX = "Creditmemo Document Validation Error(s):"
_NOT_REFUNDABLE = frozenset({"holded", "payment_review", "canceled"})
_NOTHING = Decimal("0.0001")
Quantities = list[tuple["Document", Decimal]]


def refund_order(shop: Shop, order_id: int, body: Document) -> str:
    """Make a credit memo for an order without a gateway; return its entity id.

    Raises:
        MagentoError: 404 no such order; 400 more than was paid, an unknown item, or a quantity or
            shipping amount too large.
    """
    with shop.transaction():
        order = shop.edit("orders", order_id)
        if order is None:
            raise not_found()
        return _refund(shop, order, None, body)


def refund_invoice(shop: Shop, invoice_id: int, body: Document) -> str:
    """Make a credit memo for an invoice; return its entity id.

    Raises:
        MagentoError: 404 no such invoice; 400 as for an order, and always for payment methods
            that can't refund.
    """
    with shop.transaction():
        invoice = shop.edit("invoices", invoice_id)
        if invoice is None:
            raise not_found()
        order = shop.edit("orders", invoice["order_id"])
        if order is None:
            raise not_found()
        if not is_gateway(order):
            raise MagentoError(400, f"{_PREFIX}\nWe can't create creditmemo for the invoice.")
        return _refund(shop, order, invoice, body)


def _refund(shop: Shop, order: Document, invoice: Document | None, body: Document) -> str:
    requested = [properties(raw, QUANTITY) for raw in objects(optional(body, "items"))]
    adjustments = _adjustments(optional(body, "arguments"))
    messages = []
    known = {item["item_id"] for item in order["items"]}
    if any(line["order_item_id"] not in known for line in requested):
        messages.append(
            "The creditmemo contains product item that is not part of the original order."
        )
    quantities = _quantities(shop, order, invoice, requested)
    shipping = shipping_to_refund(order, adjustments.shipping)
    if order["state"] in _NOT_REFUNDABLE:
        messages.append(
            f"A creditmemo can not be created when an order has a status of {order['status']}"
        )
    memo = new_credit_memo(shop, order, invoice, adjustments)
    add_up(order, memo, take_items(shop, order, memo, quantities), shipping)
    available = number(order, "base_total_paid") - number(order, "base_total_refunded")
    if number(memo, "base_grand_total") > available + _NOTHING:
        messages.append(f"The most money available to refund is {plain(available)}.")
    if messages:
        raise MagentoError(400, "\n".join([_PREFIX, *messages]))
    memo["entity_id"] = next_entity_id(shop, "creditmemos")
    memo["increment_id"] = next_increment_id(shop, "creditmemos", order["store_id"])
    for line in memo["items"]:
        line["entity_id"] = next_child_id(shop, "creditmemos", "items")
        line["parent_id"] = memo["entity_id"]
    comment = optional(body, "comment")
    if comment is not None and optional(body, "appendComment"):
        memo["comments"] = [
            document_comment(shop, "creditmemos", memo, properties(comment, COMMENT))
        ]
    online = invoice is not None and bool(optional(body, "isOnline"))
    transaction = refund_online(shop, order, memo) if online else None
    shop.put("creditmemos", memo)
    _return_goods(shop, order, quantities, adjustments.back_to_stock)
    _follow(shop, order, memo, transaction)
    return str(memo["entity_id"])


def _adjustments(raw: Any) -> Adjustments:
    given = properties(raw, _ARGUMENTS)
    extension = given["extension_attributes"]
    back = extension.get("return_to_stock_items") if isinstance(extension, dict) else None
    return Adjustments(
        given["shipping_amount"],
        given["adjustment_positive"] or Decimal(0),
        given["adjustment_negative"] or Decimal(0),
        frozenset(int(item_id) for item_id in back or ()),
    )


def _quantities(
    shop: Shop, order: Document, invoice: Document | None, requested: list[Document]
) -> Quantities:
    invoiced = None if invoice is None else {i["order_item_id"]: i["qty"] for i in invoice["items"]}
    wanted = {line["order_item_id"]: line["qty"] or Decimal(0) for line in requested}
    quantities: Quantities = []
    for item in order["items"]:
        left = left_to_refund(item)
        if invoiced is not None:
            left = min(left, Decimal(invoiced.get(item["item_id"], 0)))
        quantity = wanted.get(item["item_id"]) if requested else left
        if quantity is None:
            quantity = _followed(shop, order, item, wanted)
        if not item.get("is_qty_decimal"):
            quantity = Decimal(int(quantity))
        if quantity > left:
            raise MagentoError(
                400, 'We found an invalid quantity to refund item "%1".', [item["name"]]
            )
        if quantity > 0:
            quantities.append((item, quantity))
    return quantities


def _followed(shop: Shop, order: Document, item: Document, wanted: dict[int, Decimal]) -> Decimal:
    """Return the quantity of an item that was not named: children follow their parent."""
    for above in order["items"]:
        is_parent = above["item_id"] == item.get("parent_item_id")
        if is_parent and above["item_id"] in wanted and carries_amounts(shop, order, above):
            share = number(item, "qty_ordered") / number(above, "qty_ordered")
            return wanted[above["item_id"]] * share
    return Decimal(0)


def _return_goods(
    shop: Shop, order: Document, quantities: Quantities, back_to_stock: frozenset[int]
) -> None:
    for item, quantity in quantities:
        if item["item_id"] not in back_to_stock:
            continue
        source_code = _shipped_from(shop, order, item)
        for sku, goods in stock_quantities(order, item, quantity):
            put_back(shop, source_code, sku, goods)


def _shipped_from(shop: Shop, order: Document, item: Document) -> str:
    ids = {item["item_id"], item.get("parent_item_id")} | {
        below["item_id"] for below in children(order, item)
    }
    for shipment in shop.table("shipments").all():
        if shipment["order_id"] == order["entity_id"] and any(
            line["order_item_id"] in ids for line in shipment["items"]
        ):
            return str(shipment["extension_attributes"]["source_code"])
    return DEFAULT_SOURCE


def _follow(shop: Shop, order: Document, memo: Document, transaction: str | None) -> None:
    how = "online" if transaction else "offline"
    payment = order["payment"]
    for base in BASES:
        for name in ("subtotal", "tax", "discount", "discount_tax_compensation", "shipping"):
            key = base + (name if name == "subtotal" else f"{name}_amount")
            add(order, f"{base}{name}_refunded", number(memo, key))
        add(order, f"{base}shipping_tax_refunded", number(memo, f"{base}shipping_tax_amount"))
        for side in ("positive", "negative"):
            name = f"{base}adjustment_{side}"
            add(order, name, number(memo, name))
        exact = number(memo, f"{base}grand_total")
        # Only the sum of both is rounded, as in Magento.
        grand = exact.quantize(PENNY, rounding=ROUND_HALF_UP)
        add(order, f"{base}total_{how}_refunded", exact)
        add(order, f"{base}total_refunded", grand)
        add(payment, f"{base}amount_refunded", grand)
        add(payment, f"{base}shipping_refunded", number(memo, f"{base}shipping_amount"))
    if number(memo, "base_grand_total"):
        resolve_state(shop, order)
        order["updated_at"] = shop.stamp()
    _note(shop, order, memo, how, transaction)
    refresh_copies(order)
    shop.put("orders", order)


def _note(shop: Shop, order: Document, memo: Document, how: str, transaction: str | None) -> None:
    symbol = SYMBOLS.get(order.get("base_currency_code", ""), "")
    amount_text = number(memo, "base_grand_total").quantize(PENNY, rounding=ROUND_HALF_UP)
    tail = f' Transaction ID: "{transaction}"' if transaction else ""
    order["status_histories"].insert(
        0,
        {
            "comment": f"We refunded {symbol}{amount_text} {how}.{tail}",
            "created_at": shop.stamp(),
            "entity_id": next_child_id(shop, "orders", "status_histories"),
            "entity_name": "creditmemo",
            "is_customer_notified": 0,
            "is_visible_on_front": 0,
            "parent_id": order["entity_id"],
            "status": order["status"],
        },
    )
