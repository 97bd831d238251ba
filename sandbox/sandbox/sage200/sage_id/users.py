"""Who is asking: bearer tokens, users and what their role allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.sage200.sage_id.tokens import digest

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True)
class User:
    """The Sage user behind a token.

    Attributes:
        modules: Areas of the API that the role allows.
        full_order_warehouse_id: Warehouse of order lines that name none.
        override_prices_discounts: May send prices and discounts.
        override_credit_holds: May place an order over the credit limit.
    """

    number: int
    name: str
    modules: frozenset[str]
    full_order_warehouse_id: int | None
    override_prices_discounts: bool
    override_credit_holds: bool


_USER = """
    select
        u.user_number, u.user_name, u.modules, u.full_order_warehouse_id,
        coalesce(p."OverridePricesDiscounts", 0), coalesce(p."OverrideCreditHolds", 0)
    from stand_in.app_user u
    left join dbo."SOPUserPermission" p on p."SOPUserID" = u.user_number
"""


def user_of_token(connection: psycopg.Connection, token: str) -> User | None:
    """Return the user of an access token that has not ended."""
    return _read(
        connection.execute(
            _USER + " join stand_in.access_token a using (user_number)"
            " where a.digest = %s and a.expires_at > clock_timestamp()",
            (digest(token),),
        ).fetchone()
    )


def user_by_name(connection: psycopg.Connection, name: str) -> User | None:
    """Return a user by name."""
    found = connection.execute(_USER + " where u.user_name = %s", (name,))
    return _read(found.fetchone())


def first_user(connection: psycopg.Connection) -> User | None:
    """Return the user with the lowest number."""
    return _read(connection.execute(_USER + " order by u.user_number limit 1").fetchone())


def _read(row: tuple[int, str, list[str], int | None, int, int] | None) -> User | None:
    if row is None:
        return None
    number, name, modules, warehouse, prices, credit = row
    return User(number, name, frozenset(modules), warehouse, prices == 1, credit == 1)


def company_exists(connection: psycopg.Connection, site: str, company: str) -> bool:
    """Whether the headers X-Site and X-Company name a company of this server."""
    found = connection.execute(
        "select from stand_in.site where site_id = %s and company_id::text = %s", (site, company)
    )
    return found.fetchone() is not None


def sites(connection: psycopg.Connection) -> list[dict[str, object]]:
    """Return every site and company, as ``GET /sites`` answers them."""
    found = connection.execute(
        "select company_id, company_name, site_id, site_name, site_short_name"
        " from stand_in.site order by site_id, company_id"
    )
    names = ("company_id", "company_name", "site_id", "site_name", "site_short_name")
    return [dict(zip(names, row, strict=True)) for row in found]
