"""Point 18: OpLock is a rowversion, so that readers of changes can be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHANGE = """update dbo."Warehouse" set "Description" = "Description" || '.' where "Name" = %s"""
BOUND = "select dbo.min_active_rowversion()"
CHANGED = (
    'select "Name" from dbo."Warehouse" where "OpLock" >= %s and "OpLock" < %s order by "OpLock"'
)


@pytest.fixture(scope="module")
def company(new_company: Callable[[], str]) -> str:
    return new_company()


@pytest.fixture
def connect(company: str) -> Iterator[Callable[[], psycopg.Connection]]:
    """Open connections that a test need not close."""
    opened = []

    def make() -> psycopg.Connection:
        opened.append(psycopg.connect(company))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


def bound(connection: psycopg.Connection) -> bytes:
    value = connection.execute(BOUND).fetchone()[0]
    connection.commit()
    return value


def names(connection: psycopg.Connection, first: bytes, last: bytes) -> list[str]:
    rows = connection.execute(CHANGED, (first, last)).fetchall()
    connection.commit()
    return [name for (name,) in rows]


def test_each_write_gets_a_higher_value_of_8_bytes(
    connect: Callable[[], psycopg.Connection],
) -> None:
    connection = connect()
    seen = []
    for _ in range(3):
        connection.execute(CHANGE, ("LEEDS",))
        seen.append(
            connection.execute(
                """select "OpLock" from dbo."Warehouse" where "Name" = 'LEEDS'"""
            ).fetchone()[0]
        )
        connection.commit()
    assert seen == sorted(set(seen))
    assert {len(value) for value in seen} == {8}


def test_no_two_rows_share_a_value(connect: Callable[[], psycopg.Connection]) -> None:
    connection = connect()
    tables = connection.execute(
        "select table_name from information_schema.columns"
        " where table_schema = 'dbo' and column_name = 'OpLock'"
    ).fetchall()
    union = " union all ".join(f'select "OpLock" from dbo."{name}"' for (name,) in tables)
    counted = connection.execute(f'select count(*), count(distinct "OpLock") from ({union}) t')
    rows, distinct = counted.fetchone()
    assert rows == distinct > 900


def test_with_nothing_open_the_bound_is_above_everything(
    connect: Callable[[], psycopg.Connection],
) -> None:
    connection = connect()
    connection.execute(CHANGE, ("YORK",))
    connection.commit()
    ((highest,),) = connection.execute('select max("OpLock") from dbo."Warehouse"').fetchall()
    connection.commit()
    assert bound(connection) > highest


def test_an_update_renews_the_stamp_and_an_insert_sets_it(
    connect: Callable[[], psycopg.Connection],
) -> None:
    connection = connect()
    query = """select "DateTimeCreated", "DateTimeUpdated" from dbo."Warehouse" where "Name" = %s"""
    created, before = connection.execute(query, ("NEWARK",)).fetchone()
    connection.execute(CHANGE, ("NEWARK",))
    same, after = connection.execute(query, ("NEWARK",)).fetchone()
    assert same == created
    assert after > before


def test_a_change_that_commits_late_is_not_lost(connect: Callable[[], psycopg.Connection]) -> None:
    """The earlier transaction holds the lower value and commits after the later one."""
    early, late, reader = connect(), connect(), connect()
    start = bound(reader)
    early.execute(CHANGE, ("LEEDS",))
    late.execute(CHANGE, ("YORK",))
    late.commit()
    first_bound = bound(reader)
    assert names(reader, start, first_bound) == []
    early.commit()
    second_bound = bound(reader)
    assert names(reader, first_bound, second_bound) == ["LEEDS", "YORK"]


def test_reading_above_the_last_value_alone_would_lose_it(
    connect: Callable[[], psycopg.Connection],
) -> None:
    """Why the bound is needed: without it the reader's mark overtakes the open transaction."""
    early, late, reader = connect(), connect(), connect()
    start = bound(reader)
    early.execute(CHANGE, ("LEEDS",))
    late.execute(CHANGE, ("YORK",))
    late.commit()
    seen = reader.execute('select max("OpLock") from dbo."Warehouse"').fetchone()[0]
    reader.commit()
    early.commit()
    above = reader.execute(
        'select "Name" from dbo."Warehouse" where "OpLock" > %s', (seen,)
    ).fetchall()
    assert above == []
    assert "LEEDS" in names(reader, start, bound(reader))


def test_the_bound_holds_inside_one_statement_and_in_one_snapshot(
    connect: Callable[[], psycopg.Connection],
) -> None:
    early, reader = connect(), connect()
    start = bound(reader)
    one = f'select "Name" from dbo."Warehouse" where "OpLock" >= %s and "OpLock" < ({BOUND})'
    early.execute(CHANGE, ("LEEDS",))
    assert reader.execute(one, (start,)).fetchall() == []
    reader.commit()
    reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    held = reader.execute(BOUND).fetchone()[0]
    early.commit()
    assert reader.execute(BOUND).fetchone()[0] == held
    assert reader.execute(one, (start,)).fetchall() == []
    reader.commit()
    assert reader.execute(one, (start,)).fetchall() == [("LEEDS",)]


def test_what_another_database_has_open_does_not_hold_the_bound_back(
    connect: Callable[[], psycopg.Connection], new_company: Callable[[], str]
) -> None:
    reader = connect()
    with psycopg.connect(new_company()) as elsewhere:
        elsewhere.execute(CHANGE, ("LEEDS",))
        writer = connect()
        start = bound(reader)
        writer.execute(CHANGE, ("YORK",))
        writer.commit()
        assert names(reader, start, bound(reader)) == ["YORK"]


def test_a_transaction_that_only_reads_does_not_hold_the_bound_back(
    connect: Callable[[], psycopg.Connection],
) -> None:
    reader, idle, writer = connect(), connect(), connect()
    idle.execute('select count(*) from dbo."Warehouse"')
    start = bound(reader)
    writer.execute(CHANGE, ("YORK",))
    writer.commit()
    assert names(reader, start, bound(reader)) == ["YORK"]


def test_names_work_with_and_without_their_schema(
    template_url: str, new_company: Callable[[], str]
) -> None:
    with psycopg.connect(template_url) as connection:
        for name in ('dbo."StockItem"', '"dbo"."StockItem"', '"StockItem"'):
            assert connection.execute(f"select count(*) from {name}").fetchone()[0] > 0
        assert connection.execute("select min_active_rowversion()").fetchone()
