"""tap-sage200 by SQL against its limit and its peer: 100,000 items in three warehouses.

The limit is a bare cursor and ``json``; the peer is meltanolabs-tap-postgres on the same tables and
columns, installed into an environment that is thrown away. Runs take turns; medians count. Row
versions have no index, as in Sage 200: an incremental reading walks every key.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from sandbox.postgres import embedded_postgres, ensure_database
from sandbox.sage200.seed.company import create_company
from tap_sage200.statements import statement
from tap_sage200.tap import TapSage200

import sandbox
from benchmarks.measuring import BIN, Figure, install_peers, measured, written

if TYPE_CHECKING:
    from collections.abc import Collection

HERE = Path(__file__).parent
ITEMS = int(os.environ.get("BENCH_ITEMS", "100000"))
ROUNDS = 3
PEER = "meltanolabs-tap-postgres==0.10.0"
STREAMS = {"stock_items": "StockItem", "stock_levels": "WarehouseItem"}
SEED = """
insert into dbo."StockItem" (
  "ItemID", "Code", "Name", "StockItemStatusID", "TaxCodeID", "Weight", "Barcode", "AllowSalesOrder"
)
select 1000000 + n, 'SKU-' || n, 'Product ' || n, 0, 1, n % 100, '50' || n, 1
from generate_series(1, {items}) as n;

insert into dbo."WarehouseItem" (
  "WarehouseItemID", "ItemID", "WarehouseID", "ConfirmedQtyInStock", "UnconfirmedQtyInStock",
  "QuantityAllocatedSOP", "QuantityOnPOPOrder"
)
select 2000000 + n * 3 + w.place, 1000000 + n, w."WarehouseID", n % 100 + 0.5, n % 7, n % 5, n % 3
from generate_series(1, {items}) as n
cross join (
  select "WarehouseID", row_number() over (order by "WarehouseID") - 1 as place
  from dbo."Warehouse" order by 1 limit 3
) as w;
"""
ORDERS = """
insert into dbo."SOPOrderReturn" ("SOPOrderReturnID", "DocumentNo", "CustomerID")
select 5000000 + n, n::text, (select min("SLCustomerAccountID") from dbo."SLCustomerAccount")
from generate_series(1, {items}) as n;

insert into dbo."SOPOrderReturnLine" (
  "SOPOrderReturnLineID", "SOPOrderReturnID", "ItemCode", "LineQuantity"
)
select 6000000 + n, 5000001 + n / 4, 'SKU-' || n, 1 from generate_series(0, {items} * 4 - 1) as n;

insert into dbo."SOPStandardItemLink" ("SOPStandardItemLinkID", "SOPOrderReturnLineID", "ItemID")
select 7000000 + n, 6000000 + n, 1000001 + n % {items}
from generate_series(0, {items} * 4 - 1) as n;
"""
HEADERS = (
    'update dbo."SOPOrderReturn" set "DocumentStatusID" = 2 - "DocumentStatusID"'
    ' where "SOPOrderReturnID" > 5000000 and "SOPOrderReturnID" % 100 = 3'
)
CHANGE = (
    'update dbo."WarehouseItem" set "ConfirmedQtyInStock" = 7 where "WarehouseItemID" % 100 = 3'
)


def main() -> None:
    """Measure a full reading beside limit and peer, an incremental one, and a writer's waits."""
    with tempfile.TemporaryDirectory(prefix="bs", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with embedded_postgres(folder / "pg") as server:
            url = ensure_database(server, "bench")
            create_company(url, Path(sandbox.__file__).parent / "companies" / "demo")
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(SEED.format(items=ITEMS).encode())
                connection.execute("vacuum analyze")
            peers = install_peers(folder, PEER, "psycopg[binary]")
            state = _full(folder, url, peers)
            _changed(folder, url, state)
            _waits(folder, url)
            _headers(folder, url)


def _full(folder: Path, url: str, peers: Path) -> tuple[float, str]:
    """Read everything, in turns; return our median time and the state it left."""
    rows = ITEMS * (1 + 3)
    commands = {
        "tap-sage200": _ours(folder, url),
        "bare cursor and json (limit)": _bare(url),
        "meltanolabs-tap-postgres": _peer(folder, url, peers),
    }
    print(f"tap-sage200 by SQL, {ITEMS:,} items in 3 warehouses, {ROUNDS} rounds, medians")
    figures: dict[str, list[Figure]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            figures[name].append(measured(command, rows))
    print(f"  {'':34}{'rows/s':>10}{'peak MB':>9}")
    rates = {}
    for name, runs in figures.items():
        rates[name] = statistics.median(one.rate for one in runs)
        memory = max(one.megabytes for one in runs)
        print(f"  {name:34}{rates[name]:>10,.0f}{memory:>9.0f}", flush=True)
    ours, limit, peer = rates.values()
    print(f"  {ours / peer:.1f} times the peer, {ours / limit:.2f} of the limit")
    runs = figures["tap-sage200"]
    return statistics.median(one.seconds for one in runs), runs[-1].state


def _changed(folder: Path, url: str, full: tuple[float, str]) -> None:
    """Change 1 % of the levels and read on."""
    seconds, state = full
    path = folder / "state.json"
    path.write_text(state, encoding="utf-8")
    runs = []
    for _ in range(ROUNDS):
        with psycopg.connect(url, autocommit=True) as connection:
            changed = connection.execute(CHANGE.encode()).rowcount
        runs.append(measured([*_ours(folder, url), "--state", str(path)], changed))
    one = statistics.median(run.seconds for run in runs)
    print(
        f"  incremental, {changed:,} levels changed: {one:.2f} s,"
        f" {one / seconds:.1%} of the full reading's {seconds:.1f} s",
        flush=True,
    )


def _headers(folder: Path, url: str) -> None:
    """Change 1 % of the orders' headers and read the lines that show them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ORDERS.format(items=ITEMS).encode())
        connection.execute("vacuum analyze")
    ours = _ours(folder, url, {"sales_document_lines"})
    full = measured(ours, ITEMS * 4)
    path = folder / "lines.json"
    path.write_text(full.state, encoding="utf-8")
    runs = []
    for _ in range(ROUNDS):
        with psycopg.connect(url, autocommit=True) as connection:
            headers = connection.execute(HEADERS.encode()).rowcount
        runs.append(measured([*ours, "--state", str(path)], headers * 4))
    one = statistics.median(run.seconds for run in runs)
    print(
        f"  incremental, {headers:,} of {ITEMS:,} order headers changed: {one:.2f} s for their"
        f" {headers * 4:,} lines, {one / full.seconds:.1%} of all lines' {full.seconds:.1f} s",
        flush=True,
    )


def _waits(folder: Path, url: str) -> None:
    """Update random levels, each in a transaction of its own, without and with the tap reading.

    It is the stand-in's locks that are measured: PostgreSQL's readers never stop a writer, while
    SQL Server's hold a row for as long as it is read, unless versions of rows are kept.
    """
    quiet = _worst_wait(url, ["sleep", "5"])
    reading = _worst_wait(url, _ours(folder, url))
    print(
        f"  a concurrent writer's worst wait on the stand-in: {reading * 1000:.0f} ms while the"
        f" tap reads, {quiet * 1000:.0f} ms while it doesn't",
        flush=True,
    )


def _worst_wait(url: str, command: list[str]) -> float:
    chance = random.Random(1)  # noqa: S311 - repeatable on purpose
    stop, waits = threading.Event(), [0.0]

    def write() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.is_set():
                number = 2_000_003 + chance.randrange(ITEMS * 3)
                started = time.monotonic()
                connection.execute(
                    'update dbo."WarehouseItem" set "ConfirmedQtyInStock" = 8'
                    ' where "WarehouseItemID" = %s',
                    (number,),
                )
                waits.append(time.monotonic() - started)
                stop.wait(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    finally:
        stop.set()
        writer.join()
    return max(waits)


def _ours(folder: Path, url: str, streams: Collection[str] = STREAMS) -> list[str]:
    config = {"sqlalchemy_url": url}
    tap = TapSage200(config=config)
    for stream in tap.streams.values():
        stream.selected = stream.name in streams
    catalog = written(folder / f"catalog-{len(streams)}.json", tap.catalog_dict)
    settings = written(folder / "tap-sage200.json", config)
    return [str(BIN / "tap-sage200"), "--config", settings, "--catalog", catalog]


def _columns(stream: str) -> list[str]:
    """Return the columns of the stream's own table; the peer reads the same ones."""
    return sorted(
        column
        for table, column in statement(stream).required_columns
        # Row versions are bytes, which the peer can't write.
        if table == STREAMS[stream] and column != "OpLock"
    )


def _bare(url: str) -> list[str]:
    statements = []
    for stream, table in STREAMS.items():
        columns = ", ".join(f'"{column}"' for column in _columns(stream))
        statements.append(f'select {columns} from dbo."{table}"')  # noqa: S608 - of this file
    return [str(BIN / "python"), str(HERE / "peers" / "bare_sql.py"), url, *statements]


def _peer(folder: Path, url: str, peers: Path) -> list[str]:
    at = psycopg.conninfo.conninfo_to_dict(url)
    # It wants a host and a password; the socket's folder is what counts.
    place = f"localhost:5432/{at['dbname']}?host={at['host']}"
    config = {
        "sqlalchemy_url": f"postgresql://{at['user']}:x@{place}",
        "filter_schemas": ["dbo"],
    }
    settings = written(folder / "tap-postgres.json", config)
    program = str(peers.parent / "tap-postgres")
    found = subprocess.run(
        [program, "--config", settings, "--discover"], capture_output=True, check=False
    )
    if found.returncode:
        raise RuntimeError(f"{PEER}: {found.stderr.decode(errors='replace')[-2000:]}")
    catalog = json.loads(found.stdout)
    wanted = {f"dbo-{table}": _columns(stream) for stream, table in STREAMS.items()}
    catalog["streams"] = [one for one in catalog["streams"] if one["tap_stream_id"] in wanted]
    for stream in catalog["streams"]:
        columns = wanted[stream["tap_stream_id"]]
        for entry in stream["metadata"]:
            path = entry["breadcrumb"]
            entry["metadata"]["selected"] = not path or path[1] in columns
    return [program, "--config", settings, "--catalog", written(folder / "peer.json", catalog)]


if __name__ == "__main__":
    main()
