"""The README's table of points names files and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|\n ").split("|")]
    for line in (PACKAGE / "README.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| point", "| ---"))
]
TESTS = [
    name
    for path in (PACKAGE / "tests").glob("test_*.py")
    for name in re.findall(r"^def test_(\w+)", path.read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_what_a_row_names_exists(row: list[str]) -> None:
    _, where, proof = row
    for file in re.findall(r"`(\w+\.py)`", where):
        assert (PACKAGE / "sage200_client" / file).is_file()
    files = re.findall(r"`(test_\w+\.py)`", proof)
    assert all((PACKAGE / "tests" / file).is_file() for file in files)
    named = re.findall(r"\b[a-z0-9]+(?:_[a-z0-9]+){3,}\b", proof)
    assert named or files
    assert [name for name in named if not any(name in test for test in TESTS)] == []


def test_every_point_has_a_row() -> None:
    assert len(ROWS) == 19
