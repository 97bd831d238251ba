"""Everything the pipeline talks to, on this machine: PostgreSQL, the shop, the Sage company."""

from __future__ import annotations

import os
import secrets
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from sandbox.companies import demo_company_dir
from sandbox.magento import create_app as create_magento
from sandbox.magento import load_shop, recorded_shop_dir
from sandbox.magento.access import DEMO
from sandbox.postgres import embedded_postgres, ensure_database
from sandbox.sage200.app import create_app as create_sage200
from sandbox.sage200.sage_id.grants import accept_refresh_token
from sandbox.sage200.seed.company import create_company
from sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REFRESH_TOKEN_DAYS = 90


@dataclass(frozen=True)
class Surroundings:
    """Where things are, and the environment variables that tell the plugins so.

    Attributes:
        warehouse_url: libpq URL of the warehouse.
        company_url: libpq URL of the Sage 200 company's database.
        magento_url: Base URL of the shop.
        sage200_url: Base URL of the Sage 200 stand-in.
        variables: What to add to a process's environment.
    """

    warehouse_url: str
    company_url: str
    magento_url: str
    sage200_url: str
    variables: dict[str, str]


@contextmanager
def warehouse(data: Path, *, durable: bool = True) -> Iterator[str]:
    """Yield the URL of the warehouse: ``WAREHOUSE_URL``, else the embedded PostgreSQL.

    The embedded server is stopped at the end, unless another process still uses it.

    Args:
        data: Folder of the embedded server.
        durable: See :func:`.postgres.embedded_postgres`.
    """
    given = os.environ.get("WAREHOUSE_URL")
    if given:
        yield given
        return
    with embedded_postgres(data / "postgres", durable=durable) as server:
        yield ensure_database(server, "warehouse")


@contextmanager
def surroundings(
    data: Path, magento_port: int = 0, sage200_port: int = 0, *, durable: bool = True
) -> Iterator[Surroundings]:
    """Start PostgreSQL and both stand-ins; stop them at the end.

    What they hold stays, so that a second run goes on from the first.

    Args:
        data: Folder of all that stays.
        magento_port: Port of the shop; 0 takes any free one.
        sage200_port: Port of the company; 0 takes any free one.
        durable: See :func:`.postgres.embedded_postgres`.
    """
    with ExitStack() as stack:
        warehouse_url = stack.enter_context(warehouse(data, durable=durable))
        meltano_url = ensure_database(warehouse_url, "meltano")
        company_url = ensure_database(warehouse_url, "sage200_demo")
        create_company(company_url, demo_company_dir())
        state = data / "magento" / "shop.state"
        state.parent.mkdir(parents=True, exist_ok=True)
        shop = load_shop(recorded_shop_dir(), state=state)
        magento_url = stack.enter_context(serve(create_magento(shop), magento_port))
        refresh_token = _sign_in(company_url)
        company = create_sage200(company_url)
        stack.callback(company.state.database.close)
        sage_url = stack.enter_context(serve(company, sage200_port))
        yield Surroundings(
            warehouse_url,
            company_url,
            magento_url,
            sage_url,
            _variables(
                warehouse_url, meltano_url, company_url, magento_url, sage_url, refresh_token
            ),
        )


def _sign_in(company_url: str) -> str:
    """Return a new refresh token of the company's connector, as a person gets one by logging in.

    The stand-in's address changes from run to run, and a token belongs to an address.
    """
    token = secrets.token_urlsafe()
    with psycopg.connect(company_url) as connection:
        accept_refresh_token(connection, token, "connector", REFRESH_TOKEN_DAYS)
    return token


def _variables(
    warehouse_url: str,
    meltano_url: str,
    company_url: str,
    magento_url: str,
    sage_url: str,
    refresh_token: str,
) -> dict[str, str]:
    access = {"BASE_URL": magento_url, "ACCESS_TOKEN": DEMO.access_token}
    sage = {
        "API_URL": f"{sage_url}/uk/sage200extra/accounts/v1/",
        "TOKEN_URL": f"{sage_url}/oauth/token",
        "CLIENT_ID": "demo-client",
        "CLIENT_SECRET": "demo-secret",
        "REFRESH_TOKEN": refresh_token,
        "SITE_ID": "11111111-2222-4333-8444-555555555555",
        "COMPANY_ID": "1",
    }
    return {
        "WAREHOUSE_URL": warehouse_url,
        "TARGET_POSTGRES_SQLALCHEMY_URL": _sqlalchemy(warehouse_url),
        "MELTANO_DATABASE_URI": _sqlalchemy(meltano_url),
        "MELTANO_ENVIRONMENT": "demo",
        # The recorded shop comes with its whole history at once; in life an order is posted minutes
        # after it is paid, and its refund comes days later as a document of its own.
        "TARGET_SAGE200_REFUNDS_BEFORE_POSTING": "post_in_full",
        # The recorded shop's clock is never before its newest order, whatever this machine's says.
        "TAP_MAGENTO_CLOCK_TOLERANCE_SECONDS": str(10**9),
        **{f"TAP_MAGENTO_{name}": value for name, value in access.items()},
        **{f"TARGET_MAGENTO_{name}": value for name, value in access.items()},
        "TAP_SAGE200_SQLALCHEMY_URL": _sqlalchemy(company_url),
        **{f"TARGET_SAGE200_{name}": value for name, value in sage.items()},
    }


def _sqlalchemy(url: str) -> str:
    """The same database for SQLAlchemy, over psycopg 3."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]
