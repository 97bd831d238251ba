"""Range by range: sparse keys, locked rows, statements that take too long."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import pytest
from sqlalchemy import event
from tap_sage200 import database
from tap_sage200.exceptions import BusyDatabaseError
from tap_sage200.stride import Stride

LOCKED = """
alter table dbo."StockItem" rename to "StockItemRows";
create table dbo.locked_rows (item_id bigint primary key);
create function dbo.readable(id bigint) returns boolean language plpgsql stable cost 100000 as $$
begin
  if exists (select from dbo.locked_rows where item_id = id) then
    raise exception 'Lock request time out' using errcode = '55P03';
  end if;
  return true;
end $$;
create view dbo."StockItem" as
  select * from dbo."StockItemRows" where dbo.readable("ItemID");
"""


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """Retries and rests without waiting."""
    slept: list[float] = []
    monkeypatch.setattr("tap_sage200.tap.time.sleep", slept.append)
    return slept


def many_items(company, keys: str) -> None:
    company.sql(
        'insert into dbo."StockItem" ("ItemID", "Code") '
        f"select {keys}, 'MANY-' || n from generate_series(1, 3000) as n"
    )


def ids(company) -> list[int]:
    return [key for (key,) in company.sql('select "ItemID" from dbo."StockItem" order by 1')]


def read_ids(run) -> list[int]:
    return [each["item_id"] for each in run.records("stock_items")]


def statements_of(stream) -> list[str]:
    """Return a list that gets each statement the stream sends, by name."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest: object) -> None:
        sent.append(statement.split()[2])

    event.listen(stream._database.engine(), "before_cursor_execute", note)
    return sent


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param("10000000 + n", id="one beside the other"),
        pytest.param("10000000 + n * 977", id="a counter shared with other tables"),
        pytest.param("10000000 + n + n / 1000 * 1000000000000", id="wide gaps"),
        pytest.param("9223372036854772807 + n", id="up to the highest of all"),
    ],
)
@pytest.mark.parametrize("batch_size", [7, 250, 5000])
def test_every_row_is_read_once_wherever_its_key_lies(company, waits, keys, batch_size) -> None:
    many_items(company, keys)
    first = company.read("stock_items", batch_size=batch_size)
    assert read_ids(first) == ids(company)
    company.sql('update dbo."StockItem" set "Name" = \'x\' where "ItemID" %% 500 = 7 or true')
    second = company.read("stock_items", state=first.state, batch_size=batch_size)
    assert read_ids(second) == ids(company)


def test_few_changes_among_many_rows_take_few_short_statements(company, waits) -> None:
    many_items(company, "10000000 + n * 977")
    first = company.read("stock_items")
    company.sql('update dbo."StockItem" set "Name" = \'x\' where "Code" = \'MANY-2999\'')
    tap, writer = company.tap(first.state)
    stream = tap.streams["stock_items"]
    sent = statements_of(stream)
    stream.sync()
    assert sum(each["type"] == "RECORD" for each in writer.messages) == 1
    # Seek the first key, walk a range, seek what follows: 3 million keys, 3,000 of them in use.
    assert sent.count("stock_items") <= 6
    assert sent.count("next_key") == sent.count("stock_items") + 1


def test_an_empty_table_is_one_seek(company) -> None:
    company.sql('delete from dbo."StockItem"')
    tap, _ = company.tap()
    stream = tap.streams["stock_items"]
    sent = statements_of(stream)
    stream.sync()
    assert (sent.count("next_key"), sent.count("stock_items")) == (1, 0)


def test_all_up_to_a_locked_row_is_read_and_the_next_run_goes_on_there(company, waits) -> None:
    many_items(company, "10000000 + n")
    everything = ids(company)
    first = company.read("stock_items")
    company.sql('update dbo."StockItem" set "Name" = \'x\'')
    company.connection.execute(LOCKED)
    locked = 10_002_000
    company.sql("insert into dbo.locked_rows values (%s)", locked)
    tap, writer = company.tap(first.state)
    for name, stream in tap.streams.items():
        stream.selected = name == "stock_items"
    with pytest.raises(BusyDatabaseError, match=r"stock_items met locks of Sage users 6 times"):
        tap.sync_all()
    read = [each["record"]["item_id"] for each in writer.messages if each["type"] == "RECORD"]
    before = [key for key in everything if key < locked]
    assert read == before[: len(read)]
    assert len(before) - len(read) < 10
    company.sql("delete from dbo.locked_rows")
    rest = read_ids(company.read("stock_items", state=tap.state))
    assert read + rest == everything


def test_a_lock_that_is_let_go_costs_nothing(company, waits, monkeypatch) -> None:
    many_items(company, "10000000 + n")
    company.connection.execute(LOCKED)
    company.sql("insert into dbo.locked_rows values (10002000)")
    real = Stride.given_up
    conflicts = []

    def count(stride) -> None:
        conflicts.append(1)
        if len(conflicts) == 12:
            company.sql("delete from dbo.locked_rows")
        real(stride)

    monkeypatch.setattr(Stride, "given_up", count)
    assert read_ids(company.read("stock_items")) == ids(company)
    assert len(conflicts) == 12 > database.ATTEMPTS


def test_a_statement_that_takes_too_long_is_tried_again_smaller(company, waits) -> None:
    many_items(company, "10000000 + n")
    company.connection.execute(LOCKED.replace("raise exception", "perform pg_sleep(0.4); --"))
    company.sql(
        "insert into dbo.locked_rows select 10000000 + n * 700 from generate_series(1, 4) n"
    )
    run = company.read("stock_items", statement_timeout_seconds=1)
    assert read_ids(run) == ids(company)
    assert waits.count(0.2) >= 1
