"""How a property of a stream is made of the fields of an API record. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Protocol

from tap_sage200.columns import Kind, converted_column
from tap_sage200.exceptions import UnreadableColumnError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tap_sage200.columns import Column
    from tap_sage200.rows import Record

# Stamps come in UTC, often without the Z, with any number of decimals (reference 1.6).
_STAMP = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d)?)(?:\.(?P<part>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)?"
)
_MICROSECONDS = 6


class Names(Protocol):
    """What a record only names by id."""

    def find(self, table: str, key: object) -> Any:
        """Return the value of a lookup table, or None."""

    def label(self, enum: str, key: object) -> str | None:
        """Return how an enumeration's value is called."""

    def prepare(self, table: str, keys: Iterable[object]) -> None:
        """Ask at once for what a page's records will look up."""


@dataclass(frozen=True)
class Given:
    """A property, by the API's fields.

    Attributes:
        fields: What is asked for (``$select``).
        make: Makes the value of those fields, where it isn't simply the one field.
        table: Lookup table that the one field is a key of.
    """

    fields: tuple[str, ...]
    make: Callable[..., Any] | None = None
    table: str | None = None

    def value(self, record: Mapping[str, Any], names: Names) -> Any:
        """Return the value in a record."""
        given = [record.get(name) for name in self.fields]
        return given[0] if self.make is None else self.make(names, *given)


def found_in(table: str, name: str) -> Given:
    """Look a field up in a table of :mod:`.lookups`."""
    return Given((name,), lambda names, value: names.find(table, value), table)


def id_of(enum: str, name: str) -> Given:
    """Return the id of an enum's value, by the API's own list of them."""
    return Given((name,), lambda names, value: names.find(enum, value))


def word_of(enum: str, words: Mapping[int, str], name: str) -> Given:
    """Return our word for an enum's value, as the SQL source gives it."""
    return Given((name,), lambda names, value: words.get(names.find(enum, value), "other"))


def word(words: Mapping[int, str], name: str) -> Given:
    """Return our word for an id."""
    return Given((name,), lambda _names, value: words.get(value, "other"))


@dataclass(frozen=True)
class Resource:
    """Where a stream's records come from.

    Attributes:
        path: The API's resource.
        key: Its unique field, by which pages follow one another.
        properties: Property by field name or by how it is made. What isn't named is null.
        stamps: Fields of the last change; empty where the resource has none.
    """

    path: str
    key: str
    properties: Mapping[str, str | Given]
    stamps: tuple[str, ...] = ("date_time_updated",)

    @property
    def select(self) -> list[str]:
        """Return the fields to ask for, each once."""
        asked = [self.key]
        for given in self.properties.values():
            asked += [given] if isinstance(given, str) else given.fields
        return list(dict.fromkeys(asked))

    def records(
        self, found: Sequence[Mapping[str, Any]], columns: Sequence[Column], names: Names
    ) -> list[Record]:
        """Make a stream's records of the API's."""
        if not found:
            return []
        parts = [self._column(found, column, names) for column in columns]
        labels = [column.name for column in columns]
        return [dict(zip(labels, values)) for values in zip(*parts)]

    def _column(
        self, found: Sequence[Mapping[str, Any]], column: Column, names: Names
    ) -> Sequence[Any]:
        given = self.properties.get(column.name)
        if given is None:
            return [None] * len(found)
        if isinstance(given, str):
            values: list[Any] = [record.get(given) for record in found]
        else:
            if given.table is not None:
                names.prepare(given.table, [record.get(given.fields[0]) for record in found])
            values = [given.value(record, names) for record in found]
        if column.kind in {Kind.MOMENT, Kind.DAY}:
            values = [_stamp_of(column, value) for value in values]
        return converted_column(column, values)


def _stamp_of(column: Column, text: str | None) -> datetime | None:
    try:
        return stamp(text)
    except (TypeError, ValueError) as error:
        raise UnreadableColumnError(f"column {column.name} ({column.meaning}): {error}") from error


def stamp(text: str | None) -> datetime | None:
    """Read a stamp of the API; without zone it is UTC.

    Raises:
        ValueError: It isn't one.
    """
    if not text:
        return None
    match = _STAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date and time of Sage 200's API.")
    part = (match["part"] or "")[:_MICROSECONDS].ljust(_MICROSECONDS, "0")
    second = match["second"] if "T" in match["second"] else f"{match['second']}T00:00:00"
    zone = "+00:00" if match["zone"] in {None, "Z"} else match["zone"]
    return datetime.fromisoformat(f"{second}.{part}{zone}").astimezone(timezone.utc)
