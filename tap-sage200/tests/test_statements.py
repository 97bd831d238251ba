"""The .sql files: both grammars, what a DBA is told, and what the read-only login is granted."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot
from sandbox.sage200.contract.tables import tables
from sqlglot import exp
from tap_sage200.catalogue import CHILDREN, NOT_BY_SQL, STREAMS
from tap_sage200.catalogue.watched import WATCHED
from tap_sage200.columns import Kind
from tap_sage200.exceptions import AccessError, SettingsError
from tap_sage200.release import Release
from tap_sage200.statements import (
    Statement,
    all_statements,
    all_tables,
    changed_rows,
    for_named,
    next_key,
    statement,
    web_demand,
)
from tap_sage200.statements import validated_schema as validated
from tap_sage200.stock_levels import OF_ACCOUNTS, OF_PREFIX, WITH_MARKER

WALKED = [name for name in STREAMS if name not in NOT_BY_SQL]
FOLLOWED = [(stream, watched) for stream, of in WATCHED.items() for watched in of]
# Three files are templates, sent with the names of a table in them, or with which orders they mean.
TEMPLATES = {"next_key", "changed_rows"}
MARKED = WITH_MARKER.format(column="AnalysisCode1")
DEMANDS = [web_demand(each) for each in (OF_ACCOUNTS, OF_PREFIX, MARKED)]
MADE = (
    next_key(statement("stock_items"), "item_id"),
    *(changed_rows(watched) for _, watched in FOLLOWED),
    *(
        for_named(statement(stream), watched.named, wide=watched.wide)
        for stream, watched in FOLLOWED
    ),
    for_named(statement("stock_levels"), "WarehouseItemID"),
)
STATEMENTS = {
    each.name: each for each in (*all_statements(), *MADE) if each.name not in TEMPLATES
} | {f"{each.name} {number}": each for number, each in enumerate(DEMANDS)}
del STATEMENTS["web_demand"]
NOT_PORTABLE = (
    r"::|\blimit\b|\bilike\b|\btop\b|\btrue\b|\bfalse\b|\bnolock\b|\bnow\(|\bgetdate\(|\bisnull\("
    r"|\bboolean\b|\|\||\[|\bwith\s*\("
)
CREATE_READER = Path(__file__).parents[2] / "docs" / "sql" / "create_reader.sql"


def named(name: str) -> list[tuple[str, str]]:
    tables = STATEMENTS[name].tables
    found = re.findall(r'\b(\w+)\."(\w+)"', STATEMENTS[name].source)
    return [(tables[alias], column) for alias, column in found if alias in tables]


def everything(name: str) -> Release:
    """Every column the statement names, as a new release has them."""
    return Release.of(named(name))


def oldest(name: str) -> Release:
    """Only what every release has."""
    return Release.of(STATEMENTS[name].required_columns)


def release(columns: dict[str, set[str]]) -> Release:
    return Release.of((table, column) for table, of in columns.items() for column in of)


@pytest.mark.parametrize("has", [everything, oldest])
@pytest.mark.parametrize("grammar", ["tsql", "postgres"])
@pytest.mark.parametrize("name", STATEMENTS)
def test_statement_is_one_select_in_both_grammars(name, grammar, has) -> None:
    sql = STATEMENTS[name].for_release("dbo", has(name))
    trees = sqlglot.parse(sql, dialect=grammar)
    assert len(trees) == 1
    assert isinstance(trees[0], exp.Select)
    assert {table.name for table in trees[0].find_all(exp.Table)} - {"COLUMNS"} == set(
        STATEMENTS[name].tables.values()
    )


@pytest.mark.parametrize("name", STATEMENTS)
def test_statement_uses_nothing_that_only_one_database_knows(name) -> None:
    assert re.findall(NOT_PORTABLE, STATEMENTS[name].body, flags=re.IGNORECASE) == []


@pytest.mark.parametrize("name", STATEMENTS)
def test_statement_says_what_it_reads_seeks_and_locks(name) -> None:
    comment = STATEMENTS[name].source.split("\nselect")[0]
    said = re.search(r"-- Reads:(.*?)-- Index:.*?-- Locks:  \S", comment, flags=re.DOTALL)
    assert said is not None
    template = name.split()[0] in TEMPLATES
    for table in () if template else set(STATEMENTS[name].tables.values()):
        assert re.search(rf"\b{table}\b", said[1])


@pytest.mark.parametrize("name", WALKED)
def test_statement_walks_a_bounded_range_of_its_key(name) -> None:
    key = STREAMS[name][0].name
    walked = STATEMENTS[name].for_release("dbo", everything(name))
    column = re.search(rf'^\s*(\w+\."\w+") as {key},$', walked, flags=re.MULTILINE)[1]
    assert f"where {column} > :after_key\n  and {column} <= :upto_key\n" in walked
    assert walked.endswith(f"order by {column}\noffset 0 rows fetch next :batch_size rows only")
    following = next_key(STATEMENTS[name], key)
    assert following.required_columns == {
        (STATEMENTS[name].tables[column.split(".")[0]], column.split('"')[1])
    }
    assert next(iter(following.tables.values())) in all_tables()


@pytest.mark.parametrize(("stream", "watched"), FOLLOWED)
def test_rows_that_hang_on_a_watched_table_are_asked_for_by_its_ids(stream, watched) -> None:
    gathered = changed_rows(watched)
    assert gathered.given("named_id")[1] == watched.column
    assert (gathered.given("watched_key")[1], {watched.table}) == (
        tables()[watched.table].key,
        set(gathered.tables.values()),
    )
    own = STATEMENTS[stream].tables
    walked = for_named(STATEMENTS[stream], watched.named, wide=watched.wide).body
    alias = re.search(r'^where (\w+)\."', walked, flags=re.MULTILINE)[1]
    condition = f'{alias}."{watched.named}" in :named_ids\n'
    assert (f"  and {condition}" if watched.wide else f"where {condition}") in walked
    assert f'  and not ({alias}."OpLock" > :after and {alias}."OpLock" < :below)\n' in walked
    assert (":upto_key" in walked, "fetch next" in walked) == (watched.wide, watched.wide)
    assert walked.count('"OpLock" > :after') == 1
    assert watched.named in set(tables()[own[alias]].columns)


def test_a_record_shows_the_version_of_each_table_it_joins_and_watches() -> None:
    """Else its op_lock would stay when the watched table's part of it changes."""
    for stream, watched in FOLLOWED:
        joined = {table for table, column in named(stream) if column == "OpLock"} | {
            table
            for child in CHILDREN.get(stream, {}).values()
            for table, column in named(child)
            if column == "OpLock"
        }
        assert watched.table in joined, stream


@pytest.mark.parametrize("name", WALKED)
def test_statement_gives_the_columns_of_its_stream(name) -> None:
    tree = sqlglot.parse_one(STATEMENTS[name].for_release("dbo", everything(name)), dialect="tsql")
    given = [each.alias_or_name for each in tree.selects]
    wanted = [
        column.name
        for column in STREAMS[name]
        if "_web_" not in column.name and column.kind is not Kind.LIST
    ]
    assert [each for each in given if each in wanted] == wanted


@pytest.mark.parametrize(
    ("stream", "column", "name"),
    [(stream, column, name) for stream, of in CHILDREN.items() for column, name in of.items()],
)
def test_statement_gives_the_columns_of_a_list(stream, column, name) -> None:
    tree = sqlglot.parse_one(STATEMENTS[name].for_release("dbo", everything(name)), dialect="tsql")
    (of,) = (each.of for each in STREAMS[stream] if each.name == column)
    given = [each.alias_or_name for each in tree.selects if each.alias_or_name != "parent_id"]
    assert given == [*(each.name for each in of), "op_lock"]


def test_the_reader_is_granted_select_on_exactly_the_tables_read() -> None:
    granted = re.findall(r"^GRANT (.+?) TO tap_sage200;$", CREATE_READER.read_text(), re.MULTILINE)
    assert sorted(granted) == sorted(f"SELECT ON dbo.{table}" for table in all_tables())


def test_create_reader_grants_nothing_but_select() -> None:
    statements = CREATE_READER.read_text()
    assert (
        re.findall(r"\b(db_owner|db_datawriter|INSERT|UPDATE|DELETE|ALTER|EXEC)\b", statements)
        == []
    )


def test_create_reader_makes_nothing_outside_a_company_database() -> None:
    guard, *_ = CREATE_READER.read_text().split("\nGO\n")
    assert "IF OBJECT_ID(N'dbo.SOPOrderReturn') IS NULL" in guard
    assert "SET NOEXEC ON;" in guard
    assert not re.search(r"^ *(CREATE|GRANT)\b", guard, flags=re.MULTILINE)


def test_create_reader_advises_on_each_foreign_key_that_is_sought() -> None:
    """All that the files join or filter by, and that is no key of its table."""
    text = CREATE_READER.read_text()
    advised = set(re.findall(r"\(N'(\w+)', N'(\w+)'\)", text))
    found = {
        (each.tables[alias], column)
        for each in STATEMENTS.values()
        for alias, column in re.findall(
            r'(?:on|where) (\w+)\."(\w+)" (?:=|in) (?:\w+\."|:)', each.body
        )
    }
    found |= {
        (each.tables[alias], watched.named)
        for stream, watched in FOLLOWED
        for each in [statement(stream)]
        for alias in re.findall(r'^where (\w+)\."', each.body, flags=re.MULTILINE)
    }
    # The account number is a unique key of its own.
    sought = {
        (table, column)
        for table, column in found
        if column not in {tables()[table].key, "CustomerAccountNumber"}
    }
    assert advised == sought
    advice = text[text.index("SELECT N'No index") : text.rindex("\nGO")].rstrip().rstrip(";")
    assert isinstance(sqlglot.parse_one(advice, dialect="tsql"), exp.Select)


EXAMPLE = Statement(
    "example",
    '-- Comment.\nselect\n  item."Code" as item_code,\n  item."New" as new, -- optional\n'
    '  item."Unit" as unit -- optional, else item."OldUnit"\nfrom {schema}."StockItem" as item\n',
)


@pytest.mark.parametrize(
    ("columns", "new", "unit"),
    [
        ({"Code", "New", "Unit", "OldUnit"}, 'item."New"', 'item."Unit"'),
        ({"Code", "Unit", "OldUnit"}, "null", 'item."Unit"'),
        ({"Code", "New", "OldUnit"}, 'item."New"', 'item."OldUnit"'),
    ],
)
def test_a_column_an_old_release_lacks_is_replaced(columns, new, unit) -> None:
    sql = EXAMPLE.for_release("sage", release({"StockItem": columns}))
    assert sql == (
        '/* tap-sage200: example */\nselect\n  item."Code" as item_code,\n'
        f'  {new} as new,\n  {unit} as unit\nfrom "sage"."StockItem" as item'
    )


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({}, "table sage.StockItem isn't there"),
        ({"StockItem": {"OldUnit"}}, "column Code of table sage.StockItem isn't there"),
    ],
)
def test_what_every_release_has_is_asked_for_by_name(columns, what) -> None:
    with pytest.raises(AccessError, match=what):
        EXAMPLE.for_release("sage", release(columns))


@pytest.mark.parametrize("name", STATEMENTS)
def test_sql_server_s_names_are_found_in_any_case(name) -> None:
    """The statement is the one for a new release, optional columns included, as the file has it."""
    lower = [(table.lower(), column.lower()) for table, column in named(name)]
    found = Release.of(lower, ignores_case=True)
    assert STATEMENTS[name].for_release("dbo", found) == STATEMENTS[name].for_release(
        "dbo", everything(name)
    )


def test_names_of_postgresql_are_exact() -> None:
    with pytest.raises(AccessError, match=r"table sage\.StockItem isn't there"):
        EXAMPLE.for_release("sage", release({"stockitem": {"code", "new", "unit", "oldunit"}}))


@pytest.mark.parametrize("name", ['dbo"; drop table x --', "", "1dbo", "a b", "dbo.x", "[dbo]"])
def test_a_schema_that_is_no_plain_name_is_refused(name) -> None:
    with pytest.raises(SettingsError, match="Setting schema"):
        validated(name)


def test_a_statement_is_loaded_once() -> None:
    assert statement("customers") is statement("customers")
