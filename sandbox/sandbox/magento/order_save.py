"""POST /V1/orders and PUT of an order's address: fields set from outside."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.magento.columns import ORDER_COLUMNS
from sandbox.magento.errors import MagentoError, not_found
from sandbox.magento.json_text import plain
from sandbox.magento.numbering import next_entity_id, number_order
from sandbox.magento.order_lines import number, refresh_copies
from sandbox.magento.service_input import anything, parameter, properties

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

_PARTS = ("items", "billing_address", "payment", "status_histories", "extension_attributes")
_ORDER = dict.fromkeys((*ORDER_COLUMNS, *_PARTS), anything)
_ADDRESS = dict.fromkeys(
    (
        "address_type",
        "city",
        "company",
        "country_id",
        "customer_address_id",
        "customer_id",
        "email",
        "entity_id",
        "extension_attributes",
        "fax",
        "firstname",
        "lastname",
        "middlename",
        "parent_id",
        "postcode",
        "prefix",
        "region",
        "region_code",
        "region_id",
        "street",
        "suffix",
        "telephone",
        "vat_id",
        "vat_is_valid",
        "vat_request_date",
        "vat_request_id",
        "vat_request_success",
    ),
    anything,
)
_NEW_ITEM = (
    "amount_refunded",
    "base_amount_refunded",
    "base_cost",
    "base_discount_amount",
    "base_discount_invoiced",
    "base_row_invoiced",
    "base_tax_amount",
    "base_tax_invoiced",
    "discount_amount",
    "discount_invoiced",
    "discount_percent",
    "free_shipping",
    "no_discount",
    "qty_backordered",
    "qty_canceled",
    "qty_invoiced",
    "qty_refunded",
    "qty_shipped",
    "row_invoiced",
    "row_weight",
    "tax_amount",
    "tax_invoiced",
    "tax_percent",
    "weight",
)
"""Columns of an order item that are 0 by default."""


def save_order(shop: Shop, body: Document) -> Document:
    """Set fields of an order, or make a new one; return the half-empty order Magento answers.

    Only what was given is in the answer and changes; any text is accepted as a status.

    Raises:
        MagentoError: 400, an unknown field, an order without payment, or an increment id that
            exists.
    """
    given = {
        k: v for k, v in properties(parameter(body, "entity"), _ORDER).items() if v is not None
    }
    with shop.transaction():
        order = shop.edit("orders", given.get("entity_id") or 0)
        if order is not None:
            return _update(shop, order, given)
        if not given.get("payment"):
            raise MagentoError(400, "Please provide payment for the order.")
        return _create(shop, given)


def save_address(shop: Shop, order_id: int, body: Document) -> Document:
    """Change an address of an order; the order's updated_at stays.

    Raises:
        MagentoError: 404, there is no such order or address.
    """
    given = {
        k: v for k, v in properties(parameter(body, "entity"), _ADDRESS).items() if v is not None
    }
    with shop.transaction():
        order = shop.edit("orders", order_id)
        if order is None:
            raise not_found()
        for address in _addresses(order):
            if address["entity_id"] == given.get("entity_id"):
                address.update(given)
                shop.put("orders", order)
                return address
        raise not_found()


def _addresses(order: Document) -> list[Document]:
    assignments = order.get("extension_attributes", {}).get("shipping_assignments", ())
    addresses = [order.get("billing_address"), *(a["shipping"].get("address") for a in assignments)]
    return [address for address in addresses if address is not None]


def _update(shop: Shop, order: Document, given: Document) -> Document:
    fields = {k: v for k, v in given.items() if k not in _PARTS and k != "entity_id"}
    if any(order.get(name) != value for name, value in fields.items()):
        order["updated_at"] = shop.stamp()
    order.update(fields)
    refresh_copies(order)
    shop.put("orders", order)
    answer: Document = {
        "base_grand_total": None,
        "base_total_due": 0,
        "billing_address_id": order.get("billing_address_id"),
        "created_at": order["created_at"],
        "customer_email": None,
        "entity_id": order["entity_id"],
        "grand_total": None,
        "total_due": 0,
        "updated_at": order["updated_at"],
        **fields,
    }
    return {
        **dict(sorted(answer.items())),
        "items": _bare_items(order),
        "billing_address": order.get("billing_address"),
        "payment": order.get("payment"),
        "status_histories": [],
    }


def _bare_items(order: Document) -> list[Document]:
    return [
        {k: v for k, v in item.items() if k != "extension_attributes"} for item in order["items"]
    ]


def _create(shop: Shop, given: Document) -> Document:
    # A refused order has used up its id all the same.
    entity_id = next_entity_id(shop, "orders")
    increment_id = given.get("increment_id")
    if any(row["increment_id"] == increment_id for row in shop.table("orders").all()):
        raise MagentoError(400, "Unique constraint violation found")
    order = number_order(shop, {**given, "entity_id": entity_id})
    for base in ("", "base_"):
        due = number(order, f"{base}grand_total") - number(order, f"{base}total_paid")
        order[f"{base}total_due"] = plain(due)
    order["protect_code"] = hashlib.md5(  # noqa: S324 - an identifier, not a secret
        str(order["increment_id"]).encode()
    ).hexdigest()
    order.setdefault("store_name", _store_name(shop, order["store_id"]))
    order["total_item_count"] = sum("parent_item_id" not in item for item in order["items"])
    address = order.setdefault("billing_address", {})
    address["entity_id"] = order["billing_address_id"] = _next_address_id(shop)
    address["parent_id"] = entity_id
    order["payment"] = {
        "account_status": None,
        "additional_information": [],
        "cc_last4": None,
        "entity_id": entity_id,
        "parent_id": entity_id,
        **order["payment"],
    }
    for item in order["items"]:
        _complete_item(item)
    answer = {**order, "items": [dict(item) for item in order["items"]]}
    for item in order["items"]:
        for name in _NEW_ITEM:
            item.setdefault(name, 0)
        item["extension_attributes"] = {"itemized_taxes": []}
    order["extension_attributes"] = {
        # An empty array of PHP is a list, also where others have an object.
        "shipping_assignments": [{"shipping": {"total": []}, "items": []}],
        "payment_additional_info": [],
        "applied_taxes": [],
        "item_applied_taxes": [],
        "converting_from_quote": False,
        "taxes": [],
        "additional_itemized_taxes": [],
    }
    refresh_copies(order)
    shop.put("orders", order)
    return answer


def _complete_item(item: Document) -> None:
    item.setdefault("original_price", item.get("price", 0))
    for base in ("", "base_"):
        row = number(item, f"{base}row_total") + number(item, f"{base}tax_amount")
        item.setdefault(f"{base}row_total_incl_tax", plain(max(row, Decimal(0))))


def _store_name(shop: Shop, store_id: int) -> str:
    view: Document = next(
        (v for v in shop.singles.get("storeViews", ()) if v["id"] == store_id), {}
    )
    names = []
    for kind, key in (("websites", "website_id"), ("storeGroups", "store_group_id")):
        rows = shop.singles.get(kind, ())
        names.append(next((r["name"] for r in rows if r["id"] == view.get(key)), ""))
    return "\n".join([*names, view.get("name", "")])


def _next_address_id(shop: Shop) -> int:
    # One table in Magento holds billing and shipping addresses of all orders.
    orders = shop.table("orders")

    def highest() -> int:
        ids = (a["entity_id"] for order in orders.all() for a in _addresses(order))
        return max((int(i) for i in ids), default=0)

    return shop.next_number("orders:addresses", highest)
