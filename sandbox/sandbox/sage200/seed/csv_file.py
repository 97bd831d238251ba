"""CSV files of a company: read, checked, and refused with file, row, column and remedy."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["text", "integer", "decimal", "flag", "date"]
_FLAGS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
_EXPECTED = {
    "integer": "a whole number such as 20",
    "decimal": "a number such as 12.50",
    "flag": "true or false",
    "date": "a date such as 2025-01-31",
}


class CompanyFilesError(Exception):
    """The company's CSV files can't be used; the text lists every problem, one a line."""


@dataclass(frozen=True)
class CsvColumn:
    """A column of a file: what it holds and what stands in for an empty cell.

    Attributes:
        kind: How the cell is read.
        required: Whether an empty cell is refused.
        length: Most characters of a text.
        default: Text that an empty cell is read as.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    length: int | None = None
    default: str = ""


class Problems:
    """Everything that is wrong with a company's files, gathered so that one run shows all."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def add(self, text: str) -> None:
        """Note one problem: what, where, what to do."""
        self._texts.append(text)

    def raise_any(self) -> None:
        """Raise if anything was noted.

        Raises:
            CompanyFilesError: With every problem noted so far.
        """
        if self._texts:
            raise CompanyFilesError("\n".join(self._texts))


class CsvRow:
    """One row of a file, its cells read by kind."""

    def __init__(self, file: str, line: int, cells: dict[str, object], problems: Problems) -> None:
        self._file = file
        self._line = line
        self._cells = cells
        self._problems = problems

    def text(self, column: str) -> str:
        """Return a text; empty where the cell is."""
        return cast("str", self._cells[column])

    def integer(self, column: str) -> int:
        """Return a whole number; 0 where the cell is empty."""
        return cast("int | None", self._cells[column]) or 0

    def decimal(self, column: str) -> Decimal:
        """Return a number; 0 where the cell is empty."""
        return cast("Decimal | None", self._cells[column]) or Decimal(0)

    def flag(self, column: str) -> bool:
        """Return true or false; false where the cell is empty."""
        return bool(self._cells[column])

    def day(self, column: str) -> date | None:
        """Return a date; nothing where the cell is empty."""
        return cast("date | None", self._cells[column])

    def is_empty(self, column: str) -> bool:
        """Whether the cell is empty and has no default."""
        return self._cells[column] in (None, "")

    def refuse(self, column: str, what: str) -> None:
        """Note a problem with this row's cell; ``what`` says what is wrong and the remedy."""
        self._problems.add(f"{self._file} row {self._line}, column {column}: {what}")


def read_csv(
    folder: Path, file: str, columns: tuple[CsvColumn, ...], problems: Problems
) -> list[CsvRow]:
    """Read one file; lines that start with ``#`` are comments.

    A missing file, an unknown or missing column and a cell that can't be read are noted in
    ``problems``; the rows that could be read are returned all the same.
    """
    path = folder / file
    if not path.is_file():
        problems.add(f"{file} is missing in {folder}. Copy it from the demo company and adapt it.")
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        lines = [(reader.line_num, row) for row in reader if row and not row[0].startswith("#")]
    if not lines:
        problems.add(f"{file} is empty. Its first line must name the columns: {_names(columns)}.")
        return []
    header = [name.strip() for name in lines[0][1]]
    if not _header_fits(file, header, columns, problems):
        return []
    rows = []
    for line, values in lines[1:]:
        if len(values) != len(header):
            problems.add(
                f"{file} row {line} has {len(values)} cells, its header {len(header)}. "
                f"Put text with commas in double quotes."
            )
            continue
        cells = dict(zip(header, (value.strip() for value in values), strict=True))
        read = {c.name: _cell(file, line, c, cells.get(c.name, ""), problems) for c in columns}
        rows.append(CsvRow(file, line, read, problems))
    return rows


def _header_fits(
    file: str, header: list[str], columns: tuple[CsvColumn, ...], problems: Problems
) -> bool:
    known = {column.name for column in columns}
    missing = [c.name for c in columns if c.required and c.name not in header]
    unknown = [name for name in header if name not in known]
    if missing:
        problems.add(f"{file} row 1 lacks the column {', '.join(missing)}. Add it to the header.")
    if unknown:
        problems.add(
            f"{file} row 1 names the column {', '.join(unknown)}, which is not known. "
            f"Known are: {_names(columns)}."
        )
    return not missing and not unknown


def _names(columns: tuple[CsvColumn, ...]) -> str:
    return ", ".join(column.name for column in columns)


def _cell(file: str, line: int, column: CsvColumn, given: str, problems: Problems) -> object:
    value = given or column.default
    where = f"{file} row {line}, column {column.name}"
    if not value:
        if column.required:
            problems.add(f"{where} is empty. Fill it in.")
        return "" if column.kind == "text" else None
    if column.kind == "text":
        if column.length is not None and len(value) > column.length:
            problems.add(
                f"{where}: {value!r} has {len(value)} characters, Sage keeps {column.length}. "
                f"Shorten it."
            )
        return value
    parsed = _parse(column.kind, value)
    if parsed is None:
        problems.add(f"{where}: {value!r} is not {_EXPECTED[column.kind]}. Correct it.")
    return parsed


def _parse(kind: Kind, value: str) -> object | None:
    if kind == "flag":
        return _FLAGS.get(value.lower())
    try:
        if kind == "integer":
            return int(value)
        if kind == "date":
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        number = Decimal(value)
    except (ValueError, InvalidOperation):
        return None
    return number if number.is_finite() else None
