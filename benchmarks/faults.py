"""Orders through every fault at once; what is in Sage afterwards is counted from its tables."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import psycopg
from sandbox.environment import Surroundings, surroundings

from benchmarks.shop_copies import copies, messages, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[1]
ORDERS = 1000
RUNS_AT_ONCE = 2
TIMEOUT_SECONDS = 2
LEASE_SECONDS = 15
"""Longer than the stand-in may work on the request of a killed run, also on a busy machine."""
MOST_SECONDS = 1800
PENNY = Decimal("0.01")
SOP_POST = {"method": "POST", "path": "*/sop_orders"}
FAULTS: tuple[dict[str, Any], ...] = (
    {**SOP_POST, "action": "cut", "moment": "before", "share": 0.10, "seed": 1},
    {**SOP_POST, "action": "cut", "moment": "after", "share": 0.10, "seed": 2},
    {
        **SOP_POST,
        "action": "delay",
        "moment": "after",
        "share": 0.05,
        "seed": 3,
        "delay_ms": 1000 * TIMEOUT_SECONDS + 700,
    },
    {**SOP_POST, "action": "status", "status": 503, "moment": "after", "share": 0.05, "seed": 4},
)
"""Cut before Sage worked, cut after it, answered too late, 503 after the order was made."""


@dataclass(frozen=True)
class Count:
    """What is in Sage after all.

    Attributes:
        orders: Orders that had to get there.
        lost: Those that did not.
        duplicates: Documents too many.
        wrong_pennies: Documents whose net, VAT or gross is not Magento's.
        unfinished: Rows of the queue that are not ``posted``.
        killed: Runs ended by SIGKILL.
        tokens_ended: Times all access tokens ended early.
        struck: How often each fault struck, in the order of ``FAULTS``.
        seconds: How long it took.
    """

    orders: int
    lost: int
    duplicates: int
    wrong_pennies: int
    unfinished: int
    killed: int
    tokens_ended: int
    struck: tuple[int, ...]
    seconds: float


def main(orders: int = ORDERS) -> None:
    """Print the counts; those of lost, duplicate and wrong documents must be 0."""
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    try:
        with surroundings(folder) as around:
            count = run_through_faults(around, folder, orders, kill_after=(5, 60))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    names = ("cut before", "cut after commit", "time-out after commit", "503 after commit")
    struck = ", ".join(f"{name} {times}" for name, times in zip(names, count.struck))
    print(f"target-sage200, {count.orders} orders, two runs at once, {count.seconds:.0f} s")
    print(f"  faults: {struck}, killed -9 {count.killed}, tokens ended {count.tokens_ended}")
    print(
        f"  lost {count.lost}, duplicates {count.duplicates}, wrong pennies"
        f" {count.wrong_pennies}, not finished {count.unfinished}",
        flush=True,
    )
    if count.lost or count.duplicates or count.wrong_pennies or count.unfinished:
        sys.exit(1)


def run_through_faults(
    around: Surroundings, folder: Path, orders: int, kill_after: tuple[int, int]
) -> Count:
    """Post copies of recorded orders while everything goes wrong; count what came of it.

    Args:
        around: The stand-ins; their company must be new.
        folder: For the stream of orders.
        orders: How many.
        kill_after: Each run is killed once so many calls about documents were logged since it was
            started, at random between the two: by work done, so that a slow machine does it, too.

    Raises:
        RuntimeError: The queue was not empty after half an hour.
    """
    made = copies(_postable(), orders)
    stream = folder / "orders.singer"
    stream.write_text("\n".join(messages(made)), encoding="utf-8")
    _run(around, stream, TARGET_SAGE200_DRY_RUN="true").communicate()
    ready = _number(around, "select count(*) from sync.outbox where state = 'ready'")
    if ready != orders:
        msg = f"Only {ready} of {orders} orders can be posted; the counts would mean nothing."
        raise RuntimeError(msg)
    _set_faults(around, FAULTS)
    started = time.monotonic()
    killed, tokens_ended = _storm(around, kill_after)
    struck = tuple(rule["struck"] for rule in _faults(around))
    _set_faults(around, ())
    wrong = list(_compared(around, [order for order, _ in made]))
    return Count(
        orders=orders,
        lost=wrong.count("lost"),
        duplicates=wrong.count("duplicate"),
        wrong_pennies=wrong.count("wrong"),
        unfinished=_number(around, "select count(*) from sync.outbox where state <> 'posted'"),
        killed=killed,
        tokens_ended=tokens_ended,
        struck=struck,
        seconds=time.monotonic() - started,
    )


def _postable() -> list[str]:
    """Recorded orders that are paid and whole, and whose items this Sage company has."""
    products = ROOT / "sandbox" / "sandbox" / "companies" / "demo" / "products.csv"
    with products.open(encoding="utf-8", newline="") as file:
        stocked = {row["code"] for row in csv.DictReader(file)}
    return [
        order["increment_id"]
        for order in recorded("orders")
        if order["order_currency_code"] in {"GBP", "EUR"}
        and order["state"] in {"processing", "complete"}
        and order.get("total_paid", 0) >= order["grand_total"] > 0
        and not order.get("total_canceled")
        and not order.get("total_refunded")
        and all(item["sku"] in stocked for item in order["items"])
    ]


def _storm(around: Surroundings, kill_after: tuple[int, int]) -> tuple[int, int]:
    """Two runs at once, killed and started again, until nothing is left to do."""
    chance = random.Random(5)  # noqa: S311  # repeatable on purpose
    running: list[tuple[subprocess.Popen[bytes], int]] = []
    killed = tokens_ended = 0
    end = time.monotonic() + MOST_SECONDS
    try:
        while _number(around, _LEFT):
            if time.monotonic() > end:
                msg = f"Documents are still under way after {MOST_SECONDS} s."
                raise RuntimeError(msg)
            calls = _number(around, _CALLS)
            for process, until in running:
                if process.poll() is None and calls >= until:
                    process.kill()
                    process.wait()
                    killed += 1
                    if killed % 3 == 0:
                        tokens_ended += 1
                        _execute(around.company_url, _END_TOKENS)
            running = [(process, until) for process, until in running if process.poll() is None]
            while len(running) < RUNS_AT_ONCE:
                until = calls + chance.randint(*kill_after)
                running.append((_run(around, Path(os.devnull)), until))
            # Waits that are meant for an outage of hours would only lengthen the measurement.
            _execute(around.warehouse_url, _HURRY)
            time.sleep(0.1)
    finally:
        for process, _ in running:
            process.kill()
            process.wait()
    return killed, tokens_ended


_END_TOKENS = "update stand_in.access_token set expires_at = now()"
_CALLS = "select count(*) from sync.outbox_attempt"
_LEFT = "select count(*) from sync.outbox where state in ('ready', 'in_flight', 'in_doubt')"
_HURRY = "update sync.outbox set due_at = now() where state = 'ready' and due_at > now()"


def _run(around: Surroundings, stream: Path, **changes: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        **around.variables,
        "TARGET_SAGE200_OUTBOX_URL": around.warehouse_url,
        "TARGET_SAGE200_MAPPINGS_DIR": str(ROOT / "mappings"),
        "TARGET_SAGE200_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
        "TARGET_SAGE200_IN_DOUBT_AFTER_SECONDS": str(LEASE_SECONDS),
        # The breaker would end each run after a few faults; here they are the point.
        "TARGET_SAGE200_MAX_FAILURES": "1000",
        **changes,
    }
    with stream.open("rb") as file:
        return subprocess.Popen(
            [str(Path(sys.executable).parent / "target-sage200"), "--config=ENV"],
            stdin=file,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )


def _compared(around: Surroundings, orders: Sequence[dict[str, Any]]) -> Iterator[str]:
    """One word for each fault of the result; nothing where all is as it should be."""
    with psycopg.connect(around.company_url) as connection:
        rows = connection.execute(
            'select "CustomerDocumentNo", "TotalNetValue", "TotalTaxValue", "TotalGrossValue"'
            ' from dbo."SOPOrderReturn" where "DocumentTypeID" = 0'
        ).fetchall()
    times = Counter(number for number, *_ in rows)
    figures = {number: (net, tax, gross) for number, net, tax, gross in rows}
    for order in orders:
        number = order["increment_id"]
        if number not in figures:
            yield "lost"
            continue
        yield from ["duplicate"] * (times[number] - 1)
        gross, tax = _pennies(order["grand_total"]), _pennies(order["tax_amount"])
        if figures[number] != (gross - tax, tax, gross):
            yield "wrong"


def _pennies(value: Any) -> Decimal:
    return Decimal(value).quantize(PENNY, rounding=ROUND_HALF_UP)


def _set_faults(around: Surroundings, rules: Sequence[dict[str, Any]]) -> None:
    body = json.dumps(list(rules)).encode()
    with urlopen(Request(f"{around.sage200_url}/__faults", data=body, method="POST")):  # noqa: S310
        pass


def _faults(around: Surroundings) -> list[dict[str, Any]]:
    with urlopen(f"{around.sage200_url}/__faults") as answer:  # noqa: S310  # the stand-in's
        rules: list[dict[str, Any]] = json.load(answer)
    return rules


def _number(around: Surroundings, query: str) -> int:
    with psycopg.connect(around.warehouse_url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    return int(row[0])


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
