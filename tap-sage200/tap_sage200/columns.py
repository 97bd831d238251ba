"""The record contract: each stream's columns, and how a database value becomes a record's value.

One table serves the JSON schema, the discovery and the conversion, so they can't drift apart.
Money and quantities stay ``Decimal`` as the source gave them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from tap_sage200.exceptions import UnreadableColumnError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

REPLICATION_KEY = "op_lock"


class Kind(str, Enum):
    """What a column holds; the value is its JSON type."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "string"
    FLAG = "boolean"
    MOMENT = "date-time"
    DAY = "date"
    ROW_VERSION = "row-version"
    LIST = "array"


@dataclass(frozen=True)
class Column:
    """One property of a record.

    Attributes:
        name: Property name, and the alias in the stream's SQL statement.
        kind: What it holds.
        meaning: One phrase for the catalogue, with unit or source where that isn't plain.
        of: Columns of a list's rows, their key first.
        measured: A number that is no money, and whose type in SQL no published source names: where
            the database gives a float, its shortest digits are taken.
    """

    name: str
    kind: Kind
    meaning: str
    of: tuple[Column, ...] = ()
    measured: bool = False

    def json_schema(self, *, nullable: bool) -> dict[str, Any]:
        """Return the column's JSON schema."""
        schema: dict[str, Any] = {"description": self.meaning}
        json_type = self.kind.value
        if self.kind in {Kind.MOMENT, Kind.DAY}:
            json_type = "string"
            schema["format"] = self.kind.value
        elif self.kind is Kind.ROW_VERSION:
            json_type = "string"
            schema["maxLength"] = 16
        elif self.kind is Kind.LIST:
            schema["items"] = {
                "type": "object",
                "properties": {
                    column.name: column.json_schema(nullable=True) for column in self.of
                },
            }
        schema["type"] = [json_type, "null"] if nullable else [json_type]
        return schema


def _number(value: Any) -> Decimal:
    """Keep a quantity or an amount exact; a database integer is exact too."""
    if isinstance(value, float):
        raise TypeError("a float came where a decimal is expected: money must stay exact")
    return value if isinstance(value, Decimal) else Decimal(value)


def in_zone(values: Sequence[Any], zone: tzinfo) -> Sequence[Any]:
    """Return stamps without zone as those of a clock there."""
    return [
        one.replace(tzinfo=zone) if isinstance(one, datetime) and one.tzinfo is None else one
        for one in values
    ]


def _moment(value: datetime) -> str:
    """Write Sage's clock as UTC; a stamp without zone is taken as UTC, as Sage's API states it."""
    if value.tzinfo is None:
        return value.isoformat() + "+00:00"
    return value.astimezone(timezone.utc).isoformat()


def _day(value: date) -> str:
    """Write a business date; Sage stores it as midnight without zone."""
    return (value.date() if isinstance(value, datetime) else value).isoformat()


def _row_version(value: bytes) -> str:
    """Write 8 bytes as 16 hexadecimal characters, which sort as the bytes do."""
    return bytes(value).hex()


_NOTHING = type(None)
# How a value of each kind is written, and the types a driver gives that are right as they are.
_CONVERT: Mapping[Kind, tuple[Callable[[Any], Any], frozenset[type]]] = {
    Kind.INTEGER: (int, frozenset({int, _NOTHING})),
    Kind.NUMBER: (_number, frozenset({Decimal, _NOTHING})),
    Kind.TEXT: (str, frozenset({str, _NOTHING})),
    Kind.FLAG: (bool, frozenset({bool, _NOTHING})),
    Kind.MOMENT: (_moment, frozenset({_NOTHING})),
    Kind.DAY: (_day, frozenset({_NOTHING})),
    Kind.ROW_VERSION: (_row_version, frozenset({_NOTHING})),
}


def converted(kind: Kind, values: Sequence[Any]) -> Sequence[Any]:
    """Return a column's values as records hold them; nulls stay nulls.

    A whole column at a time: most columns are right as the driver gives them, and one look at the
    types of all values is cheaper than a call for each.
    """
    convert, right = _CONVERT[kind]
    if set(map(type, values)) <= right:
        return values
    return [None if value is None else convert(value) for value in values]


def converted_column(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    """Return a column's values as records hold them.

    Raises:
        UnreadableColumnError: One isn't of the column's kind; the sentence names the column.
    """
    if column.measured:
        values = [Decimal(repr(one)) if isinstance(one, float) else one for one in values]
    try:
        return converted(column.kind, values)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise UnreadableColumnError(
            f"column {column.name} ({column.meaning}) can't be read as {column.kind.value}: "
            f"{error}. Report the column's type in this release of Sage 200, and leave the stream "
            "out of the selection until then."
        ) from error


def schema_of(columns: tuple[Column, ...]) -> dict[str, Any]:
    """Return the JSON schema of a stream whose first column is its key."""
    key = columns[0].name
    return {
        "type": "object",
        "properties": {
            column.name: column.json_schema(nullable=column.name != key) for column in columns
        },
        "required": [key],
    }
