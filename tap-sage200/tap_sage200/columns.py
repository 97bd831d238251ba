"""The record contract: each stream's columns, and how a database value becomes a record's value.

One table serves the JSON schema, the discovery and the conversion, so they can't drift apart.
Money and quantities stay ``Decimal`` as the database gave them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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


@dataclass(frozen=True)
class Column:
    """One property of a record.

    Attributes:
        name: Property name, and the alias in the stream's SQL statement.
        kind: What it holds.
        meaning: One phrase for the catalogue, with unit or source where that isn't plain.
    """

    name: str
    kind: Kind
    meaning: str

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
        schema["type"] = [json_type, "null"] if nullable else [json_type]
        return schema


def _number(value: Any) -> Decimal:
    """Keep a quantity or an amount exact; a database integer is exact too."""
    if isinstance(value, float):
        raise TypeError("A float came from a decimal column: money must stay exact")
    return value if isinstance(value, Decimal) else Decimal(value)


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


CONVERT: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.INTEGER: int,
    Kind.NUMBER: _number,
    Kind.TEXT: str,
    Kind.FLAG: bool,
    Kind.MOMENT: _moment,
    Kind.DAY: _day,
    Kind.ROW_VERSION: _row_version,
}


def schema_of(columns: tuple[Column, ...]) -> dict[str, Any]:
    """Return the JSON schema of a stream whose first column is its key."""
    key = columns[0].name
    return {
        "type": "object",
        "properties": {
            column.name: column.json_schema(nullable=column.name not in {key, REPLICATION_KEY})
            for column in columns
        },
        "required": [key, REPLICATION_KEY],
    }


@dataclass(frozen=True)
class RecordMaker:
    """Turns a statement's rows into a stream's records.

    A joined table whose changes count too brings its own row version as ``<table>_op_lock``; the
    record's ``op_lock`` is the greatest of them all.

    Attributes:
        converters: Name and conversion of each column the statement gives.
        versions: Aliases of the row versions.
    """

    converters: tuple[tuple[str, Callable[[Any], Any]], ...]
    versions: tuple[str, ...]

    @classmethod
    def of(cls, columns: tuple[Column, ...], aliases: Iterable[str]) -> RecordMaker:
        """Choose conversions for a statement.

        Args:
            columns: The stream's columns; those the statement doesn't give are left out.
            aliases: What the statement gives.
        """
        given = tuple(aliases)
        return cls(
            tuple(
                (column.name, CONVERT[column.kind])
                for column in columns
                if column.name in given and column.kind is not Kind.ROW_VERSION
            ),
            tuple(alias for alias in given if alias.endswith(REPLICATION_KEY)),
        )

    def record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Make a record of a row given by alias."""
        record = {
            name: None if (value := row[name]) is None else convert(value)
            for name, convert in self.converters
        }
        versions = [bytes(version) for alias in self.versions if (version := row[alias])]
        record[REPLICATION_KEY] = max(versions).hex()
        return record
