"""Expressions over mapped fields, as SQL with parameters.

SQL Server's usual collations ignore case, so text is compared and sorted without it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.odata.expression import (
    COMPARISONS,
    Comparison,
    Expression,
    Junction,
    Literal,
    TextMatch,
)
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.schema.enums import enum_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.sage200.odata.options import Order
    from sandbox.sage200.resources.source import Mapped

Parameters = list[object]


def field_of(fields: Mapping[str, Mapped], name: str, resource: str) -> Mapped:
    """Return a field by name.

    Raises:
        Refusal: The resource has no such field.
    """
    found = fields.get(name)
    if found is None:
        raise Refusal(f"Could not find a property named '{name}' on type '{resource}'.")
    return found


def filter_sql(
    expression: Expression, fields: Mapping[str, Mapped], resource: str, parameters: Parameters
) -> str:
    """Return an expression as SQL; its values are added to ``parameters``.

    Raises:
        Refusal: A field is unknown or a literal does not fit it.
    """
    if isinstance(expression, Junction):
        left = filter_sql(expression.left, fields, resource, parameters)
        right = filter_sql(expression.right, fields, resource, parameters)
        return f"({left} {expression.operator} {right})"
    field = field_of(fields, expression.field, resource)
    if isinstance(expression, TextMatch):
        return _text_match(expression, field, parameters)
    return _comparison(expression, field, parameters)


def order_sql(orders: tuple[Order, ...], fields: Mapping[str, Mapped], resource: str) -> str:
    """Return ``$orderby`` as SQL; nulls come first, as on SQL Server."""
    return ", ".join(
        _ordered(field_of(fields, order.field, resource), order.descending) for order in orders
    )


def _ordered(field: Mapped, descending: bool) -> str:  # noqa: FBT001 - of one order
    # a bare number would be read as a column's position
    raw = f"({field.raw})::int" if field.raw.isdecimal() else field.raw
    if field.kind == "text" and field.enum is None:
        raw = f"lower({raw})"
    way = "desc" if descending else "asc"
    if field.never_null:
        # said without its nulls, so that an index serves
        return f"{raw} {way}"
    return f"{raw} {way} nulls {'last' if descending else 'first'}"


def _text_match(match: TextMatch, field: Mapped, parameters: Parameters) -> str:
    if field.kind != "text" or field.enum is not None:
        raise Refusal(f"The function '{match.function}' needs a text, '{field.name}' is none.")
    parameters.append(match.text)
    if match.function == "contains":
        return f"position(lower(%s) in lower({field.raw})) > 0"
    if match.function == "startswith":
        return f"starts_with(lower({field.raw}), lower(%s))"
    parameters.append(match.text)
    return f"right(lower({field.raw}), length(%s)) = lower(%s)"


def _comparison(comparison: Comparison, field: Mapped, parameters: Parameters) -> str:
    operator = COMPARISONS[comparison.operator]
    if comparison.literal is None:
        return _null_comparison(comparison, field)
    value = _value(field, comparison.literal)
    parameters.append(value)
    if field.kind == "text" and field.enum is None:
        return f"lower({field.raw}) {operator} lower(%s)"
    if field.kind == "boolean":
        return f"({field.raw})::int {operator} %s"
    return f"{field.raw} {operator} %s"


def _null_comparison(comparison: Comparison, field: Mapped) -> str:
    words = {"eq": "is null", "ne": "is not null"}
    if comparison.operator not in words:
        raise Refusal(f"'{field.name}' can only be compared with null by 'eq' and 'ne'.")
    return f"{field.raw} {words[comparison.operator]}"


def _value(field: Mapped, literal: Literal) -> object:
    if field.enum is not None:
        return _enum_id(field, literal)
    if field.kind == "boolean" and isinstance(literal, bool):
        return int(literal)
    fits = {
        "text": isinstance(literal, str),
        "integer": isinstance(literal, Decimal) and literal == literal.to_integral_value(),
        "number": isinstance(literal, Decimal),
        "datetime": isinstance(literal, datetime),
        "boolean": False,
    }
    if not fits[field.kind]:
        raise Refusal(
            f"A value of type '{field.kind}' is needed to compare with '{field.name}', "
            f"'{literal}' is none."
        )
    if field.kind == "integer" and isinstance(literal, Decimal):
        # as a decimal it would be compared with every row instead of looked up in an index
        return int(literal)
    return literal


def _enum_id(field: Mapped, literal: Literal) -> int:
    for value in enum_values(field.enum or ""):
        if literal == value.value or str(literal) == str(value.id):
            return value.id
    raise Refusal(f"'{literal}' is not a value of '{field.name}'.")
