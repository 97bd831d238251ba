"""The whole system on this machine, in folders of the test session's own."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import psycopg
import pytest
from outbox.command import main as outbox_command
from psycopg.rows import dict_row
from sandbox.environment import Surroundings, surroundings
from target_sage200.exceptions import RunStoppedError
from target_sage200.target import TargetSage200

from benchmarks.shop_copies import copies, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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


def copy_data(source: Path, target: Path) -> None:
    """Copy the data of servers that are stopped; each file keeps its owner, or none would start."""
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)  # noqa: S607


@pytest.fixture(scope="session")
def beginning() -> Iterator[Path]:
    """The data of a new shop and a new company, made once to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="beg"))
    given = os.environ.pop("WAREHOUSE_URL", None)
    try:
        with surroundings(folder, durable=False):
            pass
        yield folder
    finally:
        if given is not None:
            os.environ["WAREHOUSE_URL"] = given
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def system(beginning: Path) -> Iterator[System]:
    """A new shop, a new company, an empty warehouse."""
    # A short path: a Unix socket's is limited to 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="e2e"))
    given = os.environ.pop("WAREHOUSE_URL", None)
    try:
        copy_data(beginning, folder)
        with surroundings(folder, durable=False) as around:
            yield System(around, folder)
    finally:
        if given is not None:
            os.environ["WAREHOUSE_URL"] = given
        shutil.rmtree(folder, ignore_errors=True)


Order = dict[str, Any]


class Bench:
    """Running stand-ins, mapping tables of a test's own, and the target in this process."""

    def __init__(self, around: Surroundings, tables: Path) -> None:
        self.around = around
        self.tables = tables
        self._orders = 0

    def order(
        self, change: Callable[[Order], None] | None = None, number: str = "000000016"
    ) -> Order:
        """A new paid order made of a recorded one, changed as a case wants it."""
        self._orders += 1
        order, payments = copies([number], self._orders)[-1]
        assert payments == []
        order = json.loads(json.dumps(order, default=str), parse_float=str)
        if change is not None:
            change(order)
        return order

    def run(self, *orders: Order, products: Sequence[dict[str, Any]] = (), **settings: Any) -> None:
        """Run the target on some orders; what stops a run is in the outbox, too."""
        self.listen(messages([(order, []) for order in orders], products), **settings)

    def listen(self, lines: Iterable[str], **settings: Any) -> None:
        """Run the target on Singer messages."""
        variables = self.around.variables
        names = ("api_url", "token_url", "client_id", "client_secret", "refresh_token")
        config = {
            **{name: variables[f"TARGET_SAGE200_{name.upper()}"] for name in names},
            "site_id": variables["TARGET_SAGE200_SITE_ID"],
            "company_id": variables["TARGET_SAGE200_COMPANY_ID"],
            "outbox_url": self.around.warehouse_url,
            "mappings_dir": str(self.tables),
            "timeout_seconds": 4,
            "in_doubt_after_seconds": 5,
            **settings,
        }
        with suppress(RunStoppedError):
            TargetSage200(config=config).listen(io.StringIO("\n".join(lines)))

    def row(self, number: str, kind: str = "sales_order") -> dict[str, Any]:
        """The row of a document in the outbox."""
        with psycopg.connect(self.around.warehouse_url, row_factory=dict_row) as connection:
            found = connection.execute(
                "select * from sync.outbox where source_key = %s and kind = %s", (number, kind)
            ).fetchone()
        assert found is not None, f"{kind} {number} is not in the outbox"
        return found

    def retry(self, number: str, kind: str = "sales_order") -> None:
        """What a person does: no more than this."""
        url = self.around.warehouse_url
        assert outbox_command(["--url", url, "retry", number, "--kind", kind, "--who", "Jo"]) == 0

    def add(self, table: str, **columns: str) -> None:
        """Add a row to a mapping table; columns not given stay empty."""
        path = self.tables / table
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        self._write(path, header, [*rows, {**dict.fromkeys(header, ""), **columns}])

    def replace(self, table: str, column: str, old: str, new: str) -> None:
        """Change a value wherever it stands in a column of a mapping table."""
        path = self.tables / table
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        for row in rows:
            row[column] = new if row[column] == old else row[column]
        self._write(path, list(rows[0]), rows)

    @staticmethod
    def _write(path: Path, header: list[str], rows: list[dict[str, str]]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header)
            writer.writeheader()
            writer.writerows(rows)

    def sage(self, statement: str, *values: object) -> list[Any]:
        """Do something in the Sage company's database, as its users would."""
        with psycopg.connect(self.around.company_url) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def faults(self, *rules: dict[str, Any]) -> None:
        """Set the stand-in's faults."""
        body = json.dumps(rules).encode()
        request = Request(f"{self.around.sage200_url}/__faults", data=body, method="POST")  # noqa: S310
        with urlopen(request):  # noqa: S310  # the stand-in of this test
            pass

    def in_sage(self, number: str) -> list[Any]:
        """Id, status, gross and number of lines of the orders with this web order number."""
        return self.sage(
            'select o."SOPOrderReturnID", o."DocumentStatusID", o."TotalGrossValue", ('
            '  select count(*) from dbo."SOPOrderReturnLine" l'
            '  where l."SOPOrderReturnID" = o."SOPOrderReturnID")'
            ' from dbo."SOPOrderReturn" o where o."CustomerDocumentNo" = %s',
            number,
        )


@pytest.fixture(scope="module")
def bench(beginning: Path) -> Iterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="rem"))
    try:
        copy_data(beginning, folder)
        tables = folder / "mappings"
        shutil.copytree(ROOT / "mappings", tables)
        with surroundings(folder, durable=False) as around:
            yield Bench(around, tables)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
