"""Columns of a product that Magento answers among its custom attributes, as text. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from magento_client.rows import rows_of, value

from tap_magento.exceptions import UnsoundAnswerError

if TYPE_CHECKING:
    from magento_client import RawRow

_TEXTS = frozenset({"special_from_date", "special_to_date"})
_NUMBERS = frozenset({"special_price", "cost", "tax_class_id"})
# JSON knows no leading zeros; they stand before the first group that is kept.
_NUMBER = rb"(-?)0*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
_NUMBER_TEXT = re.compile(rb'"%b"|%b' % (_NUMBER, _NUMBER))


def with_attributes(row: RawRow) -> RawRow:
    """Return a product with prices and tax class as columns of their own.

    Magento writes the numbers as text ("15.550000"), extensions as numbers too; their digits stay
    as they are.

    Raises:
        UnsoundAnswerError: The custom attributes are no list of names and values.
    """
    attributes = row.get("custom_attributes")
    if attributes is None:
        return row
    found: RawRow = {}
    try:
        for attribute in rows_of(attributes):
            name = value(attribute["attribute_code"])
            if name in _TEXTS:
                found[name] = attribute["value"]
            elif name in _NUMBERS:
                number = _NUMBER_TEXT.fullmatch(attribute["value"])
                # An emptied attribute is an empty text.
                found[name] = msgspec.Raw(
                    b"".join(filter(None, number.groups())) if number else b"null"
                )
    except (msgspec.ValidationError, KeyError) as error:
        product = bytes(row["id"]).decode() if "id" in row else "without id"
        raise UnsoundAnswerError(
            f"The product {product} holds custom attributes that are no list of names and values; "
            "check that no extension of the shop changes them."
        ) from error
    return {**row, **found}
