"""Sage users at work while the tap reads: once they stop, nothing is missing and nothing stale."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tap_sage200.catalogue import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITERS, RUNS, SEEDS = 4, 2, 50
# Two streams a seed: each is read by twenty seeds, and a seed takes a fraction of a second.
PAIRS = (
    ("stock_levels", "sales_document_lines"),
    ("sales_documents", "stock_levels"),
    ("stock_items", "customers"),
    ("sales_document_lines", "tax_codes"),
    ("stock_items", "sales_documents"),
)
CHANGES = (
    (
        'update dbo."StockItem" set "Name" = %(text)s where "ItemID" = '
        '(select "ItemID" from dbo."StockItem" order by "ItemID" offset %(n)s limit 1)'
    ),
    (
        'update dbo."WarehouseItem" set "ConfirmedQtyInStock" = %(n)s where "WarehouseItemID" = '
        '(select "WarehouseItemID" from dbo."WarehouseItem" order by 1 offset %(n)s limit 1)'
    ),
    (
        'update dbo."SLCustomerAccount" set "AccountBalance" = %(n)s '
        "where \"CustomerAccountNumber\" = 'WEBEUR'"
    ),
    (
        'update dbo."SOPOrderReturn" set "CustomerDocumentNo" = %(text)s '
        'where "SOPOrderReturnID" = 910000 + %(n)s'
    ),
    (
        'update dbo."SOPOrderReturn" set "DocumentStatusID" = %(n)s %% 3 '
        'where "SOPOrderReturnID" = 910000 + %(n)s'
    ),
    (
        'update dbo."SOPOrderReturnLine" set "StockUnitAllocatedQuantity" = %(n)s %% 5 '
        'where "SOPOrderReturnLineID" = 910000 + %(n)s'
    ),
    'insert into dbo."SYSTaxRate" ("SYSTaxRateID", "Code", "Name") values (%(new)s, 99, %(text)s)',
)


def work(url: str, seed: int, stop: threading.Event, failures: list[Exception]) -> None:
    """Change rows in transactions that stay open for a while; some are rolled back."""
    chance = random.Random(seed)  # noqa: S311 (a test's own dice)
    new = 10_000_000 + seed * 10_000
    with psycopg.connect(url) as connection:
        while not stop.is_set():
            try:
                for _ in range(chance.randint(1, 4)):
                    new += 1
                    change = {"n": chance.randrange(40), "text": f"{seed}-{new}", "new": new}
                    connection.execute(chance.choice(CHANGES), change)
                    stop.wait(chance.random() * 0.02)
                stop.wait(chance.choice([0, 0, 0.05, 0.3]))
                if chance.random() < 0.2:
                    connection.rollback()
                else:
                    connection.commit()
            except psycopg.errors.DeadlockDetected:  # noqa: PERF203 (the loop is the work)
                connection.rollback()
            except Exception as error:  # noqa: BLE001 (told to the test, in its own thread)
                failures.append(error)
                return


def kept(company, streams, target: dict[str, dict[int, Any]], state, **settings: object) -> Any:
    """Run the tap as a target would see it: a record takes the place of the one with its key."""
    run = company.read(*streams, state=state, web_accounts=["WEBEUR", "WEBUSD"], **settings)
    for name in streams:
        for record in run.records(name):
            target[name][record[STREAMS[name][0].name]] = record
    return run.state


@pytest.fixture(scope="module")
def busy_company(server, template, copy) -> Iterator[Any]:
    with copy(server, template) as company:
        for number in range(910000, 910040):
            company.order(number, "WEBUSD")
            company.line(number, number, "BN-001", 5)
        yield company


@pytest.mark.parametrize("seed", range(SEEDS))
def test_after_the_writers_stop_the_next_run_has_the_final_state(busy_company, seed) -> None:
    streams = PAIRS[seed % len(PAIRS)]
    target: dict[str, dict[int, Any]] = {name: {} for name in streams}
    stop, failures = threading.Event(), []
    writers = [
        threading.Thread(target=work, args=(busy_company.url, seed * WRITERS + n, stop, failures))
        for n in range(1, WRITERS + 1)
    ]
    state = None
    for writer in writers:
        writer.start()
    try:
        for _ in range(RUNS):
            state = kept(busy_company, streams, target, state, batch_size=10 + seed)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert failures == []
    state = kept(busy_company, streams, target, state)
    anew: dict[str, dict[int, Any]] = {name: {} for name in streams}
    kept(busy_company, streams, anew, None)
    assert target == anew
