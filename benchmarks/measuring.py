"""Running a Singer tap, ours or a peer's, and counting what it writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
RECORD = (b'"type":"RECORD"', b'"type": "RECORD"')
OVERLAP = max(map(len, RECORD)) - 1
TAIL = 100_000
"""Bytes of the end that are kept: the last state is among them."""


@dataclass(frozen=True)
class Figure:
    """What one run measured.

    Attributes:
        records: Records written.
        seconds: From the first to the last byte: starting up and ending are no reading.
        megabytes: Peak memory.
        state: Value of the last STATE message; empty where there was none.
    """

    records: int
    seconds: float
    megabytes: float
    state: str

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds


def measured(command: list[str], at_least: int) -> Figure:
    """Run a program to its end and count the records it writes.

    Args:
        command: The program.
        at_least: Records it must write.

    Raises:
        RuntimeError: It failed, or wrote fewer.
    """
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as program,
    ):
        started, last, found, rest, tail = 0.0, 0.0, 0, b"", b""
        while chunk := b"" if program.stdout is None else os.read(program.stdout.fileno(), 1 << 20):
            last = time.monotonic()
            started = started or last
            text = rest + chunk
            found += sum(map(text.count, RECORD))
            rest = text[-OVERLAP:]
            tail = (tail + chunk)[-TAIL:]
        seconds = last - started
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        if program.returncode or found < at_least:
            errors.seek(0)
            raise RuntimeError(
                f"{command[0]} wrote {found} of {at_least} records and ended with"
                f" {program.returncode}: {errors.read().decode(errors='replace')[-2000:]}"
            )
    return Figure(found, seconds, usage.ru_maxrss / 1024, _last_state(tail))


def _last_state(text: bytes) -> str:
    for line in reversed(text.splitlines()):
        if line.startswith(b'{"type":"STATE"'):
            return json.dumps(json.loads(line)["value"])
    return ""


def written(path: Path, content: object) -> str:
    """Write a JSON file and return its name."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def install_peers(folder: Path, *packages: str) -> Path:
    """Install peers into an environment that is thrown away, and return its Python."""
    uv = str(BIN / "uv")
    python = folder / "peers" / "bin" / "python"
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "VIRTUAL_ENV"}
    }
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder / "peers")],
        [uv, "pip", "install", "--quiet", "--python", str(python), *packages],
    ):
        subprocess.run(command, check=True, env=environment)
    return python
