"""Each package declares what it imports, and the lock file names versions and hashes only."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "libs/magento-client",
    "libs/outbox",
    "libs/sage200-client",
    "sandbox",
    "tap-magento",
    "tap-sage200",
    "target-magento",
    "target-sage200",
)
BY_EXTRA = {"msgspec": "singer-sdk[msgspec]"}


def imported(folder: Path) -> set[str]:
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names


def declared(package: Path) -> set[str]:
    text = (package / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    found = re.findall(r'^\s*"([A-Za-z0-9_.-]+)(\[[\w,]+\])?', block[1], re.MULTILINE)
    return {name.lower().replace("_", "-") for name, _ in found} | {
        f"{name}{extra}" for name, extra in found if extra
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_import_is_a_declared_dependency(package: str) -> None:
    folder = ROOT / package
    own = folder.name.replace("-", "_")
    distributions = packages_distributions()
    dependencies = declared(folder)
    missing = []
    for name in sorted(imported(folder / own) - set(sys.stdlib_module_names) - {own}):
        names = {found.lower().replace("_", "-") for found in distributions.get(name, [name])}
        by_extra = BY_EXTRA.get(name) in dependencies
        if not names & dependencies and not by_extra:
            missing.append(name)
    assert missing == []


def test_lock_file_has_hashes_and_no_addresses() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    pinned = re.findall(r"^[a-z0-9][\w.-]*==\S+", text, re.MULTILINE | re.IGNORECASE)
    assert len(pinned) > 100
    assert text.count("--hash=sha256:") >= len(pinned)


def test_lock_file_holds_every_declared_version() -> None:
    locked = set(
        re.findall(
            r"^([a-z0-9][\w.-]*)==",
            (ROOT / "requirements.lock").read_text(encoding="utf-8").lower(),
            re.MULTILINE,
        )
    )
    own = {Path(package).name for package in PACKAGES}
    for package in PACKAGES:
        names = {name for name in declared(ROOT / package) if "[" not in name}
        assert names - own <= locked, package
