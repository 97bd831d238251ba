"""What tables and settings put on an order stands in Sage 200, and its totals are as foretold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Bench

pytestmark = pytest.mark.end_to_end
Order = dict[str, Any]
TABLES = {
    "nominals.csv": """\
line,product_group,nominal,cost_centre
goods,,41100,
goods,Web*,41100,WEB
carriage,,41300,
rounding,,41900,
total,,41320,
""",
    "products.csv": "magento_sku,product_group\nBN-00?,Web shop\n",
    "analysis_codes.csv": """\
level,field,value
order,analysis_code_1,{store_code}
order,spare_text_1,Coupon {coupon_code}
line,spare_text_2,{sku}
""",
    "order_totals.csv": """\
total,effect,text,sage_tax_code
gift_cards_amount,takes,Gift card,9
""",
}


@pytest.fixture(scope="module", autouse=True)
def tables(bench: Bench) -> None:
    for name, text in TABLES.items():
        (bench.tables / name).write_text(text, encoding="utf-8")
    path = bench.tables / "stores.csv"
    first, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([f"{first},suspense_item", *(f"{row},BN-022" for row in rows)]), encoding="utf-8"
    )


def lines_in_sage(bench: Bench, number: str) -> list[tuple[Any, ...]]:
    """Text, nominal account, cost centre, SKU told, discount and total of each line."""
    return bench.sage(
        'select l."ItemDescription", l."NominalAccountRef", l."NominalCostCentre", l."SpareText2",'
        ' l."UnitDiscountValue", l."LineTotalValue" from dbo."SOPOrderReturnLine" l'
        ' join dbo."SOPOrderReturn" o using ("SOPOrderReturnID")'
        ' where o."CustomerDocumentNo" = %s and l."LineTypeID" < 3'
        ' order by l."PrintSequenceNumber"',
        number,
    )


def posted(bench: Bench, order: Order, **settings: Any) -> tuple[dict[str, Any], Decimal]:
    """The row of an order that was posted, and its gross in Sage."""
    bench.run(order, **settings)
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", None), row["error"]
    (found,) = bench.in_sage(order["increment_id"])
    return row, found[2]


def test_nominals_analysis_codes_and_line_discounts_stand_in_sage(bench: Bench) -> None:
    order = bench.order(number="000000018")
    row, gross = posted(
        bench, order, discounts="line_discount", refunds_before_posting="post_in_full"
    )
    assert gross == row["amount"]
    lines = lines_in_sage(bench, order["increment_id"])
    assert [line[1:4] for line in lines] == [
        ("41100", "WEB", "BN-001"),
        ("41100", "WEB", "BN-002"),
        ("41100", "WEB", "BN-006"),
        ("41300", "", ""),
    ]
    assert all(discount > 0 for *_, discount, _ in lines[:3])
    header = bench.sage(
        'select "AnalysisCode1", "SpareText1" from dbo."SOPOrderReturn"'
        ' where "CustomerDocumentNo" = %s',
        order["increment_id"],
    )
    assert header == [("default", "Coupon FIVEOFF")]


@pytest.mark.parametrize(
    ("strategy", "gross", "rounding"),
    [("exact", "39.99", 2), ("gross_only", "39.99", 1), ("sage", "39.98", 0)],
)
def test_sage_computes_what_the_tax_strategy_foretold(
    bench: Bench, strategy: str, gross: str, rounding: int
) -> None:
    order = bench.order(number="000000020")
    row, in_sage = posted(bench, order, tax_strategy=strategy)
    assert in_sage == row["amount"] == Decimal(gross)
    nominals = [line[1] for line in lines_in_sage(bench, order["increment_id"])]
    assert nominals.count("41900") == rounding
    paid = bench.sage(
        'select p."LineTotalValue" from dbo."SOPPayment" p'
        ' join dbo."SOPOrderReturn" o using ("SOPOrderReturnID")'
        ' where o."CustomerDocumentNo" = %s',
        order["increment_id"],
    )
    assert paid == [(Decimal("39.99"),)]


def test_gift_card_and_suspense_item_are_lines_that_say_what_they_are(bench: Bench) -> None:
    def change(order: Order) -> None:
        order["items"][0]["sku"] = "NEVER-HEARD-OF"
        order["extension_attributes"]["gift_cards_amount"] = "2.50"
        for field in ("grand_total", "total_paid", "total_invoiced"):
            order[field] = "27.44"

    order = bench.order(change)
    row, gross = posted(bench, order)
    assert (gross, row["detail"]["suspense"]) == (Decimal("27.44"), ["NEVER-HEARD-OF"])
    lines = lines_in_sage(bench, order["increment_id"])
    assert lines[0][0].startswith("NEVER-HEARD-OF ")
    assert [(text, nominal, net) for text, nominal, _, _, _, net in lines[2:]] == [
        ("Gift card", "41320", Decimal("-2.50"))
    ]


def test_what_was_refunded_before_posting_is_not_in_sage(bench: Bench) -> None:
    order = bench.order(number="000000004")
    row, gross = posted(bench, order)
    assert gross == row["amount"] == Decimal("34.84")
    assert Decimal(str(row["detail"]["left_out"]["gross"])) == Decimal("29.98")


def test_custom_options_are_told_in_the_words_of_the_catalogue(bench: Bench) -> None:
    def change(order: Order) -> None:
        chosen = [
            {"option_id": "1", "option_value": "Mum"},
            {"option_id": "2", "option_value": "2"},
        ]
        order["items"][0]["product_option"] = {"extension_attributes": {"custom_options": chosen}}

    sizes = [{"option_type_id": 1, "title": "S"}, {"option_type_id": 2, "title": "L"}]
    engraving = {"option_id": 1, "title": "Engraving", "type": "field"}
    size = {"option_id": 2, "title": "Size", "type": "drop_down", "values": sizes}
    product = {"id": 1, "sku": "OPT-1", "options": [engraving, size]}
    order = bench.order(change)
    bench.run(order, products=[product, {"id": 2, "sku": "BN-001", "options": []}])
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", None), row["error"]
    texts = bench.sage(
        'select l."ItemDescription" from dbo."SOPOrderReturnLine" l'
        ' where l."SOPOrderReturnID" = %s and l."LineTypeID" = 3 order by l."PrintSequenceNumber"',
        row["sage_id"],
    )
    assert texts == [("Engraving: Mum",), ("Size: L",)]
