"""A company from CSV files: made once, kept, and refused with file, row, column and remedy."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sandbox.companies import demo_company_dir
from sandbox.postgres import ensure_database
from sandbox.sage200 import create_app, create_company
from sandbox.sage200.contract.tables import tables
from sandbox.sage200.seed.csv_file import CompanyFilesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(demo_company_dir(), tmp_path / "company")


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    url = ensure_database(postgres_url, "empty_company")
    yield url
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("drop database empty_company with (force)")


def count(url: str, query: Any) -> Any:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()[0]


def test_a_second_start_keeps_everything(empty_url: str, folder: Path) -> None:
    create_company(empty_url, folder)
    with psycopg.connect(empty_url) as connection:
        connection.execute("""update dbo."Warehouse" set "Description" = 'kept'""")
        before = connection.execute(
            'select "ItemID", "OpLock" from dbo."StockItem" order by 1'
        ).fetchall()
    create_company(empty_url, folder / "no such folder is even read")
    with psycopg.connect(empty_url) as connection:
        after = connection.execute('select "ItemID", "OpLock" from dbo."StockItem" order by 1')
        assert after.fetchall() == before
    assert (
        count(empty_url, """select count(*) from "Warehouse" where "Description" = 'kept'""") == 4
    )


def test_two_starts_at_the_same_time_make_one_company(empty_url: str, folder: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(create_company, [empty_url] * 2, [folder] * 2))
    assert count(empty_url, "select count(*) from stand_in.site") == 1


def test_every_table_of_the_contract_is_there_with_its_columns(template_url: str) -> None:
    with psycopg.connect(template_url) as connection:
        found = connection.execute(
            "select table_name, array_agg(column_name::text order by ordinal_position)"
            " from information_schema.columns where table_schema = 'dbo' group by 1"
        ).fetchall()
    assert dict(found) == {name: list(table.columns) for name, table in tables().items()}


def test_types_follow_the_contract(template_url: str) -> None:
    with psycopg.connect(template_url) as connection:
        rows = connection.execute(
            "select column_name, data_type, numeric_scale, character_maximum_length"
            " from information_schema.columns where table_schema = 'dbo'"
            " and table_name = 'SOPOrderReturnLine'"
        ).fetchall()
    types = {name: (kind, scale, length) for name, kind, scale, length in rows}
    assert types["LineQuantity"] == ("numeric", 5, None)
    assert types["UnitSellingPrice"] == ("numeric", 5, None)
    assert types["UnitDiscountPercent"] == ("numeric", 2, None)
    assert types["UnitDiscountValue"] == ("numeric", 5, None)
    assert types["LineTotalValue"] == ("numeric", 2, None)
    assert types["StockUnitMultiple"] == ("numeric", 9, None)
    assert types["IsLocked"] == ("smallint", 0, None)
    assert types["ItemCode"] == ("character varying", None, 30)
    assert types["OpLock"] == ("bytea", None, None)


def test_names_of_lists_can_be_joined(template_url: str) -> None:
    query = """
        select n."Name" from dbo."SOPOrderReturn" o
        join dbo."DocumentStatus" n using ("DocumentStatusID") limit 1
    """
    assert count(template_url, query) == "Live"


def test_ids_follow_on_from_the_seeds(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company()).sign_in()
    made = sage.post(sage.order(sage.free_text("1")))
    ((highest,),) = sage.sql('select max("SOPOrderReturnID") from dbo."SOPOrderReturn"')
    assert made["id"] == highest == 1003


def replace(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "products.csv",
            "BN-001,Bench Product 1,GOODS,1,0.99",
            "BN-001,Bench Product 1,GOODS,7,0.99",
            (
                "products.csv row 2, column tax_code: 7 is no VAT code of tax_codes.csv. "
                "Correct it or add a row there."
            ),
        ),
        (
            "products.csv",
            "BN-001,Bench Product 1,GOODS,1,0.99",
            "BN-001,Bench Product 1,GOODS,1,cheap",
            "products.csv row 2, column price: 'cheap' is not a number such as 12.50. Correct it.",
        ),
        (
            "products.csv",
            "BN-001,",
            f"{'X' * 31},",
            (
                f"products.csv row 2, column code: '{'X' * 31}' has 31 characters, Sage keeps 30. "
                "Shorten it."
            ),
        ),
        (
            "products.csv",
            "BN-002,",
            "BN-001,",
            "products.csv row 3, column code: 'BN-001' is there twice. Keep one of the rows.",
        ),
        (
            "products.csv",
            "code,name",
            "sku,name",
            "products.csv row 1 lacks the column code. Add it to the header.",
        ),
        (
            "stock.csv",
            "BN-001,LEEDS",
            "BN-001,HULL",
            (
                "stock.csv row 2, column warehouse: 'HULL' is no warehouse of warehouses.csv. "
                "Correct it or add a row there."
            ),
        ),
        (
            "stock.csv",
            "BN-001,LEEDS",
            "VIRT-1,LEEDS",
            (
                "stock.csv row 2, column product: 'VIRT-1' is not of type stock and has no levels. "
                "Drop the row."
            ),
        ),
        (
            "customers.csv",
            "WEBEUR,Web sales EUR,WEBEUR,EUR",
            "WEBEUR,Web sales EUR,WEBEUR,CHF",
            (
                "customers.csv row 3, column currency: 'CHF' is no currency of currencies.csv. "
                "Correct it or add a row there."
            ),
        ),
        (
            "currencies.csv",
            "GBP,Pound Sterling,£,1",
            "GBP,Pound Sterling,£,1.2",
            "currencies.csv row 2, column rate: the base currency must have the rate 1.",
        ),
        (
            "warehouses.csv",
            "YORK,York warehouse,true",
            "YORK,York warehouse,maybe",
            (
                "warehouses.csv row 3, column use_for_sales_trading: 'maybe' is not true or false. "
                "Correct it."
            ),
        ),
        (
            "tax_codes.csv",
            "1,Standard rate,20,21000",
            "1,Standard rate,20",
            "tax_codes.csv row 3 has 3 cells, its header 4. Put text with commas in double quotes.",
        ),
        (
            "settings.csv",
            "amend_nominal_codes,true",
            "amend_nominal_codes,perhaps",
            "settings.csv row 5, column value: 'perhaps' is neither true nor false. Correct it.",
        ),
        (
            "users.csv",
            "stock general financials",
            "stock payroll",
            "users.csv row 4, column modules: 'payroll' is not one of",
        ),
        (
            "order_lines.csv",
            "P1,standard,TRADE-DRUM,,LEEDS,2,,,2",
            "P1,standard,TRADE-DRUM,,LEEDS,2,,,3",
            "orders.csv row 2, column order: Sage would refuse it:",
        ),
        (
            "orders.csv",
            "P2,WEBGBP,2026-11-18",
            "P2,WEBGBP,18/11/2026",
            "orders.csv row 3, column document_date: '18/11/2026' is not a date such as",
        ),
    ],
)
def test_a_wrong_file_is_named_with_row_column_and_remedy(
    empty_url: str, folder: Path, file: str, old: str, new: str, message: str
) -> None:
    replace(folder, file, old, new)
    with pytest.raises(CompanyFilesError) as caught:
        create_company(empty_url, folder)
    assert message in str(caught.value)
    assert count(empty_url, "select count(*) from pg_namespace where nspname = 'dbo'") == 0


def test_all_problems_are_told_at_once(empty_url: str, folder: Path) -> None:
    replace(folder, "stock.csv", "BN-001,LEEDS", "BN-001,HULL")
    replace(folder, "products.csv", "BN-002,", "BN-001,")
    (folder / "warehouses.csv").rename(folder / "depots.csv")
    with pytest.raises(CompanyFilesError) as caught:
        create_company(empty_url, folder)
    text = str(caught.value)
    assert f"warehouses.csv is missing in {folder}" in text
    assert "products.csv row 3" in text
    assert len(text.splitlines()) > 3


def test_comments_and_a_byte_order_mark_are_let_through(empty_url: str, folder: Path) -> None:
    path = folder / "currencies.csv"
    path.write_text("\ufeff# our rates\n" + path.read_text("utf-8"), "utf-8")
    create_company(empty_url, folder)
    assert count(empty_url, 'select count(*) from dbo."SYSCurrency"') == 3


def test_a_database_without_a_company_is_not_served(empty_url: str) -> None:
    with pytest.raises(LookupError, match="holds no Sage company"):
        create_app(empty_url)


def test_an_old_release_has_no_date_time_updated(
    empty_url: str, folder: Path, play: Callable[..., Any]
) -> None:
    create_company(empty_url, folder, date_time_updated=False)
    columns = (
        "select count(*) from information_schema.columns where column_name = 'DateTimeUpdated'"
    )
    assert count(empty_url, columns) == 0
    sage = play(empty_url).sign_in()
    order = sage.post(sage.order(sage.standard("BN-001", to_allocate_quantity=1)))
    assert order["date_time_updated"] is None
    assert order["lines"][0]["allocated_quantity"] == 1
    assert sage.get("/sop_order_line_views")[0]["sop_order_line_date_time_updated"] is None
