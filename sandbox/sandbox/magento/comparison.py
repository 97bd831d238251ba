"""Comparisons as MySQL/MariaDB makes them under Magento's tables.

Text ignores case, accents and trailing spaces; numbers are read from the start of a text; a
timestamp ignores its offset, and what is no timestamp counts as the year zero.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

NO_DATE = "0000-00-00 00:00:00"
_DATETIME = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]+(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(\.\d+)?)?)?)?"
)
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?\Z")


@lru_cache(maxsize=200_000)
def collate(text: str) -> str:
    """Return the form under which two texts are equal in a ``utf8_general_ci`` column."""
    if text.isascii():
        return text.rstrip(" ").lower()
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.rstrip(" ").lower()


def as_number(value: object) -> Decimal:
    """Read a number from the start of a value; a text without one is 0."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, (int, bool)):
        return Decimal(int(value))
    found = _NUMBER.match(str(value))
    return Decimal(found[0].strip()) if found else Decimal(0)


def as_datetime(text: str) -> str:
    """Return a timestamp in sortable form; offsets are ignored, garbage is the year zero."""
    found = _DATETIME.match(text) or _COMPACT.match(text.strip())
    if found is None:
        return NO_DATE
    parts = [int(part or 0) for part in found.groups()[:6]]
    if not _possible(parts):
        return NO_DATE
    fraction = found.groups()[6] if len(found.groups()) > 6 else None  # noqa: PLR2004 - regex group
    head = "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*parts)
    # Without trailing zeros a fraction sorts right as text: "…30" < "…30.123".
    return head + (fraction.rstrip("0").rstrip(".") if fraction else "")


def _possible(parts: list[int]) -> bool:
    _, month, day, hour, minute, second = parts
    return month <= 12 and day <= 31 and hour <= 23 and minute <= 59 and second <= 59  # noqa: PLR2004 - calendar


def like_pattern(pattern: str) -> re.Pattern[str]:
    r"""Return SQL's LIKE pattern (``%``, ``_``, ``\`` escapes) as a regular expression."""
    out: list[str] = []
    characters = iter(collate_pattern(pattern))
    for character in characters:
        if character == "\\":
            out.append(re.escape(next(characters, "\\")))
        else:
            out.append({"%": ".*", "_": "."}.get(character, re.escape(character)))
    return re.compile("".join(out), re.DOTALL)


def collate_pattern(pattern: str) -> str:
    """Collate a LIKE pattern; unlike in a comparison, spaces at its end count."""
    spaces = len(pattern) - len(pattern.rstrip(" "))
    return collate(pattern) + " " * spaces
