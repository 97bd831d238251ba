"""Cells that say what a row is for: what could never match anything is refused when it is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from target_sage200.mapping.countries import COUNTRIES, EU, EXPORT, OTHERWISE_CALLED
from target_sage200.mapping.csv_table import ANY
from target_sage200.mapping.matching import is_pattern

if TYPE_CHECKING:
    from target_sage200.mapping.csv_table import MappingFileError, TableRow

CURRENCY = re.compile("[A-Z]{3}")


def country_or_any(row: TableRow, column: str, *, groups: bool = False) -> str:
    """Return a country code, or ``*``.

    Args:
        row: The row.
        column: The column; it may be missing.
        groups: Whether ``EU`` and ``EXPORT`` may stand there; else wildcards may.

    Raises:
        MappingFileError: It is neither.
    """
    value = row.optional(column) or ANY
    if value == ANY or value in COUNTRIES or (groups and value in (EU, EXPORT)):
        return value
    if not groups and is_pattern(value):
        return value
    allowed = "a two-letter code like GB, EU, EXPORT or *" if groups else "a code like GB, or *"
    meant = OTHERWISE_CALLED.get(value.upper(), value.upper())
    fits = meant[:2] in COUNTRIES or (groups and meant in (EU, EXPORT))
    remedy = f"Write {meant}" if fits and meant != value else f"Write {allowed}"
    raise row.error(column, f"{value!r} is no country of ISO 3166", remedy)


def number_or_any(row: TableRow, column: str, *, wildcards: bool = False) -> str:
    """Return an id of Magento's as text, or ``*``.

    Raises:
        MappingFileError: It is neither.
    """
    value = row.optional(column) or ANY
    if value == ANY or (wildcards and is_pattern(value)):
        return value
    if not (value.isascii() and value.isdecimal()):
        raise row.error(
            column, f"{value!r} is not a whole number", "Give Magento's id, a number like 1, or *"
        )
    return str(int(value))


def currency(row: TableRow, column: str) -> str:
    """Return the ISO code of a currency.

    Raises:
        MappingFileError: It is empty or no such code.
    """
    value = row.filled(column)
    if not CURRENCY.fullmatch(value):
        raise _no_currency(row, column, value, "GBP")
    return value


def currency_or_any(row: TableRow, column: str) -> str:
    """Return the ISO code of a currency, or ``*``; the column may be missing.

    Raises:
        MappingFileError: It is neither.
    """
    value = row.optional(column) or ANY
    if value != ANY and not CURRENCY.fullmatch(value):
        raise _no_currency(row, column, value, "GBP, or *")
    return value


def _no_currency(row: TableRow, column: str, value: str, example: str) -> MappingFileError:
    meant = value.upper()
    remedy = f"Write {meant}" if CURRENCY.fullmatch(meant) else f"Write it as in {example}"
    return row.error(column, f"{value!r} is no ISO code of a currency", remedy)
