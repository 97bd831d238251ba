"""The whole system on this machine, in folders of the test session's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sandbox.environment import Surroundings, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class System:
    """The running stand-ins, and ways to run plugins against them and to look inside."""

    around: Surroundings
    folder: Path

    def environment(self, **changes: str) -> dict[str, str]:
        """The variables of `make demo`, and settings for tests."""
        return {
            **os.environ,
            **self.around.variables,
            "TARGET_SAGE200_OUTBOX_URL": self.around.warehouse_url,
            "TARGET_SAGE200_MAPPINGS_DIR": str(ROOT / "mappings"),
            "TARGET_MAGENTO_OUTBOX_URL": self.around.warehouse_url,
            "TARGET_MAGENTO_MAPPINGS_DIR": str(ROOT / "mappings"),
            "TAP_MAGENTO_SETTLE_SECONDS": "0",
            "TAP_SAGE200_WEB_ACCOUNTS": json.dumps(["WEBGBP", "WEBEUR", "WEBUSD"]),
            **changes,
        }

    def start(
        self, program: str, stdin: Path | None = None, **changes: str
    ) -> subprocess.Popen[str]:
        """Start a plugin; its output goes to pipes."""
        with (stdin or Path(os.devnull)).open("rb") as file:
            return subprocess.Popen(
                [str(Path(sys.executable).parent / program), "--config=ENV"],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=self.environment(**changes),
            )

    def run(
        self, program: str, stdin: Path | None = None, **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a plugin to its end."""
        process = self.start(program, stdin, **changes)
        stdout, stderr = process.communicate(timeout=300)
        return subprocess.CompletedProcess(program, process.returncode, stdout, stderr)

    def run_with(
        self, program: str, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a plugin on no input, in exactly this environment."""
        return subprocess.run(
            [str(Path(sys.executable).parent / program), "--config=ENV"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
            timeout=120,
        )

    def extract(self, name: str, **changes: str) -> Path:
        """Run a tap and keep what it says."""
        result = self.run(name, **changes)
        assert result.returncode == 0, result.stderr
        path = self.folder / f"{name}.singer"
        path.write_text(result.stdout, encoding="utf-8")
        return path

    def warehouse(self, query: str) -> list[Any]:
        """Ask the warehouse."""
        with psycopg.connect(self.around.warehouse_url) as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload]

    def warehouse_execute(self, statement: str) -> None:
        """Change the warehouse, as time or a person would."""
        with psycopg.connect(self.around.warehouse_url) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def sage(self, query: str) -> list[Any]:
        """Ask the Sage company's database."""
        with psycopg.connect(self.around.company_url) as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload]

    def posted_numbers(self) -> list[str]:
        """Customer order numbers of the sales orders that are in Sage and came from the shop."""
        rows = self.sage(
            'select "CustomerDocumentNo" from dbo."SOPOrderReturn"'
            ' where "DocumentTypeID" = 0 order by 1'
        )
        return [number for (number,) in rows if number in MAGENTO_NUMBERS]


MAGENTO_NUMBERS = frozenset(
    order["increment_id"]
    for order in json.loads(
        (ROOT / "tests/fixtures/magento/recorded/list/orders.json").read_text(encoding="utf-8")
    )["body"]["items"]
)


@pytest.fixture
def system() -> Iterator[System]:
    """A new shop, a new company, an empty warehouse."""
    # A short path: a Unix socket's is limited to 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="e2e"))
    given = os.environ.pop("WAREHOUSE_URL", None)
    try:
        with surroundings(folder) as around:
            yield System(around, folder)
    finally:
        if given is not None:
            os.environ["WAREHOUSE_URL"] = given
        shutil.rmtree(folder, ignore_errors=True)
