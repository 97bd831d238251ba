"""The program killed with -9 anywhere, again and again, while Sage users work: nothing is lost.

The target kept every whole line that was sent until the kill; the next run begins with the last
state among them.
"""

# ruff: noqa: ANN001, S311 (fixtures are typed where they are made; dice of a test)
from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from psycopg.errors import LockNotAvailable
from sandbox.kept_rows import KeptRows
from sandbox.sage200.users.at_work import UsersAtWork
from sandbox.sage200.users.changes import first_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).with_name("tap-sage200")
SEEDS, USERS, MORE = 3, 4, 5
# More levels than the records after which the program says its state within a stream.
LEVELS = 10_800
WEB_ORDER, WEB_LINE = 930_001, 930_011
CANCELLED = 4
# By their tables.
TABLES = {
    "stock_levels": "WarehouseItem",
    "sales_document_lines": "SOPOrderReturnLine",
    "despatches": "SOPDespatchReceipt",
    "invoices_and_credits": "SOPInvoiceCredit",
    "deletions": "DeleteLog",
}
# The last run killed in the levels is killed at a state: after it nothing sends all levels again.
KILLED_IN = (
    "stock_levels",
    "sales_document_lines",
    "stock_levels",
    "despatches",
    "stock_levels",
    "invoices_and_credits",
    "deletions",
)
AT_STATE = 4
# What the records are made of. The warehouse of most levels is changed by the test alone.
CHANGED = (
    "StockItem",
    "WarehouseItem",
    "SLCustomerAccount",
    "SOPOrderReturn",
    "SOPOrderReturnLine",
    "SOPStandardItemLink",
    "SOPDespatchReceipt",
    "SOPDespatchReceiptLine",
    "SOPInvoiceCredit",
    "SOPInvoiceCreditLine",
    "SOPInvCredTaxItem",
)
_decoder = msgspec.json.Decoder(float_hook=Decimal)


@pytest.fixture(scope="module")
def busy_company(server, template, copy) -> Iterator[Any]:
    with copy(server, template) as company:
        company.sql(
            'insert into dbo."StockItem" ("ItemID", "Code") '
            "select n, 'MANY-' || n from generate_series(2000001, 2000000 + %s) as n",
            LEVELS,
        )
        company.sql(
            'insert into dbo."WarehouseItem" ("WarehouseItemID", "ItemID", "WarehouseID") '
            "select n, n, %s from generate_series(2000001, 2000000 + %s) as n",
            company.id_of("Warehouse", "WarehouseID", "Name", "LEEDS"),
            LEVELS,
        )
        with psycopg.connect(company.url, cursor_factory=psycopg.ClientCursor) as connection:
            first_rows(connection, random.Random(0), 30)
        company.order(WEB_ORDER, "WEBEUR")
        company.line(WEB_LINE, WEB_ORDER, "BN-001", 5)
        company.sql("set lock_timeout = '50ms'")
        yield company


@pytest.fixture
def program(busy_company, tmp_path) -> list[str]:
    """Return the command that reads a few streams, but for its state."""
    settings = {
        "sqlalchemy_url": busy_company.url,
        "batch_size": 500,
        "web_accounts": ["WEBEUR", "NEW*"],
    }
    (tmp_path / "config.json").write_text(json.dumps(settings))
    catalog = busy_company.tap()[0].catalog_dict
    entries = [each for each in catalog["streams"] if each["tap_stream_id"] in TABLES]
    (tmp_path / "catalog.json").write_text(json.dumps({"streams": entries}))
    config, streams = tmp_path / "config.json", tmp_path / "catalog.json"
    return [str(COMMAND), "--config", str(config), "--catalog", str(streams)]


def with_state(program, target, tmp_path) -> list[str]:
    if target.state is None:
        return program
    (tmp_path / "state.json").write_text(json.dumps(target.state))
    return [*program, "--state", str(tmp_path / "state.json")]


def whole_lines(output: bytes) -> list[dict[str, Any]]:
    """Return the messages of an output; a target throws away a line that was torn."""
    return [_decoder.decode(line) for line in output.split(b"\n")[:-1]]


def read_to(running, start: bytes) -> bytes:
    """Return what a run writes up to the first line that begins so, or to its end."""
    lines = bytearray()
    for line in running.stdout:
        lines += line
        if line.startswith(start):
            break
    return bytes(lines)


def run_and_kill(command, stream, chance, *, at_state: bool) -> tuple[bytes, bool]:
    """Kill a run somewhere in a stream; return what it wrote, and whether it was still running.

    Args:
        command: The program.
        stream: Where.
        chance: Dice.
        at_state: Right after a state within the stream: the batch that follows is torn, for a pipe
            holds less.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        output = read_to(running, b'{"type":"SCHEMA","stream":"%b"' % stream.encode())
        if at_state:
            output += read_to(running, b'{"type":"RECORD"') + read_to(running, b'{"type":"STATE"')
        elif stream == "stock_levels":
            # Some kilobytes as likely as some megabytes.
            output += running.stdout.read(int(2 ** chance.uniform(8, 23)))
        if not at_state:
            time.sleep(chance.random() * 0.03)
        running.kill()
        # What was in the pipe comes to the target, too.
        output += running.stdout.read()
    assert running.returncode in (0, -signal.SIGKILL)
    return output, running.returncode == -signal.SIGKILL


def change(company, *, live: bool) -> None:
    """Cancel the web order, or make it live and send all levels of a warehouse again."""
    status, where = 0 if live else CANCELLED, f'"SOPOrderReturnID" = {WEB_ORDER}'
    changes = [f'update dbo."SOPOrderReturn" set "DocumentStatusID" = {status} where {where}']
    if live:
        changes.append('update dbo."Warehouse" set "Description" = \'\' where "Name" = \'LEEDS\'')
    for each in changes:
        # A user whose transaction stays open may have the row.
        with suppress(LockNotAvailable):
            company.sql(each)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_killed_anywhere_and_run_again_nothing_is_missing(
    busy_company, program, tmp_path, seed
) -> None:
    chance = random.Random(seed)
    target = KeptRows(TABLES)
    kills = 0
    with UsersAtWork(busy_company.url, 1 + seed * USERS, CHANGED, USERS) as users:
        while kills < len(KILLED_IN):
            stream = KILLED_IN[kills]
            # Demand that only a run killed in the levels sees: the next one puts it right.
            change(busy_company, live=kills > 0 and stream == "stock_levels")
            command = with_state(program, target, tmp_path)
            output, killed = run_and_kill(command, stream, chance, at_state=kills == AT_STATE)
            kills += killed
            target.take(whole_lines(output))
            users.a_run_ended()
            users.do_more(MORE)
    for _ in range(2):
        command = with_state(program, target, tmp_path)
        done = subprocess.run(command, capture_output=True, check=True)
        target.take(whole_lines(done.stdout))
    final = KeptRows(TABLES)
    anew = busy_company.read(*TABLES, web_accounts=["WEBEUR", "NEW*"])
    final.take(anew.messages)
    assert target.differences(final, set(users.gone.silent)) == []
    assert len(final.rows["stock_levels"]) > LEVELS
