"""What a change of a posted order means: a table of changes as Magento makes them."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from target_sage200.amendments import Change, classify
from target_sage200.magento_document import read_order
from target_sage200.mapping.address import delivery_address
from target_sage200.mapping.text import Trimmer

COUNTRIES = {"GB": "United Kingdom"}
NUMBER = "000000025"


def shipping_address(order: dict[str, Any]) -> dict[str, Any]:
    assigned = order["extension_attributes"]["shipping_assignments"][0]
    address: dict[str, Any] = assigned["shipping"]["address"]
    return address


def changed(order: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A later copy of the order; ``address_…`` changes its shipping address."""
    later = copy.deepcopy(order)
    for name, value in changes.items():
        if name.startswith("address_"):
            shipping_address(later)[name.removeprefix("address_")] = value
        else:
            later[name] = value
    return later


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Change.NONE),
        ({"status": "complete", "state": "complete"}, Change.NONE),
        ({"updated_at": "2026-11-23 10:00:00"}, Change.NONE),
        ({"total_refunded": Decimal("5.00"), "state": "closed"}, Change.NONE),
        ({"status_histories": [{"comment": "called"}]}, Change.NONE),
        ({"total_invoiced": Decimal("1.00")}, Change.NONE),
        ({"address_region": " "}, Change.NONE),
        ({"state": "canceled", "status": "canceled"}, Change.CANCELLED),
        (
            {"state": "canceled", "relation_child_id": "99", "address_city": "Hull"},
            Change.CANCELLED,
        ),
        ({"total_canceled": Decimal("2.00")}, Change.PARTLY_CANCELLED),
        ({"address_city": "Hull"}, Change.ADDRESS),
        ({"address_street": ["2 Low Road"]}, Change.ADDRESS),
        ({"address_telephone": "0113 1"}, Change.ADDRESS),
        ({"address_firstname": "Zoe"}, Change.ADDRESS),
        ({"address_country_id": "DE"}, Change.ADDRESS),
        ({"address_postcode": "12345678901"}, Change.UNREADABLE),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_change_is_classified(
    orders: dict[str, dict[str, Any]], changes: dict[str, Any], expected: Change
) -> None:
    posted = read_order(orders[NUMBER])
    sent = delivery_address(NUMBER, posted.delivery, posted.email, COUNTRIES, Trimmer("cp1252"))
    order = read_order(changed(orders[NUMBER], **changes))
    amendment = classify(order, sent, posted.total_canceled, COUNTRIES, "cp1252")
    assert amendment.change is expected
    assert bool(amendment.sentence) == (expected is not Change.NONE)
    assert (amendment.address is not None) == (expected is Change.ADDRESS)
    if amendment.address is not None:
        assert amendment.address != sent


def test_part_cancellation_known_at_posting_is_no_change(
    orders: dict[str, dict[str, Any]],
) -> None:
    order = read_order(changed(orders[NUMBER], total_canceled=Decimal("2.00")))
    assert classify(order, {}, Decimal("2.00"), COUNTRIES, "cp1252").change is Change.NONE


def test_route_without_an_address_has_none_to_change(orders: dict[str, dict[str, Any]]) -> None:
    order = read_order(changed(orders[NUMBER], address_city="Hull"))
    assert classify(order, {}, Decimal(0), COUNTRIES, "cp1252").change is Change.NONE


def test_cut_of_a_new_address_is_told(orders: dict[str, dict[str, Any]]) -> None:
    order = read_order(changed(orders[NUMBER], address_city="x" * 70))
    amendment = classify(order, {"city": "Leeds"}, Decimal(0), COUNTRIES, "cp1252")
    assert any("city" in note for note in amendment.trimmed)
