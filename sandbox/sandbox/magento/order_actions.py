"""Cancel, hold, unhold and comments of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.magento.errors import MagentoError, not_found
from sandbox.magento.json_text import plain
from sandbox.magento.numbering import next_child_id
from sandbox.magento.order_lines import carries_amounts, left_to_invoice, number, refresh_copies
from sandbox.magento.order_lines import part as share_of
from sandbox.magento.order_state import set_state
from sandbox.magento.service_input import anything, parameter, properties, text, whole

if TYPE_CHECKING:
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

_COMMENT = {
    "comment": text,
    "created_at": text,
    "entity_id": whole,
    "entity_name": text,
    "is_customer_notified": whole,
    "is_visible_on_front": whole,
    "parent_id": whole,
    "status": text,
    "extension_attributes": anything,
}
_UNHOLDABLE = frozenset({"canceled", "payment_review", "complete", "closed", "holded"})
_UNCANCELABLE = frozenset({"canceled", "payment_review", "complete", "closed", "holded"})
_BEYOND_THREE_BYTES = 0xFFFF


def cancel(shop: Shop, order_id: int) -> bool:
    """Cancel what is not invoiced; False where nothing can be cancelled.

    A partly invoiced order keeps its status.
    """
    with shop.transaction():
        order = _order(shop, order_id)
        if order["state"] in _UNCANCELABLE:
            return False
        if all(left_to_invoice(item) <= 0 for item in order["items"]):
            return False
        now = shop.stamp()
        for item in order["items"]:
            _cancel_item(shop, order, item, now)
        for base in ("", "base_"):
            _cancel_totals(order, base)
        if not number(order, "base_total_invoiced"):
            set_state(order, "canceled")
        _save(shop, order)
        return True


def hold(shop: Shop, order_id: int) -> bool:
    """Put an order on hold.

    Raises:
        MagentoError: 400, it is on hold, finished or cancelled.
    """
    with shop.transaction():
        order = _order(shop, order_id)
        if order["state"] in _UNHOLDABLE:
            raise MagentoError(400, "A hold action is not available.")
        order["hold_before_state"] = order["state"]
        order["hold_before_status"] = order["status"]
        set_state(order, "holded")
        _save(shop, order)
        return True


def unhold(shop: Shop, order_id: int) -> bool:
    """Take an order off hold.

    Raises:
        MagentoError: 400, it is not on hold.
    """
    with shop.transaction():
        order = _order(shop, order_id)
        if order["state"] != "holded":
            raise MagentoError(400, "You cannot remove the hold.")
        order["state"] = order.pop("hold_before_state", "new")
        order["status"] = order.pop("hold_before_status", "pending")
        _save(shop, order)
        return True


def add_comment(shop: Shop, order_id: int, body: Document) -> bool:
    """Add a comment to an order; the order's updated_at stays, and doubles are accepted.

    Raises:
        MagentoError: 404 no such order; 400 a status that is not the order's.
    """
    given = properties(parameter(body, "statusHistory"), _COMMENT)
    with shop.transaction():
        order = _order(shop, order_id)
        if given["status"] not in {None, order["status"]}:
            raise MagentoError(
                400,
                'Unable to add comment: The status "%1" is not part of the order status history.',
                [given["status"]],
            )
        comment = {
            "comment": three_byte_text(given["comment"]),
            "created_at": shop.stamp(),
            "entity_id": next_child_id(shop, "orders", "status_histories"),
            "is_customer_notified": given["is_customer_notified"],
            "is_visible_on_front": given["is_visible_on_front"] or 0,
            "parent_id": order_id,
            "status": order["status"],
        }
        order["status_histories"].insert(0, comment)
        shop.put("orders", order)
        return True


def three_byte_text(value: str | None) -> str | None:
    """Return text as the database's three-byte character set stores it: an emoji becomes ????."""
    if value is None:
        return None
    return "".join("????" if ord(c) > _BEYOND_THREE_BYTES else c for c in value)


def _order(shop: Shop, order_id: int) -> Document:
    order = shop.edit("orders", order_id)
    if order is None:
        raise not_found()
    return order


def _save(shop: Shop, order: Document) -> None:
    order["updated_at"] = shop.stamp()
    refresh_copies(order)
    shop.put("orders", order)


def _cancel_item(shop: Shop, order: Document, item: Document, now: str) -> None:
    left = left_to_invoice(item)
    if left <= 0:
        return
    item["qty_canceled"] = plain(number(item, "qty_canceled") + left)
    if carries_amounts(shop, order, item):
        for kind in ("tax", "discount_tax_compensation"):
            total, invoiced = number(item, f"{kind}_amount"), number(item, f"{kind}_invoiced")
            canceled = share_of(total, invoiced, left, number(item, "qty_ordered"), left)
            item[f"{kind}_canceled"] = plain(canceled)
    item["updated_at"] = now


def _cancel_totals(order: Document, base: str) -> None:
    rest: dict[str, Decimal] = {}
    for name in ("subtotal", "tax", "shipping", "discount"):
        whole_amount = number(order, base + (name if name == "subtotal" else f"{name}_amount"))
        rest[name] = abs(whole_amount) - abs(number(order, f"{base}{name}_invoiced"))
    if number(order, f"{base}total_invoiced"):
        # The first invoice takes all shipping, so nothing of it is left to cancel.
        rest["shipping"] = max(Decimal(0), rest["shipping"])
    for name, value in rest.items():
        if name == "shipping" and "shipping_description" not in order:
            continue
        order[f"{base}{name}_canceled"] = plain(value)
    left = number(order, f"{base}grand_total") - number(order, f"{base}total_paid")
    order[f"{base}total_canceled"] = plain(left)
