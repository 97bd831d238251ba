"""Peak memory of target-sage200: it must not grow with the number of orders that come in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sandbox.environment import Surroundings, surroundings

from benchmarks.shop_copies import copies, messages

ROOT = Path(__file__).parents[1]
NUMBER = "000000025"
SIZES = (1_000, 20_000)


def main() -> None:
    """Store and decide more and more orders, each time into an empty queue."""
    print("target-sage200, orders stored, decided and mapped (dry run)")
    for orders in SIZES:
        folder = Path(tempfile.mkdtemp(prefix="bench"))
        try:
            with surroundings(folder) as around:
                seconds, megabytes = _run(around, folder, orders)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(
            f"  {orders:>7,} orders: {megabytes:.0f} MB at most, {orders / seconds:,.0f} orders/s",
            flush=True,
        )


def _run(around: Surroundings, folder: Path, orders: int) -> tuple[float, float]:
    stream = folder / "orders.singer"
    with stream.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in messages(copies([NUMBER], orders)))
    environment = {
        **os.environ,
        **around.variables,
        "TARGET_SAGE200_OUTBOX_URL": around.warehouse_url,
        "TARGET_SAGE200_MAPPINGS_DIR": str(ROOT / "mappings"),
        "TARGET_SAGE200_DRY_RUN": "true",
    }
    program = str(Path(sys.executable).parent / "target-sage200")
    with stream.open("rb") as file, (folder / "log").open("wb+") as log:
        started = time.monotonic()
        with subprocess.Popen(
            [program, "--config=ENV"], stdin=file, env=environment, stdout=log, stderr=log
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        log.seek(0)
        said = log.read().decode(errors="replace")
    if process.returncode or f"Would post {orders} in all of kind order" not in said:
        raise RuntimeError(f"Not every order was mapped: {said[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
