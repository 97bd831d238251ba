"""Rows as a statement gives them, and the records made of them, a batch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone
from typing import TYPE_CHECKING, Any, TypeAlias

from tap_sage200.columns import REPLICATION_KEY, Kind, converted_column, in_zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

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


def records(rows: Rows, columns: Sequence[Column], zone: tzinfo = timezone.utc) -> list[Record]:
    """Make records of rows; columns the statement doesn't give are left out.

    A joined table whose changes count too brings its own row version as ``<table>_op_lock``; the
    record's ``op_lock`` is the greatest of them all.

    Args:
        rows: What the statement returned.
        columns: The record's columns.
        zone: Whose clock the database's stamps are.
    """
    if not rows.values:
        return []
    given = dict(zip(rows.aliases, zip(*rows.values)))
    names, parts = [], []
    for column in columns:
        if column.name in given and column.kind is not Kind.ROW_VERSION:
            names.append(column.name)
            values: Sequence[Any] = given[column.name]
            if column.kind is Kind.MOMENT and zone is not timezone.utc:
                values = in_zone(values, zone)
            parts.append(converted_column(column, values))
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
    parents: list[Record],
    key: str,
    name: str,
    children: Sequence[Record],
    parent_ids: Sequence[Any],
) -> None:
    """Put child rows into their parents' list, in the order of the statement.

    Args:
        parents: Records; each gets the list, be it empty.
        key: The parents' key.
        name: The list's column.
        children: The list's records.
        parent_ids: The parent's key of each.
    """
    by_key: dict[Any, Record] = {}
    for parent in parents:
        parent.setdefault(name, [])
        by_key[parent[key]] = parent
    for child, parent_id in zip(children, parent_ids):
        parent = by_key[parent_id]
        version = child.pop(REPLICATION_KEY)
        parent[REPLICATION_KEY] = max(parent[REPLICATION_KEY], version)
        parent[name].append(child)
