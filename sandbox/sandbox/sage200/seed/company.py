"""A new company: Sage's tables, filled from a folder of CSV files, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from sandbox.sage200.contract.tables import tables
from sandbox.sage200.schema.ddl import company_ddl
from sandbox.sage200.schema.enums import enum_tables
from sandbox.sage200.schema.movements import GROUPS, MovementType
from sandbox.sage200.seed import files
from sandbox.sage200.seed.csv_file import CompanyFilesError, CsvRow, Problems, read_csv
from sandbox.sage200.seed.finance import add_finance, add_periods
from sandbox.sage200.seed.goods import add_goods
from sandbox.sage200.seed.orders import take_orders
from sandbox.sage200.seed.parties import add_customers, add_sop_codes
from sandbox.sage200.seed.price_book import add_price_book
from sandbox.sage200.seed.rows import Rows
from sandbox.sage200.seed.settings import add_settings
from sandbox.sage200.seed.sign_in import read_sign_in, write_sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.sage200.seed.lookups import Lookup
    from sandbox.sage200.seed.rows import Value


@dataclass(frozen=True)
class Codes:
    """Codes of a company's files by the ids they got, as orders name them."""

    accounts: Lookup[str]
    products: Lookup[str]
    warehouses: Lookup[str]
    tax_codes: Lookup[int]


_ONE_AT_A_TIME = 0x5A6E200
_REFRESH_TOKEN_DAYS = 90


def create_company(
    database_url: str,
    company_dir: Path,
    *,
    date_time_updated: bool = True,
    refresh_token_days: int = _REFRESH_TOKEN_DAYS,
) -> None:
    """Make the tables in the database and fill them from CSV files, once.

    Where the database already holds a company nothing is read and nothing changes. Two callers at
    the same time make one company.

    Args:
        database_url: libpq URL of the database; it must exist.
        company_dir: Folder with the files that ``sandbox/companies/README.md`` explains.
        date_time_updated: False leaves that column out of all tables, as old releases do.
        refresh_token_days: Life of the first refresh tokens.

    Raises:
        CompanyFilesError: A file is missing or wrong; the text lists every problem.
    """
    with psycopg.connect(database_url) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_ONE_AT_A_TIME,))
        if _holds_company(connection):
            return
        _fill(connection, company_dir, date_time_updated, refresh_token_days)


def _holds_company(connection: psycopg.Connection) -> bool:
    found = connection.execute("select to_regclass('stand_in.site') is not null").fetchone()
    return found is not None and bool(found[0])


def _fill(
    connection: psycopg.Connection,
    company_dir: Path,
    date_time_updated: bool,  # noqa: FBT001 - handed down
    refresh_token_days: int,
) -> None:
    if not company_dir.is_dir():
        raise CompanyFilesError(f"{company_dir} is not a folder. Name the folder of a company.")
    problems, rows = Problems(), Rows()
    company = _company_row(company_dir, problems)
    finance = add_finance(rows, company_dir, problems, company.text("base_currency"))
    finance.tax_codes.find(company, "default_tax_code", company.integer("default_tax_code"))
    first_day = company.day("financial_year_start")
    if first_day is not None:
        add_periods(rows, first_day)
    goods = add_goods(rows, company_dir, problems, finance)
    book = add_price_book(rows, company_dir, problems, finance, goods)
    accounts = add_customers(rows, company_dir, problems, finance, book)
    add_sop_codes(rows, company_dir, problems, finance)
    settings = read_csv(company_dir, "settings.csv", files.SETTINGS, problems)
    add_settings(rows, settings, accounts, finance)
    sign_in = read_sign_in(rows, company_dir, problems, goods.warehouses)
    rows.add("SYSCompany", {"CompanyName": company.text("company_name")})
    _add_enums(rows)
    problems.raise_any()

    connection.execute(company_ddl(date_time_updated=date_time_updated))
    rows.write(connection)
    write_sign_in(connection, company, sign_in, goods.warehouses, refresh_token_days)
    codes = Codes(accounts, goods.products, goods.warehouses, finance.tax_codes)
    take_orders(connection, company_dir, problems, codes)
    problems.raise_any()
    _set_search_path(connection)


def _company_row(company_dir: Path, problems: Problems) -> CsvRow:
    given = read_csv(company_dir, "company.csv", files.COMPANY, problems)
    if len(given) != 1:
        problems.add(f"company.csv has {len(given)} rows below its header. It must have one.")
    problems.raise_any()
    return given[0]


def _add_enums(rows: Rows) -> None:
    for name, values in enum_tables().items():
        table = tables()[name]
        name_column = list(table.columns)[1]
        for value in values:
            row: dict[str, Value] = {table.key: value.id, name_column: value.name}
            rows.add(name, row)
    for group_id, group in GROUPS.items():
        rows.add(
            "TransactionGroup", {"TransactionGroupID": group_id, "TransactionGroupName": group}
        )
    for kind in MovementType:
        rows.add(
            "TransactionType",
            {
                "TransactionTypeID": int(kind),
                "TransactionTypeName": kind.title,
                "TransactionGroupID": kind.group,
            },
        )


def _set_search_path(connection: psycopg.Connection) -> None:
    found = connection.execute("select current_database()").fetchone()
    database = sql.Identifier(found[0] if found else "")
    connection.execute(sql.SQL("alter database {} set search_path to dbo, public").format(database))
