"""The tables of a Sage 200 company database, as the compact contract file gives them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_COLUMN = re.compile(
    r"(?P<name>\w+) (?P<type>[a-z]+)(?:\((?P<length>\d+)\))?(?P<null> null)?(?: >(?P<target>\w+))?"
)


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Sage's own spelling.
        type: SQL Server's type name: bigint, int, smallint, tinyint, bit, decimal, varchar,
            datetime, rowversion.
        length: Most characters of a varchar, where known.
        nullable: Whether null may stand in it.
        target: Table that a key of another table refers to.
    """

    name: str
    type: str
    length: int | None
    nullable: bool
    target: str | None


@dataclass(frozen=True)
class Table:
    """One table: its columns by name, in Sage's order."""

    name: str
    key: str
    columns: dict[str, Column]


@lru_cache(maxsize=1)
def tables() -> dict[str, Table]:
    """Return every table of the contract by name."""
    text = (files(__package__) / "sql_columns.json").read_text("utf-8")
    return {
        name: Table(name, entry["key"], {c.name: c for c in map(_column, entry["columns"])})
        for name, entry in json.loads(text).items()
    }


def _column(text: str) -> Column:
    match = _COLUMN.fullmatch(text)
    if match is None:
        raise ValueError(f"sql_columns.json: {text!r} is not a column. Make the file anew.")
    length = match["length"]
    return Column(
        name=match["name"],
        type=match["type"],
        length=int(length) if length else None,
        nullable=match["null"] is not None,
        target=match["target"],
    )
