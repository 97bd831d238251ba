"""The edge: a Magento order as JSON becomes a frozen ``Order`` with exact numbers.

Facts about the REST shape are in Magento's own behaviour (2.3.5 to 2.4.8): null values are left
out, ``row_total`` of order items is net of discount and floored, so the true net of a line is
``row_total_incl_tax - tax_amount``.
"""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from target_sage200.magento_options import options_in_words
from target_sage200.magento_order import ZERO, Address, AppliedTax, Item, Order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_sage200.magento_options import OptionWords

STORED_STEP = Decimal("0.0001")
"""Magento's database keeps money, quantities and percentages with 4 decimals."""
_LEAST_WITH_VAT = Decimal("0.15")
"""VAT of 5 % and more is at least a penny on amounts from about here."""
_MONEY_OF_A_ROW = ("row_total_incl_tax", "tax_amount", "discount_amount", "row_invoiced")


class MalformedOrderError(Exception):
    """The document is not an order as Magento gives it; the message names document and field."""


def read_order(
    body: Mapping[str, Any], catalogue: Mapping[int, OptionWords] = MappingProxyType({})
) -> Order:
    """Read an order.

    Args:
        body: The document of ``GET /V1/orders``; fractions must be ``Decimal``.
        catalogue: What custom options are called, by their ids.

    Raises:
        MalformedOrderError: A field that every order has is missing or has a wrong shape.
    """
    name = f"Order {body.get('increment_id') or body.get('entity_id') or '(no number)'}"
    try:
        return _order(body, catalogue)
    except KeyError as error:
        msg = f"{name}: field {error.args[0]!r} is missing. Is it a whole Magento order document?"
        raise MalformedOrderError(msg) from error
    except (TypeError, ValueError, InvalidOperation, AttributeError) as error:
        msg = f"{name}: it can't be read as a Magento order ({error})."
        raise MalformedOrderError(msg) from error


def _order(body: Mapping[str, Any], catalogue: Mapping[int, OptionWords]) -> Order:
    extension = body.get("extension_attributes") or {}
    shipping = _shipping_part(extension)
    address = shipping.get("address")
    totals = shipping.get("total") or body
    taxes = _applied_taxes(extension)
    payment = body["payment"]
    return Order(
        increment_id=str(body["increment_id"]),
        entity_id=int(body["entity_id"]),
        store_id=int(body["store_id"]),
        state=str(body["state"]),
        status=str(body["status"]),
        created_at=utc_stamp(body["created_at"]),
        currency=str(body["order_currency_code"]),
        base_currency=str(body["base_currency_code"]),
        customer_id=int(body["customer_id"]) if body.get("customer_id") else None,
        customer_group_id=int(body.get("customer_group_id") or 0),
        email=_text(body, "customer_email"),
        coupon_code=_text(body, "coupon_code"),
        grand_total=_number(body, "grand_total"),
        tax_amount=_number(body, "tax_amount"),
        total_paid=_number(body, "total_paid"),
        total_invoiced=_number(body, "total_invoiced"),
        tax_invoiced=_number(body, "tax_invoiced"),
        total_canceled=_number(body, "total_canceled"),
        total_refunded=_number(body, "total_refunded"),
        tax_refunded=_number(body, "tax_refunded"),
        # Magento writes the discount of an order below zero, that of its rows above.
        discount_refunded=-_number(body, "discount_refunded")
        - _number(body, "discount_tax_compensation_refunded"),
        adjustments_refunded=_number(body, "adjustment_positive")
        != _number(body, "adjustment_negative"),
        shipping_net=_number(totals, "shipping_amount")
        - _number(totals, "shipping_discount_amount")
        + _number(totals, "shipping_discount_tax_compensation_amount"),
        shipping_tax=_number(totals, "shipping_tax_amount"),
        shipping_invoiced=_number(body, "shipping_invoiced"),
        shipping_refunded=_number(body, "shipping_refunded"),
        shipping_tax_refunded=_number(body, "shipping_tax_refunded"),
        shipping_taxes=taxes.get(None, ()),
        shipping_method=str(shipping.get("method") or ""),
        shipping_description=_text(body, "shipping_description"),
        payment_method=str(payment["method"]),
        payment_reference=_text(payment, "last_trans_id"),
        purchase_order_number=_text(payment, "po_number"),
        billing=_address(body["billing_address"]),
        shipping=_address(address) if address else None,
        items=tuple(
            _item(item, taxes.get(int(item["item_id"]), ()), catalogue) for item in body["items"]
        ),
        is_virtual=body.get("is_virtual") != 0,
        pickup_source=_text(extension, "pickup_location_code"),
        gift_message=_gift_message(extension),
        document=body,
    )


def _item(
    body: Mapping[str, Any],
    taxes: tuple[AppliedTax, ...],
    catalogue: Mapping[int, OptionWords],
) -> Item:
    parent = body.get("parent_item_id")
    extension = body.get("extension_attributes") or {}
    tax = _number(body, "tax_amount")
    # REST puts fixed product taxes on top of the row; they are a total of their own.
    product_tax = _number(body, "weee_tax_applied_row_amount")
    net = _number(body, "row_total_incl_tax") - tax - product_tax
    invoiced = (
        _number(body, "row_invoiced")
        - _number(body, "discount_invoiced")
        + _number(body, "discount_tax_compensation_invoiced")
    )
    discount_refunded = _number(body, "discount_refunded") - _number(
        body, "discount_tax_compensation_refunded"
    )
    if net == ZERO:
        net = min(_net_before_floor(body, invoiced), ZERO)
    return Item(
        item_id=int(body["item_id"]),
        parent_item_id=None if parent is None else int(parent),
        sku=str(body["sku"]),
        name=str(body.get("name") or body["sku"]),
        product_type=str(body.get("product_type") or "simple"),
        quantity_ordered=_needed(body, "qty_ordered"),
        quantity_canceled=_number(body, "qty_canceled"),
        quantity_invoiced=_number(body, "qty_invoiced"),
        quantity_refunded=_number(body, "qty_refunded"),
        net=net,
        tax=tax,
        net_invoiced=invoiced,
        tax_invoiced=_number(body, "tax_invoiced"),
        net_refunded=_number(body, "amount_refunded") - discount_refunded,
        tax_refunded=_number(body, "tax_refunded"),
        discount_refunded=discount_refunded,
        tax_percent=_number(body, "tax_percent"),
        taxes=taxes or _itemized(extension.get("itemized_taxes"), "product"),
        options=options_in_words(body.get("product_option") or {}, catalogue),
        discount=_number(body, "discount_amount")
        - _number(body, "discount_tax_compensation_amount"),
        discount_invoiced=_number(body, "discount_invoiced")
        - _number(body, "discount_tax_compensation_invoiced"),
        gift_message=_gift_message(extension),
        has_money=any(_number(body, field) for field in _MONEY_OF_A_ROW),
    )


def _net_before_floor(body: Mapping[str, Any], invoiced: Decimal) -> Decimal:
    """Net of a row whose totals Magento floored at 0: a fixed discount may be larger than the row.

    An invoice tells the true figure; before one, price and discount do. Such a row has no VAT, so
    where prices include tax, all of that tax is compensation and the row including tax is its net.
    """
    quantity = _number(body, "qty_ordered")
    if _number(body, "qty_invoiced") == quantity:
        return invoiced
    price, with_tax = _number(body, "price"), _number(body, "price_incl_tax")
    discount = _number(body, "discount_amount")
    if with_tax * quantity == discount < _LEAST_WITH_VAT:
        # On so little VAT rounds to nothing, and no compensation tells what the price includes.
        return ZERO
    if not _number(body, "tax_percent"):
        # Both are the same price, but Magento rounds the one that it computed.
        price = min(price, with_tax, key=lambda one: int(one.normalize().as_tuple().exponent))
    elif _number(body, "discount_tax_compensation_amount") > ZERO:
        price = with_tax
    return price * quantity - discount


def _shipping_part(extension: Mapping[str, Any]) -> Mapping[str, Any]:
    assignments: Sequence[Mapping[str, Any]] = extension.get("shipping_assignments") or ()
    return (assignments[0].get("shipping") or {}) if assignments else {}


def _applied_taxes(extension: Mapping[str, Any]) -> dict[int | None, tuple[AppliedTax, ...]]:
    """Taxes by item id; those of shipping under ``None``."""
    found: dict[int | None, tuple[AppliedTax, ...]] = {}
    for entry in extension.get("item_applied_taxes") or ():
        key = None if entry.get("type") == "shipping" else entry.get("item_id")
        if key is None and entry.get("type") != "shipping":
            continue
        found[None if key is None else int(key)] = tuple(
            AppliedTax(str(tax["code"]), _number(tax, "percent"))
            for tax in entry.get("applied_taxes") or ()
        )
    if None not in found:
        carriage = _itemized(extension.get("additional_itemized_taxes"), "shipping")
        found.update({None: carriage} if carriage else {})
    return found


def _itemized(entries: Any, of_type: str) -> tuple[AppliedTax, ...]:
    """Taxes as some orders hold them instead, imported ones for instance."""
    return tuple(
        AppliedTax(str(tax["tax_code"]), _number(tax, "tax_percent"))
        for tax in entries or ()
        if tax.get("tax_code") and tax.get("taxable_item_type", of_type) == of_type
    )


def _gift_message(extension: Mapping[str, Any]) -> str:
    found: Mapping[str, Any] = extension.get("gift_message") or {}
    message = _text(found, "message")
    if not message:
        return ""
    names = [
        f"{word} {_text(found, field)}"
        for word, field in (("from", "sender"), ("to", "recipient"))
        if _text(found, field)
    ]
    return f"{' '.join(['Gift message', *names])}: {message}"


def _address(body: Mapping[str, Any]) -> Address:
    street = body.get("street") or ()
    return Address(
        firstname=_text(body, "firstname"),
        lastname=_text(body, "lastname"),
        company=_text(body, "company"),
        street=(street,) if isinstance(street, str) else tuple(str(line) for line in street),
        city=_text(body, "city"),
        region=_text(body, "region"),
        postcode=_text(body, "postcode"),
        country_id=_text(body, "country_id"),
        telephone=_text(body, "telephone"),
        email=_text(body, "email"),
        vat_id=_text(body, "vat_id"),
    )


def utc_stamp(value: str | datetime) -> datetime:
    """Read Magento's ``YYYY-MM-DD HH:MM:SS`` (UTC, no zone) or an ISO stamp."""
    stamp = (
        value
        if isinstance(value, datetime)
        else datetime.fromisoformat(value.replace("Z", "+00:00"))
    )
    return stamp.replace(tzinfo=timezone.utc) if stamp.tzinfo is None else stamp


def _needed(body: Mapping[str, Any], field: str) -> Decimal:
    """A number that every row has; without it goods would be left out.

    Raises:
        KeyError: It is missing.
    """
    if body.get(field) is None:
        raise KeyError(field)
    return _number(body, field)


def _number(body: Mapping[str, Any], field: str) -> Decimal:
    value = body.get(field)
    if value is None:
        return ZERO
    if type(value) is int:
        return Decimal(value)
    if isinstance(value, (float, bool)):
        msg = f"{field} is {type(value).__name__}, money must be exact"
        raise TypeError(msg)
    number = Decimal(value)
    if not number.is_finite():
        msg = f"{field} is {value}, not a number"
        raise TypeError(msg)
    # More decimals than are stored come from PHP's floats (1.7763568394003e-15 for nothing).
    stored = number.quantize(STORED_STEP, rounding=ROUND_HALF_UP)
    return number if stored == number else stored


def _text(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    return "" if value is None else str(value).strip()
