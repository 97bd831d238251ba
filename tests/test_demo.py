"""`make demo`, twice: the whole job through Meltano, PostgreSQL and dbt; nothing posted twice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sandbox.postgres import database_url, embedded_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]


def demo(data: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "WAREHOUSE_URL"}
    result = subprocess.run(
        [str(Path(sys.executable).parent / "sandbox"), "demo"],
        cwd=ROOT,
        env={**environment, "SANDBOX_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def runs() -> Iterator[tuple[Path, list[str]]]:
    # A short path: a Unix socket's is limited to 107 characters.
    data = Path(tempfile.mkdtemp(prefix="demo"))
    yield data, [demo(data), demo(data)]
    shutil.rmtree(data, ignore_errors=True)


def ask(data: Path, database: str, query: str) -> list[tuple[object, ...]]:
    with (
        embedded_postgres(data / "postgres") as server,
        psycopg.connect(database_url(server, database)) as connection,
    ):
        return connection.execute(query).fetchall()  # type: ignore[call-overload]


def test_both_runs_tell_the_same_result(runs: tuple[Path, list[str]]) -> None:
    first, second = (
        [
            line
            for line in text.splitlines()
            if line and not line.startswith(("[", "Took")) and "in this run" not in line
        ]
        for text in runs[1]
    )
    assert "Orders: 68 read from Magento" in first
    assert first == second


def test_only_the_first_run_changes_anything(runs: tuple[Path, list[str]]) -> None:
    first, second = (re.findall(r"in this run: (\d+)", text) for text in runs[1])
    assert first[0] == "42"
    assert int(first[1]) > 50
    assert second == ["0", "0"]


def test_second_run_posts_nothing_twice(runs: tuple[Path, list[str]]) -> None:
    data, _ = runs
    numbers = ask(
        data,
        "sage200_demo",
        'select "CustomerDocumentNo", count(*) from dbo."SOPOrderReturn"'
        ' where "DocumentTypeID" = 0 group by 1 having count(*) > 1',
    )
    assert numbers == []
    attempts = ask(
        data, "warehouse", "select count(*) from sync.outbox_attempt where action = 'post'"
    )
    assert attempts == [(42,)]


def test_every_order_is_reconciled_one_way_or_the_other(runs: tuple[Path, list[str]]) -> None:
    data, _ = runs
    states = dict(
        ask(
            data,
            "warehouse",
            "select state, count(*) from analytics.reconciliation_orders group by state",
        )
    )
    assert states == {
        "matched": 42,
        "waiting": 17,
        "not_expected": 5,
        "rejected": 4,
        "missing_in_magento": 1,
    }


def test_each_order_that_is_to_be_posted_yet_is_an_exception_with_owner_and_remedy(
    runs: tuple[Path, list[str]],
) -> None:
    data, _ = runs
    unexplained = ask(
        data,
        "warehouse",
        """
        select o.source_key from sync.outbox o
        left join analytics.drift_exceptions d
          on d.reference = o.source_key and d.owner <> '' and d.remedy <> ''
        where o.state <> 'posted' and d.reference is null and o.cause <> 'cancelled_unpaid'
        """,
    )
    assert unexplained == []


def test_nothing_is_an_exception_that_nobody_need_act_on(runs: tuple[Path, list[str]]) -> None:
    data, _ = runs
    causes = dict(
        ask(
            data,
            "warehouse",
            "select cause, count(*) from analytics.drift_exceptions where document_type != 'stock'"
            " group by cause",
        )
    )
    assert causes == {
        "refund_not_in_sage": 26,
        "awaiting_payment": 16,
        "on_hold_in_magento": 1,
        "sku_not_in_sage": 2,
        "tax_code_unmapped": 2,
        "missing_in_magento": 1,
    }
