"""Prices among a product's custom attributes: columns with the digits that Magento wrote."""

from __future__ import annotations

import msgspec
import pytest
from tap_magento.exceptions import UnsoundAnswerError
from tap_magento.product_columns import with_attributes


def _product(attributes: bytes) -> dict[str, msgspec.Raw]:
    return {"id": msgspec.Raw(b"7"), "custom_attributes": msgspec.Raw(attributes)}


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (b'"15.550000"', b"15.550000"),
        (b'"2"', b"2"),
        (b'"007.10"', b"7.10"),
        (b'".5"', b"null"),
        (b'"0.0000"', b"0.0000"),
        (b'"-1.5"', b"-1.5"),
        (b"15.5", b"15.5"),
        (b"7", b"7"),
        (b"1.0E-5", b"1.0E-5"),
        (b'"1.0e-05"', b"1.0e-05"),
        (b'"00.5E3"', b"0.5E3"),
        (b'""', b"null"),
        (b"null", b"null"),
        (b"[]", b"null"),
    ],
)
def test_numbers_written_as_text_become_numbers(text: bytes, column: bytes) -> None:
    row = with_attributes(
        _product(
            b'[{"attribute_code":"special_price","value":%b},{"attribute_code":"x","value":1}]'
            % text
        )
    )
    assert bytes(row["special_price"]) == column
    assert set(row) == {"id", "custom_attributes", "special_price"}


def test_a_product_without_custom_attributes_stays_as_it_is() -> None:
    row = {"id": msgspec.Raw(b"7")}
    assert with_attributes(row) is row


@pytest.mark.parametrize("attributes", [b'"none"', b'[{"code":"a"}]', b"[7]"])
def test_attributes_of_another_shape_stop_the_run(attributes: bytes) -> None:
    with pytest.raises(UnsoundAnswerError, match=r"^The product 7 holds custom attributes that"):
        with_attributes(_product(attributes))
