"""The .sql files: loading them, naming the schema, and leaving out what an old release lacks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import TextClause, bindparam, text

from tap_sage200.catalogue.moved import ARCHIVES, HISTORIES
from tap_sage200.exceptions import AccessError, SettingsError

if TYPE_CHECKING:
    from tap_sage200.catalogue.watched import Watched
    from tap_sage200.release import Release

SCHEMA_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$#@]*")
_TABLE = re.compile(r'\{schema\}\."(\w+)" as (\w+)')
_COLUMN = re.compile(r'\b(\w+)\."(\w+)"')
_COLUMN_AS = re.compile(r'^\s*(\w+)\."(\w+)" as (\w+)', flags=re.MULTILINE)
_OPTIONAL = re.compile(
    r'^(?P<indent>\s*)(?P<alias>\w+)\."(?P<column>\w+)" as (?P<name>\w+)(?P<comma>,?)'
    r"\s*-- optional(?:, else (?P<otherwise>.+))?$"
)
_WALKED = re.compile(
    r'(?P<range>where (?P<alias>\w+)\.("\w+") > :after_key\n  and (?P=alias)\.\3 <= :upto_key\n)'
    r"(?P<more>(?:  and .*\n)*?)"
    r'  and (?P=alias)\."OpLock" > :after\n  and (?P=alias)\."OpLock" < :below\n'
    r"(?P<order>order by .*\n)(?P<end>offset .*\n)"
)
_LIST_PARAMETER = re.compile(r"\bin :(\w+)")


@dataclass(frozen=True)
class Statement:
    """One .sql file as a DBA reads it.

    Attributes:
        name: File name without its ending.
        source: The file's text, with ``{schema}`` where the schema's name goes. A column whose
            line ends with ``-- optional`` may be missing in an old release; null, or the
            expression after ``else``, then stands in its place.
    """

    name: str
    source: str

    @property
    def tables(self) -> dict[str, str]:
        """Return table name by alias."""
        return {alias: table for table, alias in _TABLE.findall(self.source)}

    @property
    def body(self) -> str:
        """Return the statement without its comment lines at the start."""
        lines = self.source.splitlines()
        return "\n".join(line for line in lines if not line.startswith("--"))

    @property
    def required_columns(self) -> set[tuple[str, str]]:
        """Return (table, column) for what no release of Sage 200 may lack."""
        tables = self.tables
        needed = "\n".join(
            (match["otherwise"] or "") if (match := _OPTIONAL.match(line)) else line
            for line in self.body.splitlines()
        )
        return {
            (tables[alias], column) for alias, column in _COLUMN.findall(needed) if alias in tables
        }

    def given(self, name: str) -> tuple[str, str]:
        """Return alias and column of what the statement gives under a name."""
        return next(
            (match[1], match[2]) for match in _COLUMN_AS.finditer(self.body) if match[3] == name
        )

    def for_release(self, schema: str, release: Release) -> str:
        """Return the SQL to send to this database, names as this file writes them.

        Args:
            schema: Name of the schema, already validated.
            release: What the database has.

        Raises:
            AccessError: If a table or a column isn't there that every release has.
        """
        for table, column in sorted(self.required_columns):
            if not release.has(table, column):
                what = f"column {column} of table" if release.has_table(table) else "table"
                raise AccessError(
                    f"Sage 200: {what} {schema}.{table} isn't there for this login. Check the "
                    "settings schema and database, and grant SELECT with "
                    "docs/sql/create_reader.sql."
                )
        tables = self.tables
        lines = []
        for line in self.body.splitlines():
            match = _OPTIONAL.match(line)
            if match is None:
                lines.append(line)
                continue
            alias, column = match["alias"], match["column"]
            there = release.has(tables[alias], column)
            value = f'{alias}."{column}"' if there else (match["otherwise"] or "null")
            lines.append(f"{match['indent']}{value} as {match['name']}{match['comma']}")
        sql = "\n".join(lines).replace("{schema}", f'"{schema}"').strip()
        return f"/* tap-sage200: {self.name} */\n{sql}"


@cache
def statement(name: str) -> Statement:
    """Load ``sql/<name>.sql``."""
    path = files("tap_sage200").joinpath("sql").joinpath(f"{name}.sql")
    return Statement(name, path.read_text(encoding="utf-8"))


@cache
def next_key(walked: Statement, key: str) -> Statement:
    """Return ``sql/next_key.sql`` for the table that a statement walks.

    Args:
        walked: The statement.
        key: Alias of its key column.
    """
    alias, column = walked.given(key)
    return key_above(walked.tables[alias], column, walked.name)


@cache
def key_above(table: str, key: str, name: str) -> Statement:
    """Return ``sql/next_key.sql`` for a table.

    Args:
        table: The table.
        key: Its key.
        name: What to call it.
    """
    template = statement("next_key")
    source = template.source.replace("{table}", table).replace("{key}", key)
    return Statement(f"{template.name} of {name}", source)


@cache
def archived(stream: str) -> Statement:
    """Return a stream's statement for the tables its old rows were moved to."""
    walked = statement(stream)
    source = walked.source
    for table, archive in ARCHIVES[stream].items():
        source = source.replace(f'{{schema}}."{table}" as', f'{{schema}}."{archive}" as')
    return Statement(f"{walked.name} of archives", source)


@cache
def changed_rows(watched: Watched) -> Statement:
    """Return ``sql/changed_rows.sql`` for a watched table."""
    template = statement("changed_rows")
    source = template.source
    for name in ("table", "key", "column"):
        source = source.replace(f"{{{name}}}", getattr(watched, name))
    return Statement(f"{template.name} of {watched.table}", source)


@cache
def for_named(walked: Statement, column: str, *, wide: bool = False) -> Statement:
    """Return a stream's statement for rows that are named, whatever their own row version.

    Those whose own version lies in the window are left out: they were sent for that.

    Args:
        walked: The statement.
        column: A column of the table it walks; its values are ``:named_ids``.
        wide: The rows are found by walking the table, as before. Otherwise they are sought by the
            column, all at once: with a range and an end a database may choose to walk the table
            all the same.
    """
    found = _WALKED.search(walked.source)
    if found is None:
        raise ValueError(f"sql/{walked.name}.sql is not a walk through a window of row versions")
    alias = found["alias"]
    named = f'{alias}."{column}" in :named_ids\n'
    sent = f'  and not ({alias}."OpLock" > :after and {alias}."OpLock" < :below)\n'
    if wide:
        where = f"{found['range']}{found['more']}  and {named}{sent}{found['order']}{found['end']}"
    else:
        where = f"where {named}{found['more']}{sent}{found['order']}"
    source = walked.source.replace(found[0], where)
    return Statement(f"{walked.name} of named {column}", source)


@cache
def web_demand(orders: str) -> Statement:
    """Return ``sql/web_demand.sql`` for the orders of accounts, of a prefix, or with a marker.

    Args:
        orders: The condition, on ``sales_order`` and ``customer``.
    """
    template = statement("web_demand")
    return Statement(template.name, template.source.replace("{orders}", orders))


@cache
def all_statements() -> tuple[Statement, ...]:
    """Load every .sql file, by name."""
    folder = files("tap_sage200").joinpath("sql")
    names = (entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(statement(name.removesuffix(".sql")) for name in sorted(names))


def all_tables() -> set[str]:
    """Return every table this tap reads."""
    moved = {archive for each in ARCHIVES.values() for archive in each.values()}
    moved.update(table for table, _ in HISTORIES.values())
    return moved | {table for each in all_statements() for table in each.tables.values()}


def clause(sql: str) -> TextClause:
    """Make the statement executable, with its list parameters expanding to one marker a value."""
    lists = sorted(set(_LIST_PARAMETER.findall(sql)))
    return text(sql).bindparams(*(bindparam(name, expanding=True) for name in lists))


def validated_schema(name: str) -> str:
    """Return ``name`` where it is a plain identifier.

    Raises:
        SettingsError: If it isn't; it would be pasted into every statement.
    """
    if not SCHEMA_NAME.fullmatch(name):
        raise SettingsError(
            f"Setting schema: {name!r} is not the plain name of a schema; Sage 200's is dbo."
        )
    return name
