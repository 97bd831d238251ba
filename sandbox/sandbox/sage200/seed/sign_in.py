"""Sites, clients and users of a company, and the first refresh token of each user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.sage200.sage_id.tokens import digest
from sandbox.sage200.seed import files
from sandbox.sage200.seed.csv_file import read_csv

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from sandbox.sage200.seed.csv_file import CsvRow, Problems
    from sandbox.sage200.seed.lookups import Lookup
    from sandbox.sage200.seed.rows import Rows

ALL_MODULES = (
    "sop",
    "sales",
    "stock",
    "financials",
    "nominal",
    "general",
    "price-book",
    "cash-book",
    "commercials",
)
"""The areas of the API, by which a user's role may leave modules out."""


@dataclass(frozen=True)
class SignIn:
    """The rows of clients.csv and users.csv, checked."""

    clients: list[CsvRow]
    users: list[CsvRow]


def read_sign_in(rows: Rows, folder: Path, problems: Problems, warehouses: Lookup[str]) -> SignIn:
    """Read clients and users, and add the users' permissions to Sage's table."""
    clients = read_csv(folder, "clients.csv", files.CLIENTS, problems)
    users = read_csv(folder, "users.csv", files.USERS, problems)
    known = {row.text("client_id") for row in clients}
    for row in users:
        for module in row.text("modules").split():
            if module not in ALL_MODULES:
                row.refuse(
                    "modules", f"{module!r} is not one of {', '.join(ALL_MODULES)}. Correct it."
                )
        if row.text("first_refresh_token") and row.text("client_id") not in known:
            row.refuse("client_id", "is no client of clients.csv. Name the token's client.")
        if row.text("full_order_warehouse"):
            warehouses.find(row, "full_order_warehouse", row.text("full_order_warehouse"))
        rows.add("SYSUser", {"UserNumber": row.integer("user_number")})
        rows.add(
            "SOPUserPermission",
            {
                "SOPUserID": row.integer("user_number"),
                "OverridePricesDiscounts": row.flag("override_prices_discounts"),
                "OverrideCreditHolds": row.flag("override_credit_holds"),
            },
        )
    return SignIn(clients, users)


def write_sign_in(
    connection: psycopg.Connection,
    company: CsvRow,
    sign_in: SignIn,
    warehouses: Lookup[str],
    refresh_token_days: int,
) -> None:
    """Write the site, clients, users and first refresh tokens."""
    connection.execute(
        "insert into stand_in.site values (%s, %s, %s, %s, %s)",
        (
            company.text("site_id"),
            company.integer("company_id"),
            company.text("site_name"),
            company.text("site_short_name"),
            company.text("company_name"),
        ),
    )
    for row in sign_in.clients:
        connection.execute(
            "insert into stand_in.client values (%s, %s, %s)",
            (
                row.text("client_id"),
                digest(row.text("client_secret")),
                row.text("redirect_uris").split(),
            ),
        )
    for row in sign_in.users:
        modules = row.text("modules").split() or list(ALL_MODULES)
        warehouse = warehouses.get(row.text("full_order_warehouse"))
        connection.execute(
            "insert into stand_in.app_user values (%s, %s, %s, %s)",
            (row.integer("user_number"), row.text("user_name"), modules, warehouse),
        )
        if row.text("first_refresh_token"):
            connection.execute(
                "insert into stand_in.refresh_token"
                " values (%s, %s, %s, now() + make_interval(days => %s), null)",
                (
                    digest(row.text("first_refresh_token")),
                    row.text("client_id"),
                    row.integer("user_number"),
                    refresh_token_days,
                ),
            )
