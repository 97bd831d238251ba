"""One change: a row is altered, a document comes with all that belongs to it, or goes with it."""

# ruff: noqa: S608 (every name in the SQL is of this package or of the contract)
from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from sandbox.sage200.users.what_changes import BY_TABLE, FIRST_OWN_KEY, KINDS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    import psycopg

    from sandbox.sage200.users.what_changes import Kind

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FIRST_KEY = 4_000_000
_ROW = 'select "{key}" from dbo."{table}" where {where} order by {order} limit 1'


@dataclass
class Gone:
    """Rows that were deleted: table and key of each."""

    noted: list[tuple[str, int]] = field(default_factory=list)
    """Sage's ``DeleteLog`` has them."""
    silent: list[tuple[str, int]] = field(default_factory=list)
    """Nothing tells of them."""

    def add(self, other: Gone) -> None:
        """Take over what another one holds."""
        self.noted += other.noted
        self.silent += other.silent


@dataclass
class Changes:
    """What one user does, each a statement or more of the transaction that is open.

    Attributes:
        connection: Where; it binds parameters itself.
        chance: The user's dice.
        keys: Keys for new rows, used by no one else.
    """

    connection: psycopg.Connection[Any]
    chance: random.Random
    keys: Iterator[int]

    def update(self, kind: Kind) -> None:
        """Alter a row."""
        own = kind.own_sets and self.chance.random() < 0.5  # noqa: PLR2004 (even odds)
        what = self.chance.choice(kind.own_sets if own else kind.sets)
        where = f'"{kind.key}" >= {FIRST_OWN_KEY}' if own else "true"
        row = _ROW.format(key=kind.key, table=kind.table, where=where, order="random()")
        self._do(f'update dbo."{kind.table}" set {what} where "{kind.key}" = ({row})')

    def update_first(self, kind: Kind) -> None:
        """Alter the first row of a table."""
        row = _ROW.format(key=kind.key, table=kind.table, where="true", order=f'"{kind.key}"')
        self._do(f'update dbo."{kind.table}" set {kind.sets[0]} where "{kind.key}" = ({row})')

    def insert(self, kind: Kind, owners: dict[str, int] | None = None) -> None:
        """Make a row and what comes with it.

        Args:
            kind: Its table.
            owners: Keys of rows of its owners' tables, where it comes with them.
        """
        owners = owners or {}
        key = next(self.keys)
        columns = {kind.key: str(key), **kind.made}
        sources = []
        for column, owner in kind.under.items():
            if owner in owners:
                columns[column] = str(owners[owner])
                continue
            parent = BY_TABLE[owner]
            columns[column] = f'{column}_of."{parent.key}"'
            row = _ROW.format(key=parent.key, table=owner, where="true", order="random()")
            # Nobody deletes the owner meanwhile: in Sage its lock is held.
            sources.append(f"({row} for share) as {column}_of")
        names = ", ".join(f'"{name}"' for name in columns)
        source = f"from {', '.join(sources)}" if sources else ""
        made = self._do(
            f'insert into dbo."{kind.table}" ({names}) select {", ".join(columns.values())} '
            f'{source} returning "{kind.key}"'
        )
        if made:
            for table, how_many in kind.brings.items():
                for _ in range(how_many):
                    self.insert(BY_TABLE[table], {kind.table: key})

    def delete(self, kind: Kind) -> Gone:
        """Delete a row that the users made, and what hangs on it; return what is gone."""
        where = f'"{kind.key}" >= {FIRST_OWN_KEY} and {kind.deletable}'
        row = _ROW.format(key=kind.key, table=kind.table, where=where, order="random()")
        found = self._do(f"{row} for update")
        if not found:
            return Gone()
        if kind.listed:
            self._move_owners(kind, found[0])
        gone = list(self._remove(kind, found))
        if self.chance.random() < 0.3:  # noqa: PLR2004 (its coverage is not documented)
            return Gone(silent=gone)
        for table, key in gone:
            self._do(
                'insert into dbo."DeleteLog" ("DeleteLogID", "EntityName", "ForeignID") '
                f"values ({next(self.keys)}, '{table}', '{key}')"
            )
        return Gone(noted=gone)

    def block(self, kind: Kind) -> None:
        """Lock a table against readers, as SQL Server does where a user changes much of it."""
        self._do(f'lock table dbo."{kind.table}" in access exclusive mode')

    def _remove(self, kind: Kind, keys: Sequence[int]) -> Iterator[tuple[str, int]]:
        removed = self._do(
            f'delete from dbo."{kind.table}" where "{kind.key}" = any(%(keys)s) '
            f'returning "{kind.key}"',
            keys=list(keys),
        )
        yield from ((kind.table, key) for key in removed)
        for child in KINDS:
            for column, owner in child.under.items():
                if owner == kind.table and removed:
                    found = self._do(
                        f'select "{child.key}" from dbo."{child.table}" '
                        f'where "{column}" = any(%(keys)s)',
                        keys=removed,
                    )
                    yield from self._remove(child, found)

    def _move_owners(self, kind: Kind, key: int) -> None:
        for column, owner in kind.under.items():
            parent = BY_TABLE[owner].key
            self._do(
                f'update dbo."{owner}" set "{parent}" = "{parent}" where "{parent}" = '
                f'(select "{column}" from dbo."{kind.table}" where "{kind.key}" = {key})'
            )

    def _do(self, statement: str, **values: object) -> list[int]:
        """Run a statement; return the keys it gives."""
        n = self.chance.randrange(40)
        values |= {"n": n, "text": _short(next(self.keys))}
        cursor = self.connection.execute(statement, values)
        return [int(key) for (key,) in cursor.fetchall()] if cursor.description else []


def keys_of(user: int, *, falling: bool) -> Iterator[int]:
    """Return keys for a user's new rows, rising or falling: new rows come on both sides.

    Sage takes ids from its counter before the transaction, so they commit in any order.
    """
    start = FIRST_OWN_KEY + (2 * user + 1) * 50_000
    return count(start, -1 if falling else 1)


def first_rows(connection: psycopg.Connection[Any], chance: random.Random, rows: int) -> None:
    """Make rows of every kind that are never deleted.

    Args:
        connection: Where; it binds parameters itself.
        chance: Dice.
        rows: How many of each kind, beside what comes with others.
    """
    changes = Changes(connection, chance, count(_FIRST_KEY))
    for kind in KINDS:
        if kind.alone:
            for _ in range(rows):
                changes.insert(kind)


def _short(number: int) -> str:
    """Write a number in few characters."""
    text = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text
