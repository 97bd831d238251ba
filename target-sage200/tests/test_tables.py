"""The mapping tables: the most specific row wins, and every mistake is named with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from target_sage200.mapping.csv_table import MappingFileError
from target_sage200.mapping.tables import Tables, read_tables
from target_sage200.mapping.tax_table import TaxedSale

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    return tmp_path / "mappings"


MORE_TAXES = """\
magento_tax,country_id,customer_group_id,sage_tax_code,product_tax_class,postcode
none,GB,4,77,,
none,EU,,21,,
none,EXPORT,,22,,
none,FR,*,23,*,*
GB-VAT-20,GB,*,31,Books*,*
GB-VAT-20,GB,*,32,*,BT*
GB-VAT-20,GB,*,33,Books digital,BT*
"""


@pytest.mark.parametrize(
    ("sale", "expected"),
    [
        (TaxedSale("GB-VAT-20", "GB", 0), 1),
        (TaxedSale("GB-VAT-20", "FR", 3), 1),
        (TaxedSale("none", "GB", 0), 2),
        (TaxedSale("none", "GB", 4), 77),
        (TaxedSale("none", "DE", 0), 21),
        (TaxedSale("none", "FR", 0), 23),
        (TaxedSale("none", "JP", 0), 22),
        (TaxedSale("none", "IM", 0), 10),
        (TaxedSale("GB-VAT-20", "GB", 0, "books paper"), 31),
        (TaxedSale("GB-VAT-20", "GB", 0, "Toys", "bt1 5GS"), 32),
        (TaxedSale("GB-VAT-20", "GB", 0, "Books digital", "BT1 5GS"), 33),
        (TaxedSale("GB-VAT-20", "GB", 0, "Books digital", "LS1 1AA"), 31),
        (TaxedSale("US-NY", "US", 0), None),
    ],
)
def test_most_specific_tax_row_wins(folder: Path, sale: TaxedSale, expected: int | None) -> None:
    own = (folder / "tax_codes.csv").read_text(encoding="utf-8").splitlines()[1:]
    (folder / "tax_codes.csv").write_text(
        MORE_TAXES + "".join(f"{line},,\n" for line in own), encoding="utf-8"
    )
    assert read_tables(folder).tax(sale) == expected


def test_table_without_the_newer_columns_stays_valid(tables: Tables) -> None:
    assert tables.tax(TaxedSale("GB-VAT-20", "GB", 0, "Books", "BT1 5GS")) == 1


@pytest.mark.parametrize(
    ("store", "group", "expected"),
    [(1, 0, "WEBGBP"), (1, 4, "EXPORT"), (2, 4, "EXPORT"), (2, 3, "TRADE3"), (1, 3, "WEBGBP")],
)
def test_customer_groups_may_have_accounts_of_their_own(
    folder: Path, store: int, group: int, expected: str
) -> None:
    with (folder / "customers.csv").open("a", encoding="utf-8") as file:
        file.write("*,4,EXPORT\n2,3,TRADE3\n")
    tables = read_tables(folder)
    assert tables.account(tables.stores[store], group) == expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [("flatrate_flatrate", "CARR"), ("tablerate_bestway", "CARR"), ("dhl_express", None)],
)
def test_shipping_methods_match_by_pattern(
    tables: Tables, method: str, expected: str | None
) -> None:
    assert tables.charge(method) == expected


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("stores.csv", None, ["stores.csv", "missing", "mappings_dir"]),
        ("stores.csv", "store_id,account\n1,A\n", ["column currency is missing"]),
        (
            "stores.csv",
            "store_id,account,currency,warehouse,post\n\nx,A,GBP,L,yes\n",
            ["line 3", "store_id", "not a whole number"],
        ),
        (
            "stores.csv",
            "store_id,account,currency,warehouse,post\n1,,GBP,L,yes\n",
            ["line 2", "account", "empty"],
        ),
        (
            "stores.csv",
            "store_id,account,currency,warehouse,post\n1,A,GBP,L,yes\n1,B,GBP,L,yes\n",
            ["line 3", "stands twice"],
        ),
        (
            "payment_methods.csv",
            "method,post_when,sage_payment_method,send_payment\nx,later,,no\n",
            ["line 2", "post_when", "'later' is unknown", "captured"],
        ),
        (
            "payment_methods.csv",
            "method,post_when,sage_payment_method,send_payment\nx,paid,,yes\n",
            ["sage_payment_method", "empty although"],
        ),
        (
            "tax_codes.csv",
            "magento_tax,country_id,customer_group_id,sage_tax_code\nA,*,*,T1\n",
            ["line 2", "sage_tax_code", "'T1'"],
        ),
        (
            "nominals.csv",
            "line,nominal\ngoods,4000\nfreight,4905\n",
            ["line 3", "'freight' is unknown", "carriage"],
        ),
        ("nominals.csv", "line,account\ngoods,4000\n", ["column nominal is missing"]),
        ("nominals.csv", "nominal\n123456789\n", ["line 2", "nominal", "8 characters"]),
        ("nominals.csv", "nominal,department\n4000,WEB1\n", ["department", "3 characters"]),
        ("nominals.csv", "line,nominal\ngoods,1\ngoods,2\n", ["line 3", "stands twice"]),
        ("analysis_codes.csv", "level,field,value\nhead,spare_text_1,x\n", ["level", "'head'"]),
        (
            "analysis_codes.csv",
            "level,field,value\norder,analysis_code_21,x\n",
            ["field", "'analysis_code_21'", "analysis_code_20"],
        ),
        (
            "analysis_codes.csv",
            "level,field,value\norder,spare_text_1,{sku}\n",
            ["value", "{sku} is unknown", "coupon_code"],
        ),
        (
            "analysis_codes.csv",
            "level,field,value\norder,spare_text_1,{sku\n",
            ["value", "can't be read", "Close every brace"],
        ),
        (
            "order_totals.csv",
            "total,effect,text,sage_tax_code\nfee,plus,Fee,1\n",
            ["effect", "'plus' is neither adds nor takes"],
        ),
        (
            "order_totals.csv",
            "total,effect,text,sage_tax_code,sage_charge_code\nfee,takes,Fee,1,CARR\n",
            ["sage_charge_code", "can't lower a total"],
        ),
        ("products.csv", "sku,warehouse\nA,YORK\n", ["column magento_sku is missing"]),
        ("skus.csv", "magento_sku,sage_code\nA,B,C\n", ["line 2", "3 columns", "double quotes"]),
        ("skus.csv", "magento_sku,sage_code\na,B\nA,C\n", ["line 3", "stands twice"]),
    ],
)
def test_mistakes_are_named_with_file_line_column_and_remedy(
    folder: Path, file: str, content: str | None, words: list[str]
) -> None:
    (folder / file).unlink(missing_ok=True)
    if content is not None:
        (folder / file).write_text(content, encoding="utf-8")
    with pytest.raises(MappingFileError) as caught:
        read_tables(folder)
    for word in [file, *words]:
        assert word in str(caught.value)


def test_table_in_another_encoding_is_named(folder: Path) -> None:
    (folder / "skus.csv").write_bytes("magento_sku,sage_code\nÜ,U\n".encode("latin-1"))
    with pytest.raises(MappingFileError, match="not UTF-8"):
        read_tables(folder)


def test_spreadsheets_byte_order_mark_does_no_harm(folder: Path) -> None:
    text = (folder / "skus.csv").read_text(encoding="utf-8")
    (folder / "skus.csv").write_text("\N{BYTE ORDER MARK}" + text, encoding="utf-8")
    assert "LONG-SKU-64" in read_tables(folder).skus.values()


def test_digest_changes_with_any_table(folder: Path, tables: Tables) -> None:
    assert read_tables(folder).digest == tables.digest
    (folder / "customers.csv").write_text("store_id,customer_group_id,account\n*,4,E\n")
    assert read_tables(folder).digest != tables.digest
