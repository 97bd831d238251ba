"""Which fields a line of each type may carry. Source: section 2.5 of the reference."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from sandbox.sage200.schema.enums import enum_id

if TYPE_CHECKING:
    from collections.abc import Mapping


class LineType(IntEnum):
    """Type of an order line, by Sage's id."""

    STANDARD = 0
    FREE_TEXT = 1
    CHARGE = 2
    COMMENT = 3


_WORDS = {
    LineType.STANDARD: "standard",
    LineType.FREE_TEXT: "free text",
    LineType.CHARGE: "charge",
    LineType.COMMENT: "comment",
}
_STANDARD = {LineType.STANDARD}
_GOODS = {LineType.STANDARD, LineType.FREE_TEXT}
_PRICED = {LineType.STANDARD, LineType.FREE_TEXT, LineType.CHARGE}
_ALLOWED: dict[str, set[LineType]] = {
    "product_id": _STANDARD,
    "warehouse_id": _STANDARD,
    "to_allocate_quantity": _STANDARD,
    "fulfilment_method": _STANDARD,
    "line_quantity": _GOODS,
    "unit_discount_percent": _GOODS,
    "unit_discount_value": _GOODS,
    "discount_percent_specified": _GOODS,
    "requested_delivery_date": _GOODS,
    "promised_delivery_date": _GOODS,
    "picking_list_comment": _GOODS,
    "despatch_note_comment": _GOODS,
    "confirmation_intent_type": _GOODS,
    "selling_unit_price": _PRICED,
    "cost_price": _PRICED,
    "tax_code_id": _PRICED,
    "nominal_reference": _PRICED,
    "nominal_cost_centre": _PRICED,
    "nominal_department": _PRICED,
    "selling_unit_description": {LineType.FREE_TEXT},
    "show_on_customer_docs": {LineType.COMMENT},
    "show_on_picking_list_type": {LineType.COMMENT},
}
_NEEDED: dict[LineType, tuple[str, ...]] = {
    LineType.STANDARD: ("product_id", "line_quantity"),
    LineType.FREE_TEXT: ("description", "line_quantity"),
    LineType.CHARGE: (),
    LineType.COMMENT: ("description",),
}


def line_type(word: str) -> LineType:
    """Return the type of a line by the API's word for it."""
    return LineType(enum_id("order_return_line_types", word))


def line_problems(kind: LineType, sent: Mapping[str, object], path: str) -> list[str]:
    """Return what a line carries that its type does not take, and what it lacks.

    A field sent with nothing in it (0, false, an empty text) does no harm and is let through.

    Args:
        kind: Type of the line.
        sent: Fields of the line as they were sent.
        path: The line's place in the body, for the sentences.
    """
    word = _WORDS[kind]
    problems = [
        f"The field '{path}.{name}' cannot be used on a {word} line."
        for name, value in sent.items()
        if value and kind not in _ALLOWED.get(name, {kind})
    ]
    problems += [
        f"The field '{path}.{name}' is required on a {word} line."
        for name in _NEEDED[kind]
        if sent.get(name) in (None, "")
    ]
    if kind is LineType.CHARGE and not sent.get("code") and not sent.get("description"):
        problems.append(f"The field '{path}.code' or a description is required on a charge line.")
    return problems
