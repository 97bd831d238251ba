"""A copy of the project beside a copy of the mappings, so that no test writes into either."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.postgres import embedded_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sys.executable).parent


@pytest.fixture(scope="session")
def project() -> Iterator[Path]:
    """The dbt project in a folder of its own, with the mappings where it expects them."""
    folder = Path(tempfile.mkdtemp(prefix="dbt", dir="/tmp"))
    shutil.copytree(
        REPOSITORY / "transform",
        folder / "transform",
        ignore=shutil.ignore_patterns("target", "logs", "tests"),
    )
    shutil.copytree(REPOSITORY / "mappings", folder / "mappings")
    yield folder / "transform"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def dbt(project: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run dbt on the copy: ``dbt(warehouse_url, "build", ...)``, variables as keywords."""
    left_out = ("MAPPINGS_DIR", "RECONCILE_FROM", "TARGET_SAGE200_SOURCE")
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}

    def run(
        warehouse_url: str, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        where = ("--project-dir", str(project), "--profiles-dir", str(project))
        return subprocess.run(
            [str(SCRIPTS / "dbt"), *arguments, *where],
            env={**inherited, "WAREHOUSE_URL": warehouse_url, **variables},
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def manifest(
    project: Path, dbt: Callable[..., subprocess.CompletedProcess[str]]
) -> Mapping[str, Any]:
    """What dbt itself knows of the project; parsing needs no database."""
    parsed = dbt("postgresql://nobody@localhost/nowhere", "parse")
    assert parsed.returncode == 0, parsed.stdout
    loaded: dict[str, Any] = json.loads((project / "target" / "manifest.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="session")
def warehouse() -> Iterator[str]:
    """The URL of an empty PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    with embedded_postgres(folder / "d", durable=False) as url:
        yield url
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str, str], None]:
    """Load Singer messages with the real target: ``load(warehouse_url, schema, messages)``."""

    def run(warehouse_url: str, schema: str, messages: str) -> None:
        config = tmp_path_factory.mktemp("target") / "config.json"
        settings = {
            "sqlalchemy_url": warehouse_url.replace("postgresql://", "postgresql+psycopg://", 1),
            "default_target_schema": schema,
            "use_copy": True,
            "validate_records": False,
        }
        config.write_text(json.dumps(settings), "utf-8")
        subprocess.run(
            [str(SCRIPTS / "target-postgres"), "--config", str(config)],
            input=messages,
            capture_output=True,
            text=True,
            check=True,
        )

    return run
