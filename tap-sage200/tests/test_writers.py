"""Sage users at work while the tap reads: once they stop, nothing is missing and nothing stale."""

# ruff: noqa: ANN001, S311 (fixtures are typed where they are made; dice of a test)
from __future__ import annotations

import gc
import random
import re
import time
from collections import Counter
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from psycopg.errors import LockNotAvailable
from sandbox.kept_rows import KeptRows
from sandbox.sage200.contract.tables import tables
from sandbox.sage200.users.at_work import UsersAtWork
from sandbox.sage200.users.changes import first_rows
from sandbox.sage200.users.what_changes import BY_TABLE
from singer_sdk.contrib.msgspec import MsgSpecWriter
from tap_sage200.catalogue import CHILDREN, NOT_BY_SQL, STREAMS
from tap_sage200.catalogue.watched import WATCHED
from tap_sage200.exceptions import SageReadError
from tap_sage200.session import make_engine
from tap_sage200.statements import changed_rows, statement
from tap_sage200.tap import TapSage200
from tap_sage200.writing import BatchWriter, record_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_sage200.statements import Statement

SEEDS, USERS, MORE = 50, 4, 6
WEB_ORDER = 930_001
CANCELLED = 4
WEB = {"web_accounts": ["WEBEUR", "NEW*"]}
ALWAYS = ("stock_levels", "deletions")
ROTATING = sorted(STREAMS.keys() - NOT_BY_SQL - set(ALWAYS))
A_SEED = 5
# What the web orders' demand is made of.
DEMAND = frozenset(
    {"SLCustomerAccount", "SOPOrderReturn", "SOPOrderReturnLine", "SOPStandardItemLink"}
)
# The log of deletions is only written to.
NEVER = {("DeleteLog", "altered"), ("DeleteLog", "deleted")}
# Each has to happen in some seed.
EVENTS = (
    "committed",
    "rolled back",
    "savepoint",
    "stayed open",
    "deadlock",
    "waited for a lock",
    "short of time",
    "killed",
)
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class Killed(BaseException):
    """The run ends here, as by kill -9."""


class Kept:
    """Keeps messages as a target would parse them, until the run is killed."""

    def __init__(self, left: int | None) -> None:
        super().__init__()
        self.left = left
        self.messages: list[dict[str, Any]] = []

    def keep(self, line: bytes) -> None:
        if self.left == len(self.messages):
            raise Killed
        self.messages.append(_decoder.decode(line))


class KeptBatches(Kept, BatchWriter):
    """For the tap's way of writing."""

    def write_records(self, stream, records, version) -> None:
        for line in record_lines(stream, records, version).splitlines():
            self.keep(line)

    def write_message(self, message) -> None:
        self.keep(self.format_message(message))


class KeptOneByOne(Kept, MsgSpecWriter):
    """For the SDK's way of writing."""

    def write_message(self, message) -> None:
        self.keep(self.format_message(message))


@cache
def statements_of(stream: str) -> tuple[Statement, ...]:
    names = (stream, *CHILDREN.get(stream, {}).values())
    followed = (changed_rows(each) for each in WATCHED.get(stream, ()))
    return (*map(statement, names), *followed)


def watched(stream: str) -> set[str]:
    """Return the tables whose row versions send a record of the stream."""
    return {
        each.tables[alias]
        for each in statements_of(stream)
        for alias in re.findall(r'(\w+)\."OpLock" > :after', each.body)
    }


def changed_for(stream: str) -> set[str]:
    """Return the tables the stream reads, watched or not, which users change."""
    read = {table for each in statements_of(stream) for table in each.tables.values()}
    return read & BY_TABLE.keys() | {main_table(stream)}


@cache
def main_table(stream: str) -> str:
    (table,) = re.findall(r'^from \{schema\}\."(\w+)"', statement(stream).body, flags=re.MULTILINE)
    return table


def streams_of(seed: int) -> list[str]:
    """Return the streams of a seed: each comes in eleven seeds, stock levels in all."""
    taken = {ROTATING[(seed * A_SEED + n) % len(ROTATING)] for n in range(A_SEED)}
    return [name for name in STREAMS if name in taken or name in ALWAYS]


def target_of(streams: list[str]) -> KeptRows:
    return KeptRows({name: main_table(name) for name in streams})


@dataclass
class Tally:
    """What all seeds together did, and to how many of them."""

    seeds: int = 0
    events: Counter[str] = field(default_factory=Counter)
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    blocker: Any = None
    """Who locks a table until the tap has met the lock."""

    def note_changes(self, before, after) -> None:
        """Count which tables had rows altered, made and deleted, from the database itself."""
        for name, rows in before.items():
            now = after[name]
            kept = rows.keys() & now.keys()
            self.changed[name, "altered"] += any(rows[key] != now[key] for key in kept)
            self.changed[name, "made"] += bool(now.keys() - rows.keys())
            self.changed[name, "deleted"] += bool(rows.keys() - now.keys())


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


@pytest.fixture(scope="module", autouse=True)
def hurried(tally) -> Iterator[None]:
    """Wait little for locks, and keep connections: making one costs more than reading here."""

    def wait(seconds: float) -> None:
        if seconds:
            tally.events["waited for a lock"] += 1
            if tally.blocker is not None:
                tally.blocker.rollback()
            time.sleep(0.005)

    engines: dict[str, Any] = {}

    def engine(parameters) -> Any:
        name = f"{parameters.url} {parameters.isolation_level} {parameters.lock_timeout_ms}"
        if name not in engines:
            engines[name] = make_engine(parameters)
        return engines[name]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tap_sage200.database.make_engine", engine)
        clock = SimpleNamespace(sleep=wait, monotonic=time.monotonic)
        patched.setattr("tap_sage200.tap.time", clock)
        yield
    for each in engines.values():
        each.dispose()


@pytest.fixture(scope="module")
def busy_company(server, template, copy) -> Iterator[Any]:
    with copy(server, template) as company:
        with psycopg.connect(company.url, cursor_factory=psycopg.ClientCursor) as connection:
            first_rows(connection, random.Random(0), 8)
        company.order(WEB_ORDER, "WEBEUR")
        company.line(WEB_ORDER, WEB_ORDER, "BN-001", 5)
        # Whoever stays open may have a row that is to be changed.
        company.sql("set lock_timeout = '50ms'")
        company.catalog = company.tap()[0].catalog_dict
        yield company


def versions_now(company, names: set[str]) -> dict[str, dict[int, bytes]]:
    """Return every row's version, by table and key."""
    return {
        name: dict(company.sql(f'select "{tables()[name].key}", "OpLock" from dbo."{name}"'))
        for name in names
    }


def tap_of(company, target, writer, **settings: object) -> TapSage200:
    """Return a tap that knows and reads the target's streams only."""
    entries = company.catalog["streams"]
    catalog = {"streams": [each for each in entries if each["tap_stream_id"] in target.tables]}
    config = {"sqlalchemy_url": company.url, **WEB, **settings}
    tap = TapSage200(config=config, catalog=catalog, state=target.state, message_writer=writer)
    for name, stream in tap.streams.items():
        stream.selected = name in target.tables
    return tap


def read_whole(company, target, **settings: object) -> list[dict[str, Any]]:
    """Run the tap to its end; return what it said."""
    writer = KeptBatches(None)
    tap_of(company, target, writer, **settings).sync_all()
    target.take(writer.messages)
    return writer.messages


def set_live(company, *, live: bool) -> None:
    """Make the web order live or cancel it; its demand is there while it is live."""
    with suppress(LockNotAvailable):
        company.sql(
            'update dbo."SOPOrderReturn" set "DocumentStatusID" = %s where "SOPOrderReturnID" = %s',
            0 if live else CANCELLED,
            WEB_ORDER,
        )


@contextmanager
def blocked(company, table, tally) -> Iterator[None]:
    """Lock a table until the tap meets the lock, unless a user has something of it."""
    with psycopg.connect(company.url, options="-c lock_timeout=50ms") as connection:
        tally.blocker = connection
        with suppress(LockNotAvailable):
            connection.execute(f'lock table dbo."{table}" in access exclusive mode')
        yield
        tally.blocker = None
        connection.rollback()


def read_meanwhile(company, target, chance, events, monkeypatch) -> None:
    """Run the tap with any settings, to its end or until locks, time or a kill end it."""
    monkeypatch.setattr("tap_sage200.sql_streams.NAMED_A_STATEMENT", chance.choice([2, 100]))
    monkeypatch.setattr("tap_sage200.sql_streams.LISTED_A_STATEMENT", chance.choice([3, 500]))
    # After a few messages as likely as after some hundred.
    killed_after = chance.choice([None, int(2 ** chance.uniform(1, 9))])
    writer = chance.choice([KeptBatches, KeptOneByOne])(killed_after)
    tap = tap_of(
        company,
        target,
        writer,
        batch_size=chance.choice([7, 40, 5000]),
        lock_timeout_ms=chance.choice([5, 60]),
        isolation_level=chance.choice(["READ COMMITTED", "SNAPSHOT"]),
        full_compare=chance.random() < 0.2,
    )
    frequency = chance.choice([1, 10, 10_000])
    for stream in tap.streams.values():
        stream.STATE_MSG_FREQUENCY = frequency
    if chance.random() < 0.5:
        # The clock ticks each time it is looked at: before each stream and after each batch.
        ticks = iter(range(1_000_000))
        budget = tap.streams["stock_levels"]._budget
        object.__setattr__(budget, "max_seconds", chance.randint(1, 20))
        object.__setattr__(budget, "started", 0)
        object.__setattr__(budget, "clock", lambda: next(ticks))
        events["short of time"] += 1
    said = ""
    try:
        tap.sync_all()
    except SageReadError as error:
        said = error.message
    except Killed:
        events["killed"] += 1
        gc.unfreeze()
    assert all("met locks" in line for line in said.splitlines())
    target.take(writer.messages)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_after_the_writers_stop_two_runs_have_the_final_state(
    busy_company, tally, seed, monkeypatch
) -> None:
    chance = random.Random(seed)
    streams = streams_of(seed)
    seen = DEMAND.union(*map(changed_for, streams))
    before = versions_now(busy_company, seen)
    target = target_of(streams)
    with UsersAtWork(busy_company.url, 1 + seed * USERS, sorted(seen), USERS) as users:
        for _ in range(chance.randint(2, 3)):
            # Demand that perhaps only this run sees: the next one puts right what it sent.
            set_live(busy_company, live=chance.random() < 0.5)
            table = main_table(chance.choice(streams))
            with blocked(busy_company, table, tally) if chance.random() < 0.3 else nullcontext():
                read_meanwhile(busy_company, target, chance, tally.events, monkeypatch)
            users.a_run_ended()
            users.do_more(MORE)
    after = versions_now(busy_company, seen)
    tally.seeds += 1
    tally.note_changes(before, after)
    tally.events.update(users.counts)
    for _ in range(2):
        messages = read_whole(busy_company, target)
        tally.sent.update({each["stream"] for each in messages if each["type"] == "RECORD"})
    final = target_of(streams)
    compared = read_whole(busy_company, final, full_compare=True)
    for name, table in final.tables.items():
        # Despatches are those of orders, not of returns.
        assert final.rows[name].keys() <= after[table].keys()
        assert len(final.rows[name]) == len(after[table]) or name == "despatches"
    # What may be left over are rows whose deletion nothing told of, until everything is compared.
    assert target.differences(final, set(users.gone.silent)) == []
    target.take(compared)
    assert target.rows == final.rows


def test_the_seeds_cover_what_they_are_for(tally) -> None:
    if tally.seeds < SEEDS:
        pytest.skip("only where every seed was run")
    changes = {
        (table, how)
        for stream in STREAMS.keys() - NOT_BY_SQL
        for table in watched(stream) | changed_for(stream)
        for how in ("altered", "made", "deleted")
    }
    assert sorted(change for change in changes - NEVER if not tally.changed[change]) == []
    assert sorted(name for name in STREAMS.keys() - NOT_BY_SQL if tally.sent[name] < 5) == []
    assert sorted(event for event in EVENTS if not tally.events[event]) == []
