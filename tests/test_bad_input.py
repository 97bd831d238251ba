"""Bad input gets one clear sentence and exit code 1, and what was read is kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import System

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.end_to_end
NOWHERE = "http://127.0.0.1:9"


def error_lines(stderr: str) -> list[str]:
    return [
        line
        for line in stderr.splitlines()
        if line.startswith("Error: ") or "| ERROR " in line or "| CRITICAL " in line
    ]


@pytest.mark.parametrize(
    ("program", "setting", "value", "expected"),
    [
        ("tap-magento", "TAP_MAGENTO_ACCESS_TOKEN", "wrong-t0ken", "401"),
        ("tap-magento", "TAP_MAGENTO_BASE_URL", NOWHERE, "127.0.0.1:9"),
        ("tap-sage200", "TAP_SAGE200_SQLALCHEMY_URL", "postgresql+psycopg://x@127.0.0.1:9/y", "9"),
        ("target-sage200", "TARGET_SAGE200_COMPANY_ID", "77", "site_id and company_id"),
        ("target-sage200", "TARGET_SAGE200_CLIENT_SECRET", "wr0ng-secret", "client"),
        ("target-sage200", "TARGET_SAGE200_OUTBOX_URL", "postgresql://x@127.0.0.1:9/y", "outbox"),
        ("target-magento", "TARGET_MAGENTO_ACCESS_TOKEN", "wrong-t0ken", "401"),
        ("target-magento", "TARGET_MAGENTO_BASE_URL", NOWHERE, "127.0.0.1:9"),
    ],
)
def test_wrong_access_is_one_sentence(
    system: System, program: str, setting: str, value: str, expected: str
) -> None:
    stream = None
    if program.startswith("target"):
        stream = system.extract("tap-magento" if "sage" in program else "tap-sage200")
    result = system.run(program, stream, **{setting: value})
    assert result.returncode not in (0, -9)
    assert "Traceback" not in result.stderr
    lines = error_lines(result.stderr)
    assert lines, result.stderr
    assert expected in lines[-1]
    if "wr" in value:
        assert value not in result.stderr


@pytest.mark.parametrize(
    ("program", "missing"),
    [
        ("tap-magento", "TAP_MAGENTO_BASE_URL"),
        ("target-sage200", "TARGET_SAGE200_API_URL"),
        ("target-magento", "TARGET_MAGENTO_OUTBOX_URL"),
    ],
)
def test_missing_setting_is_named(system: System, program: str, missing: str) -> None:
    environment = system.environment()
    del environment[missing]
    result = system.run_with(program, environment)
    assert result.returncode != 0
    assert missing.split("_", 2)[2].lower() in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("tax_codes.csv", "magento_tax,country_id\nGB,GB\n", "column customer_group_id is missing"),
        ("stores.csv", "store_id,account,currency,warehouse,post\none,A,GBP,L,yes\n", "line 2"),
        ("stores.csv", "store_id,account,currency,warehouse,post\n1,A,GBP,L,maybe\n", "yes or no"),
        ("skus.csv", "magento_sku,sage_code\nA,B,C\n", "3 columns, the header has 2"),
        ("payment_methods.csv", None, "the table is missing"),
    ],
)
def test_malformed_mapping_is_named_before_anything_is_read(
    system: System, name: str, content: str | None, expected: str
) -> None:
    stream = system.extract("tap-magento")
    mappings = system.folder / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)
    (mappings / name).unlink()
    if content is not None:
        (mappings / name).write_text(content, encoding="utf-8")
    result = system.run("target-sage200", stream, TARGET_SAGE200_MAPPINGS_DIR=str(mappings))
    assert result.returncode == 1
    assert name in error_lines(result.stderr)[-1]
    assert expected in error_lines(result.stderr)[-1]
    assert "Traceback" not in result.stderr
    assert '"bookmarks"' not in result.stdout, "nothing may be acknowledged"


def test_sage_out_of_reach_keeps_the_orders_and_the_next_run_posts_them(system: System) -> None:
    stream = system.extract("tap-magento")
    down = system.run("target-sage200", stream, TARGET_SAGE200_API_URL=f"{NOWHERE}/v1/")
    assert down.returncode == 1
    assert system.warehouse("select count(*) from sync.outbox") == [(68,)]
    empty = system.folder / "nothing.singer"
    empty.write_text("", encoding="utf-8")
    assert system.run("target-sage200", empty).returncode == 0
    assert len(system.posted_numbers()) == 42


def test_corrected_mapping_posts_what_was_rejected(system: System) -> None:
    stream = system.extract("tap-magento")
    assert system.run("target-sage200", stream).returncode == 0
    mappings = system.folder / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)
    with (mappings / "skus.csv").open("a", encoding="utf-8") as file:
        file.write("OPT-1,BN-001\n")
    empty = system.folder / "nothing.singer"
    empty.write_text("", encoding="utf-8")
    result = system.run("target-sage200", empty, TARGET_SAGE200_MAPPINGS_DIR=str(mappings))
    assert result.returncode == 0, result.stderr
    assert "000000033" in system.posted_numbers()
