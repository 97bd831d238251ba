"""How a resource is read from Sage's tables.

A field of the API is read from the column of the same name (``analysis_code_1`` from
``AnalysisCode1``), in a view also from a joined table whose prefix it bears (``product_name`` from
``StockItem.Name``); a :class:`Source` names only those that differ. Fields of the contract that no
table of this company holds are answered as null.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from sandbox.sage200.contract.fields import shape
from sandbox.sage200.contract.tables import tables
from sandbox.sage200.schema.enums import enum_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.sage200.contract.fields import Field

Kind = Literal["text", "integer", "number", "boolean", "datetime"]

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_KINDS: dict[str, Kind] = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}
_TYPES = {
    "text": "text",
    "integer": "bigint",
    "number": "numeric",
    "boolean": "int",
    "datetime": "timestamp",
}


@dataclass(frozen=True)
class Words:
    """A field that holds a word of a list while the table holds its id."""

    enum: str
    column: str


@dataclass(frozen=True)
class Child:
    """Records that belong to a record and are answered inside it.

    Attributes:
        source: Name of their source.
        key: Their field that names the parent.
        many: Whether they make a list (or a single object).
    """

    source: str
    key: str
    many: bool = True


@dataclass(frozen=True)
class Link:
    """A record that a record refers to, answered only where ``$expand`` asks for it."""

    source: str
    key: str


@dataclass(frozen=True)
class Part:
    """A table that a view joins on, whose columns the view names with a prefix.

    Attributes:
        alias: The table's name in the SQL.
        table: Name of the table in the contract.
        fields: Column by the rest of a field's name, where it differs.
    """

    alias: str
    table: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Where the records of a resource come from.

    Attributes:
        shape: Name of their shape in the contract.
        table: Main table, ``t`` in the SQL; with its schema where it is the stand-in's own.
        fields: Column of ``t``, SQL expression or list of words by field, where it differs. A
            name that is no field of the shape can be searched by (a child's key), not asked for.
        joins: Further tables.
        parts: Tables among them by the prefix of their fields, e.g. ``product_``; the prefix of
            the main table itself can be among them, as ``t``. The longest that fits decides.
        where: Which rows of the table these are.
        order: Order where the request names none; the key by default.
        children: Records inside, by field.
        links: Records referred to, by field.
        key: Field that identifies a record.
    """

    shape: str
    table: str
    fields: Mapping[str, str | Words] = field(default_factory=dict)
    joins: str = ""
    parts: Mapping[str, Part] = field(default_factory=dict)
    where: str = ""
    order: str = ""
    children: Mapping[str, Child] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    key: str = "id"


@dataclass(frozen=True)
class Mapped:
    """A field as SQL: ``raw`` to compare and sort by, ``select`` to answer.

    Attributes:
        enum: List of words whose id ``raw`` is.
        never_null: Whether it is a column that Sage does not let be null.
    """

    name: str
    kind: Kind
    raw: str
    enum: str | None = None
    never_null: bool = False

    @property
    def select(self) -> str:
        """Return the SQL of the value as JSON holds it."""
        if self.enum is not None:
            cases = " ".join(f"when {v.id} then '{v.value}'" for v in enum_values(self.enum))
            return f"case {self.raw} {cases} end"
        if self.kind == "boolean":
            return f"({self.raw})::int = 1"
        if self.kind == "datetime":
            return f"to_char({self.raw}, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS')"
        return self.raw


class MappedSource:
    """A source with every scalar field of its shape (as far as the edition has it) as SQL.

    Attributes:
        fields: Fields by name, in the contract's order.
        keys: SQL of what records can be searched by: the fields, and keys that are none.
    """

    def __init__(
        self, source: Source, *, date_time_updated: bool, professional: bool = True
    ) -> None:
        self.source = source
        own = "." in source.table
        self._relation = source.table if own else f'dbo."{source.table}"'
        squashed = {} if own else _columns_by_squashed_name(source.table)
        self.fields = {
            known.name: _map(known, source, squashed, date_time_updated=date_time_updated)
            for known in scalar_fields(source.shape, professional=professional)
        }
        self.keys = {name: mapped.raw for name, mapped in self.fields.items()}
        for name, given in source.fields.items():
            if name not in self.keys and isinstance(given, str):
                self.keys[name] = _sql(given)

    @property
    def from_clause(self) -> str:
        """Return the SQL from ``from`` up to its ``where``."""
        return f"from {self._relation} t {self.source.joins}"


def _columns_by_squashed_name(table_name: str) -> dict[str, str]:
    table = tables()[table_name]
    return {_squash(name): name for name in table.columns} | {"id": table.key}


def scalar_fields(shape_name: str, *, professional: bool = True) -> Iterator[Field]:
    """Yield the fields of a shape that hold a plain value and that the edition has."""
    return (
        known
        for known in shape(shape_name).values()
        if known.type in _KINDS and (professional or not known.professional_only)
    )


def _map(
    known: Field, source: Source, squashed: Mapping[str, str], *, date_time_updated: bool
) -> Mapped:
    own = "." in source.table
    kind: Kind = "datetime" if known.format == "date-time" else _KINDS[known.type]
    nothing = f"null::{_TYPES[kind]}"
    given = source.fields.get(known.name) or squashed.get(_squash(_as_column(known.name)))
    given = given or _of_part(known.name, source) or nothing
    if isinstance(given, Words):
        return Mapped(known.name, "text", _sql(given.column), given.enum)
    if "DateTimeUpdated" in given and not date_time_updated:
        return Mapped(known.name, kind, nothing)
    column = None if own else tables()[source.table].columns.get(given)
    never_null = column is not None and not column.nullable
    return Mapped(known.name, kind, _sql(given), never_null=never_null)


def _of_part(name: str, source: Source) -> str | None:
    """Return the column of a joined table that a prefixed field stands for."""
    for prefix in sorted(source.parts, key=len, reverse=True):
        if not name.startswith(prefix):
            continue
        part = source.parts[prefix]
        rest = name[len(prefix) :]
        columns = _columns_by_squashed_name(part.table)
        column = part.fields.get(rest) or columns.get(_squash(_as_column(rest)))
        if column is not None:
            return f'{part.alias}."{column}"'
    return None


def _sql(given: str) -> str:
    return f't."{given}"' if _IDENTIFIER.fullmatch(given) else given


@cache
def _as_column(name: str) -> str:
    """Return the words Sage's columns use for those of the API."""
    name = re.sub(r"^address_(\d)$", r"address_line_\1", name)
    return re.sub(r"^spare_bool_", "spare_bit_", name)


def _squash(name: str) -> str:
    return name.replace("_", "").lower()
