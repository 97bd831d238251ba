"""Locks, deadlocks and statements that take too long, as the real drivers tell them."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import psycopg
import pytest
from sandbox.sql_server.refusal import Refusal
from tap_sage200.database import ATTEMPTS
from tap_sage200.exceptions import BusyDatabaseError, FailedStreamError

DEADLOCK = Refusal(1205, "Transaction (Process ID 51) was deadlocked on lock resources.", 13)

# Seconds a statement may take: so many that none but the one that waits takes them.
PATIENCE = 5


@pytest.fixture
def impatient(monkeypatch) -> list[float]:
    """Retries without waiting in between."""
    waits: list[float] = []
    monkeypatch.setattr(
        "tap_sage200.tap.time.sleep", lambda seconds: waits.append(seconds) if seconds else None
    )
    return waits


def selected(tap, *names: str) -> None:
    for name, stream in tap.streams.items():
        stream.selected = name in names


def read_streams(writer) -> set[str]:
    return {each["stream"] for each in writer.messages if each["type"] == "RECORD"}


def sent(server, statement: str) -> list[tuple[object, ...]]:
    """The parameters of each time a statement was sent."""
    return [each.values for each in server.seen if f"/* tap-sage200: {statement} */" in each.text]


def test_a_lasting_lock_ends_in_a_sentence_and_the_others_are_read(served, odbc, impatient) -> None:
    with psycopg.connect(served.company.url) as user:
        user.execute('lock table dbo."SYSTaxRate" in access exclusive mode')
        tap, writer = served.by(odbc).tap(lock_timeout_ms=20)
        selected(tap, "warehouses", "tax_codes", "customers")
        with pytest.raises(BusyDatabaseError) as ended:
            tap.sync_all()
    assert "tax_codes met locks of Sage users 6 times, waiting 20 ms each" in ended.value.message
    assert "Lock request time out period exceeded. (1222)" in ended.value.message
    assert read_streams(writer) == {"warehouses", "customers"}
    # Six attempts, and once more when the others were read, each time over the same connection.
    assert len(impatient) == 2 * (ATTEMPTS - 1)
    assert len(sent(served.server, "next_key of tax_codes")) == 2 * ATTEMPTS
    assert len(served.server.logins) == 1


@pytest.mark.parametrize("level", ["READ COMMITTED", "SNAPSHOT"])
def test_what_a_writer_holds_is_waited_for_but_under_snapshot(
    company, serve, odbc, impatient, level
) -> None:
    """SQL Server's readers wait for writers; a smaller range reads all up to the row held."""
    ids = [key for (key,) in company.sql('select "ItemID" from dbo."StockItem" order by 1')]
    held = ids[30]
    with (
        serve(company, waits_for_writers=True) as served,
        psycopg.connect(company.url) as user,
    ):
        user.execute('update dbo."StockItem" set "Name" = \'x\' where "ItemID" = %s', (held,))
        tap, writer = served.by(odbc).tap(lock_timeout_ms=20, batch_size=20, isolation_level=level)
        selected(tap, "stock_items")
        if level == "SNAPSHOT":
            tap.sync_all()
        else:
            with pytest.raises(BusyDatabaseError, match=r"\(1222\)"):
                tap.sync_all()
    read = [each["record"]["item_id"] for each in writer.messages if each["type"] == "RECORD"]
    assert read == (ids if level == "SNAPSHOT" else ids[:30])
    assert bool(impatient) is (level == "READ COMMITTED")


def test_a_deadlock_is_tried_again_in_the_same_session(served, odbc, impatient) -> None:
    expected = served.company.read("customers").records("customers")
    served.server.failures += [("tap-sage200: customers", DEADLOCK)] * 2
    run = served.by(odbc).read("customers")
    assert [each["customer_id"] for each in run.records("customers")] == [
        each["customer_id"] for each in expected
    ]
    assert served.server.failures == []
    assert len(impatient) == 2
    assert len(served.server.logins) == 1
    first, second, third = sent(served.server, "customers")
    assert first[1] > second[1] > third[1] > third[0]


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(3960, "Snapshot isolation transaction aborted due to update conflict."),
        Refusal(3961, "Snapshot isolation transaction failed in database 'S' because the object"),
    ],
)
def test_a_conflict_of_snapshots_is_tried_again(served, odbc, impatient, refusal) -> None:
    served.server.failures.append(("tap-sage200: customers", refusal))
    assert served.by(odbc).read("customers", isolation_level="SNAPSHOT").counts["customers"] > 1
    assert len(impatient) == 1


def test_a_statement_that_always_takes_too_long_is_a_sentence(served, microsoft, impatient) -> None:
    """The driver gives it up; the others are read, and it is tried once more."""
    with psycopg.connect(served.company.url) as user:
        user.execute('lock table dbo."Warehouse" in access exclusive mode')
        tap, writer = served.by(microsoft).tap(
            lock_timeout_ms=600_000, statement_timeout_seconds=PATIENCE
        )
        selected(tap, "stock_levels", "customers")
        with pytest.raises(BusyDatabaseError) as ended:
            tap.sync_all()
    assert f"took more than {PATIENCE} s" in ended.value.message
    assert "[HYT00]" in ended.value.message
    assert "Query timeout expired" in ended.value.message
    assert read_streams(writer) == {"customers"}
    assert served.server.attentions == 2


def test_time_outs_leave_the_connection_as_it_was(served, odbc, monkeypatch) -> None:
    user = psycopg.connect(served.company.url)
    user.execute('lock table dbo."SYSCountryCode" in access exclusive mode')
    waits: list[float] = []

    def let_go(seconds: float) -> None:
        waits.append(seconds)
        user.close()

    monkeypatch.setattr("tap_sage200.tap.time.sleep", let_go)
    run = served.by(odbc).read(
        "customer_delivery_addresses", lock_timeout_ms=600_000, statement_timeout_seconds=PATIENCE
    )
    (count,) = served.company.sql('select count(*) from dbo."CustDeliveryAddress"')[0]
    assert run.counts["customer_delivery_addresses"] == count
    assert len(waits) == 1
    assert served.server.attentions == 1
    assert len(served.server.logins) == 1
    first, second, *_ = sent(served.server, "customer_delivery_addresses")
    assert second[1] < first[1]


def test_a_connection_that_breaks_stops_its_stream_alone(served, odbc, impatient) -> None:
    """As where the DBA ends the session; the next run goes on where the stream stopped."""
    served.server.failures.append(("tap-sage200: stock_items", None))
    tap, writer = served.by(odbc).tap(batch_size=20)
    selected(tap, "stock_items", "warehouses", "customers")
    with pytest.raises(FailedStreamError, match=r"^Sage 200: .* failed statement sql/stock_items"):
        tap.sync_all()
    assert read_streams(writer) == {"warehouses", "customers"}
    assert len(served.server.logins) == 2
    again = served.by(odbc).read("stock_items", "customers", state=tap.state)
    assert set(again.counts) == {"stock_items"}
