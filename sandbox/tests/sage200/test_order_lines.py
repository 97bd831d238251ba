"""What each type of line may carry, and what a line becomes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.sage200.orders.line_rules import LineType, line_problems

if TYPE_CHECKING:
    from collections.abc import Callable

NEEDED = {
    LineType.STANDARD: {"product_id": 1, "line_quantity": 1},
    LineType.FREE_TEXT: {"description": "x", "line_quantity": 1},
    LineType.CHARGE: {"code": "CARR"},
    LineType.COMMENT: {"description": "x"},
}
FIELDS = {
    "product_id": (1, "S"),
    "warehouse_id": (1, "S"),
    "to_allocate_quantity": (1, "S"),
    "fulfilment_method": ("x", "S"),
    "line_quantity": (1, "SF"),
    "unit_discount_percent": (1, "SF"),
    "unit_discount_value": (1, "SF"),
    "requested_delivery_date": ("x", "SF"),
    "promised_delivery_date": ("x", "SF"),
    "picking_list_comment": ("x", "SF"),
    "despatch_note_comment": ("x", "SF"),
    "selling_unit_price": (1, "SFC"),
    "cost_price": (1, "SFC"),
    "tax_code_id": (1, "SFC"),
    "nominal_reference": ("x", "SFC"),
    "selling_unit_description": ("x", "F"),
    "show_on_customer_docs": (True, "M"),
    "show_on_picking_list_type": ("x", "M"),
    "analysis_code_1": ("x", "SFCM"),
    "description": ("x", "SFCM"),
}
LETTERS = dict(zip("SFCM", LineType, strict=True))


@pytest.mark.parametrize(
    ("kind", "name", "sent", "allowed"),
    [
        (kind, name, sent, letter in letters)
        for name, (sent, letters) in FIELDS.items()
        for letter, kind in LETTERS.items()
    ],
)
def test_fields_by_line_type(kind: LineType, name: str, sent: Any, allowed: bool) -> None:
    found = line_problems(kind, NEEDED[kind] | {name: sent}, "lines[0]")
    assert bool(found) is not allowed
    assert all(f"lines[0].{name}" in problem for problem in found)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [(kind, name) for kind, fields in NEEDED.items() for name in fields],
)
def test_fields_a_line_needs(kind: LineType, missing: str) -> None:
    sent = {name: value for name, value in NEEDED[kind].items() if name != missing}
    (problem,) = line_problems(kind, sent, "lines[2]")
    assert f"lines[2].{missing}" in problem


def test_nothing_in_a_field_does_no_harm() -> None:
    sent = NEEDED[LineType.CHARGE] | {"unit_discount_value": 0, "to_allocate_quantity": Decimal(0)}
    assert line_problems(LineType.CHARGE, sent, "lines[0]") == []


def test_a_standard_line_takes_what_it_lacks_from_the_product(sage: Any) -> None:
    (line,) = sage.post(sage.order(sage.standard("BN-002", 3)))["lines"]
    assert line["code"] == "BN-002"
    assert line["description"] == "Bench Product 2"
    assert line["selling_unit_price"] == Decimal("2.22000")
    assert line["selling_unit_price_overridden"] is False
    assert line["line_total_value"] == Decimal("6.66")
    assert line["tax_code_id"] == sage.id_of("tax_codes", "code", 5)
    assert line["warehouse_id"] == sage.id_of("warehouses", "name", "LEEDS")
    assert line["nominal_reference"] == "41100"
    assert line["line_number"] == 1


def test_a_foreign_account_gets_the_standard_price_at_its_rate(sage: Any) -> None:
    order = sage.post(sage.order(sage.standard("BN-010"), account="WEBEUR"))
    assert order["exchange_rate"] == Decimal("1.173700")
    assert order["lines"][0]["selling_unit_price"] == Decimal("11.74874")


@pytest.mark.parametrize(
    ("discount", "net"),
    [
        ({"unit_discount_value": Decimal("0.5")}, "28.53"),
        ({"unit_discount_percent": Decimal(10)}, "27.03"),
        ({"unit_discount_percent": Decimal(10), "discount_percent_specified": True}, "27.03"),
        (
            {
                "unit_discount_value": Decimal("0.5"),
                "unit_discount_percent": Decimal("4.99"),
                "discount_percent_specified": False,
            },
            "28.53",
        ),
    ],
)
def test_a_line_discount_is_a_value_or_a_percentage(sage: Any, discount: Any, net: str) -> None:
    (line,) = sage.post(sage.order(sage.standard("BN-010", 3, **discount)))["lines"]
    assert line["line_total_value"] == Decimal(net)


def test_a_charge_comes_with_its_value_and_nominal_and_can_be_changed(sage: Any) -> None:
    given = {"line_type": "EnumLineTypeCharge", "code": "carr"}
    changed = given | {"selling_unit_price": Decimal("3.5"), "description": "Express"}
    named = {
        "line_type": "EnumLineTypeCharge",
        "description": "Wrapping",
        "selling_unit_price": Decimal(2),
    }
    order = sage.post(sage.order(given, changed, named))
    assert [(x["code"], x["description"], x["line_total_value"]) for x in order["lines"]] == [
        ("CARR", "Carriage", Decimal("5.00")),
        ("CARR", "Express", Decimal("3.50")),
        ("", "Wrapping", Decimal("2.00")),
    ]
    assert order["lines"][0]["nominal_reference"] == "41300"
    assert order["subtotal_charge_net_value"] == Decimal("10.50")
    assert order["subtotal_charge_tax_value"] == Decimal("2.10")


def test_the_account_code_beats_the_products_where_the_account_says_so(sage: Any) -> None:
    export = sage.id_of("tax_codes", "code", 10)
    reference = "EXPORT"
    sage.send(
        "POST",
        "/customers",
        {
            "reference": reference,
            "name": "Exporter",
            "default_tax_code_id": export,
            "use_tax_code_as_default": True,
        },
    )
    order = sage.post(sage.order(sage.standard("BN-001"), account=reference))
    assert order["lines"][0]["tax_code_id"] == export
    assert order["total_tax_value"] == 0


def test_the_delivery_addresses_code_beats_both(sage: Any) -> None:
    germany = sage.id_of("tax_codes", "code", 119)
    address = {"postal_name": "Hans", "country": "Germany", "tax_code_id": germany}
    order = sage.post(sage.order(sage.standard("BN-001"), delivery_address=address))
    assert order["lines"][0]["tax_code_id"] == germany


def test_a_nominal_code_is_honoured_only_where_the_settings_allow_it(
    sage: Any, change: Callable[..., None]
) -> None:
    line = sage.standard("BN-001", nominal_reference="41900")
    assert sage.post(sage.order(line))["lines"][0]["nominal_reference"] == "41900"
    change("SOPSetting", AmendNominalCodes=0)
    assert sage.post(sage.order(line))["lines"][0]["nominal_reference"] == "41100"


def test_the_accounts_nominal_code_is_used_where_the_settings_say_so(
    sage: Any, change: Callable[..., None]
) -> None:
    change("SOPSetting", RevenueNominalAcctSameAs=1, UseSameCcdeptAsCustomer=1)
    (line,) = sage.post(sage.order(sage.standard("VIRT-1")))["lines"]
    assert (line["nominal_reference"], line["nominal_cost_centre"]) == ("41100", "WEB")


def test_a_service_needs_no_warehouse(sage: Any) -> None:
    (line,) = sage.post(sage.order(sage.standard("VIRT-1")))["lines"]
    assert (line["warehouse_id"], line["nominal_reference"]) == (None, "41200")


def test_analysis_codes_and_comments_are_stored(sage: Any) -> None:
    line = sage.standard(
        "BN-001", analysis_code_1="blue", despatch_note_comment="fragile", spare_bool_1=True
    )
    (stored,) = sage.post(sage.order(line))["lines"]
    assert stored["analysis_code_1"] == "blue"
    assert stored["despatch_note_comment"] == "fragile"
    assert stored["spare_bool_1"] is True


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ({"product_id": 999}, "there is no product 999"),
        ({"warehouse": "QUARANTINE"}, "'QUARANTINE' is not used for sales trading"),
        ({"code": "KIT-A", "warehouse": "YORK"}, "'KIT-A' is not linked to warehouse"),
        ({"tax_code_id": 999}, "there is no VAT code 999"),
        ({"line_quantity": -1}, "line_quantity' must not be negative"),
        ({"selling_unit_price": -1}, "selling_unit_price' must not be negative"),
        ({"to_allocate_quantity": 2}, "from 0 to the line quantity"),
        ({"code": "VIRT-1", "to_allocate_quantity": 1}, "not kept in stock"),
        ({"nominal_reference": "99999"}, "there is no nominal account '99999'"),
    ],
)
def test_a_standard_line_that_sage_refuses(sage: Any, line: Any, part: str) -> None:
    body = sage.standard(line.pop("code", "BN-001"))
    if "warehouse" in line:
        body["warehouse_id"] = sage.id_of("warehouses", "name", line.pop("warehouse"))
    text = sage.refusal(sage.order(body | line))
    assert part in text
    assert "lines[0]" in text


@pytest.mark.parametrize(
    ("column", "value", "part"),
    [("StockItemStatusID", 1, "is inactive"), ("AllowSalesOrder", 0, "not allowed on sales")],
)
def test_a_product_that_is_not_sold_is_refused(
    sage: Any, column: str, value: Any, part: str
) -> None:
    sage.sql(f'update dbo."StockItem" set "{column}" = %s where "Code" = %s', value, "COUNTER-01")
    try:
        assert part in sage.refusal(sage.order(sage.standard("COUNTER-01")))
    finally:
        sage.sql(
            'update dbo."StockItem" set "StockItemStatusID" = 0, "AllowSalesOrder" = 1'
            " where \"Code\" = 'COUNTER-01'"
        )


def test_a_product_in_no_selling_warehouse_is_refused(sage: Any) -> None:
    name = """update dbo."WarehouseItem" set "WarehouseID" =
        (select "WarehouseID" from dbo."Warehouse" where "Name" = %s)
        where "ItemID" = (select "ItemID" from dbo."StockItem" where "Code" = 'BACKORD')"""
    sage.sql(name, "QUARANTINE")
    try:
        refused = sage.refusal(sage.order(sage.standard("BACKORD")))
        assert "'BACKORD' is in no warehouse that sells" in refused
    finally:
        sage.sql(name, "LEEDS")


def test_free_text_may_be_negative_but_takes_no_discount_then(sage: Any) -> None:
    order = sage.post(sage.order(sage.free_text("10"), sage.free_text("-4")))
    assert (order["total_net_value"], order["total_tax_value"]) == (Decimal(6), Decimal("1.20"))
    discounted = sage.free_text("-4", unit_discount_value=Decimal(1))
    assert "Ex21190" in sage.refusal(sage.order(sage.free_text("10"), discounted))


@pytest.mark.parametrize(
    "lines", [[("-1", 1)], [("5", 2), ("-1", 1)], [("-0.01", 2)], [("100", 2), ("-0.03", 1)]]
)
def test_gross_and_vat_may_not_be_negative(sage: Any, lines: list[Any]) -> None:
    body = sage.order(*(sage.free_text(price, code) for price, code in lines))
    assert "must not be negative" in sage.refusal(body)


@pytest.mark.parametrize(("setting", "refused"), [(0, "free"), (1, "standard"), (2, None)])
def test_line_types_can_be_switched_off(
    sage: Any, change: Callable[..., None], setting: int, refused: str | None
) -> None:
    change("SOPSetting", OrderLineItemTypes=setting)
    lines = {"free": sage.free_text("1"), "standard": sage.standard("BN-001")}
    for name, line in lines.items():
        answer = sage.send("POST", "/sop_orders", sage.order(line))
        assert answer.status_code == (400 if name == refused else 200)


def test_a_charge_that_is_not_known_is_refused(sage: Any) -> None:
    line = {"line_type": "EnumLineTypeCharge", "code": "DRONE"}
    assert "no additional charge 'DRONE'" in sage.refusal(sage.order(line))
