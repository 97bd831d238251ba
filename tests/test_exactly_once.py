"""Once and only once, whatever happens on the way: killed, cut, timed out, restored, run twice."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from benchmarks.faults import run_through_faults

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import System

POSTABLE = 42
"""Of the 68 recorded orders: 44 are paid and mapped; two hold items that Sage does not have."""
QUICK = {"TARGET_SAGE200_IN_DOUBT_AFTER_SECONDS": "5", "TARGET_SAGE200_TIMEOUT_SECONDS": "4"}
pytestmark = pytest.mark.end_to_end


def set_faults(system: System, *rules: dict[str, object]) -> None:
    request = Request(  # noqa: S310  # the stand-in of this test
        f"{system.around.sage200_url}/__faults", data=json.dumps(rules).encode(), method="POST"
    )
    with urlopen(request) as answer:  # noqa: S310  # the stand-in of this test
        assert answer.status < 300


def run_until_quiet(system: System, stream: Path) -> None:
    """Re-run as a scheduler would, until nothing is under way or due any more."""
    for _ in range(6):
        result = system.run("target-sage200", stream, **QUICK)
        left = system.warehouse(
            "select count(*) from sync.outbox where state in ('ready', 'in_flight', 'in_doubt')"
        )
        if result.returncode == 0 and left == [(0,)]:
            return
        time.sleep(5.1)
    pytest.fail(f"documents are still under way: {result.stderr[-2000:]}")


def assert_every_postable_order_is_in_sage_once(system: System) -> None:
    numbers = system.posted_numbers()
    assert [number for number, count in Counter(numbers).items() if count > 1] == []
    assert len(numbers) == POSTABLE
    posted = system.warehouse("select source_key from sync.outbox where state = 'posted'")
    assert sorted(number for (number,) in posted) == sorted(numbers)
    states = dict(system.warehouse("select state, count(*) from sync.outbox group by state"))
    assert states == {"posted": POSTABLE, "rejected": 4, "waiting": 22}


def test_gross_net_and_vat_in_sage_are_magentos_to_the_penny(system: System) -> None:
    stream = system.extract("tap-magento")
    result = system.run("target-sage200", stream)
    assert result.returncode == 0, result.stderr
    in_sage = {
        number: (net, tax, gross)
        for number, net, tax, gross in system.sage(
            'select "CustomerDocumentNo", "TotalNetValue", "TotalTaxValue", "TotalGrossValue"'
            ' from dbo."SOPOrderReturn" where "DocumentTypeID" = 0'
        )
    }
    magento = system.warehouse(
        """
        select source_key,
          round((source_document ->> 'grand_total')::numeric
            - coalesce((source_document ->> 'total_canceled')::numeric, 0), 2),
          round((source_document ->> case when source_document ? 'total_canceled'
            then 'tax_invoiced' else 'tax_amount' end)::numeric, 2)
        from sync.outbox where state = 'posted'
        """
    )
    assert len(magento) == POSTABLE
    for number, gross, tax in magento:
        assert (number, *in_sage[number]) == (number, gross - tax, tax, gross)


def test_second_run_posts_nothing(system: System) -> None:
    stream = system.extract("tap-magento")
    for _ in range(2):
        assert system.run("target-sage200", stream).returncode == 0
    assert_every_postable_order_is_in_sage_once(system)


def test_target_killed_at_five_moments_loses_and_doubles_nothing(system: System) -> None:
    stream = system.extract("tap-magento")
    # Slow answers, so that each kill strikes while requests are on their way.
    set_faults(system, {"action": "delay", "moment": "after", "method": "POST", "delay_ms": 150})
    killed_with = []
    for at_least in (0, 1, 9, 20, 33):
        process = system.start("target-sage200", stream, **QUICK)
        deadline = time.monotonic() + 120
        while process.poll() is None and len(system.posted_numbers()) < at_least:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        if at_least == 0:
            time.sleep(1.5)  # while it starts or reads
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed_with.append(len(system.posted_numbers()))
        time.sleep(5.1)
    assert killed_with == sorted(killed_with)
    assert killed_with[-1] < POSTABLE, "the last kill must come before the end"
    set_faults(system)
    run_until_quiet(system, stream)
    assert_every_postable_order_is_in_sage_once(system)


@pytest.mark.parametrize(
    "rule",
    [
        {"action": "cut", "moment": "after", "count": 7},
        {"action": "cut", "moment": "before", "count": 7},
        {"action": "status", "status": 503, "moment": "after", "count": 7},
        {"action": "status", "status": 502, "moment": "before", "share": 0.3, "seed": 4},
        {"action": "status", "status": 429, "moment": "before", "count": 3},
    ],
    ids=["cut after commit", "cut before", "503 after commit", "502 now and then", "429"],
)
def test_faults_of_the_gateway_lose_and_double_nothing(
    system: System, rule: dict[str, object]
) -> None:
    stream = system.extract("tap-magento")
    system.run("target-sage200", stream, TARGET_SAGE200_DRY_RUN="true")
    set_faults(system, {"method": "POST", "path": "*/sop_orders", **rule})
    system.run("target-sage200", stream, TARGET_SAGE200_MAX_FAILURES="3", **QUICK)
    set_faults(system)
    # Documents that Sage asked to wait for are due in half a minute; the test does not wait.
    system.warehouse_execute("update sync.outbox set due_at = now() where state = 'ready'")
    time.sleep(5.1)
    run_until_quiet(system, stream)
    assert_every_postable_order_is_in_sage_once(system)


def test_queue_restored_from_nothing_adopts_what_sage_has(system: System) -> None:
    stream = system.extract("tap-magento")
    assert system.run("target-sage200", stream).returncode == 0
    system.warehouse_execute("truncate sync.outbox cascade")
    result = system.run("target-sage200", stream)
    assert result.returncode == 0, result.stderr
    assert f"found in Sage already {POSTABLE}" in result.stderr
    assert_every_postable_order_is_in_sage_once(system)


def test_sigterm_finishes_what_is_on_its_way_and_begins_nothing_else(system: System) -> None:
    stream = system.extract("tap-magento")
    set_faults(system, {"action": "delay", "moment": "after", "method": "POST", "delay_ms": 400})
    process = system.start("target-sage200", stream)
    deadline = time.monotonic() + 120
    while process.poll() is None and len(system.posted_numbers()) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.terminate()
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, stderr
    assert "Not all was sent: stopped by signal" in stderr
    set_faults(system)
    in_sage = system.posted_numbers()
    assert 5 <= len(in_sage) < POSTABLE
    posted = system.warehouse("select source_key from sync.outbox where state = 'posted'")
    assert sorted(number for (number,) in posted) == sorted(in_sage)
    open_rows = "select count(*) from sync.outbox where state in ('in_flight', 'in_doubt')"
    assert system.warehouse(open_rows) == [(0,)]
    assert system.run("target-sage200").returncode == 0
    assert_every_postable_order_is_in_sage_once(system)


def test_orders_come_through_every_fault_at_once(system: System) -> None:
    count = run_through_faults(system.around, system.folder, orders=30, kill_after=(4, 20))
    assert (count.lost, count.duplicates, count.wrong_pennies, count.unfinished) == (0, 0, 0, 0)
    assert count.killed > 0
    assert sum(count.struck) > 0


def test_two_targets_at_once_share_the_work(system: System) -> None:
    stream = system.extract("tap-magento")
    processes = [system.start("target-sage200", stream) for _ in range(2)]
    for process in processes:
        _, stderr = process.communicate(timeout=300)
        assert process.returncode == 0, stderr
    assert_every_postable_order_is_in_sage_once(system)


def test_dry_run_shows_and_sends_nothing(system: System) -> None:
    stream = system.extract("tap-magento")
    result = system.run("target-sage200", stream, TARGET_SAGE200_DRY_RUN="true")
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("Would post order") == POSTABLE
    assert "Would post order 000000001: 5.94 GBP, " in result.stderr
    total = "Would post 42 in all of kind order: 2167.64 GBP, 260.17 EUR"
    assert total in result.stderr, result.stderr[-2000:]
    assert system.posted_numbers() == []
