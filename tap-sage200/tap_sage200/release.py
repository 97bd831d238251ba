"""Which tables and columns this database has: releases of Sage 200 differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


@dataclass(frozen=True)
class Release:
    """The tables and columns that this login sees.

    Attributes:
        columns: Columns by table.
        ignores_case: Names are looked up whatever their case, as SQL Server itself does: the case
            of many of Sage's names is known from no published source. PostgreSQL's are exact.
    """

    columns: Mapping[str, frozenset[str]]
    ignores_case: bool = False

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]], *, ignores_case: bool = False) -> Release:
        """Make it of the catalogue's rows: table, column.

        Args:
            rows: What ``catalogue.sql`` gave.
            ignores_case: Whether the database does.
        """
        columns: dict[str, set[str]] = {}
        for table, column in rows:
            names = columns.setdefault(table.casefold() if ignores_case else table, set())
            names.add(column.casefold() if ignores_case else column)
        return cls({table: frozenset(names) for table, names in columns.items()}, ignores_case)

    def has(self, table: str, column: str) -> bool:
        """Return whether a table has a column."""
        name = column.casefold() if self.ignores_case else column
        return name in self.columns.get(self._table(table), frozenset())

    def has_table(self, table: str) -> bool:
        """Return whether a table is there."""
        return self._table(table) in self.columns

    def _table(self, table: str) -> str:
        return table.casefold() if self.ignores_case else table
