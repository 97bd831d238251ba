"""Which row of a table fits best: the one that says most about what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Generic, TypeVar

from target_sage200.mapping.csv_table import ANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

K = TypeVar("K")
T = TypeVar("T")
MOST_ANSWERS = 10_000
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


class Memory(Generic[K, T]):
    """Answers kept, since shops sell the same things over and over; bounded."""

    def __init__(self) -> None:
        """Start empty."""
        self._answers: dict[K, T] = {}

    def get(self, asked: K, answer: Callable[[K], T]) -> T:
        """Return the kept answer, or ask for it."""
        try:
            return self._answers[asked]
        except KeyError:
            pass
        if len(self._answers) >= MOST_ANSWERS:
            self._answers.clear()
        found = self._answers[asked] = answer(asked)
        return found


class RuleBook(Generic[T]):
    """The rows of a table, asked for many orders that ask the same."""

    def __init__(self, rules: Iterable[Rule[T]] = ()) -> None:
        """Order the rows, the most specific first; among equals the upper row stays first."""
        self._rules = sorted(rules, key=lambda rule: -precision(rule.cells))
        self._columns = tuple(sorted({name for rule in self._rules for name in rule.cells}))
        self._answers: Memory[tuple[str, ...], T | None] = Memory()

    def __bool__(self) -> bool:
        """Whether there is any row."""
        return bool(self._rules)

    def __iter__(self) -> Iterator[Rule[T]]:
        """Iterate over the rows, the most specific first."""
        return iter(self._rules)

    def best(self, facts: Mapping[str, str]) -> T | None:
        """Return what the most specific fitting row gives."""
        asked = tuple([facts.get(column, "") for column in self._columns])
        return self._answers.get(asked, self._look_up)

    def _look_up(self, asked: tuple[str, ...]) -> T | None:
        facts = dict(zip(self._columns, asked))
        return next(
            (
                rule.gives
                for rule in self._rules
                if all(fits(cell, facts[column]) for column, cell in rule.cells.items())
            ),
            None,
        )
