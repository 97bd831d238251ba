"""A PostgreSQL, the recorded shop, and one way to run the target against both."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zlib
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import requests
from magento_client import MagentoClient, MagentoSettings
from outbox.store import Outbox
from psycopg.rows import dict_row
from sandbox.magento import create_app, load_shop, recorded_shop_dir
from sandbox.magento.access import DEMO_STOCK
from sandbox.postgres import embedded_postgres
from sandbox.serving import serve
from target_magento.target import TargetMagento

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN = DEMO_STOCK.access_token
"""An integration with the rights for stock and nothing else."""
LEVEL_SCHEMA = {
    "type": "object",
    "properties": {
        "warehouse_item_id": {"type": "integer"},
        "item_code": {"type": "string"},
        "warehouse_name": {"type": "string"},
        "use_for_sales_trading": {"type": ["boolean", "null"]},
        "free_quantity": {"type": "number"},
        "allocated_to_web_quantity": {"type": ["number", "null"]},
        "unallocated_web_demand_quantity": {"type": ["number", "null"]},
    },
}
LINE_SCHEMA = {
    "type": "object",
    "properties": {
        "sales_document_line_id": {"type": "integer"},
        "sales_document_id": {"type": "integer"},
        "customer_document_no": {"type": ["string", "null"]},
        "line_type": {"type": "string"},
        "item_code": {"type": ["string", "null"]},
        "warehouse_name": {"type": ["string", "null"]},
        "line_quantity": {"type": "number"},
        "despatched_quantity": {"type": "number"},
    },
}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="tm-", dir="/tmp"))
    with embedded_postgres(folder / "pg", durable=False) as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def outbox_url(postgres: str) -> str:
    """A database in which nothing of ours is yet."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("set client_min_messages = warning")
        connection.execute("drop schema if exists sync cascade")
    return postgres


@pytest.fixture
def shop_url() -> Iterator[str]:
    """The recorded shop, as it was when it was recorded."""
    with serve(create_app(load_shop(recorded_shop_dir()))) as url:
        yield url


@pytest.fixture
def mappings_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "warehouses.csv").write_text(
        "sage_warehouse,magento_source,buffer_quantity\nLEEDS,leeds_wh,0\nYORK,york_wh,0\n"
    )
    (folder / "stores.csv").write_text("store_id,warehouse\n1,LEEDS\n")
    return folder


@dataclass
class World:
    """The target between its neighbours."""

    shop_url: str
    outbox_url: str
    mappings_dir: Path

    def config(self, **settings: Any) -> dict[str, Any]:
        """The settings a user would write."""
        return {
            "base_url": self.shop_url,
            "access_token": TOKEN,
            "outbox_url": self.outbox_url,
            "mappings_dir": str(self.mappings_dir),
            **settings,
        }

    def run(self, *messages: Mapping[str, Any], **settings: Any) -> None:
        """Feed messages to the target, followed by a state."""
        lines = [*messages, {"type": "STATE", "value": {"bookmarks": {"at": 1}}}]
        text = "".join(json.dumps(line, default=str) + "\n" for line in lines)
        target = TargetMagento(config=self.config(**settings))
        try:
            target.listen(io.StringIO(text))
        finally:
            target.close()

    def publish(self, *levels: tuple[Any, ...], **settings: Any) -> None:
        """Run with levels (item, warehouse, free, allocated to web) read just now."""
        self.run(*level_messages(*levels), **settings)

    def rows(self, query: str, *params: object) -> list[dict[str, Any]]:
        """What the database holds."""
        with psycopg.connect(self.outbox_url, row_factory=dict_row) as connection:
            return connection.execute(query, params or None).fetchall()

    def published(self, sku: str, source: str) -> dict[str, Any]:
        """The row of ``sync.published_stock``."""
        (row,) = self.rows(
            "select * from sync.published_stock where sku = %s and source_code = %s", sku, source
        )
        return row

    def last_run(self) -> dict[str, Any]:
        """The newest row of ``sync.stock_run``."""
        return self.rows("select * from sync.stock_run order by id desc limit 1")[0]

    def holds(self, sku: str, source: str) -> tuple[float, int] | None:
        """Quantity and status that the shop holds, None where it holds no such row."""
        params = {"searchCriteria[pageSize]": "0"}
        for number, (name, value) in enumerate((("sku", sku), ("source_code", source))):
            group = f"searchCriteria[filter_groups][{number}][filters][0]"
            params |= {f"{group}[field]": name, f"{group}[value]": value}
        answer = requests.get(
            f"{self.shop_url}/rest/V1/inventory/source-items",
            params=params,
            headers={"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"},
            timeout=30,
        )
        answer.raise_for_status()
        found = [(item["quantity"], item["status"]) for item in answer.json()["items"]]
        return found[0] if found else None

    def fault(self, *rules: Mapping[str, Any]) -> None:
        """Make the shop fail from now on as the rules say."""
        requests.post(f"{self.shop_url}/__faults", json=list(rules), timeout=30).raise_for_status()

    def put(self, sku: str, source: str, quantity: int, status: int = 1) -> None:
        """Change a source item as somebody in Magento would."""
        row = {"sku": sku, "source_code": source, "quantity": quantity, "status": status}
        with MagentoClient(MagentoSettings.from_config(self.config())) as client:
            client.post("V1/inventory/source-items", {"sourceItems": [row]})

    def outbox(self, *orders: Mapping[str, Any], state: str = "posted", sage_id: int = 7) -> None:
        """Put orders into the outbox, as target-sage200 leaves them."""
        with Outbox(self.outbox_url) as box:
            box.ensure_schema()
        with psycopg.connect(self.outbox_url) as connection:
            for order in orders:
                connection.execute(
                    "insert into sync.outbox (kind, source, source_key, state, source_document,"
                    " source_hash, sage_id) values ('sales_order', 'magento', %s, %s, %s, '', %s)"
                    " on conflict (kind, source, source_key) do update"
                    " set state = excluded.state, source_document = excluded.source_document",
                    (order["increment_id"], state, json.dumps(order), sage_id),
                )


@pytest.fixture
def world(shop_url: str, outbox_url: str, mappings_dir: Path) -> World:
    return World(shop_url, outbox_url, mappings_dir)


def now() -> str:
    return datetime.now(timezone.utc).isoformat()


def level_messages(*levels: tuple[Any, ...], read_at: str | None = None) -> list[dict[str, Any]]:
    """SCHEMA and RECORD messages of ``stock_levels``; the key is made from item and warehouse."""
    messages: list[dict[str, Any]] = [
        {
            "type": "SCHEMA",
            "stream": "stock_levels",
            "schema": LEVEL_SCHEMA,
            "key_properties": ["warehouse_item_id"],
        }
    ]
    for code, warehouse, free, *rest in levels:
        messages.append(
            {
                "type": "RECORD",
                "stream": "stock_levels",
                "time_extracted": read_at or now(),
                "record": {
                    "warehouse_item_id": key_of(code, warehouse),
                    "item_code": code,
                    "warehouse_name": warehouse,
                    "use_for_sales_trading": rest[1] if len(rest) > 1 else True,
                    "free_quantity": free,
                    "allocated_to_web_quantity": rest[0] if rest else 0,
                    "unallocated_web_demand_quantity": 0,
                },
            }
        )
    return messages


def line_messages(*lines: tuple[int, str, str, str, Any, Any]) -> list[dict[str, Any]]:
    """Messages of ``sales_document_lines``: id, order, item, warehouse, ordered, despatched."""
    messages: list[dict[str, Any]] = [
        {
            "type": "SCHEMA",
            "stream": "sales_document_lines",
            "schema": LINE_SCHEMA,
            "key_properties": ["sales_document_line_id"],
        }
    ]
    for number, order, code, warehouse, ordered, despatched in lines:
        messages.append(
            {
                "type": "RECORD",
                "stream": "sales_document_lines",
                "time_extracted": now(),
                "record": {
                    "sales_document_line_id": number,
                    "sales_document_id": 7,
                    "customer_document_no": order,
                    "line_type": "standard",
                    "item_code": code,
                    "warehouse_name": warehouse,
                    "line_quantity": ordered,
                    "despatched_quantity": despatched,
                },
            }
        )
    return messages


def key_of(code: str, warehouse: str) -> int:
    return zlib.crc32(f"{code}@{warehouse}".encode())


@pytest.fixture
def messages() -> Any:
    """The message builders, for tests that need more than ``World.publish``."""
    return _Messages()


class _Messages:
    levels = staticmethod(level_messages)
    lines = staticmethod(line_messages)
