"""target-sage200 against its limit: connections / latency of a POST."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg
from outbox.exact_json import dumps
from sandbox.environment import Surroundings, surroundings

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "tests" / "fixtures" / "magento" / "recorded" / "list" / "orders.json"
ORDERS = 200
LATENCY_MS = 300
CONNECTIONS = (1, 4, 8)


def main() -> None:
    """Post copies of a recorded order to a slow Sage, on one, four and eight connections.

    The stand-in is one process and needs time of its own for each POST, more of it the more come at
    once. So what a POST really took is printed, and the ratio to what that allows: the target's own
    share.
    """
    print(f"target-sage200, {ORDERS} orders, {LATENCY_MS} ms added to each POST")
    for connections in CONNECTIONS:
        folder = Path(tempfile.mkdtemp(prefix="bench"))
        try:
            with surroundings(folder) as around:
                posted, seconds, mean_ms = _post(around, folder, connections)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        limit = connections * 1000 / LATENCY_MS
        reached = connections * 1000 / mean_ms
        print(
            f"  {connections} connections: {posted} orders in {seconds:.1f} s,"
            f" {posted / seconds:.1f}/s, limit {limit:.0f}/s, ratio {posted / seconds / limit:.2f};"
            f" a POST took {mean_ms:.0f} ms, ratio to that {posted / seconds / reached:.2f}",
            flush=True,
        )


def _post(around: Surroundings, folder: Path, connections: int) -> tuple[int, float, float]:
    rule = [{"action": "delay", "method": "POST", "path": "*/sop_orders", "delay_ms": LATENCY_MS}]
    with urlopen(  # noqa: S310  # the stand-in of this run
        Request(f"{around.sage200_url}/__faults", data=json.dumps(rule).encode(), method="POST")  # noqa: S310
    ):
        pass
    stream = folder / "orders.singer"
    stream.write_text("\n".join(_messages()), encoding="utf-8")
    environment = {
        **os.environ,
        **around.variables,
        "TARGET_SAGE200_OUTBOX_URL": around.warehouse_url,
        "TARGET_SAGE200_MAPPINGS_DIR": str(ROOT / "mappings"),
        "TARGET_SAGE200_MAX_CONNECTIONS": str(connections),
    }
    program = str(Path(sys.executable).parent / "target-sage200")
    with stream.open("rb") as file:
        subprocess.run(
            [program, "--config=ENV"], stdin=file, env=environment, capture_output=True, check=True
        )
    with psycopg.connect(around.warehouse_url) as connection:
        row = connection.execute(
            """
            select count(*), extract(epoch from max(a.started_at) - min(a.started_at))
              + min(a.duration_ms) / 1000.0, avg(a.duration_ms)
            from sync.outbox o join sync.outbox_attempt a on a.outbox_id = o.id
            where o.state = 'posted' and a.action = 'post'
            """
        ).fetchone()
    if row is None or row[0] != ORDERS:
        msg = f"Only {row} of {ORDERS} orders were posted; the figure would mean nothing."
        raise RuntimeError(msg)
    return row[0], float(row[1]), float(row[2])


def _messages() -> list[str]:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"), parse_float=Decimal)["body"]
    order = next(one for one in recorded["items"] if one["increment_id"] == "000000025")
    schema = {"type": "SCHEMA", "stream": "orders", "key_properties": ["entity_id"]}
    schema["schema"] = {"properties": {"entity_id": {"type": "integer"}}}  # type: ignore[assignment]
    return [
        dumps(schema),
        *(
            dumps(
                {
                    "type": "RECORD",
                    "stream": "orders",
                    "record": {
                        **order,
                        "entity_id": 10_000 + number,
                        "increment_id": f"9{number:08}",
                    },
                }
            )
            for number in range(ORDERS)
        ),
    ]
