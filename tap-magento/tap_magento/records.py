"""The shape of a record: Magento's row with zoned time stamps and no attribute lost. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
from magento_client.rows import value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from magento_client import RawRow

Record = dict[str, Any]
"""Columns and values; a value of type ``msgspec.Raw`` is the JSON text that Magento sent."""

ADDITIONAL = "additional_attributes"
_PERSONAL = "personal data"
_EMPTY = msgspec.Raw(b"{}")
_EMPTY_LENGTH = 2
_NULL = msgspec.Raw(b"null")
_PLAIN_RAW = re.compile(rb'"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)"')
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_NO_DATE = "0000-00-00"


@dataclass(frozen=True)
class Columns:
    """The columns of a stream, as far as they shape its records.

    Attributes:
        names: All columns but ``additional_attributes``.
        moments: Those that hold a moment.
        objects: Those that hold an object.
        left_out: Columns that are not wanted.
    """

    names: AbstractSet[str]
    moments: tuple[str, ...]
    objects: tuple[str, ...] = ()
    left_out: AbstractSet[str] = frozenset()

    @classmethod
    def of(cls, schema: Mapping[str, Any], left_out: AbstractSet[str] = frozenset()) -> Columns:
        """Read the columns from a stream's JSON schema."""
        properties: Mapping[str, Mapping[str, Any]] = schema["properties"]
        return cls(
            names=frozenset(properties) - {ADDITIONAL},
            moments=tuple(
                name for name, column in properties.items() if column.get("format") == "date-time"
            ),
            objects=tuple(
                name
                for name, column in properties.items()
                if "object" in column["type"] and "array" not in column["type"]
            ),
            left_out=left_out,
        )

    def shape(self, row: RawRow) -> Record:
        """Turn a row of Magento into a record of the stream.

        Attributes without a column, which extensions and later versions of Magento add, move
        into ``additional_attributes``: a target keeps only what has a column.
        """
        record: Record = dict(row)
        unknown = row.keys() - self.names
        record[ADDITIONAL] = (
            {name: record.pop(name) for name in sorted(unknown)} if unknown else None
        )
        for name in self.moments:
            if name in row:
                record[name] = zoned_text(row[name])
        for name in self.objects:
            # PHP writes an object without attributes as an empty list; both have two signs.
            if name in row and memoryview(row[name]).nbytes == _EMPTY_LENGTH:
                record[name] = _EMPTY
        for name in self.left_out:
            record.pop(name, None)
        return record


def personal(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the columns that the schema marks as personal data."""
    return frozenset(
        name
        for name, column in schema["properties"].items()
        if _PERSONAL in str(column.get("description", "")).casefold()
    )


def parsed(record: Record) -> Record:
    """Return a record with its values parsed; numbers stay exact."""
    return {name: _parsed(one) for name, one in record.items()}


def _parsed(one: Any) -> Any:
    if isinstance(one, msgspec.Raw):
        return value(one)
    return parsed(one) if isinstance(one, dict) else one


def zoned_text(moment: msgspec.Raw) -> msgspec.Raw:
    """Write the JSON text of a moment with its zone; see ``zoned``."""
    plain = _PLAIN_RAW.fullmatch(moment)
    if plain and not plain[1].startswith(_NO_DATE.encode()):
        return msgspec.Raw(b'"%bT%b+00:00"' % plain.groups())
    text = value(moment)
    if not isinstance(text, str):
        return moment
    written = zoned(text)
    return _NULL if written is None else msgspec.Raw(msgspec.json.encode(written))


def zoned(moment: str) -> str | None:
    """Write Magento's ``YYYY-MM-DD HH:MM:SS``, which is UTC, with its zone.

    Anything else is returned as it is, but MySQL's date zero, which no target takes, is None.
    """
    if moment.startswith(_NO_DATE):
        return None
    return f"{moment[:10]}T{moment[11:]}+00:00" if _PLAIN.fullmatch(moment) else moment


def moment_of(text: str) -> datetime:
    """Read a moment of Magento, of a bookmark or of a setting; without a zone it is UTC.

    Fractions of a second are cut off, as Magento keeps none.

    Raises:
        ValueError: The text is no moment.
    """
    # Python 3.10 does not read the letter Z.
    moment = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", text.strip()))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc).replace(microsecond=0)
