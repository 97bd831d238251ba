"""Codes of one CSV file as another file names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from sandbox.sage200.seed.csv_file import CsvRow

K = TypeVar("K", str, int)


class Lookup(Generic[K]):
    """The codes of one file and the ids they got."""

    def __init__(self, file: str, what: str) -> None:
        self._file = file
        self._what = what
        self._ids: dict[K, int] = {}

    def put(self, row: CsvRow, column: str, code: K, row_id: int) -> None:
        """Remember a code; a second one is refused."""
        if code in self._ids:
            row.refuse(column, f"{code!r} is there twice. Keep one of the rows.")
        self._ids[code] = row_id

    def find(self, row: CsvRow, column: str, code: K) -> int | None:
        """Return the id of a code that ``row`` names; refuse one that is not there."""
        found = self._ids.get(code)
        if found is None:
            row.refuse(
                column,
                f"{code!r} is no {self._what} of {self._file}. Correct it or add a row there.",
            )
        return found

    def get(self, code: K) -> int | None:
        """Return the id of a code, or nothing."""
        return self._ids.get(code)
