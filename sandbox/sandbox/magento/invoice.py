"""POST /V1/order/:id/invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.magento.document_amounts import BASES, INVOICED, Line, take_amounts, total
from sandbox.magento.errors import MagentoError, not_found
from sandbox.magento.json_text import plain
from sandbox.magento.numbering import next_child_id, next_entity_id, next_increment_id
from sandbox.magento.order_lines import (
    add,
    carries_amounts,
    children,
    left_to_invoice,
    number,
    refresh_copies,
    shipping_address_id,
)
from sandbox.magento.order_state import can_invoice, resolve_state
from sandbox.magento.service_input import objects, optional, properties
from sandbox.magento.ship import COMMENT, QUANTITY, document_comment
from sandbox.magento.transactions import capture, is_gateway

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

PAID = 2
_NOT_INVOICEABLE = frozenset({"holded", "payment_review", "canceled", "complete", "closed"})
Quantities = list[tuple["Document", Decimal]]


def invoice(shop: Shop, order_id: int, body: Document) -> str:
    """Make an invoice over the given items, or all that is left; return its entity id.

    It ends paid, whatever ``capture`` says; for a card gateway only ``capture: true`` makes a
    transaction that shows the money.

    Raises:
        MagentoError: 404 no such order; 400 a quantity too large, or nothing to invoice.
    """
    with shop.transaction():
        order = shop.edit("orders", order_id)
        if order is None:
            raise not_found()
        requested = [properties(raw, QUANTITY) for raw in objects(optional(body, "items"))]
        quantities = _quantities(order, requested)
        messages = _findings(shop, order, quantities)
        if messages:
            raise MagentoError(400, "\n".join(["Invoice Document Validation Error(s):", *messages]))
        document = _new_invoice(shop, order)
        counted = []
        for item, quantity in quantities:
            target = _invoice_item(item, quantity, next_child_id(shop, "invoices", "items"))
            target["parent_id"] = document["entity_id"]
            document["items"].append(target)
            if carries_amounts(shop, order, item):
                counted.append(Line(item, quantity, target))
        take_amounts(counted, INVOICED)
        for item, quantity in quantities:
            add(item, "qty_invoiced", quantity)
            item["updated_at"] = document["created_at"]
        _add_up(order, document, [line.target for line in counted])
        document["total_qty"] = plain(sum((q for _, q in quantities), Decimal(0)))
        comment = optional(body, "comment")
        if comment is not None and optional(body, "appendComment"):
            document["comments"] = [
                document_comment(shop, "invoices", document, properties(comment, COMMENT))
            ]
        if optional(body, "capture"):
            capture(shop, order, document)
        shop.put("invoices", document)
        _follow(shop, order, document)
        return str(document["entity_id"])


def _quantities(order: Document, requested: list[Document]) -> Quantities:
    if not requested:
        left = [(item, left_to_invoice(item)) for item in order["items"]]
        return [(item, quantity) for item, quantity in left if quantity > 0]
    wanted = {line["order_item_id"]: line["qty"] or Decimal(0) for line in requested}
    quantities: Quantities = []
    for item in order["items"]:
        quantity = wanted.get(item["item_id"])
        if quantity is None:
            continue
        if not item.get("is_qty_decimal"):
            quantity = Decimal(int(quantity))
        if quantity > left_to_invoice(item):
            raise MagentoError(
                400, 'We found an invalid quantity to invoice item "%1".', [item["name"]]
            )
        if quantity > 0:
            quantities.append((item, quantity))
            for below in children(order, item):
                if below["item_id"] not in wanted:
                    share = number(below, "qty_ordered") / number(item, "qty_ordered")
                    quantities.append((below, quantity * share))
    return quantities


def _findings(shop: Shop, order: Document, quantities: Quantities) -> list[str]:
    messages = []
    if not quantities:
        messages.append(
            "The invoice can't be created without products. Add products and try again."
        )
    if order["state"] in _NOT_INVOICEABLE:
        messages.append(
            f"An invoice cannot be created when an order has a status of {order['status']}"
        )
    elif not can_invoice(shop, order):
        messages.append("The order does not allow an invoice to be created.")
    return messages


def _new_invoice(shop: Shop, order: Document) -> Document:
    now = shop.stamp()
    document: Document = {
        "base_currency_code": order.get("base_currency_code"),
        "base_to_global_rate": order.get("base_to_global_rate"),
        "base_to_order_rate": order.get("base_to_order_rate"),
        "billing_address_id": order.get("billing_address_id"),
        "can_void_flag": None if is_gateway(order) else 0,
        "created_at": now,
        "entity_id": next_entity_id(shop, "invoices"),
        "global_currency_code": order.get("global_currency_code"),
        "increment_id": next_increment_id(shop, "invoices", order["store_id"]),
        "order_currency_code": order.get("order_currency_code"),
        "order_id": order["entity_id"],
        "shipping_address_id": shipping_address_id(order),
        "state": PAID,
        "store_currency_code": order.get("store_currency_code"),
        "store_id": order["store_id"],
        "store_to_base_rate": 0,
        "store_to_order_rate": 0,
        "updated_at": now,
        "items": [],
        "comments": [],
    }
    if order.get("discount_description") is not None:
        document["discount_description"] = order["discount_description"]
    return {key: value for key, value in document.items() if value is not None}


def _invoice_item(item: Document, quantity: Decimal, entity_id: int) -> Document:
    line: Document = {
        "base_cost": item.get("base_cost"),
        "base_price": item.get("base_price"),
        "entity_id": entity_id,
        "name": item.get("name"),
        "parent_id": 0,
        "price": item.get("price"),
        "product_id": item.get("product_id"),
        "sku": item["sku"],
        "order_item_id": item["item_id"],
        "qty": plain(quantity),
    }
    return {key: value for key, value in line.items() if value is not None}


def _add_up(order: Document, document: Document, counted: list[Document]) -> None:
    for base in BASES:
        # The first invoice takes all the shipping; later ones don't show any.
        first = f"{base}shipping_invoiced" not in order
        shipping = number(order, f"{base}shipping_amount") if first else Decimal(0)
        shipping_tax = number(order, f"{base}shipping_tax_amount") if first else Decimal(0)
        hidden = shipping_compensation(order, base) if first else Decimal(0)
        discount = number(order, f"{base}shipping_discount_amount") if first else Decimal(0)
        subtotal = total(counted, f"{base}row_total")
        tax = total(counted, f"{base}tax_amount") + shipping_tax
        compensation = total(counted, f"{base}discount_tax_compensation_amount")
        discount += total(counted, f"{base}discount_amount")
        document[f"{base}subtotal"] = plain(subtotal)
        document[f"{base}subtotal_incl_tax"] = plain(total(counted, f"{base}row_total_incl_tax"))
        document[f"{base}tax_amount"] = plain(tax)
        document[f"{base}discount_amount"] = plain(-discount)
        document[f"{base}discount_tax_compensation_amount"] = plain(compensation)
        document[f"{base}grand_total"] = plain(
            subtotal + shipping + tax + compensation + hidden - discount
        )
        if first:
            document[f"{base}shipping_amount"] = plain(shipping)
            document[f"{base}shipping_tax_amount"] = plain(shipping_tax)
            document[f"{base}shipping_incl_tax"] = order.get(f"{base}shipping_incl_tax", 0)
            document[compensation_name(base)] = plain(hidden)


def compensation_name(base: str) -> str:
    """Return the name of the shipping's discount tax compensation; the base one is cut short."""
    return f"{base}shipping_discount_tax_compensation_{'amnt' if base else 'amount'}"


def shipping_compensation(order: Document, base: str) -> Decimal:
    """Return the tax inside the discount on shipping."""
    return number(order, compensation_name(base))


def _follow(shop: Shop, order: Document, document: Document) -> None:
    payment = order["payment"]
    for base in BASES:
        for name in ("subtotal", "tax", "discount", "discount_tax_compensation", "shipping"):
            key = base + (name if name == "subtotal" else f"{name}_amount")
            add(order, f"{base}{name}_invoiced", number(document, key))
        grand = number(document, f"{base}grand_total")
        add(order, f"{base}total_invoiced", grand)
        add(order, f"{base}total_paid", grand)
        order[f"{base}total_due"] = plain(
            number(order, f"{base}grand_total") - number(order, f"{base}total_paid")
        )
        add(payment, f"{base}amount_paid", grand)
        add(payment, f"{base}shipping_captured", number(document, f"{base}shipping_amount"))
    resolve_state(shop, order)
    order["updated_at"] = shop.stamp()
    refresh_copies(order)
    shop.put("orders", order)
