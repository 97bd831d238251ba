"""What Magento shipped and Sage still counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from target_magento.shipped import SageLine, StillInSage, shipped_quantities, still_in_sage


def item(number: int, sku: str, kind: str = "simple", parent: int | None = None, **qty: str) -> Any:
    row = {"item_id": number, "sku": sku, "product_type": kind}
    row |= {name: Decimal(value) for name, value in qty.items()}
    return row if parent is None else row | {"parent_item_id": parent}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param([item(1, "A", qty_shipped="2")], {"A": "2"}, id="simple"),
        pytest.param([item(1, "A", qty_shipped="0")], {}, id="not shipped"),
        pytest.param([item(1, "A")], {}, id="no quantity at all"),
        pytest.param(
            [
                item(1, "TEE-M", "configurable", qty_shipped="2"),
                item(2, "TEE-M", parent=1, qty_shipped="0"),
            ],
            {"TEE-M": "2"},
            id="configurable: the parent row counts, with the child's SKU",
        ),
        pytest.param(
            [
                item(1, "BUNDLE", "bundle", qty_shipped="3"),
                item(2, "KIT-A", parent=1, qty_shipped="3"),
                item(3, "KIT-B", parent=1, qty_shipped="6"),
            ],
            {"KIT-A": "3", "KIT-B": "6"},
            id="bundle: the children count",
        ),
        pytest.param(
            [item(1, "V", "virtual", qty_shipped="0", qty_invoiced="1")],
            {"V": "1"},
            id="virtual: Magento lowers the source with the invoice",
        ),
        pytest.param(
            [item(1, "A", qty_shipped="1", qty_invoiced="5")],
            {"A": "1"},
            id="goods: an invoice lowers nothing",
        ),
        pytest.param(
            [item(1, "A", qty_shipped="2.345"), item(2, "A", qty_shipped="1")],
            {"A": "3.345"},
            id="two rows of one SKU, decimal quantity",
        ),
    ],
)
def test_shipped_quantities(items: list[Any], expected: dict[str, str]) -> None:
    assert shipped_quantities(items) == {sku: Decimal(text) for sku, text in expected.items()}


def line(
    warehouse: str | None = "LEEDS", ordered: str = "5", despatched: str = "0", code: str = "A"
) -> SageLine:
    return SageLine(7, code, warehouse, Decimal(ordered), Decimal(despatched))


@pytest.mark.parametrize(
    ("shipped", "lines", "expected"),
    [
        pytest.param("3", [line()], [("LEEDS", "3")], id="nothing despatched yet"),
        pytest.param("3", [line(despatched="2")], [("LEEDS", "1")], id="part despatched"),
        pytest.param("3", [line(despatched="3")], [], id="all despatched"),
        pytest.param("3", [line(despatched="5")], [], id="Sage is ahead of Magento"),
        pytest.param(
            "5",
            [line("LEEDS", "2"), line("YORK", "3")],
            [("LEEDS", "2"), ("YORK", "3")],
            id="one SKU from two warehouses",
        ),
        pytest.param(
            "4",
            [line("LEEDS", "2", "2"), line("YORK", "3")],
            [("YORK", "2")],
            id="a despatched line holds nothing",
        ),
        pytest.param(
            "9", [line()], [("LEEDS", "5"), ("LEEDS", "4")], id="more shipped than Sage's line has"
        ),
        pytest.param("3", [line(code="a")], [("LEEDS", "3")], id="codes ignore case"),
        pytest.param(
            "3",
            [],
            [("NORTH", "3"), ("SOUTH", "3")],
            id="not in Sage: taken off wherever it may come from",
        ),
        pytest.param(
            "3", [line(None)], [("NORTH", "3"), ("SOUTH", "3")], id="a line without warehouse"
        ),
        pytest.param("3", [line(code="B")], [("NORTH", "3"), ("SOUTH", "3")], id="another item"),
    ],
)
def test_still_in_sage(
    shipped: str, lines: list[SageLine], expected: list[tuple[str, str]]
) -> None:
    found = still_in_sage(
        {"A": Decimal(shipped)},
        lines,
        sage_code=lambda sku: sku,
        likely_warehouses=["NORTH", "SOUTH"],
    )
    assert found == [StillInSage("A", name, Decimal(text)) for name, text in expected]


def test_skus_of_one_sage_item_are_added() -> None:
    found = still_in_sage(
        {"A-RED": Decimal(1), "A-BLUE": Decimal(2)},
        [],
        sage_code=lambda sku: sku.split("-")[0],
        likely_warehouses=["LEEDS"],
    )
    assert found == [StillInSage("A", "LEEDS", Decimal(3))]
