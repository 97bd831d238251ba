"""Taking orders: numbers, payment, credit, permissions, allocation, and what is refused."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sandbox.sage200.counter import TransactionCounter
from sandbox.sage200.seed.orders import take_desktop_order

if TYPE_CHECKING:
    from collections.abc import Callable

PAID = {"payment_with_order": True}


def method(sage: Any, name: str = "Web card") -> int:
    return sage.id_of("sop_payment_methods", "name", name)


def test_the_published_vat_example_as_an_order(sage: Any) -> None:
    order = sage.post(sage.order(sage.free_text("10.43"), sage.free_text("0.83")))
    assert [line["line_tax_value"] for line in order["lines"]] == [
        Decimal("2.09"),
        Decimal("0.17"),
    ]
    assert order["total_tax_value"] == Decimal("2.25")
    assert order["total_gross_value"] == Decimal("13.51")


def test_numbers_have_ten_digits_follow_each_other_and_ignore_the_sent_one(sage: Any) -> None:
    first = sage.post(sage.order(sage.free_text("1"), document_no="MINE-1"))
    second = sage.post(sage.order(sage.free_text("1")))
    assert re.fullmatch(r"\d{10}", first["document_no"])
    assert int(second["document_no"]) == int(first["document_no"]) + 1


def test_a_refused_order_leaves_nothing_behind(sage: Any) -> None:
    before = sage.sql('select count(*) from dbo."SOPOrderReturn"')
    number = sage.sql('select "NextSOPOrderNumber" from dbo."SOPOrderNumber"')
    sage.refusal(sage.order(sage.standard("BN-001", to_allocate_quantity=1), sage.free_text("-99")))
    assert sage.sql('select count(*) from dbo."SOPOrderReturn"') == before
    assert sage.sql('select "NextSOPOrderNumber" from dbo."SOPOrderNumber"') == number


def test_typed_numbers_must_be_sent_and_new_where_automatic_ones_are_off(
    sage: Any, change: Callable[..., None]
) -> None:
    change("SOPSetting", AutoGenOrderReturnNos=0)
    assert "'document_no' is required" in sage.refusal(sage.order(sage.free_text("1")))
    body = sage.order(sage.free_text("1"), document_no="WEB-1")
    assert sage.post(body)["document_no"] == "WEB-1"
    assert "order 'WEB-1' exists" in sage.refusal(body)


def test_a_customer_document_no_may_be_there_twice(sage: Any) -> None:
    body = sage.order(sage.free_text("1"), customer_document_no="000000777")
    made = {sage.post(body)["id"], sage.post(body)["id"]}
    found = sage.get("/sop_orders", filter="customer_document_no eq '000000777'", select="id")
    assert {row["id"] for row in found} == made
    view = "/sop_order_return_views"
    assert len(sage.get(view, filter="customer_document_no eq '000000777'")) == 2


def test_read_only_totals_are_ignored_or_refused_by_switch(
    sage: Any, play: Callable[..., Any]
) -> None:
    body = sage.order(sage.free_text("1"), total_tax_value=99, external_reference="WEB")
    assert sage.post(body)["total_tax_value"] == Decimal("0.20")
    strict = play(refuse_read_only=True).sign_in()
    text = strict.refusal(body)
    assert "'total_tax_value' is read-only" in text
    assert "'external_reference' is read-only" in text


def test_the_answer_is_the_order_with_everything_that_was_sent(sage: Any) -> None:
    sent = sage.order(
        sage.standard("BN-001"),
        {
            "line_type": "EnumLineTypeComment",
            "description": "Gift: Ünï",
            "show_on_customer_docs": True,
        },
        customer_document_no="000000042",
        analysis_code_2="web",
        order_priority="B",
        document_created_by="Web shop",
        requested_delivery_date="2026-11-25T00:00:00Z",
        delivery_address={
            "postal_name": "A Buyer",
            "address_1": "1 High St",
            "city": "Leeds",
            "postcode": "LS1 1AA",
            "country": "United Kingdom",
            "telephone_number": "0113 000000",
        },
        memos=[{"note": "ch_3Nx"}],
    )
    order = sage.post(sent)
    assert order == sage.get(f"/sop_orders/{order['id']}")
    for name in (
        "customer_document_no",
        "analysis_code_2",
        "order_priority",
        "document_created_by",
    ):
        assert order[name] == sent[name]
    assert order["document_status"] == "EnumDocumentStatusLive"
    assert order["use_invoice_address"] is False
    assert sent["delivery_address"].items() <= order["delivery_address"].items()
    assert order["memos"][0]["note"] == "ch_3Nx"
    assert order["memos"][0]["created_by"] == "connector"
    assert [line["line_type"] for line in order["lines"]] == [
        "EnumLineTypeStandard",
        "EnumLineTypeComment",
    ]
    assert order["document_date"] == "2026-11-20T00:00:00.000"


def test_without_an_address_the_invoice_address_is_used(sage: Any) -> None:
    order = sage.post(sage.order(sage.free_text("1")))
    assert (order["use_invoice_address"], order["delivery_address"]) == (True, None)


def test_a_stored_address_is_copied_onto_the_order(sage: Any) -> None:
    stored = sage.get("/customer_delivery_addresses", filter="description eq 'Yard'")[0]
    body = sage.order(sage.free_text("1"), customer_delivery_address_id=stored["id"])
    assert "has no delivery address" in sage.refusal(body)
    order = sage.post(body | {"customer_id": stored["customer_id"]})
    assert order["use_invoice_address"] is False
    copied = order["delivery_address"]
    assert (copied["address_1"], copied["postcode"]) == ("Dock Lane", "BD17 7SR")
    assert copied["telephone_number"] == stored["telephone"]
    found = sage.get(f"/customers/{stored['customer_id']}/customer_delivery_addresses")
    assert [row["id"] for row in found] == [stored["id"]]


def test_payment_with_order_in_full_and_in_part(sage: Any) -> None:
    full = sage.post(
        sage.order(
            sage.free_text("10"), **PAID, payment_method_id=method(sage), payment_reference="ch_1"
        )
    )
    assert (full["payment_value"], full["payment_reference"]) == (Decimal("12.00"), "ch_1")
    part = sage.post(
        sage.order(
            sage.free_text("10"),
            **PAID,
            payment_method_id=method(sage),
            payment_type="EnumSOPOrderPaymentTypePart",
            payment_value=Decimal(5),
        )
    )
    assert part["payment_undeclared"] == Decimal("7.00")
    view = sage.get("/sop_order_return_views", filter=f"id eq {full['id']}")[0]
    assert view["payment_method_name"] == "Web card"
    assert sage.sql('select "LineTotalValue" from dbo."SOPPayment" order by 1 desc limit 1') == [
        (Decimal("12.00"),)
    ]


@pytest.mark.parametrize(
    ("payment", "part"),
    [
        ({}, "payment_method_id"),
        ({"payment_method_id": 999}, "payment_method_id"),
        ({"method": "Online card"}, "online card method"),
        ({"method": "Web card", "payment_value": Decimal("11.99")}, "document total is 12.00"),
        ({"method": "Web card", "payment_value": -1}, "must not be negative"),
        ({"method": "Web card", "payment_type": "Half"}, "'payment_type' must be one of"),
        (
            {"method": "Web card", "payment_type": "EnumSOPOrderPaymentTypePart"},
            "required for a part payment",
        ),
    ],
)
def test_a_payment_that_sage_refuses(sage: Any, payment: Any, part: str) -> None:
    sent = dict(payment)
    if "method" in sent:
        sent["payment_method_id"] = method(sage, sent.pop("method"))
    assert part in sage.refusal(sage.order(sage.free_text("10"), **PAID, **sent))


def test_warnings_about_payments_can_be_suppressed(sage: Any) -> None:
    body = sage.order(
        sage.free_text("10"),
        **PAID,
        payment_method_id=method(sage),
        payment_value=Decimal(1),
        suppress_warnings=True,
    )
    assert sage.post(body)["payment_value"] == Decimal("1.00")


def test_payments_can_be_switched_off(sage: Any, change: Callable[..., None]) -> None:
    change("SOPSetting", AllowPaymentWithOrder=0)
    body = sage.order(sage.free_text("10"), **PAID, payment_method_id=method(sage))
    assert "not allowed by the SOP settings" in sage.refusal(body)


def test_payments_are_in_base_currency_unless_switched(sage: Any, play: Callable[..., Any]) -> None:
    body = sage.order(
        sage.free_text("10"), account="WEBEUR", **PAID, payment_method_id=method(sage)
    )
    assert "base currency only" in sage.refusal(body)
    free = play(payments_base_currency_only=False).sign_in()
    assert free.post(body)["payment_value"] == Decimal("12.00")


@pytest.mark.parametrize(
    ("order", "part"),
    [
        ({"customer_id": 999999}, "there is no customer 999999"),
        ({"promised_delivery_date": "2026-11-19T00:00:00Z"}, "before the document date"),
        ({"document_discount_percent": 100}, "from -99.99 to 99.99"),
        ({"exchange_rate": 2}, "must be 1 in the base currency"),
        ({"use_invoice_address": True, "delivery_address": {}}, "'use_invoice_address' must be f"),
        ({"customer_delivery_address_id": 5}, "has no delivery address 5"),
        ({"customer_type": "EnumCustomerTypeCash"}, "is not the cash account"),
        ({"customer_type": "EnumCustomerTypeProspect"}, "cannot be 'EnumCustomerTypeProspect'"),
        ({"cash_account_invoice_address": {"postal_name": "x"}}, "needs a cash order"),
    ],
)
def test_a_header_that_sage_refuses(sage: Any, order: Any, part: str) -> None:
    assert part in sage.refusal(sage.order(sage.free_text("10")) | order)


@pytest.mark.parametrize(
    ("column", "part"), [("AccountIsOnHold", "is on hold"), ("SYSAccountStatusID", "is not active")]
)
def test_an_account_on_hold_or_hidden_takes_no_order(sage: Any, column: str, part: str) -> None:
    change = f'update dbo."SLCustomerAccount" set "{column}" = %s'
    change += " where \"CustomerAccountNumber\" = 'TRADE'"
    sage.sql(change, 1)
    try:
        assert part in sage.refusal(sage.order(sage.free_text("1"), account="TRADE"))
    finally:
        sage.sql(change, 0)


def test_a_cash_order_carries_the_buyers_own_name(sage: Any, change: Callable[..., None]) -> None:
    body = sage.order(
        sage.free_text("1"),
        account="CASH",
        customer_type="EnumCustomerTypeCash",
        cash_account_invoice_address={"postal_name": "B Walker", "city": "York"},
    )
    order = sage.post(body)
    assert order["customer_type"] == "EnumCustomerTypeCash"
    assert order["cash_account_invoice_address"]["postal_name"] == "B Walker"
    change("SOPSetting", AllowCashOrders=0)
    assert "Cash orders are not allowed" in sage.refusal(body)


def test_cities_exist_only_where_addresses_are_segmented(
    sage: Any, change: Callable[..., None]
) -> None:
    change("SYSSetting", UseSegmentedAddress=0)
    body = sage.order(sage.free_text("1"), delivery_address={"city": "Leeds"})
    assert "'delivery_address.city'" in sage.refusal(body)


@pytest.mark.parametrize("percent", [10, Decimal("-2.5")])
def test_a_document_discount_lowers_or_raises_goods_not_charges(sage: Any, percent: Any) -> None:
    charge = {"line_type": "EnumLineTypeCharge", "code": "CARR"}
    order = sage.post(sage.order(sage.free_text("100"), charge, document_discount_percent=percent))
    assert order["subtotal_discount_value"] == Decimal(percent)
    assert order["total_net_value"] == Decimal(105) - Decimal(percent)


def held(sage: Any, gross_net: str, **more: Any) -> Any:
    return sage.post(sage.order(sage.free_text(gross_net), account="DALE01", **more))


def test_an_order_over_the_credit_limit_is_held_not_refused(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company()).sign_in()
    within = held(sage, "100")
    assert within["document_status"] == "EnumDocumentStatusLive"
    over = held(sage, "200")
    assert over["document_status"] == "EnumDocumentStatusOnHold"
    assert over["is_credit_limit_exceeded"] is True
    customer = sage.get("/customers", filter="reference eq 'DALE01'")[0]
    assert customer["value_of_current_orders_in_sop"] == Decimal("120.00")
    exactly = held(sage, "108.33")
    assert exactly["document_status"] == "EnumDocumentStatusLive"
    overridden = held(sage, "200", override_on_hold=True)
    assert overridden["document_status"] == "EnumDocumentStatusLive"
    not_permitted = play(sage.company_url).sign_in("no-prices")
    order = held(not_permitted, "200", override_on_hold=True)
    assert order["document_status"] == "EnumDocumentStatusOnHold"


def test_a_held_order_allocates_nothing(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company()).sign_in()
    body = sage.order(sage.standard("TRADE-DRUM", 2, to_allocate_quantity=2), account="DALE01")
    order = sage.post(body)
    assert order["document_status"] == "EnumDocumentStatusOnHold"
    assert order["lines"][0]["allocated_quantity"] == 0


def test_a_limit_of_0_is_no_limit(sage: Any) -> None:
    order = sage.post(sage.order(sage.free_text("999999")))
    assert order["document_status"] == "EnumDocumentStatusLive"


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ({"selling_unit_price": 1}, {}),
        ({"unit_discount_value": 1}, {}),
        ({"unit_discount_percent": 1}, {}),
        ({}, {"document_discount_percent": 1}),
    ],
)
def test_a_price_or_discount_needs_the_permission(
    play: Callable[..., Any], line: Any, order: Any
) -> None:
    sage = play().sign_in("no-prices")
    text = sage.refusal(sage.order(sage.standard("BN-001", **line), **order))
    assert "'no-prices' does not have permission to override prices and discounts" in text


def test_without_the_permission_prices_are_left_to_sage(play: Callable[..., Any]) -> None:
    sage = play().sign_in("no-prices")
    charge = {"line_type": "EnumLineTypeCharge", "code": "CARR", "selling_unit_price": 3}
    order = sage.post(
        sage.order(sage.standard("BN-010", unit_discount_value=0), sage.free_text("2"), charge)
    )
    assert order["total_net_value"] == Decimal("15.01")


def test_orders_of_a_customer_are_found_under_it(sage: Any) -> None:
    order = sage.post(sage.order(sage.free_text("1"), account="TRADE"))
    customer = order["customer_id"]
    found = sage.get(f"/customers/{customer}/sop_orders", select="id")
    assert order["id"] in {row["id"] for row in found}
    lines = sage.get(f"/sop_orders/{order['id']}/sop_order_lines")
    assert lines == order["lines"]
    line = lines[0]["id"]
    assert sage.get(f"/sop_orders/{order['id']}/sop_order_lines/{line}") == lines[0]
    assert sage.get(f"/sop_order_lines/{line}") == lines[0]


def test_the_phone_orders_of_the_demo_company(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company()).sign_in()
    found = sage.get("/sop_orders", orderby="id", expand="customer")
    assert [
        (row["document_no"], row["customer"]["reference"], row["customer_document_no"])
        for row in found
    ] == [("0000000001", "HARG01", "PO-4471"), ("0000000002", "WEBGBP", "000099999")]
    assert {row["document_created_by"] for row in found} == {"Janet"}


def test_an_order_can_be_taken_at_the_desktop_by_a_tests_own_hand(sage: Any) -> None:
    body = sage.order(sage.standard("BN-001", to_allocate_quantity=1), account="HARG01")
    with psycopg.connect(sage.company_url) as connection:
        order_id = take_desktop_order(connection, TransactionCounter(connection), body)
    order = sage.get(f"/sop_orders/{order_id}", expand="customer")
    assert order["document_created_by"] == "desktop"
    assert order["customer"]["reference"] == "HARG01"
    assert order["lines"][0]["allocated_quantity"] == 1


def test_an_account_is_opened(sage: Any) -> None:
    answer = sage.send(
        "POST",
        "/customers",
        {
            "reference": "new01",
            "name": "New Trader",
            "credit_limit": Decimal(100),
            "currency_id": sage.id_of("currencies", "name", "Euro"),
            "payment_terms_basis": "PaymentDueFromEndOfMonth",
            "main_address": {"address_1": "1 Rue Verte", "city": "Lille"},
        },
    )
    assert answer.status_code == 200, answer.text
    account = answer.json()
    assert (account["reference"], account["short_name"]) == ("NEW01", "New Trad")
    assert account["payment_terms_basis"] == "PaymentDueFromEndOfMonth"
    assert account["main_address"]["city"] == "Lille"


def test_an_account_is_changed_where_it_is_told_to(sage: Any) -> None:
    body = {"reference": "NEW03", "name": "Old Name", "spare_text_1": "key"}
    body["main_address"] = {"address_1": "1 Rue Verte", "address_2": "Cour B", "city": "Lille"}
    account = sage.send("POST", "/customers", body).json()
    change = {"name": "New Name", "main_address": {"address_1": "2 Quai", "address_2": ""}}
    changed = sage.send("PUT", f"/customers/{account['id']}", change)
    assert changed.status_code == 200, changed.text
    now = sage.get(f"/customers/{account['id']}")
    assert (now["name"], now["reference"], now["spare_text_1"]) == ("New Name", "NEW03", "key")
    address = {name: now["main_address"][name] for name in ("address_1", "address_2", "city")}
    assert address == {"address_1": "2 Quai", "address_2": "", "city": "Lille"}


@pytest.mark.parametrize(
    ("change", "status", "part"),
    [
        ({"reference": "OTHER"}, 400, "'reference' is invalid"),
        ({"currency_id": 99}, 400, "'currency_id' is invalid"),
        ({"country_code_id": 9999}, 400, "'country_code_id' is invalid"),
        ({"name": "x" * 61}, 400, "maximum length of 60"),
        ({"name": "Nobody"}, 404, "no record"),
    ],
)
def test_a_change_of_an_account_that_sage_refuses(
    sage: Any, change: Any, status: int, part: str
) -> None:
    customer_id = sage.id_of("customers", "reference", "TRADE") if status == 400 else 987654
    answer = sage.send("PUT", f"/customers/{customer_id}", change)
    assert answer.status_code == status
    assert part in answer.text


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"reference": "WEBGBP"}, "account 'WEBGBP' exists"),
        ({"reference": None}, "SageNullFieldException"),
        ({"reference": "TOOLONGNO"}, "maximum length of 8"),
        ({"name": "x" * 61}, "maximum length of 60"),
        ({"currency_id": 99}, "'currency_id' is invalid"),
        ({"payment_terms_basis": "Soon"}, "'payment_terms_basis' must be one of"),
    ],
)
def test_an_account_that_sage_refuses(sage: Any, changes: Any, part: str) -> None:
    body = {"reference": "NEW02", "name": "New"} | changes
    assert part in sage.refusal(body, path="/customers")
