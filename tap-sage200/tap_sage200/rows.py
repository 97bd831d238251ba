"""Rows as a statement gives them, and the records made of them, a batch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from tap_sage200.columns import REPLICATION_KEY, Kind, converted_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sage200.columns import Column

Record: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True)
class Rows:
    """What a statement returned.

    Attributes:
        aliases: Names of its columns.
        values: Its rows, each in the order of ``aliases``.
    """

    aliases: tuple[str, ...]
    values: Sequence[Sequence[Any]]

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.values)

    def dicts(self) -> list[Record]:
        """Return each row by alias."""
        return [dict(zip(self.aliases, row)) for row in self.values]

    def column(self, alias: str) -> list[Any]:
        """Return the values of one column."""
        position = self.aliases.index(alias)
        return [row[position] for row in self.values]


def records(rows: Rows, columns: Sequence[Column]) -> list[Record]:
    """Make records of rows; columns the statement doesn't give are left out.

    A joined table whose changes count too brings its own row version as ``<table>_op_lock``; the
    record's ``op_lock`` is the greatest of them all.
    """
    if not rows.values:
        return []
    given = dict(zip(rows.aliases, zip(*rows.values)))
    names, parts = [], []
    for column in columns:
        if column.name in given and column.kind is not Kind.ROW_VERSION:
            names.append(column.name)
            parts.append(converted_column(column, given[column.name]))
    versions = [values for alias, values in given.items() if alias.endswith(REPLICATION_KEY)]
    if versions:
        names.append(REPLICATION_KEY)
        parts.append(_greatest(versions))
    return [dict(zip(names, values)) for values in zip(*parts)]


def _greatest(versions: list[tuple[Any, ...]]) -> list[str]:
    """Return each row's greatest row version as 16 hexadecimal characters."""
    if not all(set(map(type, values)) == {bytes} for values in versions):
        # An outer join gives nulls, a driver may give another kind of bytes.
        versions = [
            tuple(b"" if version is None else bytes(version) for version in values)
            for values in versions
        ]
    greatest = versions[0] if len(versions) == 1 else map(max, *versions)
    return [version.hex() for version in greatest]


def attach(
    parents: list[Record], key: str, name: str, rows: Rows, columns: Sequence[Column]
) -> None:
    """Put child rows into their parents' list, in the order of the statement.

    Args:
        parents: Records; each gets the list, be it empty.
        key: The parents' key.
        name: The list's column.
        rows: Rows with the parent's key as ``parent_id``.
        columns: The list's columns.
    """
    by_key: dict[Any, Record] = {}
    for parent in parents:
        parent.setdefault(name, [])
        by_key[parent[key]] = parent
    for child, parent_id in zip(records(rows, columns), rows.column("parent_id")):
        parent = by_key[parent_id]
        version = child.pop(REPLICATION_KEY)
        parent[REPLICATION_KEY] = max(parent[REPLICATION_KEY], version)
        parent[name].append(child)
