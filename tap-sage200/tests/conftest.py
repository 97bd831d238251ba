"""A Sage 200 company in an embedded PostgreSQL, and a tap whose messages are kept."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from sandbox.postgres import database_url, embedded_postgres, ensure_database
from sandbox.sage200.api.ledger import post_to_ledger
from sandbox.sage200.app import create_app
from sandbox.sage200.back_office.despatch import despatch_order
from sandbox.sage200.back_office.invoice import print_invoice
from sandbox.sage200.back_office.invoice_posting import post_invoice
from sandbox.sage200.back_office.waiting import update_waiting
from sandbox.sage200.back_office_command import desktop_office
from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.database import Database
from sandbox.sage200.sage_id.grants import accept_refresh_token
from sandbox.sage200.seed.company import create_company
from sandbox.serving import serve
from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from tap_sage200.statements import all_tables
from tap_sage200.tap import TapSage200

import sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.faults import Fault

DEMO = Path(sandbox.__file__).parent / "companies" / "demo"
TEMPLATE = "company_template"
# What stock and orders need; the other streams work alike and cost every test a second.
USUAL = (
    "stock_items",
    "warehouses",
    "stock_levels",
    "customers",
    "tax_codes",
    "sales_documents",
    "sales_document_lines",
)
_numbers = count(1)
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class KeptMessages(MsgSpecWriter):
    """Keeps messages as a target would parse them, decimals exact."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []

    def write_message(self, message: Any) -> None:
        self.messages.append(_decoder.decode(encoder.encode(message.to_dict())))


@dataclass
class Run:
    """What one run of the tap said."""

    messages: list[dict[str, Any]]

    def records(self, stream: str) -> list[dict[str, Any]]:
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    @property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for message in self.messages:
            if message["type"] == "RECORD":
                counts[message["stream"]] = counts.get(message["stream"], 0) + 1
        return counts

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    @property
    def state(self) -> dict[str, Any]:
        return json.loads(json.dumps(self.states[-1]))


@dataclass
class Company:
    """A company's database, open for changes, each committed at once."""

    url: str
    connection: psycopg.Connection[tuple[Any, ...]]
    config: dict[str, Any] = field(default_factory=dict)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []

    def insert(self, table: str, **values: object) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(["%s"] * len(values))
        self.sql(f'insert into dbo."{table}" ({names}) values ({marks})', *values.values())

    def id_of(self, table: str, key: str, column: str, value: object) -> int:
        return int(
            self.sql(f'select "{key}" from dbo."{table}" where "{column}" = %s', value)[0][0]
        )

    def customer(self, account: str) -> int:
        return self.id_of(
            "SLCustomerAccount", "SLCustomerAccountID", "CustomerAccountNumber", account
        )

    def holding(self, code: str, warehouse: str) -> int:
        rows = self.sql(
            'select h."WarehouseItemID" from dbo."WarehouseItem" h '
            'join dbo."StockItem" i on i."ItemID" = h."ItemID" '
            'join dbo."Warehouse" w on w."WarehouseID" = h."WarehouseID" '
            'where i."Code" = %s and w."Name" = %s',
            code,
            warehouse,
        )
        return int(rows[0][0])

    def order(self, document_id: int, account: str, **values: object) -> None:
        self.insert(
            "SOPOrderReturn",
            **{
                "SOPOrderReturnID": document_id,
                "DocumentNo": f"{document_id:010}",
                "CustomerID": self.customer(account),
                "WarehouseID": self.id_of("Warehouse", "WarehouseID", "Name", "LEEDS"),
                **values,
            },
        )

    def line(
        self,
        line_id: int,
        document_id: int,
        code: str,
        quantity: object,
        *,
        warehouse: str | None = "LEEDS",
        allocated: object = 0,
        despatched: object = 0,
        unit: int = 1,
        **values: object,
    ) -> None:
        """Put a standard line on a document; ``unit`` is how many stock units it sells by."""
        self.insert(
            "SOPOrderReturnLine",
            **{
                "SOPOrderReturnLineID": line_id,
                "SOPOrderReturnID": document_id,
                "ItemCode": code,
                "LineQuantity": quantity,
                "AllocatedQuantity": allocated,
                "DespatchReceiptQuantity": despatched,
                "StockUnitLineQuantity": Decimal(str(quantity)) * unit,
                "StockUnitAllocatedQuantity": Decimal(str(allocated)) * unit,
                "StockUnitDespRcptQuantity": Decimal(str(despatched)) * unit,
                **values,
            },
        )
        self.insert(
            "SOPStandardItemLink",
            SOPStandardItemLinkID=line_id,
            SOPOrderReturnLineID=line_id,
            ItemID=self.id_of("StockItem", "ItemID", "Code", code),
            WarehouseItemID=self.holding(code, warehouse) if warehouse else None,
        )

    def tap(
        self, state: dict[str, Any] | None = None, **settings: object
    ) -> tuple[TapSage200, KeptMessages]:
        writer = KeptMessages()
        config = {**(self.config or {"sqlalchemy_url": self.url}), **settings}
        return TapSage200(config=config, state=state, message_writer=writer), writer

    def read(self, *streams: str, state: dict[str, Any] | None = None, **settings: object) -> Run:
        """Run the tap for these streams; for those of stock and orders where none is named."""
        tap, writer = self.tap(state, **settings)
        for name, stream in tap.streams.items():
            stream.selected = name in (streams or USUAL)
        tap.sync_all()
        return Run(writer.messages)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="ts", dir="/tmp"))
    try:
        with embedded_postgres(folder / "pg", durable=False) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """Return the name of a database with the demonstration company and one web order."""
    url = ensure_database(server, TEMPLATE)
    create_company(url, DEMO)
    with psycopg.connect(url, autocommit=True) as connection:
        company = Company(url, connection)
        company.order(900001, "WEBEUR", CustomerDocumentNo="000000901", TotalGrossValue="40.00")
        company.line(900011, 900001, "BN-003", 4, allocated=1, LineTypeID=0)
        # The tap needs no other table, and a small database is copied faster.
        for (table,) in company.sql("select tablename from pg_tables where schemaname = 'dbo'"):
            if table not in all_tables():
                company.sql(f'drop table dbo."{table}"')
    return TEMPLATE


@contextmanager
def copy_of(server: str, template: str) -> Iterator[Company]:
    name = f"company_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template} strategy file_copy")
        url = database_url(server, name)
        with psycopg.connect(url, autocommit=True) as connection:
            yield Company(url, connection)
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture
def company(server: str, template: str) -> Iterator[Company]:
    """A company of its own for each test."""
    with copy_of(server, template) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def still_company(server: str, template: str) -> Iterator[Company]:
    """One company for tests that only read."""
    with copy_of(server, template) as fresh:
        yield fresh


DAY = datetime(2026, 11, 20)  # noqa: DTZ001 (Sage's dates have no zone)
NOTED = Path(__file__).parent / "noted.sql"


def trade(company: Company) -> None:
    """Despatch, invoice and post an order; post to the ledgers and allocate; note the rest."""
    customer = company.customer("WEBGBP")
    bank = company.id_of("CBAccount", "CBAccountID", "AccountCode", "CARD")
    ((order,),) = company.sql(
        'select "DocumentNo" from dbo."SOPOrderReturn" where "CustomerDocumentNo" = \'PO-4471\''
    )
    database = Database(company.url)
    try:
        office = desktop_office(database)
        with database.transaction() as connection:
            despatch_order(connection, office, order, "Swift Parcels", "SP-000-1")
            invoice = print_invoice(connection, office, order, DAY)
            post_invoice(connection, office, invoice)
        sent = {"customer_id": customer, "transaction_date": "2026-11-20T00:00:00Z"}
        money = {"bank_id": bank, "cheque_value": Decimal("50.00")}
        goods = {
            "document_goods_value": Decimal("99.99"),
            "document_tax_value": Decimal("20.00"),
            "reference": "000000901",
        }
        with database.transaction() as connection:
            post_to_ledger(connection, office, "sales_invoices", sent | goods)
            post_to_ledger(connection, office, "sales_receipts", sent | money)
        posted = company.sql(
            'select "SLPostedCustomerTranID" from dbo."SLPostedCustomerTran" '
            'where "SLCustomerAccountID" = %s order by 1',
            customer,
        )
        lines = [
            {"posted_tran_id": each, "value_to_allocate": Decimal("50.00")} for (each,) in posted
        ]
        allocation = {"customer_id": customer, "allocation_date": "2026-11-21T00:00:00Z"}
        with database.transaction() as connection:
            post_to_ledger(
                connection, office, "sales_allocations", allocation | {"allocation_lines": lines}
            )
            update_waiting(connection, office)
    finally:
        database.close()
    company.connection.execute(NOTED.read_bytes())


@pytest.fixture(scope="session")
def trading(server: str) -> Iterator[Company]:
    """A company with every table and every kind of document; tests only read it."""
    url = ensure_database(server, "company_trading")
    create_company(url, DEMO)
    with psycopg.connect(url, autocommit=True) as connection:
        company = Company(url, connection)
        trade(company)
        yield company


SITE = "11111111-2222-4333-8444-555555555555"


@contextmanager
def by_api(company: Company, server: str, *faults: Fault) -> Iterator[Company]:
    """Serve a company by its API; what is read of it then comes from there."""
    app = create_app(company.url, Behaviour(release="2025R1"), faults)
    token = f"refresh-{next(_numbers)}"
    accept_refresh_token(company.connection, token, "connector", 90)
    try:
        with serve(app) as address:
            config = {
                "source": "api",
                "api_url": f"{address}/uk/sage200extra/accounts/v1/",
                "token_url": f"{address}/oauth/token",
                "client_id": "demo-client",
                "client_secret": "demo-secret",
                "refresh_token": token,
                "site_id": SITE,
                "company_id": "1",
                "token_store_url": ensure_database(server, f"tokens_{next(_numbers)}"),
            }
            yield Company(company.url, company.connection, config)
    finally:
        app.state.database.close()


@pytest.fixture(scope="session")
def trading_api(server: str, trading: Company) -> Iterator[Company]:
    """The trading company, read by its API."""
    with by_api(trading, server) as served:
        yield served


@pytest.fixture
def old_company(server: str) -> Iterator[Company]:
    """A company of a release without DateTimeUpdated."""
    name = f"company_{next(_numbers)}"
    url = ensure_database(server, name)
    create_company(url, DEMO, date_time_updated=False)
    with psycopg.connect(url, autocommit=True) as connection:
        yield Company(url, connection)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def whole_company(server: str) -> Iterator[Company]:
    """A company with every table, to be changed by all tests of a module."""
    name = f"company_{next(_numbers)}"
    url = ensure_database(server, name)
    create_company(url, DEMO)
    with psycopg.connect(url, autocommit=True) as connection:
        yield Company(url, connection)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def traded() -> Any:
    """How a module lets a company of its own trade."""
    return trade


@pytest.fixture(scope="session")
def api_of() -> Any:
    """How a test serves a company by its API, with faults where it wants them."""
    return by_api


@pytest.fixture(scope="session")
def copy() -> Any:
    """How a module gets a company of its own, to be changed by all its tests."""
    return copy_of
