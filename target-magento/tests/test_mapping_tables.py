"""The mapping tables: what they mean, and how they fail."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from target_magento.exceptions import MappingError
from target_magento.mapping_tables import WarehouseRow, read_mappings

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "sage_warehouse,magento_source,buffer_quantity\n"


def test_tables_are_read_with_comments_and_any_case(tmp_path: Path) -> None:
    (tmp_path / "warehouses.csv").write_text(
        f"# our warehouses\n{HEADER}LEEDS,uk,0\n# closed: YORK,uk,0\nHULL,uk,1.5\n\nNEWARK,us,\n"
    )
    (tmp_path / "skus.csv").write_text("magento_sku,sage_code\nRed-1,R1\nRED-2,r1\nX,Y\n")
    (tmp_path / "stores.csv").write_text("store_id,store_code,warehouse\n1,default,HULL\n2,b2b,\n")
    mappings = read_mappings(tmp_path)
    assert mappings.sources == ["uk", "us"]
    assert mappings.warehouse("hull") == WarehouseRow("HULL", "uk", Decimal("1.5"))
    assert mappings.warehouse("YORK") is None
    assert mappings.sage_code("red-1") == "R1"
    assert mappings.sage_code("Z") == "Z"
    assert list(mappings.skus("R1")) == ["Red-1", "RED-2"]
    assert list(mappings.skus("Z")) == ["Z"]
    assert list(mappings.skus("X")) == [], "SKU X is sold from item Y, not from item X"
    assert mappings.likely_warehouses("1") == ["HULL"]
    assert mappings.likely_warehouses("2") == ["LEEDS", "HULL", "NEWARK"]


def test_store_with_several_currencies_may_have_several_warehouses(tmp_path: Path) -> None:
    (tmp_path / "warehouses.csv").write_text(f"{HEADER}LEEDS,uk,0\n")
    (tmp_path / "stores.csv").write_text(
        "store_id,currency,warehouse\n1,GBP,LEEDS\n1,EUR,CORK\n1,USD,LEEDS\n"
    )
    assert read_mappings(tmp_path).likely_warehouses("1") == ["LEEDS", "CORK"]


def test_patterns_of_skus_name_what_orders_say_and_no_stock(tmp_path: Path) -> None:
    (tmp_path / "warehouses.csv").write_text(f"{HEADER}LEEDS,uk,0\n")
    (tmp_path / "skus.csv").write_text("magento_sku,sage_code\nMUG-*,MUG\nMUG-BIG,BIG\nA[1],A1\n")
    mappings = read_mappings(tmp_path)
    assert mappings.sage_code("mug-red") == "MUG"
    assert mappings.sage_code("mug-big") == "BIG"
    assert mappings.sage_code("MUG") == "MUG"
    assert mappings.sage_code("A[1]") == "A1"
    assert list(mappings.skus("MUG")) == ["MUG"]


def test_only_warehouses_is_needed(tmp_path: Path) -> None:
    (tmp_path / "warehouses.csv").write_text(f"{HEADER}LEEDS,uk,0\n")
    mappings = read_mappings(tmp_path)
    assert list(mappings.skus("A")) == ["A"]
    assert mappings.likely_warehouses("1") == ["LEEDS"]


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("warehouses.csv", None, "is missing; set mappings_dir"),
        ("warehouses.csv", "", "is empty; its first line must name"),
        ("warehouses.csv", HEADER, "maps no warehouse"),
        (
            "warehouses.csv",
            "sage_warehouse,source\nA,b\n",
            "line 1 lacks the column magento_source",
        ),
        ("warehouses.csv", f"{HEADER}LEEDS,uk\n", "line 2 has 2 values for the 3 columns"),
        ("warehouses.csv", f"{HEADER}LEEDS,uk,0,9\n", "line 2 has 4 values"),
        ("warehouses.csv", f"{HEADER}LEEDS,,0\n", "line 2, column magento_source is empty"),
        ("warehouses.csv", f"{HEADER}LEEDS,uk,some\n", 'column buffer_quantity: "some" is no quan'),
        ("warehouses.csv", f"{HEADER}LEEDS,uk,-1\n", 'column buffer_quantity: "-1" is no quantity'),
        ("warehouses.csv", f"{HEADER}LEEDS,uk,NaN\n", 'column buffer_quantity: "NaN"'),
        (
            "warehouses.csv",
            f"{HEADER}A,uk,0\na,us,0\n",
            'line 3, column sage_warehouse: "a" is alr',
        ),
        ("warehouses.csv", f'{HEADER}"LEEDS,uk,0\n', "is no CSV"),
        (
            "skus.csv",
            "magento_sku,sage_code\nA,B\na,C\n",
            'line 3, column magento_sku: "a" is alre',
        ),
        ("skus.csv", "magento_sku,sage_code\nA,\n", "line 2, column sage_code is empty"),
        ("stores.csv", "store_id\n1\n", "line 1 lacks the column warehouse"),
    ],
)
def test_a_table_that_cannot_be_read_is_named_with_line_column_and_remedy(
    tmp_path: Path, file: str, text: str | None, words: str
) -> None:
    (tmp_path / "warehouses.csv").write_text(f"{HEADER}LEEDS,uk,0\n")
    if text is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(text)
    with pytest.raises(MappingError) as error:
        read_mappings(tmp_path)
    assert words in str(error.value)
    assert str(tmp_path / file) in str(error.value)


def test_a_table_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "warehouses.csv").write_bytes(HEADER.encode() + "MÜNCHEN,de,0\n".encode("cp1252"))
    with pytest.raises(MappingError, match="is not UTF-8 text; save it as CSV UTF-8"):
        read_mappings(tmp_path)
