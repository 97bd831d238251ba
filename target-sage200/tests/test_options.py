"""Custom options in words: titles from the catalogue, and of a file its name only."""

from __future__ import annotations

from typing import Any

import pytest
from target_sage200.magento_options import OptionWords, option_ids, options_in_words

KNOWN = {
    1: OptionWords("Engraving", {}),
    2: OptionWords("Size", {"1": "S", "2": "L"}),
    3: OptionWords("Extras", {"7": "Bow", "8": "Box"}),
}
FILE = (
    "image/jpeg,love, mum.jpg,custom_options/quote/l/o/9f2.jpg,custom_options/order/l/o/9f2.jpg,"
    "/var/www/pub/media/custom_options/quote/l/o/9f2.jpg,48123,800,600,0123456789abcdef0123"
)


def chosen(**entry: Any) -> dict[str, Any]:
    return {"extension_attributes": {"custom_options": [entry]}}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"option_id": "1", "option_value": "Love, Mum"}, "Engraving: Love, Mum"),
        ({"option_id": 2, "option_value": "2"}, "Size: L"),
        ({"option_id": "3", "option_value": "7,8"}, "Extras: Bow, Box"),
        ({"option_id": "3", "option_value": "7,9"}, "Extras: 7,9"),
        ({"option_id": "4", "option_value": "x"}, "Option 4: x"),
        ({"option_id": "4", "option_title": "Colour", "option_value": "red"}, "Colour: red"),
        ({"option_id": "5", "option_value": FILE}, "Option 5: file love, mum.jpg"),
        (
            {
                "option_id": "5",
                "option_value": "file",
                "extension_attributes": {"file_info": {"name": "a.png", "type": "image/png"}},
            },
            "Option 5: file a.png",
        ),
    ],
)
def test_option_is_told_in_the_words_of_the_shop(entry: dict[str, Any], words: str) -> None:
    assert options_in_words(chosen(**entry), KNOWN) == (words,)


@pytest.mark.parametrize(
    "product_option", [{}, {"extension_attributes": []}, {"extension_attributes": {}}]
)
def test_row_without_options_has_none(product_option: dict[str, Any]) -> None:
    assert options_in_words(product_option, KNOWN) == ()


def test_ids_are_found_whatever_else_an_order_holds() -> None:
    rows = [{"product_option": chosen(option_id="2")}, {"product_option": None}, "row", {}]
    assert list(option_ids({"items": rows})) == [2]
    assert list(option_ids({"items": "see extension"})) == []
