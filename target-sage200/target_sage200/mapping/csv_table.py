"""Reading a CSV table that people keep: every mistake is named with file, line and remedy."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")
ANY = "*"
"""Matches anything; an empty cell means the same."""


class MappingFileError(Exception):
    """A mapping table is missing or wrong; the message names file, row, column and remedy."""


@dataclass(frozen=True)
class TableRow:
    """One row: where it stands, and its cells by column."""

    file: str
    line: int
    values: Mapping[str, str]

    def error(self, column: str, problem: str, remedy: str) -> MappingFileError:
        """Return the error that names this cell."""
        return MappingFileError(f"{self.file} line {self.line}, {column}: {problem}. {remedy}.")

    def filled(self, column: str) -> str:
        """Return a cell that must not be empty."""
        value = self.values[column].strip()
        if not value:
            raise self.error(column, "it is empty", "Fill it in or take the row out")
        return value

    def optional(self, column: str) -> str:
        """Return a cell that may be empty, of a column that may be missing."""
        return self.values.get(column, "").strip()

    def any_or(self, column: str) -> str:
        """Return a cell in which empty means any."""
        return self.values[column].strip() or ANY

    def whole(self, column: str) -> int:
        """Return a whole number."""
        value = self.filled(column)
        try:
            return int(value)
        except ValueError:
            raise self.error(
                column, f"{value!r} is not a whole number", "Give a number like 1"
            ) from None

    def yes(self, column: str) -> bool:
        """Return whether the cell says yes."""
        value = self.filled(column).lower()
        if value not in ("yes", "no"):
            raise self.error(column, f"{value!r} is neither yes nor no", "Write yes or no")
        return value == "yes"


def read_rows(
    folder: Path, name: str, columns: Sequence[str], *, optional: bool = False
) -> Iterator[TableRow]:
    """Read the rows of one table.

    Args:
        folder: Folder of the tables.
        name: File name.
        columns: Columns it must have; others may stand beside them.
        optional: Whether the file may be missing.

    Raises:
        MappingFileError: It is missing, not UTF-8, or lacks a column; a row is too long or short.
    """
    path = folder / name
    if not path.exists():
        if optional:
            return
        msg = f"{path}: the table is missing. Set mappings_dir to the folder that holds it."
        raise MappingFileError(msg)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path}: it is not UTF-8 text ({error.reason}). Save it as CSV UTF-8."
        raise MappingFileError(msg) from error
    lines = [
        (number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()
    ]
    rows = list(csv.reader(line for _, line in lines))
    header = [cell.strip() for cell in rows[0]] if rows else []
    missing = [column for column in columns if column not in header]
    if missing:
        msg = (
            f"{path}: column {missing[0]} is missing in the header."
            f" The table needs: {','.join(columns)}."
        )
        raise MappingFileError(msg)
    for (number, _), cells in zip(lines[1:], rows[1:]):
        if len(cells) != len(header):
            msg = (
                f"{path} line {number}: it has {len(cells)} columns, the header has {len(header)}."
                " Put values that hold a comma in double quotes."
            )
            raise MappingFileError(msg)
        yield TableRow(str(path), number, dict(zip(header, cells)))


def unique(
    rows: Iterable[TableRow], build: Callable[[TableRow], T], key: Callable[[T], object]
) -> Iterator[T]:
    """Build each row's value; refuse a second row for the same key.

    Raises:
        MappingFileError: A row is wrong or stands twice.
    """
    seen: set[object] = set()
    for row in rows:
        built = build(row)
        if key(built) in seen:
            column = next(iter(row.values))
            raise row.error(column, f"{row.values[column]!r} stands twice", "Keep one row")
        seen.add(key(built))
        yield built
