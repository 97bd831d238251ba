"""The shape of a record: Magento's row with zoned time stamps and no attribute lost. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

Row = dict[str, Any]

ADDITIONAL = "additional_attributes"
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_NO_DATE = "0000-00-00"


@dataclass(frozen=True)
class Columns:
    """The columns of a stream, as far as they shape its records.

    Attributes:
        names: All columns but ``additional_attributes``.
        moments: Those that hold a moment.
    """

    names: AbstractSet[str]
    moments: tuple[str, ...]

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> Columns:
        """Read the columns from a stream's JSON schema."""
        properties: Mapping[str, Mapping[str, Any]] = schema["properties"]
        return cls(
            names=frozenset(properties) - {ADDITIONAL},
            moments=tuple(
                name for name, column in properties.items() if column.get("format") == "date-time"
            ),
        )

    def shape(self, row: Row) -> Row:
        """Turn a row of Magento into a record of the stream, in place.

        Attributes without a column, which extensions and later versions of Magento add, move
        into ``additional_attributes``: a target keeps only what has a column.
        """
        unknown = row.keys() - self.names
        row[ADDITIONAL] = {name: row.pop(name) for name in sorted(unknown)} if unknown else None
        for name in self.moments:
            value = row.get(name)
            if value is not None:
                row[name] = zoned(value)
        return row


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
