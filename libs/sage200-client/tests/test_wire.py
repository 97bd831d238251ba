"""JSON keeps every digit, and answers of any shape become text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sage200_client import ReportAnswer
from sage200_client.wire import body_or_text, decode_body, encode_body, error_text, rows_of


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Decimal("10.00000"), b"10.00000"),
        (Decimal("1E+2"), b"100"),
        (Decimal("1E-7"), b"0.0000001"),
        (Decimal("-0.01"), b"-0.01"),
        (Decimal("0.1") + Decimal("0.2"), b"0.3"),
        (12345678901234567, b"12345678901234567"),
        ((1, Decimal("2.5")), b"[1,2.5]"),
    ],
)
def test_numbers_are_sent_digit_for_digit(value: Any, sent: bytes) -> None:
    assert encode_body({"value": value}) == b'{"value":' + sent + b"}"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5))
def test_a_decimal_comes_back_as_it_went(value: Decimal) -> None:
    assert decode_body(encode_body([value])) == [value]


def test_a_float_can_not_be_sent_and_its_place_is_named() -> None:
    with pytest.raises(TypeError, match=r"lines\[0\]\.price is a float"):
        encode_body({"lines": [{"price": 1.5}]})


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_can_not_be_sent(value: str) -> None:
    with pytest.raises(ValueError, match="no number to send"):
        encode_body({"price": Decimal(value)})


def test_fractions_are_read_as_decimal() -> None:
    assert decode_body(b'\xef\xbb\xbf{"a": 1.10, "b": 2}') == {"a": Decimal("1.10"), "b": 2}
    assert str(decode_body(b"[1.10]")[0]) == "1.10"


@pytest.mark.parametrize(
    ("answer", "rows"),
    [([{"id": 1}], [{"id": 1}]), ({"value": [{"id": 1}]}, [{"id": 1}]), ([], [])],
)
def test_a_list_is_bare_or_under_value(answer: Any, rows: list[dict[str, Any]]) -> None:
    assert rows_of(answer) == rows


@pytest.mark.parametrize("answer", [None, "text", {"id": 1}, [1]])
def test_anything_else_is_no_list(answer: Any) -> None:
    with pytest.raises(ReportAnswer):
        rows_of(answer)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"   ", ""),
        (b"SageNullFieldException: id", "SageNullFieldException: id"),
        (b'"quoted words"', "quoted words"),
        (b'{"message":"The account is on hold."}', "The account is on hold."),
        (b'{"Message":"One","messageDetail":"x"}', "One"),
        (b'{"error":"invalid_grant","error_description":"Too old"}', "Too old; invalid_grant"),
        (b'{"error":{"code":7,"message":"Deep"}}', "Deep"),
        (b'[{"message":"A"},{"message":"B"}]', "A; B"),
        (
            b'{"title":"Bad","errors":{"customer_id":["is required"]}}',
            "Bad; customer_id: is required",
        ),
        (b'{"errors":["A","B"]}', "A; B"),
        (b'{"code":17}', '{"code":17}'),
        (
            b"<html><style>p{}</style><title>502 Bad</title><h1>Bad&nbsp;gateway</h1></html>",
            "502 Bad Bad gateway",
        ),
        (b"\xff\xfe broken", "\ufffd\ufffd broken"),
        (b"Value < 0 is not allowed", "Value < 0 is not allowed"),
    ],
)
def test_an_error_of_any_shape_becomes_one_line(content: bytes, text: str) -> None:
    assert error_text(content) == text


@given(st.binary(max_size=200))
def test_no_answer_can_break_the_reader(content: bytes) -> None:
    assert "\n" not in error_text(content)
    body_or_text(content)


def test_text_that_is_no_json_is_reported() -> None:
    with pytest.raises(ReportAnswer, match="Welcome"):
        decode_body(b"<html><body>Welcome</body></html>")
