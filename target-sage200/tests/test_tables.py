"""The mapping tables: the most specific row wins, and every mistake is named with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from target_sage200.mapping.account_tables import Store
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
OSS,*,4,40,,
OSS,EU,,41,,
OSS,*,,42,Books*,
OSS,EXPORT,,43,,
OSS,DE,,44,,
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
        (TaxedSale("OSS", "FR", 4), 41),
        (TaxedSale("OSS", "FR", 0, "Books"), 41),
        (TaxedSale("OSS", "JP", 0, "Books"), 43),
        (TaxedSale("OSS", "DE", 4, "Books"), 44),
        (TaxedSale("OSS", "GB", 4, "Books"), 40),
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


MORE_CUSTOMERS = """\
store_id,customer_group_id,account,currency
*,4,EXPORT,*
2,3,TRADE3,
*,4,EXPORTEU,EUR
1,4,EXPORT1,*
*,,EUROWEB,EUR
"""


@pytest.mark.parametrize(
    ("store", "currency", "group", "expected"),
    [
        (1, "GBP", 0, "WEBGBP"),
        (2, "GBP", 4, "EXPORT"),
        (1, "GBP", 4, "EXPORT1"),
        (1, "EUR", 4, "EXPORTEU"),
        (2, "GBP", 3, "TRADE3"),
        (1, "GBP", 3, "WEBGBP"),
        (1, "EUR", 3, "EUROWEB"),
    ],
)
def test_customer_groups_may_have_accounts_of_their_own(
    folder: Path, store: int, currency: str, group: int, expected: str
) -> None:
    (folder / "customers.csv").write_text(MORE_CUSTOMERS, encoding="utf-8")
    tables = read_tables(folder)
    row = Store(store, "WEBGBP", currency, "LEEDS", post=True)
    assert tables.account(row, group) == expected


def test_store_view_may_sell_in_several_currencies(folder: Path) -> None:
    with (folder / "stores.csv").open("a", encoding="utf-8") as file:
        file.write("1,default,WEBEUR,EUR,YORK,yes\n")
    stores = read_tables(folder).stores
    assert (stores[1, "GBP"].account, stores[1, "EUR"].account) == ("WEBGBP", "WEBEUR")


SHIPPING = """\
method,sage_charge_code,store_id,sage_tax_code,nominal,cost_centre,department
tablerate_*,CARR,,,,,
tablerate_*,TRADE,2,,,,
tablerate_next,NEXT,,31,4905,WEB,UK
"""


@pytest.mark.parametrize(
    ("method", "store", "expected"),
    [
        ("tablerate_bestway", 1, ("CARR", None)),
        ("tablerate_bestway", 2, ("TRADE", None)),
        ("tablerate_next", 2, ("NEXT", 31)),
        ("dhl_express", 1, None),
    ],
)
def test_exact_shipping_method_wins_over_patterns_then_a_store_over_any(
    folder: Path, method: str, store: int, expected: tuple[str, int | None] | None
) -> None:
    (folder / "shipping_methods.csv").write_text(SHIPPING, encoding="utf-8")
    rule = read_tables(folder).carriage(method, store)
    assert (rule and (rule.charge, rule.sage_tax_code)) == expected


@pytest.mark.parametrize(
    ("sku", "expected"),
    [
        ("MUG", "MUG"),
        ("mug-red", "MUG"),
        ("MUG-gift-blue", "GIFTMUG"),
        ("MUG-big", "BIGMUG"),
        ("JUG-red", "JUG-red"),
    ],
)
def test_patterns_of_skus_take_what_no_exact_row_names(
    folder: Path, sku: str, expected: str
) -> None:
    rows = "magento_sku,sage_code\nMUG-gift-*,GIFTMUG\nMUG-*,MUG\nmug-BIG,BIGMUG\n"
    (folder / "skus.csv").write_text(rows, encoding="utf-8")
    assert read_tables(folder).stock_code(sku) == expected


def test_payment_method_may_wait_for_a_list_of_statuses(folder: Path) -> None:
    with (folder / "payment_methods.csv").open("a", encoding="utf-8") as file:
        file.write("klarna,status:processing | Ready_to_ship,,no\n")
    rule = read_tables(folder).payment("klarna")
    assert rule is not None
    assert (rule.post_when, rule.statuses) == ("status", ("processing", "ready_to_ship"))


STORES = "store_id,account,currency,warehouse,post"
TAXES = "magento_tax,country_id,customer_group_id,sage_tax_code"
PAYMENTS = "method,post_when,sage_payment_method,send_payment"


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
        (
            "order_totals.csv",
            "total,effect,text,sage_tax_code,tax_field\ngw_price,adds,Wrap,1,gw_tax_amount\n",
            ["line 2, total", "'gw_price' holds no VAT", "Write gw_price_incl_tax"],
        ),
        ("products.csv", "sku,warehouse\nA,YORK\n", ["column magento_sku is missing"]),
        ("skus.csv", "magento_sku,sage_code\nA,B,C\n", ["line 2", "3 columns", "double quotes"]),
        ("skus.csv", "magento_sku,sage_code\na,B\nA,C\n", ["line 3", "stands twice"]),
        (
            "skus.csv",
            "magento_sku,sage_code,sage_code\na,B,C\n",
            ["line 1", "'sage_code' stands twice"],
        ),
        ("skus.csv", "magento_sku;sage_code\na;B\n", ["line 1", "semicolons", "with commas"]),
        ("skus.csv", "magento_sku\tsage_code\na\tB\n", ["line 1", "separated by tabs"]),
        ("skus.csv", 'magento_sku,sage_code\n"a,B\n', ["line 2", "no CSV", "double quote"]),
        (
            "tax_codes.csv",
            f"{TAXES},post_code\nA,*,*,1,BT*\n",
            ["line 1", "'post_code' is unknown", "Did you mean postcode?"],
        ),
        (
            "tax_codes.csv",
            f"{TAXES},product_class\nA,*,*,1,Books\n",
            ["'product_class' is unknown", "product_tax_class"],
        ),
        ("stores.csv", f"{STORES},channel\n", ["'channel' is unknown", "Correct it or take it"]),
        ("tax_codes.csv", f"{TAXES}\nA,gb,*,1\n", ["line 2, country_id", "'gb'", "Write GB."]),
        ("tax_codes.csv", f"{TAXES}\nA,UK,*,1\n", ["country_id", "'UK'", "Write GB."]),
        ("tax_codes.csv", f"{TAXES}\nA,export,*,1\n", ["country_id", "Write EXPORT."]),
        ("tax_codes.csv", f"{TAXES}\nA,GBR,*,1\n", ["country_id", "'GBR'", "EU, EXPORT or *"]),
        ("tax_codes.csv", f"{TAXES}\nA,*,trade,1\n", ["customer_group_id", "'trade'", "or *"]),
        ("nominals.csv", "country_id,nominal\nUK,4000\n", ["country_id", "Write GB."]),
        ("nominals.csv", "country_id,nominal\nEU,4000\n", ["country_id", "a code like GB, or *"]),
        ("nominals.csv", "store_id,nominal\ndefault,4000\n", ["store_id", "'default'"]),
        ("stores.csv", f"{STORES}\n1,A,gbp,L,yes\n", ["line 2, currency", "Write GBP."]),
        ("stores.csv", f"{STORES}\n1,A,Pound,L,yes\n", ["currency", "'Pound'", "as in GBP"]),
        ("stores.csv", f"{STORES}\n-1,A,GBP,L,yes\n", ["store_id", "'-1'"]),
        (
            "stores.csv",
            f"{STORES}\n1,A,GBP,L,yes\n1,B,EUR,L,yes\n1,C,GBP,L,yes\n",
            ["line 4", "stands twice"],
        ),
        (
            "customers.csv",
            "store_id,customer_group_id,account,currency\n*,4,A,eur\n",
            ["currency", "Write EUR."],
        ),
        ("customers.csv", "store_id,customer_group_id,account\nuk,4,A\n", ["store_id", "'uk'"]),
        (
            "analysis_codes.csv",
            "level,field,value\norder,spare_text_1,{entity_id:05d}\n",
            ["line 2, value", "{entity_id} has a format", "Write {entity_id} alone"],
        ),
        (
            "payment_methods.csv",
            f"{PAYMENTS},bank\nx,paid,,receipt,GBP=A GBP=B\n",
            ["line 2, bank", "'GBP=B'", "GBP=BANK EUR=EUROBANK"],
        ),
        (
            "payment_methods.csv",
            f"{PAYMENTS},bank\nx,paid,,receipt,GBP=\n",
            ["bank", "names no bank"],
        ),
        (
            "payment_methods.csv",
            f"{PAYMENTS}\nx,status:,,no\n",
            ["post_when", "'status:' is unknown", "status:processing|ready_to_ship"],
        ),
        (
            "payment_methods.csv",
            f"{PAYMENTS}\nx,processing|complete,,no\n",
            ["post_when", "is unknown"],
        ),
        (
            "shipping_methods.csv",
            "method,sage_charge_code,cost_centre\nx,CARR,WEB\n",
            ["nominal", "empty although cost_centre"],
        ),
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


def test_table_in_another_encoding_is_named_with_its_line(folder: Path) -> None:
    (folder / "skus.csv").write_bytes("magento_sku,sage_code\nA,A\nÜ,U\n".encode("latin-1"))
    with pytest.raises(MappingFileError, match=r"skus\.csv line 3: it is not UTF-8"):
        read_tables(folder)


def test_what_spreadsheets_write_does_no_harm(folder: Path) -> None:
    """A byte order mark, CRLF, rows of empty cells, a line break within a cell, a note column."""
    text = 'magento_sku,sage_code,note\r\n,,\r\nA,B,"two\r\nlines"\r\n,,\r\nC,,\r\n'
    (folder / "skus.csv").write_text("\N{BYTE ORDER MARK}" + text, encoding="utf-8", newline="")
    with pytest.raises(MappingFileError, match="line 6, sage_code"):
        read_tables(folder)
    (folder / "skus.csv").write_text(text.replace("C,,", "C,D,"), encoding="utf-8", newline="")
    assert read_tables(folder).skus == {"a": "B", "c": "D"}


def test_rows_on_different_conditions_are_not_the_same_row(folder: Path) -> None:
    rows = "store_id,customer_group_id,nominal\n1,,4000\n,1,4001\n"
    (folder / "nominals.csv").write_text(rows, encoding="utf-8")
    assert len(list(read_tables(folder).nominals)) == 2


def test_digest_changes_with_any_table(folder: Path, tables: Tables) -> None:
    assert read_tables(folder).digest == tables.digest
    (folder / "customers.csv").write_text("store_id,customer_group_id,account\n*,4,E\n")
    assert read_tables(folder).digest != tables.digest
