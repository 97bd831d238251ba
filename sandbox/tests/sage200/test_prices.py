"""Prices as Sage works them out: bands, their dates and currencies, then discounts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.sage200.prices.effective import (
    LIMITED,
    UNIVERSAL,
    BandPrice,
    Break,
    Discount,
    selling_price,
    unit_discount,
)

if TYPE_CHECKING:
    from collections.abc import Callable

D = Decimal
NOW = datetime(2026, 11, 20, 12)  # noqa: DTZ001 - Sage's stamps have no zone
BEFORE, AFTER = datetime(2026, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ([], "10"),
        ([BandPrice(UNIVERSAL, D(9))], "9"),
        ([BandPrice(UNIVERSAL, D(9), use_standard=True)], "10"),
        ([BandPrice(UNIVERSAL, D(9), active=False)], "10"),
        ([BandPrice(UNIVERSAL, D(9)), BandPrice(LIMITED, D(12))], "12"),
        ([BandPrice(LIMITED, D(12)), BandPrice(LIMITED, D(11))], "11"),
        ([BandPrice(LIMITED, D(8), starts=BEFORE, ends=AFTER)], "8"),
        ([BandPrice(LIMITED, D(8), starts=AFTER)], "10"),
        ([BandPrice(LIMITED, D(8), ends=BEFORE), BandPrice(UNIVERSAL, D(9))], "9"),
    ],
    ids=[
        "no band: the standard price",
        "the account's own band",
        "a band that says: use standard",
        "a band that is not active",
        "a limited band wins, even when dearer",
        "of several limited ones the lowest",
        "a limited band in its time",
        "a limited band before its time",
        "a limited band after its time",
    ],
)
def test_which_band_counts(bands: list[BandPrice], expected: str) -> None:
    assert selling_price(D(10), bands, NOW) == D(expected)


_GROUP = Break(D(0), D(5), of_product=False)


@pytest.mark.parametrize(
    ("quantity", "breaks", "expected"),
    [
        (1, [], Discount(D(0), D(0))),
        (1, [_GROUP], Discount(D("0.5"), D(5))),
        (10, [_GROUP, Break(D(10), D(8), of_product=False)], Discount(D("0.5"), D(5))),
        (11, [_GROUP, Break(D(10), D(8), of_product=False)], Discount(D("0.8"), D(8))),
        (1, [_GROUP, Break(D(0), D(2))], Discount(D("0.2"), D(2))),
        (1, [_GROUP, Break(D(4), D(20))], Discount(D("0.5"), D(5))),
        (1, [Break(D(0), D(0), D("2.5"))], Discount(D("2.5"), D(25))),
        (1, [Break(D(0), D(0), D(99))], Discount(D(10), D(100))),
    ],
    ids=[
        "none",
        "percent of the group",
        "a step begins above its quantity",
        "the highest step that is reached",
        "the product's own beats the group's",
        "the group's where the product's is not reached",
        "an amount per unit",
        "never more than the price",
    ],
)
def test_which_discount_counts(quantity: int, breaks: list[Break], expected: Discount) -> None:
    assert unit_discount(D(10), D(quantity), breaks) == expected


def enquiry(sage: Any, account: str, code: str, quantity: str = "1", **more: Any) -> Any:
    sent = {
        "customer_id": sage.id_of("customers", "reference", account),
        "product_id": sage.id_of("products", "code", code),
        "quantity": D(quantity),
        **more,
    }
    answer = sage.send("POST", "/customer_price_enquiry", sent)
    assert answer.status_code == 200, answer.text
    return answer.json(parse_float=Decimal)


@pytest.mark.parametrize(
    ("account", "code", "quantity", "price", "discounted", "total"),
    [
        ("WEBGBP", "BN-003", "2", "2.49", "2.49", "4.98"),
        ("HARG01", "BN-003", "2", "1.99", "1.99", "3.98"),
        ("WEBEUR", "BN-003", "2", "2.99", "2.99", "5.98"),
        ("WEBEUR", "TIER-1", "1", "11.737", "11.737", "11.74"),
        ("DALE01", "BN-008", "1", "6.99", "6.6405", "6.64"),
        ("DALE01", "BN-008", "11", "6.99", "6.46575", "71.12"),
        ("DALE01", "BN-005", "4", "3.66", "3.477", "13.91"),
        ("DALE01", "BN-005", "5", "3.66", "3.16", "15.80"),
        ("DALE01", "TEE-S", "1", "18.99", "18.99", "18.99"),
    ],
    ids=[
        "standard band",
        "limited band in force; the one that is over does not count",
        "band in the account's currency",
        "standard band at the currency's rate",
        "own band, discount of the product's group",
        "the next step of it",
        "discount of the product, not reached",
        "discount of the product, an amount",
        "band that says: use standard; no discount on this group",
    ],
)
def test_the_enquiry_and_an_order_without_price_agree(
    sage: Any, account: str, code: str, quantity: str, price: str, discounted: str, total: str
) -> None:
    answer = enquiry(sage, account, code, quantity)
    assert D(answer["unit_price"]) == D(price)
    assert D(answer["discounted_unit_price"]) == D(discounted)
    assert D(answer["total_discounted_price"]) == D(total)
    before = D(answer["total_price_before_discount"])
    assert before - D(answer["total_discount"]) == D(total)
    made = sage.post(sage.order(sage.standard(code, D(quantity)), account=account))
    (line,) = made["lines"]
    assert line["selling_unit_price"] == D(price)
    assert line["discounted_unit_price"] == D(discounted)
    assert line["line_total_value"] == D(total)
    assert line["selling_unit_price_overridden"] is False


@pytest.mark.parametrize(
    ("sent", "net"),
    [
        ({"selling_unit_price": D("6.99")}, "69.90"),
        ({"unit_discount_value": 0}, "69.90"),
        ({"unit_discount_percent": 10}, "62.91"),
    ],
    ids=["a typed price", "a typed discount of nothing", "a typed discount"],
)
def test_what_is_typed_ends_the_price_book(sage: Any, sent: dict[str, Any], net: str) -> None:
    made = sage.post(sage.order(sage.standard("BN-008", 10, **sent), account="DALE01"))
    assert made["lines"][0]["line_total_value"] == D(net)


def test_discounts_stop_where_the_settings_switch_them_off(
    change: Callable[..., None], sage: Any
) -> None:
    change("PriceBookSetting", UseQuantityBasedDiscounts=0, UseStockItemDiscounts=0)
    assert D(enquiry(sage, "DALE01", "BN-008", "11")["discounted_unit_price"]) == D("6.6405")
    change("PriceBookSetting", UseCustomerDiscountGroups=0)
    assert D(enquiry(sage, "DALE01", "BN-008", "11")["discounted_unit_price"]) == D("6.99")
    change("PriceBookSetting", UseLimitedPriceBands=0)
    assert D(enquiry(sage, "HARG01", "BN-003")["unit_price"]) == D("2.49")


def test_previous_prices_are_those_of_earlier_orders(sage: Any) -> None:
    line = sage.standard("BN-021", 2, selling_unit_price=D("40.00"))
    made = sage.post(sage.order(line, account="TRADE"))
    answer = enquiry(sage, "TRADE", "BN-021", include_previous_prices=True)
    (earlier,) = answer["previous_prices"]
    assert earlier["sop_document_no"] == made["document_no"]
    assert D(earlier["discounted_unit_price"]) == D(40)


@pytest.mark.parametrize(
    ("change_of", "why"),
    [
        ({"customer_id": 99}, "no customer 99"),
        ({"product_id": 99}, "no product 99"),
        ({"quantity": -1}, "negative"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_enquiry_about_nothing_is_refused(
    sage: Any, change_of: dict[str, Any], why: str
) -> None:
    body = {"customer_id": 1001, "product_id": 1001} | change_of
    assert why in sage.refusal(body, path="/customer_price_enquiry")


def test_the_available_document_discount_follows_the_value_of_the_goods(sage: Any) -> None:
    found = []
    for price in (500, 501, 1001):
        line = sage.standard("BN-001", 1, selling_unit_price=price)
        made = sage.post(sage.order(line, account="DALE01"))
        again = sage.get(f"/sop_orders/{made['id']}", expand="available_document_discount")
        found.append(again["available_document_discount_percent"])
    assert found == [0, 2, 3]


def test_the_available_discount_is_taken_when_asked_for_and_larger(sage: Any) -> None:
    ask = {"apply_available_document_discount_percent": True}

    def order(**more: Any) -> Any:
        line = sage.standard("BN-001", 1, selling_unit_price=600)
        return sage.order(line, account="DALE01", **more)

    assert sage.post(order())["subtotal_discount_value"] == 0
    assert sage.post(order(**ask))["subtotal_discount_value"] == 12
    made = sage.post(order(document_discount_percent=5, **ask))
    assert made["subtotal_discount_value"] == 30
    later = sage.post(order())
    changed = sage.send("PUT", f"/sop_orders/{later['id']}", ask).json(parse_float=Decimal)
    assert (changed["document_discount_percent"], changed["total_net_value"]) == (2, 588)
