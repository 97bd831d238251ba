"""Reading a CSV table that people keep: every mistake is named with file, line and remedy."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")
ANY = "*"
"""Matches anything; an empty cell means the same."""
NOTE = "note"
"""A column for people, which every table may have."""
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}


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
        if not (value.isascii() and value.isdecimal()):
            raise self.error(column, f"{value!r} is not a whole number", "Give a number like 1")
        return int(value)

    def yes(self, column: str) -> bool:
        """Return whether the cell says yes."""
        value = self.filled(column).lower()
        if value not in ("yes", "no"):
            raise self.error(column, f"{value!r} is neither yes nor no", "Write yes or no")
        return value == "yes"


def read_rows(
    folder: Path,
    name: str,
    columns: Sequence[str],
    *,
    may_have: Sequence[str] = (),
    optional: bool = False,
) -> Iterator[TableRow]:
    """Read the rows of one table; rows without any value are left out.

    Args:
        folder: Folder of the tables.
        name: File name.
        columns: Columns it must have.
        may_have: Columns it may have besides; so may ``note``. Any other is taken for a misspelt
            one: unseen, it would not do what its author expects.
        optional: Whether the file may be missing.

    Raises:
        MappingFileError: It is missing, not UTF-8, not separated by commas, lacks a column, has
            one twice or one that is unknown; or a row is too long or short.
    """
    path = folder / name
    if not path.exists():
        if optional:
            return
        msg = f"{path}: the table is missing. Set mappings_dir to the folder that holds it."
        raise MappingFileError(msg)
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                _check_header(path, reader.line_num, header, columns, may_have)
            elif len(cells) != len(header):
                msg = (
                    f"{path} line {reader.line_num}: it has {len(cells)} columns, the header has"
                    f" {len(header)}. Put values that hold a comma in double quotes."
                )
                raise MappingFileError(msg)
            else:
                yield TableRow(str(path), reader.line_num, dict(zip(header, cells)))
    except csv.Error as error:
        msg = f"{path} line {reader.line_num}: it is no CSV ({error}). Close every double quote."
        raise MappingFileError(msg) from error
    if header is None:
        _check_header(path, 1, [], columns, may_have)


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        msg = f"{path} line {line}: it is not UTF-8 text ({error.reason}). Save it as CSV UTF-8."
        raise MappingFileError(msg) from error


def _check_header(
    path: Path, line: int, header: list[str], columns: Sequence[str], may_have: Sequence[str]
) -> None:
    known = (*columns, *may_have, NOTE)
    for mark, word in OTHER_SEPARATORS.items():
        if len(header) == 1 and mark in header[0]:
            msg = (
                f"{path} line {line}: its columns are separated by {word}. Save it as CSV with"
                " commas."
            )
            raise MappingFileError(msg)
    missing = [column for column in columns if column not in header]
    if missing:
        msg = (
            f"{path} line {line}: column {missing[0]} is missing in the header."
            f" The table needs: {','.join(columns)}."
        )
        raise MappingFileError(msg)
    twice = [column for column in header if header.count(column) > 1]
    if twice:
        msg = f"{path} line {line}: column {twice[0]!r} stands twice in the header. Keep one."
        raise MappingFileError(msg)
    unknown = [column for column in header if column not in known]
    if unknown:
        near = get_close_matches(unknown[0], known, 1)
        remedy = f"Did you mean {near[0]}?" if near else "Correct it or take it out."
        msg = (
            f"{path} line {line}: column {unknown[0]!r} is unknown. {remedy}"
            f" The table takes: {','.join(known)}."
        )
        raise MappingFileError(msg)


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
