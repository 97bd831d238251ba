"""POST /V1/order/:id/ship and /V1/shipment/track."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.magento.errors import MagentoError, not_found
from sandbox.magento.json_text import plain
from sandbox.magento.numbering import next_child_id, next_entity_id, next_increment_id
from sandbox.magento.order_lines import (
    add,
    carries_shipping,
    children,
    is_split,
    left_to_ship,
    number,
    parent,
    refresh_copies,
    shipping_address_id,
    stock_quantities,
)
from sandbox.magento.order_state import STOPPED, resolve_state, something_to_ship
from sandbox.magento.service_input import (
    amount,
    anything,
    objects,
    optional,
    parameter,
    properties,
    text,
    whole,
)
from sandbox.magento.stock import DEFAULT_SOURCE, deduct

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

QUANTITY = {"order_item_id": whole, "qty": amount, "extension_attributes": anything}
COMMENT = {"comment": text, "is_visible_on_front": whole, "extension_attributes": anything}
_ARGUMENTS = {"extension_attributes": anything}
_TRACK = {
    "track_number": text,
    "title": text,
    "carrier_code": text,
    "extension_attributes": anything,
}
_TRACK_ENTITY = {
    "order_id": whole,
    "created_at": text,
    "entity_id": whole,
    "parent_id": whole,
    "updated_at": text,
    "weight": amount,
    "qty": amount,
    "description": text,
    **_TRACK,
}


def ship(shop: Shop, order_id: int, body: Document) -> str:
    """Make a shipment; return its entity id.

    Quantities above what is left are cut down without a word, unknown items are left out if
    another is good, and the same call twice makes two shipments.

    Raises:
        MagentoError: 404 no such order; 400 nothing to ship, a state that forbids it, or a source
            that can't give the goods.
    """
    with shop.transaction():
        order = shop.edit("orders", order_id)
        if order is None:
            raise not_found()
        requested = [properties(raw, QUANTITY) for raw in objects(optional(body, "items"))]
        tracks = [properties(raw, _TRACK) for raw in objects(optional(body, "tracks"))]
        quantities, findings = _quantities(shop, order, requested)
        messages = _order_findings(shop, order)
        if not quantities:
            messages.append("You can't create a shipment without products.")
        messages += findings
        if not all(track["track_number"] for track in tracks):
            messages.append("Please enter a tracking number.")
        if messages:
            raise MagentoError(
                400, "\n".join(["Shipment Document Validation Error(s):", *messages])
            )
        source_code = _source_code(body)
        shipment = _new_shipment(shop, order, source_code)
        goods = [
            each
            for item, quantity in quantities
            for each in stock_quantities(order, item, quantity)
        ]
        if not deduct(shop, source_code, goods):
            raise MagentoError(400, "Could not save a shipment, see error log for details")
        _fill(shop, order, shipment, quantities)
        shipment["tracks"] = [_track(shop, shipment, track) for track in tracks]
        comment = optional(body, "comment")
        if comment is not None and optional(body, "appendComment"):
            shipment["comments"] = [
                document_comment(shop, "shipments", shipment, properties(comment, COMMENT))
            ]
        shop.put("shipments", shipment)
        _follow(shop, order)
        return str(shipment["entity_id"])


def add_track(shop: Shop, body: Document) -> Document:
    """Add a tracking number to a shipment; doubles are accepted.

    Raises:
        MagentoError: 400, the shipment or the order is not the right one.
    """
    given = properties(parameter(body, "entity"), _TRACK_ENTITY)
    with shop.transaction():
        shipment = shop.edit("shipments", given["parent_id"] or 0)
        if shipment is None or shipment["order_id"] != given["order_id"]:
            raise MagentoError(400, "Could not save the shipment tracking.")
        track = _track(shop, shipment, given)
        shipment["tracks"].append(track)
        shop.put("shipments", shipment)
        return track


def document_comment(shop: Shop, documents: str, document: Document, given: Document) -> Document:
    """Return a comment of a shipment, invoice or credit memo."""
    return {
        "is_customer_notified": 0,
        "parent_id": document["entity_id"],
        "comment": given["comment"],
        "is_visible_on_front": given["is_visible_on_front"] or 0,
        "created_at": shop.stamp(),
        "entity_id": next_child_id(shop, documents, "comments"),
    }


def _quantities(
    shop: Shop, order: Document, requested: list[Document]
) -> tuple[list[tuple[Document, Decimal]], list[str]]:
    """Return the items to ship with their quantities, and what is wrong with the request."""
    if not requested:
        shippable = [
            (item, left_to_ship(item))
            for item in order["items"]
            if carries_shipping(shop, order, item) and not item.get("is_virtual")
        ]
        return [(item, quantity) for item, quantity in shippable if quantity > 0], []
    by_id = {item["item_id"]: item for item in order["items"]}
    quantities, findings = [], []
    for line in requested:
        item = by_id.get(line["order_item_id"])
        if item is None or item.get("is_virtual"):
            continue
        if is_split(shop, item):
            findings.append(
                f'Cannot create shipment as bundle product "{item["sku"]}" has shipment type '
                '"Separately". Bundle product options should be shipped instead.'
            )
            continue
        wanted = line["qty"] or Decimal(0)
        if not item.get("is_qty_decimal"):
            wanted = Decimal(int(wanted))
        quantity = min(wanted, left_to_ship(item))
        if quantity > 0 and carries_shipping(shop, order, item):
            quantities.append((item, quantity))
    return quantities, findings


def _order_findings(shop: Shop, order: Document) -> list[str]:
    if order["state"] in STOPPED or order.get("is_virtual"):
        return [f"A shipment cannot be created when an order has a status of {order['status']}"]
    if not something_to_ship(shop, order):
        return ["The order does not allow a shipment to be created."]
    return []


def _source_code(body: Document) -> str:
    arguments = properties(optional(body, "arguments"), _ARGUMENTS)
    extension: Any = arguments["extension_attributes"]
    code = extension.get("source_code") if isinstance(extension, dict) else None
    return str(code or DEFAULT_SOURCE)


def _new_shipment(shop: Shop, order: Document, source_code: str) -> Document:
    now = shop.stamp()
    shipment: Document = {"billing_address_id": order["billing_address_id"], "created_at": now}
    if order.get("customer_id") is not None:
        shipment["customer_id"] = order["customer_id"]
    shipment |= {
        "entity_id": next_entity_id(shop, "shipments"),
        "increment_id": next_increment_id(shop, "shipments", order["store_id"]),
        "order_id": order["entity_id"],
        "packages": [],
        "shipping_address_id": shipping_address_id(order),
        "store_id": order["store_id"],
        "total_qty": 0,
        "updated_at": now,
        "items": [],
        "tracks": [],
        "comments": [],
        "extension_attributes": {"source_code": source_code},
    }
    return shipment


def _fill(
    shop: Shop,
    order: Document,
    shipment: Document,
    quantities: list[tuple[Document, Decimal]],
) -> None:
    now = shop.stamp()
    lines = list(quantities)
    for item, quantity in quantities:
        above = parent(order, item)
        if above is not None and all(line is not above for line, _ in lines):
            # The bundle itself comes along in front of its first part.
            share = quantity * number(above, "qty_ordered") / number(item, "qty_ordered")
            lines.insert(0, (above, min(share, left_to_ship(above))))
    for item, quantity in lines:
        add(item, "qty_shipped", quantity)
        item["updated_at"] = now
        if item.get("product_type") == "bundle" and not is_split(shop, item):
            for below in children(order, item):
                share = number(below, "qty_ordered") / number(item, "qty_ordered")
                add(below, "qty_shipped", quantity * share)
                below["updated_at"] = now
        shipment["items"].append(
            {
                "entity_id": next_child_id(shop, "shipments", "items"),
                "name": item.get("name"),
                "parent_id": shipment["entity_id"],
                "price": item.get("price"),
                "product_id": item.get("product_id"),
                "sku": item["sku"],
                "weight": item.get("weight", 0),
                "order_item_id": item["item_id"],
                "qty": plain(quantity),
            }
        )
    shipment["total_qty"] = plain(sum((q for _, q in quantities), Decimal(0)))


def _track(shop: Shop, shipment: Document, given: Document) -> Document:
    now = shop.stamp()
    return {
        "order_id": shipment["order_id"],
        "created_at": now,
        "entity_id": next_child_id(shop, "shipments", "tracks"),
        "parent_id": shipment["entity_id"],
        "updated_at": now,
        "weight": given.get("weight"),
        "qty": given.get("qty"),
        "description": given.get("description"),
        "track_number": given["track_number"],
        "title": given["title"],
        "carrier_code": given["carrier_code"],
    }


def _follow(shop: Shop, order: Document) -> None:
    status = order["status"]
    resolve_state(shop, order)
    if order["status"] != status:
        # A shipment that leaves the status as it is does not touch the order's updated_at.
        order["updated_at"] = shop.stamp()
    refresh_copies(order)
    shop.put("orders", order)
