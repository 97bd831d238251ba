"""A company per test, cheap because it is copied from one that is made once."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
import requests
from psycopg import sql
from sandbox.companies import demo_company_dir
from sandbox.postgres import database_url, embedded_postgres, ensure_database
from sandbox.sage200 import Behaviour, create_app, create_company
from sandbox.sage200.back_office.despatch import despatch_order
from sandbox.sage200.back_office.invoice import print_invoice
from sandbox.sage200.back_office.invoice_posting import post_invoice
from sandbox.sage200.back_office.orders import allocate_order
from sandbox.sage200.back_office_command import desktop_office
from sandbox.sage200.database import Database
from sandbox.sage200.ledger.trial_balance import trial_balance
from sandbox.sage200.sage_id.grants import accept_refresh_token
from sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

NOVEMBER = datetime(2026, 11, 20)  # noqa: DTZ001 - Sage's dates have no zone
TEMPLATE = "sage_template"
_MOST_POOLS = 8
SITE = {"X-Site": "11111111-2222-4333-8444-555555555555", "X-Company": "1"}
_numbers = itertools.count(1)
_access_tokens: dict[tuple[str, str], str] = {}
_ids: dict[tuple[str, str, object], int] = {}
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="sage"))
    with embedded_postgres(folder / "pg", durable=False) as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template_url(postgres_url: str) -> str:
    """A company that nobody connects to, to be copied."""
    url = ensure_database(postgres_url, TEMPLATE)
    create_company(url, demo_company_dir())
    return url


@pytest.fixture(scope="session")
def new_company(postgres_url: str, template_url: str) -> Callable[[], str]:
    """Make a database with the demo company and return its URL; takes a second."""

    def make() -> str:
        name = f"company_{next(_numbers)}"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(TEMPLATE)
                )
            )
        return database_url(postgres_url, name)

    return make


@pytest.fixture(scope="session")
def shared_company(new_company: Callable[[], str]) -> str:
    """The company that tests share where they do not mind each other's orders."""
    return new_company()


@pytest.fixture(scope="module")
def company(new_company: Callable[[], str]) -> str:
    """A company that the tests of a module share."""
    return new_company()


class Sage:
    """A running stand-in, and the demo user's way to talk to it."""

    def __init__(self, base_url: str, company_url: str, base_path: str) -> None:
        self.base_url = base_url
        self.company_url = company_url
        self.api = base_url + base_path
        self.session = requests.Session()
        self.session.headers.update(SITE)

    def refresh(self, token: str, **changes: str) -> requests.Response:
        form = {
            "grant_type": "refresh_token",
            "client_id": "demo-client",
            "client_secret": "demo-secret",
            "refresh_token": token,
        }
        return requests.post(f"{self.base_url}/oauth/token", data=form | changes, timeout=20)

    def new_refresh_token(self, user: str = "connector") -> str:
        token = f"token-{next(_numbers)}"
        with psycopg.connect(self.company_url) as connection:
            accept_refresh_token(connection, token, user, 90)
        return token

    def sign_in(self, user: str = "connector") -> Sage:
        key = (self.base_url, user)
        if key not in _access_tokens:
            answer = self.refresh(self.new_refresh_token(user))
            assert answer.status_code == 200, answer.text
            _access_tokens[key] = answer.json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {_access_tokens[key]}"
        return self

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        data = None if body is None else _encoder.encode(body)
        parameters = {f"${name}": value for name, value in query.items()}
        headers = {} if body is None else {"Content-Type": "application/json"}
        return self.session.request(
            method, self.api + path, data=data, params=parameters, headers=headers, timeout=30
        )

    def get(self, path: str, **query: Any) -> Any:
        answer = self.send("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return _decoder.decode(answer.content)

    def post(self, body: dict[str, Any]) -> Any:
        answer = self.send("POST", "/sop_orders", body)
        assert answer.status_code == 200, answer.text
        return _decoder.decode(answer.content)

    def refusal(self, body: Any, method: str = "POST", path: str = "/sop_orders") -> str:
        answer = self.send(method, path, body)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["error"])

    def id_of(self, resource: str, field: str, value: object) -> int:
        key = (self.company_url, resource, value)
        if key not in _ids:
            text = f"'{value}'" if isinstance(value, str) else value
            found = self.get(f"/{resource}", filter=f"{field} eq {text}", select="id")
            assert len(found) == 1, (resource, value, found)
            _ids[key] = int(found[0]["id"])
        return _ids[key]

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement on the company's database, as its administrator."""
        with psycopg.connect(self.company_url, autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def standard(self, code: str, quantity: float = 1, **more: Any) -> dict[str, Any]:
        return {
            "line_type": "EnumLineTypeStandard",
            "product_id": self.id_of("products", "code", code),
            "line_quantity": quantity,
            **more,
        }

    def free_text(self, price: str, tax_code: int = 1, **more: Any) -> dict[str, Any]:
        return {
            "line_type": "EnumLineTypeFreeText",
            "description": "text",
            "line_quantity": 1,
            "selling_unit_price": Decimal(price),
            "tax_code_id": self.id_of("tax_codes", "code", tax_code),
            **more,
        }

    def order(self, *lines: dict[str, Any], account: str = "WEBGBP", **more: Any) -> dict[str, Any]:
        return {
            "customer_id": self.id_of("customers", "reference", account),
            "document_date": "2026-11-20T00:00:00Z",
            "lines": list(lines),
            **more,
        }


@pytest.fixture(scope="session")
def running() -> Iterator[Callable[[str, Behaviour], str]]:
    """Return the base URL of a stand-in, one per company and behaviour."""
    urls: dict[tuple[str, Behaviour], str] = {}
    pools: list[Database] = []
    with ExitStack() as stack:

        def start(company_url: str, behaviour: Behaviour) -> str:
            if (company_url, behaviour) not in urls:
                app = create_app(company_url, behaviour)
                stack.callback(app.state.database.close)
                # those of earlier tests open a connection per request from now on, for the server
                # takes a hundred at most
                pools.append(app.state.database)
                for pool in pools[1:-_MOST_POOLS]:
                    pool.close()
                urls[company_url, behaviour] = stack.enter_context(serve(app))
            return urls[company_url, behaviour]

        yield start


@pytest.fixture
def play(
    running: Callable[[str, Behaviour], str], shared_company: str
) -> Iterator[Callable[..., Sage]]:
    """Reach a stand-in with a behaviour, over the shared company or a given one."""
    with ExitStack() as stack:

        def reach(company_url: str = shared_company, **switches: Any) -> Sage:
            behaviour = Behaviour(**switches)
            sage = Sage(running(company_url, behaviour), company_url, behaviour.base_path)
            stack.callback(sage.session.close)
            return sage

        yield reach


class Desk:
    """The desktop of a running stand-in."""

    def __init__(self, sage: Any, database: Database) -> None:
        self.sage = sage
        self.database = database
        self.office = desktop_office(database)

    def do(self, action: Callable[..., Any], *given: Any, **switches: bool) -> Any:
        with self.database.transaction() as connection:
            return action(connection, self.office, *given, **switches)

    def set(self, action: Callable[..., Any], *given: Any, **switches: bool) -> None:
        with self.database.transaction() as connection:
            action(connection, *given, **switches)

    def order(self, *lines: dict[str, Any], **more: Any) -> Any:
        return self.sage.post(self.sage.order(*lines, **more))

    def paid(self, **more: Any) -> dict[str, Any]:
        method = self.sage.id_of("sop_payment_methods", "name", "Web card")
        return {"payment_with_order": True, "payment_method_id": method, **more}

    def invoiced(self, order: Any, *, despatch: bool = True) -> dict[str, Any]:
        """Take an order all the way; return its posted invoice."""
        if despatch:
            self.do(allocate_order, order["document_no"])
            self.do(despatch_order, order["document_no"])
        number = self.do(print_invoice, order["document_no"], NOVEMBER)
        urn = self.do(post_invoice, number).urn
        return self.posted(urn)

    def posted(self, urn: int) -> dict[str, Any]:
        """Return what was posted to the sales ledger under a URN, with all its parts."""
        (found,) = self.sage.get("/sales_posted_transactions", filter=f"urn eq {urn}")
        record: dict[str, Any] = self.sage.get(f"/sales_posted_transactions/{found['id']}")
        return record

    def again(self, order: Any) -> Any:
        return self.sage.get(f"/sop_orders/{order['id']}")

    def stock(self, code: str) -> tuple[Decimal, Decimal]:
        """Confirmed and allocated stock of a product."""
        (found,) = self.sage.sql(
            'select sum(h."ConfirmedQtyInStock"), sum(h."QuantityAllocatedSOP")'
            ' from dbo."WarehouseItem" h join dbo."StockItem" i using ("ItemID")'
            ' where i."Code" = %s',
            code,
        )
        return found

    def live_value(self) -> Decimal:
        ((value,),) = self.sage.sql(
            'select "ValueOfCurrentOrdersInSOP" from dbo."SLCustomerAccount"'
            " where \"CustomerAccountNumber\" = 'WEBGBP'"
        )
        return Decimal(value)

    def check(self) -> None:
        with psycopg.connect(self.sage.company_url) as connection:
            assert trial_balance(connection).problems == ()


@pytest.fixture
def desk_of(play: Callable[..., Any]) -> Callable[..., AbstractContextManager[Desk]]:
    """Sit down at the desktop of a company, beside its running API."""

    @contextmanager
    def sit_down(url: str, **switches: Any) -> Iterator[Desk]:
        with closing(Database(url)) as database:
            yield Desk(play(url, **switches).sign_in(), database)

    return sit_down


@pytest.fixture
def desk(new_company: Callable[[], str], desk_of: Callable[..., Any]) -> Iterator[Desk]:
    with desk_of(new_company()) as desk:
        yield desk
        desk.check()


@pytest.fixture(scope="session")
def november() -> datetime:
    """A day in an open period."""
    return NOVEMBER


@pytest.fixture
def code(desk: Desk) -> str:
    """A product with plenty of free stock in the warehouse that orders take by default."""
    ((found,),) = desk.sage.sql(
        'select i."Code" from dbo."WarehouseItem" h join dbo."StockItem" i using ("ItemID")'
        ' join dbo."Warehouse" w using ("WarehouseID") join dbo."BinItem" b'
        ' on b."WarehouseItemID" = h."WarehouseItemID"'
        ' where w."Name" = \'LEEDS\' and h."ConfirmedQtyInStock" - h."QuantityAllocatedSOP"'
        ' - h."QuantityAllocatedStock" - h."QuantityAllocatedBOM" >= 20'
        ' order by i."Code" limit 1'
    )
    return str(found)


@pytest.fixture
def sage(play: Callable[..., Sage]) -> Sage:
    """A Professional 2024 R1, signed in as a user who may do everything."""
    return play().sign_in()


@pytest.fixture
def change(sage: Sage) -> Iterator[Callable[..., None]]:
    """Change columns of a single-row settings table, until the end of the test."""
    undo: list[tuple[str, str, object]] = []

    def apply(table: str, **columns: object) -> None:
        for column, value in columns.items():
            ((old,),) = sage.sql(f'select "{column}" from dbo."{table}"')
            undo.append((table, column, old))
            sage.sql(f'update dbo."{table}" set "{column}" = %s', value)

    yield apply
    for table, column, old in reversed(undo):
        sage.sql(f'update dbo."{table}" set "{column}" = %s', old)
