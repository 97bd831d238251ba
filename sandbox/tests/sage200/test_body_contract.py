"""Point 4: a body is held to the contract, field by field, before anything else is looked at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sandbox.sage200.contract.check import check_body

LINE = {"line_type": "EnumLineTypeStandard", "product_id": 1, "line_quantity": 1}
ORDER = {"customer_id": 1, "document_date": "2025-01-31T00:00:00Z", "lines": [LINE]}


def problems(order: Any = None, line: Any = None, **switches: Any) -> list[str]:
    body = ORDER | (order or {})
    if line is not None:
        body["lines"] = [LINE | line]
    return check_body("sop_order", body, **switches).problems


def test_the_smallest_order_that_works_has_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("order", "line", "problem"),
    [
        ({"colour": 1}, {}, "Could not find member 'colour' on an object of type 'sop_order'."),
        ({}, {"sku": "A"}, "Could not find member 'lines[0].sku'"),
        ({"delivery_address": {"street": "x"}}, {}, "member 'delivery_address.street'"),
        ({"customer_document_no": None}, {}, "SageNullFieldException: the field 'customer_doc"),
        ({}, {"tax_code_id": None}, "SageNullFieldException: the field 'lines[0].tax_code_id'"),
        ({"customer_document_no": "x" * 31}, {}, "maximum length of 30, it has 31"),
        ({"payment_reference": "x" * 21}, {}, "'payment_reference' must be a string with a max"),
        ({"delivery_address": {"postcode": "x" * 11}}, {}, "'delivery_address.postcode'"),
        ({"delivery_address": {"telephone_number": "1" * 31}}, {}, "maximum length of 30"),
        ({"memos": [{"note": "x" * 1001}]}, {}, "'memos[0].note'"),
        ({}, {"description": "x" * 6001}, "'lines[0].description'"),
        ({"document_date": "2025-01-31"}, {}, "must be a date with a time"),
        ({"document_date": "31/01/2025"}, {}, "must be a date with a time"),
        ({"requested_delivery_date": "2025-01-31"}, {}, "must be a date with a time"),
        ({"customer_id": "1"}, {}, "'customer_id' must be a whole number"),
        ({"customer_id": True}, {}, "'customer_id' must be a whole number"),
        ({"customer_id": 2**63}, {}, "outside the range of int64"),
        ({}, {"line_quantity": "2"}, "'lines[0].line_quantity' must be a number"),
        ({}, {"selling_unit_price": Decimal("1.123456")}, "at most 5 decimals"),
        ({"payment_value": Decimal("1.005")}, {}, "at most 2 decimals, 1.005 has 3"),
        ({"payment_with_order": "yes"}, {}, "must be true or false"),
        ({"customer_document_no": 12}, {}, "must be a string"),
        ({}, {"line_type": "Standard"}, "must be one of EnumLineTypeStandard"),
        ({"customer_type": "EnumCustomerTypeWeb"}, {}, "must be one of EnumCustomerType"),
        ({"lines": {}}, None, "'lines' must be a list"),
        ({"lines": ["x"]}, None, "'lines[0]' must be an object"),
        ({"delivery_address": "x"}, {}, "'delivery_address' must be an object"),
        ({"lines": [{"line_quantity": 1}]}, None, "'lines[0].line_type' is required"),
    ],
)
def test_what_breaks_the_contract_is_named_with_its_field(
    order: Any, line: Any, problem: str
) -> None:
    (found,) = problems(order, line)
    assert problem in found


@pytest.mark.parametrize("missing", ["customer_id"])
def test_a_required_field_is_missed_on_post_and_not_on_put(missing: str) -> None:
    body = {name: value for name, value in ORDER.items() if name != missing}
    assert check_body("sop_order", body).problems == [f"The field '{missing}' is required."]
    assert check_body("sop_order", body, whole=False).problems == []


@pytest.mark.parametrize(
    "line",
    [
        {"selling_unit_price": Decimal("1.50000000")},
        {"selling_unit_price": 3},
        {"line_quantity": Decimal("0.00001")},
        {"requested_delivery_date": "2025-01-31T00:00:00"},
        {"requested_delivery_date": "2025-01-31T00:00:00.123Z"},
    ],
)
def test_what_is_within_the_limits_is_let_through(line: Any) -> None:
    assert problems(line=line) == []


def test_names_of_a_list_may_be_longer_than_the_schema_says() -> None:
    assert problems({"payment_type": "EnumSOPOrderPaymentTypeFull"}) == []


def test_read_only_fields_are_told_apart_and_left_out() -> None:
    found = check_body("sop_order", ORDER | {"total_tax_value": 1, "external_reference": "x"})
    assert found.problems == []
    assert found.read_only == ["total_tax_value", "external_reference"]
    assert found.body == ORDER


def test_standard_does_not_know_professional_fields() -> None:
    line = {"traceable_adjustment_items": []}
    assert problems(line=line) == []
    assert "traceable_adjustment_items" in problems(line=line, professional=False)[0]


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"{", "not JSON"),
        (b"[]", "must be an object"),
        (b'{"document_date":"2025-01-31"}', "date with a time"),
    ],
)
def test_a_body_that_is_none_gives_400(sage: Any, body: Any, part: str) -> None:
    answer = sage.session.post(f"{sage.api}/sop_orders", data=body, timeout=20)
    assert answer.status_code == 400
    assert part in answer.json()["error"]


def test_all_problems_are_told_at_once(sage: Any) -> None:
    text = sage.refusal({"colour": 1, "customer_document_no": "x" * 31, "lines": [{"sku": "A"}]})
    assert all(part in text for part in ("colour", "maximum length of 30", "lines[0].sku"))
