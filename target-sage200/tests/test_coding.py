"""Nominal accounts, analysis codes and spare texts: the most specific row wins, none is guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sage200_client.document_check import check_document
from target_sage200.magento_document import read_order
from target_sage200.mapping.order import SalesOrder, map_order
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.rules import OrderRules
from target_sage200.mapping.tables import read_tables

if TYPE_CHECKING:
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.tables import Tables

ROOT = Path(__file__).parents[2]
PRODUCTS = """\
magento_sku,product_tax_class,product_group,warehouse
BN-006,,Books,
BN-00*,Taxable Goods,Bench,
"""
NOMINALS = """\
line,store_id,magento_tax,product_group,stock_code,shipping_method,payment_method,nominal,cost_centre,department
*,,,,,,,4000,,
goods,,,Bench,,,,4100,WEB,
goods,1,,Bench,,,,4101,WEB,UK
goods,,,,BN-002,,,4102,,
goods,,,Books,,,,4103,,
carriage,,,,,flatrate_*,,4905,,
carriage,,,,,,purchaseorder,4906,,
rounding,,,,,,,4999,,
"""
ANALYSIS = """\
level,field,value
order,analysis_code_1,{store_code}
order,analysis_code_2,{coupon_code}
order,spare_text_1,Magento {entity_id} of {order_date}
line,analysis_code_3,{product_group}
line,spare_text_2,{sku}/{item_id}
"""
KNOWN = frozenset(
    {"4000//", "4100/web/", "4101/web/uk", "4102//", "4103//", "4905//", "4906//", "4999//"}
)


def tables_with(tables: Tables, folder: Path, **files: str) -> Tables:
    """The shipped tables with others beside them."""
    for table in (ROOT / "mappings").glob("*.csv"):
        (folder / table.name).write_bytes(table.read_bytes())
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    read = read_tables(folder)
    assert read.stores == tables.stores
    return read


def mapped(body: dict[str, Any], tables: Tables, codes: SageCodes) -> SalesOrder:
    order = read_order(body)
    payment = tables.payment(order.payment_method)
    assert payment is not None
    rules = OrderRules(refunds_before_posting="post_in_full")
    document = map_order(
        order, tables.stores[order.store_id, order.currency], payment, tables, codes, rules
    )
    assert check_document("sop_orders", document.body) == []
    return document


def test_most_specific_nominal_wins_per_line(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, tmp_path: Path
) -> None:
    own = tables_with(tables, tmp_path, products=PRODUCTS, nominals=NOMINALS)
    lines = mapped(orders["000000018"], own, replace(codes, nominals=KNOWN)).body["lines"]
    nominals = [
        (
            one.get("nominal_reference"),
            one.get("nominal_cost_centre"),
            one.get("nominal_department"),
        )
        for one in lines
        if one["line_type"] != "EnumLineTypeComment"
    ]
    assert nominals == [
        ("4101", "WEB", "UK"),
        ("4101", "WEB", "UK"),
        ("4103", None, None),
        ("4905", None, None),
    ]


def test_rounding_lines_go_to_the_rounding_nominal(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, tmp_path: Path
) -> None:
    own = tables_with(tables, tmp_path, nominals=NOMINALS)
    lines = mapped(orders["000000020"], own, replace(codes, nominals=KNOWN)).body["lines"]
    texts = [one for one in lines if one["line_type"] == "EnumLineTypeFreeText"]
    assert len(texts) == 2
    assert {one["nominal_reference"] for one in texts} == {"4999"}


def test_without_a_fitting_row_sages_own_nominal_stays(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, tmp_path: Path
) -> None:
    own = tables_with(tables, tmp_path, nominals="line,nominal\nrounding,4999\n")
    lines = mapped(orders["000000001"], own, replace(codes, nominals=KNOWN)).body["lines"]
    assert not [one for one in lines if "nominal_reference" in one]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"nominals": frozenset({"4000//"})}, "nominal_not_in_sage"),
        ({"nominals": KNOWN, "nominals_may_differ": False}, "nominals_not_allowed"),
    ],
)
def test_nominal_that_sage_would_not_take_is_refused(
    orders: dict[str, Any],
    tables: Tables,
    codes: SageCodes,
    tmp_path: Path,
    change: dict[str, Any],
    cause: str,
) -> None:
    own = tables_with(tables, tmp_path, nominals=NOMINALS)
    with pytest.raises(RefusalError) as caught:
        mapped(orders["000000018"], own, replace(codes, **change))
    assert caught.value.cause == cause


def test_analysis_codes_tell_store_coupon_and_magentos_ids(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, tmp_path: Path
) -> None:
    own = tables_with(tables, tmp_path, products=PRODUCTS, analysis_codes=ANALYSIS)
    body = mapped(orders["000000018"], own, codes).body
    assert (body["analysis_code_1"], body["analysis_code_2"]) == ("default", "FIVEOFF")
    assert body["spare_text_1"] == "Magento 18 of 2026-11-23"
    goods = [one for one in body["lines"] if one["line_type"] == "EnumLineTypeStandard"]
    assert [one["analysis_code_3"] for one in goods] == ["Bench", "Bench", "Books"]
    rows = orders["000000018"]["items"]
    assert [one["spare_text_2"] for one in goods] == [f"{r['sku']}/{r['item_id']}" for r in rows]
    # What is empty is not sent: Sage refuses null, and an empty code may not be one of its values.
    assert "analysis_code_2" not in mapped(orders["000000001"], own, codes).body


def test_analysis_code_longer_than_the_field_is_cut_and_recorded(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, tmp_path: Path
) -> None:
    own = tables_with(tables, tmp_path, analysis_codes=ANALYSIS)
    document = mapped({**orders["000000018"], "coupon_code": "X" * 61}, own, codes)
    assert document.body["analysis_code_2"] == "X" * 60
    assert any(note.startswith("analysis_code_2: cut from 61") for note in document.trimmed)
