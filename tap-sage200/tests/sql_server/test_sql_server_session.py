"""The session SQL Server sees: settings, transactions, and what is sent at all."""

# ruff: noqa: ANN001, ANN201 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import re

import pyodbc
import pytest
from sandbox.sql_server.refusal import Refusal
from tap_sage200.catalogue import NOT_BY_SQL, STREAMS
from tap_sage200.exceptions import SageReadError
from tap_sage200.statements import all_statements

BY_SQL = tuple(name for name in STREAMS if name not in NOT_BY_SQL)
_OWN = re.compile(r"/\* tap-sage200: (\w+)(?: of \w+)? \*/\n")


def statements(server) -> list:
    """What was sent of the tap's own statements."""
    return [each for each in server.seen if _OWN.match(each.text)]


@pytest.mark.parametrize("level", ["READ COMMITTED", "SNAPSHOT"])
def test_every_statement_runs_with_the_session_s_settings(served, odbc, level) -> None:
    run = served.by(odbc).read(lock_timeout_ms=1234, isolation_level=level, web_accounts=["WEBEUR"])
    assert len(run.counts) == 7
    seen = {
        (each.isolation, each.lock_timeout, each.deadlock_priority, each.application)
        for each in statements(served.server)
    }
    assert seen == {(level, 1234, "LOW", "tap-sage200")}


@pytest.mark.parametrize("level", ["READ COMMITTED", "SNAPSHOT"])
def test_no_transaction_is_open_before_or_after_a_statement(served, odbc, level) -> None:
    """The drivers would begin the next one as soon as one ends."""
    served.by(odbc).read("stock_levels", "customers", isolation_level=level, batch_size=20)
    assert len(statements(served.server)) > 10
    assert [each for each in served.server.seen if each.in_transaction] == []


def test_snapshot_where_the_dba_has_not_allowed_it_is_a_sentence(company, serve, odbc) -> None:
    with (
        serve(company, allows_snapshot=False) as served,
        pytest.raises(SageReadError, match="doesn't allow isolation_level SNAPSHOT"),
    ):
        served.by(odbc).read("customers", isolation_level="SNAPSHOT")


def test_nothing_is_sent_but_the_files_settings_and_known_questions(trading, serve, odbc) -> None:
    with serve(trading) as served:
        served.by(odbc).read(*BY_SQL, web_accounts=["WEB*", "HARG01"])
        own = {_OWN.match(each.text)[1] for each in statements(served.server)}
        others = [each for each in served.server.seen if not _OWN.match(each.text)]
        # Those for changes alone are not needed the first time.
        rare = {"changed_rows"}
        assert own | rare == {each.name for each in all_statements()}
        assert {each.by for each in statements(served.server)} <= {"sp_prepexec", "batch"}
        assert not re.search(
            r"nolock|level read uncommitted|\b(insert|update|delete|merge|exec)\b",
            "\n".join(each.text.lower() for each in served.server.seen),
        )
        # Settings on each connection; questions of SQLAlchemy and of the drivers; the tap's two.
        unknown = [
            each.text
            for each in others
            if not re.match(
                r"SET (LOCK_TIMEOUT 3000|DEADLOCK_PRIORITY LOW"
                r"|TRANSACTION ISOLATION LEVEL READ COMMITTED)$|sp_datatype_info_100 -?\d"
                r"|SELECT CAST\(|SELECT schema_name\(\)|SELECT name FROM sys\.system_views"
                r"|\s+SELECT CASE transaction_isolation_level|SELECT 1 FROM fn_listextendedprop"
                r"|select cast\(databasepropertyex|select @@dbts$|SELECT 1$",
                each.text,
            )
        ]
        assert unknown == []


def test_a_second_run_asks_whether_a_transaction_holds_it_back(served, odbc, caplog) -> None:
    """The bound and ``@@DBTS`` are bytes in order, as the drivers give them."""
    company = served.by(odbc)
    state = company.read("tax_codes").state
    company.read("tax_codes", state=state)
    assert "select @@dbts" in [each.text for each in served.server.seen]
    assert "A transaction has been open" not in caplog.text


def test_a_run_logs_in_once_and_stays_not_connected(served, odbc) -> None:
    served.by(odbc).read("tax_codes", "customers")
    assert len(served.server.logins) == 1
    # The server hears of the end a moment later, or never: then this fails by its time-out.
    served.server.wait_until_all_left()


@pytest.mark.parametrize("by_options", [True, False])
def test_a_secondary_is_asked_for_and_noted(served, odbc, by_options) -> None:
    settings = (
        {"odbc_options": {**odbc.trusting, "ApplicationIntent": "ReadOnly"}}
        if by_options
        else {"application_intent": "ReadOnly"}
    )
    company = served.by(odbc)
    first = company.read("tax_codes", **settings)
    assert [each.read_only for each in served.server.logins] == [True]
    second = company.read("tax_codes", state=first.state, **settings)
    noted = second.state["bookmarks"]["tax_codes"]
    assert noted["before"] == first.state["bookmarks"]["tax_codes"]["replication_key_value"]


def test_a_database_that_cannot_be_written_is_taken_for_a_secondary(served, odbc) -> None:
    company = served.by(odbc)
    served.server.updateable = False
    first = company.read("tax_codes")
    second = company.read("tax_codes", state=first.state)
    assert "before" in second.state["bookmarks"]["tax_codes"]
    served.server.updateable = True
    third = company.read("tax_codes", state=first.state)
    assert "before" not in third.state["bookmarks"]["tax_codes"]


def test_the_driver_follows_to_the_secondary(served, serve, microsoft) -> None:
    """FreeTDS 1.3 fails there once encrypted: it goes on with the first server's TLS."""
    with serve(served.company, updateable=False) as secondary:
        served.server.secondary = secondary.server.port
        run = served.by(microsoft).read("tax_codes", "warehouses", application_intent="ReadOnly")
        assert set(run.counts) == {"tax_codes", "warehouses"}
        assert served.server.seen == []
        assert len(secondary.server.logins) == 1
        assert all(each.read_only for each in secondary.server.logins)
        to_write = served.by(microsoft).read("tax_codes", application_intent="ReadWrite")
        assert to_write.counts == {"tax_codes": run.counts["tax_codes"]}
        assert len(secondary.server.logins) == 1


def test_a_statement_has_no_more_parameters_than_sql_server_takes(served, odbc) -> None:
    company, changed = served.company, 250
    first = company.read("stock_levels")
    company.sql('update dbo."StockItem" set "Name" = \'New\' where "Code" = \'BN-001\'')
    company.sql(
        'insert into dbo."StockItem" ("ItemID", "Code") '
        "select n, 'MANY-' || n from generate_series(2000001, 2000000 + %s) as n",
        changed - 1,
    )
    expected = company.read("stock_levels", state=first.state)
    run = served.by(odbc).read("stock_levels", state=first.state)
    sent, wanted = (
        [(each["warehouse_item_id"], each["op_lock"]) for each in one.records("stock_levels")]
        for one in (run, expected)
    )
    assert sent == wanted != []
    most = max(len(each.values) for each in served.server.seen)
    assert 100 < most < 600


def test_the_stand_in_takes_no_more_parameters_than_sql_server(still_company, serve, odbc) -> None:
    with serve(still_company) as served:
        engine = served.by(odbc).tap()[0].streams["tax_codes"]._database.engine()
        marks = ", ".join("?" * 2098)
        asked = f'select c."Code" as code from "dbo"."SYSTaxRate" as c where c."Code" in ({marks})'
        with engine.connect() as connection:
            cursor = connection.connection.cursor()
            with pytest.raises(pyodbc.Error, match=r"too many parameters.*\(8003\)"):
                cursor.execute(asked, *range(2098))
            cursor.execute(asked.replace("?, ", "", 1), *range(2097))
            assert cursor.fetchall()


@pytest.fixture
def cursor(still, odbc):
    """A connection of pyodbc's own, which doesn't commit by itself."""
    still.server.seen.clear()
    engine = still.by(odbc).tap()[0].streams["tax_codes"]._database.engine()
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.autocommit = False
        yield driver.cursor()
        driver.rollback()


ASKED = 'select c."Code" as code from "dbo"."SYSTaxRate" as c where c."Code" > ?'


def test_without_autocommit_both_drivers_would_keep_a_transaction_open(still, cursor) -> None:
    """Why the tap asks for it."""
    for least in (0, 1):
        cursor.execute(ASKED, least)
        assert len(cursor.fetchall()) > 0
        cursor.connection.commit()
    first, second = (each for each in still.server.seen if each.text == ASKED.replace("?", "@P1"))
    assert first.in_transaction
    assert second.in_transaction
    assert first.transaction != second.transaction


@pytest.mark.parametrize(("number", "ended"), [(1205, True), (1222, False)])
def test_a_deadlock_ends_its_transaction_and_a_time_out_does_not(
    still, cursor, number, ended
) -> None:
    cursor.execute(ASKED, 0)
    cursor.fetchall()
    before = still.server.seen[-1].transaction
    still.server.failures.append((ASKED[:20], Refusal(number, "It was in the way.")))
    with pytest.raises(pyodbc.Error, match=rf"\({number}\)"):
        cursor.execute(ASKED, 1)
    cursor.execute(ASKED, 2)
    assert len(cursor.fetchall()) > 0
    assert (still.server.seen[-1].transaction != before) is ended


def test_a_transaction_that_began_otherwise_cannot_become_a_snapshot(cursor) -> None:
    cursor.execute("SET TRANSACTION ISOLATION LEVEL SNAPSHOT")
    with pytest.raises(pyodbc.Error, match=r"\(3951\)"):
        cursor.execute(ASKED, 0)
    cursor.connection.rollback()
    cursor.execute(ASKED, 0)
    assert cursor.fetchall()


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ('select c."Code" || 1 as code from "dbo"."SYSTaxRate" as c', 102),
        ('select c."Nope" as code from "dbo"."SYSTaxRate" as c', 207),
        ('select c."Code" as code from "dbo"."Nope" as c where c."Code" > ?', 208),
        ("select @@version", 50_002),
        ("SET NOEXEC ON", 50_005),
    ],
)
def test_what_is_wrong_or_unknown_is_an_error(cursor, statement, number) -> None:
    with pytest.raises(pyodbc.Error, match=rf"\({number}\)"):
        cursor.execute(statement, *[0] * statement.count("?"))
