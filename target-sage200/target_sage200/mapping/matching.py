"""Which row of a table fits best: the one that says most about what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Generic, TypeVar

from target_sage200.mapping.csv_table import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")
WILDCARDS = frozenset("*?[")


def fits(cell: str, value: str) -> bool:
    """Whether a cell allows a value: ``*`` any, wildcards as in file names, case ignored."""
    if cell == ANY:
        return True
    wanted, given = cell.casefold(), value.casefold()
    return wanted == given or (is_pattern(cell) and fnmatchcase(given, wanted))


def is_pattern(cell: str) -> bool:
    """Whether a cell holds wildcards."""
    return not WILDCARDS.isdisjoint(cell)


def precision(cells: Mapping[str, str]) -> int:
    """How much a row says: 2 for each exact cell, 1 for each pattern."""
    return sum((1 if is_pattern(cell) else 2) for cell in cells.values() if cell != ANY)


@dataclass(frozen=True)
class Rule(Generic[T]):
    """One row: what it is for, and what it gives.

    Attributes:
        cells: Condition by column.
        gives: The row's meaning.
    """

    cells: Mapping[str, str]
    gives: T


def best(rules: Sequence[Rule[T]], facts: Mapping[str, str]) -> T | None:
    """Return what the most specific fitting row gives; among equals the upper row wins."""
    found: Rule[T] | None = None
    most = -1
    for rule in rules:
        if all(fits(cell, facts.get(column, "")) for column, cell in rule.cells.items()):
            says = precision(rule.cells)
            if says > most:
                found, most = rule, says
    return None if found is None else found.gives
