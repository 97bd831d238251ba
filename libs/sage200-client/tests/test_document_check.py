"""A document is checked against the published contract before it is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sage200_client import FixRequest, check_document
from sage200_client.contract import _contract, resource, schema

ORDER: dict[str, Any] = {
    "customer_id": 101,
    "document_date": "2025-01-31T00:00:00Z",
    "customer_document_no": "000000123",
    "use_invoice_address": False,
    "delivery_address": {"postal_name": "A Buyer", "address_1": "1 High St", "postcode": "LS1 1AA"},
    "payment_with_order": True,
    "payment_type": "EnumSOPOrderPaymentTypeFull",
    "payment_value": Decimal("30.00"),
    "payment_method_id": 55,
    "lines": [
        {
            "line_type": "EnumLineTypeStandard",
            "product_id": 27256,
            "warehouse_id": 1006,
            "line_quantity": 2,
            "selling_unit_price": Decimal("10.00000"),
            "tax_code_id": 1001,
        },
        {"line_type": "EnumLineTypeCharge", "code": "CARR", "selling_unit_price": Decimal(5)},
        {"line_type": "EnumLineTypeComment", "description": "Gift: " + "x" * 5000},
    ],
}
INVOICE: dict[str, Any] = {
    "customer_id": 101,
    "transaction_date": "2025-01-31T00:00:00Z",
    "reference": "000000123",
    "document_goods_value": Decimal("10.00"),
    "document_tax_value": Decimal("2.00"),
    "tax_analysis_items": [
        {"id": 1, "goods_amount": Decimal("10.00"), "tax_amount": Decimal("2.00")}
    ],
}


def changed(document: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**document, **fields}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("sop_orders", ORDER),
        ("sop_returns", ORDER),
        ("sop_orders", {"customer_type": "EnumCustomerTypeCash", "lines": []}),
        ("sales_invoices", INVOICE),
        ("sales_credit_notes", INVOICE),
        ("customers", {"account_type": "TradingAccountTypeOpenItem"}),
    ],
)
def test_a_good_document_passes(name: str, body: dict[str, Any]) -> None:
    assert check_document(name, body) == []


@pytest.mark.parametrize(
    ("change", "path", "limit"),
    [
        ({"colour": "red"}, "colour", "unknown field"),
        ({"total_tax_value": Decimal(1)}, "total_tax_value", "read-only"),
        ({"external_reference": "x"}, "external_reference", "read-only"),
        ({"lock_id": 7}, "lock_id", "read-only"),
        ({"order_priority": None}, "order_priority", "no nulls"),
        ({"customer_document_no": "x" * 31}, "customer_document_no", "30 characters"),
        ({"order_priority": "AB"}, "order_priority", "1 characters"),
        ({"document_date": "2025-01-31"}, "document_date", "date and time"),
        ({"payment_value": Decimal("1.005")}, "payment_value", "2 decimals"),
        ({"payment_value": 1.5}, "payment_value", "exact number"),
        ({"payment_value": "1.50"}, "payment_value", "exact number"),
        ({"payment_value": Decimal("NaN")}, "payment_value", "finite number"),
        ({"exchange_rate": Decimal("1.1234567")}, "exchange_rate", "6 decimals"),
        ({"customer_id": "101"}, "customer_id", "whole number"),
        ({"customer_id": True}, "customer_id", "whole number"),
        ({"settlement_discount_days": 40000}, "settlement_discount_days", "-32768 to 32767"),
        ({"payment_with_order": "yes"}, "payment_with_order", "true or false"),
        ({"customer_document_no": 123}, "customer_document_no", "text"),
        ({"delivery_address": "1 High St"}, "delivery_address", "an object"),
        (
            {"delivery_address": {"postcode": "x" * 11}},
            "delivery_address.postcode",
            "10 characters",
        ),
        ({"delivery_address": {"id": 5}}, "delivery_address.id", "read-only"),
        ({"lines": {}}, "lines", "a list"),
        ({"lines": [1]}, "lines[0]", "an object"),
        ({"lines": [{}, {"code": "x" * 31}]}, "lines[1].code", "30 characters"),
        ({"lines": [{"line_tax_value": 1}]}, "lines[0].line_tax_value", "read-only"),
        ({"lines": [{"product_id": None}]}, "lines[0].product_id", "no nulls"),
        ({"memos": [{"note": "x" * 1001}]}, "memos[0].note", "1000 characters"),
    ],
)
def test_a_violation_names_field_limit_and_value(
    change: dict[str, Any], path: str, limit: str
) -> None:
    (found,) = check_document("sop_orders", changed(ORDER, **change))
    assert (found.path, found.limit) == (path, limit)
    assert found.field == path.rpartition(".")[2].partition("[")[0]
    assert found.sentence.startswith(f"sop_orders {path} ")


@pytest.mark.parametrize("name", ["customer_type", "payment_type"])
def test_the_stated_length_of_an_enum_name_is_not_held_against_it(name: str) -> None:
    value = {"payment_type": "EnumSOPOrderPaymentTypeFull"}.get(name, "EnumCustomerTypeProspect")
    assert check_document("sop_orders", changed(ORDER, **{name: value})) == []
    assert len("EnumSOPOrderPaymentTypeFull") > (schema("sop_order")["payment_type"].size or 0)


def test_a_wrong_enum_name_is_found_where_all_names_are_known() -> None:
    (found,) = check_document("sop_orders", changed(ORDER, lines=[{"line_type": "Standard"}]))
    assert found.path == "lines[0].line_type"
    assert "EnumLineTypeFreeText" in found.sentence


def test_length_counts_as_sql_server_does() -> None:
    clef = "\U0001d11e"  # one character, two UTF-16 units
    assert check_document("sop_orders", changed(ORDER, customer_document_no=clef * 15)) == []
    assert len(check_document("sop_orders", changed(ORDER, customer_document_no=clef * 16))) == 1


def test_trailing_zeros_are_no_decimals() -> None:
    assert check_document("sop_orders", changed(ORDER, payment_value=Decimal("1.500000"))) == []


@pytest.mark.parametrize(
    ("name", "body", "path"),
    [
        ("sop_orders", {"lines": []}, "customer_id"),
        ("sales_invoices", {}, "customer_id"),
        (
            "sales_credit_notes",
            changed(INVOICE, tax_analysis_items=[{"tax_amount": Decimal(2)}]),
            "tax_analysis_items[0].id",
        ),
        (
            "sales_invoices",
            changed(INVOICE, nominal_analysis_items=[{"value": Decimal(10)}]),
            "nominal_analysis_items[0].code",
        ),
    ],
)
def test_what_sage_truly_requires_must_be_there(name: str, body: dict[str, Any], path: str) -> None:
    assert [(one.path, one.limit) for one in check_document(name, body)] == [(path, "required")]


def test_a_put_sends_ids_and_the_lock_back() -> None:
    body = {"lock_id": 3, "is_editing": False, "lines": [{"id": 5, "is_to_delete": True}]}
    assert check_document("sop_orders", body, verb="PUT") == []
    assert [one.path for one in check_document("sop_orders", {**body, "customer_id": 1})] == [
        "lock_id",
        "lines[0].id",
    ]


@pytest.mark.parametrize("name", ["tax_codes", "no_such_thing"])
def test_a_resource_that_takes_no_document_is_refused(name: str) -> None:
    with pytest.raises(FixRequest, match=name):
        check_document(name, {})


def test_every_resource_and_schema_of_the_contract_can_be_read() -> None:
    for name in _contract()["resources"]:
        found = resource(name)
        for named in (found.request, found.response):
            if named is not None:
                schema(named)
    for name in _contract()["schemas"]:
        for field in schema(name).values():
            assert field.kind in {
                *("int16", "int32", "int64", "bool", "str", "num"),
                *("datetime", "object", "schema", "list"),
            }
            if field.schema is not None:
                schema(field.schema)
