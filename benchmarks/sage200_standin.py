"""The Sage 200 stand-in at the size of a real company: seeding, the reference snapshot, pages."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psycopg
import requests
from sage200_client import Sage200Client, Sage200Settings, TokenStore
from sage200_client.reference import load_reference
from sandbox.companies import demo_company_dir
from sandbox.postgres import embedded_postgres, ensure_database
from sandbox.sage200 import create_app, create_company
from sandbox.sage200.sage_id.grants import accept_refresh_token
from sandbox.sage200.seed.bulk import add_many
from sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

PRODUCTS, ORDERS = 10_000, 50_000
SNAPSHOT_SECONDS = 5
PAGE_MS = 200
REPEATS = 5
_BASE = "/uk/sage200extra/accounts/v1"
_SITE = "11111111-2222-4333-8444-555555555555"
# what our taps and targets ask for, and what a person would
_PAGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("sop_orders", {"$top": "100", "$orderby": "id desc"}),
    ("sop_orders", {"$top": "100", "$orderby": "document_no desc"}),
    ("sop_orders", {"$top": "100", "$orderby": "id", "$filter": "id gt 40000"}),
    ("sop_orders", {"$top": "20", "$filter": "customer_document_no eq 'B00040000'"}),
    ("sop_orders", {"$top": "50", "$orderby": "id desc", "$expand": "lines,customer"}),
    (
        "sop_orders",
        {
            "$top": "100",
            "$orderby": "date_time_updated",
            "$filter": "date_time_updated gt {recently}",
        },
    ),
    ("sop_orders", {"$filter": "document_status eq 'EnumDocumentStatusLive'", "$count": "true"}),
    (
        "sop_order_return_views",
        {"$filter": "customer_document_no eq 'B00040000' or customer_document_no eq 'B00040001'"},
    ),
    ("sop_order_return_views", {"$top": "500", "$orderby": "id", "$filter": "id gt 40000"}),
    ("sop_orders/40000/sop_order_lines", {}),
    ("sop_order_line_views", {"$top": "500"}),
    (
        "sop_order_line_views",
        {"$top": "500", "$orderby": "sop_order_line_id", "$filter": "sop_order_line_id gt 40000"},
    ),
    ("products", {"$top": "500", "$orderby": "id", "$filter": "id gt 5000"}),
    ("products", {"$filter": "code eq 'BULK-007777'"}),
    ("products", {"$top": "100", "$orderby": "code desc"}),
    ("product_views", {"$top": "500", "$orderby": "id", "$filter": "id gt 5000"}),
    ("product_views", {"$filter": "contains(name,'7777')"}),
    ("product_warehouse_views", {"$top": "500"}),
    (
        "warehouse_holdings",
        {
            "$top": "500",
            "$orderby": "date_time_updated",
            "$filter": "date_time_updated gt 2020-01-01T00:00:00Z",
        },
    ),
    ("warehouse_holdings", {"$top": "500", "$orderby": "id", "$filter": "id gt 20000"}),
    ("product_price_views", {"$top": "500"}),
    ("customers", {"$top": "500"}),
    ("customer_views", {"$top": "500"}),
)


def main() -> None:
    """Fill a company, then print each figure beside its limit."""
    with _stand_in() as (base_url, database_url, warehouse_url):
        started = time.monotonic()
        with psycopg.connect(database_url) as connection:
            added = add_many(connection, PRODUCTS, ORDERS)
        seconds = time.monotonic() - started
        print(
            f"Sage 200 stand-in, {added.products:,} products and {added.orders:,} orders more,"
            f" made in {seconds:.1f} s"
        )
        settings = Sage200Settings(
            api_url=f"{base_url}{_BASE}/",
            token_url=f"{base_url}/oauth/token",
            client_id="demo-client",
            client_secret="demo-secret",  # noqa: S106  # opens the stand-in only
            refresh_token="demo-refresh-token",  # noqa: S106
            site_id=_SITE,
            company_id=1,
        )
        tokens = TokenStore(warehouse_url, None)
        tokens.ensure_schema()
        with Sage200Client(settings, tokens) as client:
            client.get("tax_codes", top=1)  # signs in
            for what, switches in (("", {}), (" with stock and nominal codes", _ALL)):
                started = time.monotonic()
                found = load_reference(client, **switches)
                seconds = time.monotonic() - started
                if len(found.products) < PRODUCTS:
                    raise RuntimeError("The snapshot is not whole; the figure would mean nothing.")
                print(
                    f"  reference snapshot{what}: {seconds:.2f} s, limit {SNAPSHOT_SECONDS} s",
                    flush=True,
                )
        _pages(base_url, database_url)


_ALL = {"with_nominal_codes": True, "with_holdings": True}


def _pages(base_url: str, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        accept_refresh_token(connection, "bench", "connector", 1)
        row = connection.execute(
            "select to_char(dbo.utc_now() - interval '2 days', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        ).fetchone()
    recently = str(row[0]) if row else ""
    session = _signed_in(base_url)
    print(f"  pages, median of {REPEATS}, limit {PAGE_MS} ms")
    for resource, query in _PAGES:
        asked = {name: value.format(recently=recently) for name, value in query.items()}
        taken = []
        for _ in range(REPEATS):
            started = time.monotonic()
            answer = session.get(f"{base_url}{_BASE}/{resource}", params=asked, timeout=60)
            answer.raise_for_status()
            taken.append(1000 * (time.monotonic() - started))
        options = " ".join(f"{name}={value}" for name, value in query.items())
        over = "  OVER" if median(taken) > PAGE_MS else ""
        print(f"  {median(taken):7.0f} ms  {resource} {options}{over}", flush=True)


def _signed_in(base_url: str) -> requests.Session:
    form = {
        "grant_type": "refresh_token",
        "client_id": "demo-client",
        "client_secret": "demo-secret",
        "refresh_token": "bench",
    }
    answer = requests.post(f"{base_url}/oauth/token", data=form, timeout=60)
    answer.raise_for_status()
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    session.headers.update({"X-Site": _SITE, "X-Company": "1"})
    return session


@contextmanager
def _stand_in() -> Iterator[tuple[str, str, str]]:
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    try:
        with embedded_postgres(folder / "pg") as url:
            database_url = ensure_database(url, "sage200")
            create_company(database_url, demo_company_dir())
            app = create_app(database_url)
            with serve(app) as base_url:
                yield base_url, database_url, url
            app.state.database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
