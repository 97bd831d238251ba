"""Point 13: free stock by the formula; allocation only where asked or set, up to what is free."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def company(new_company: Callable[[], str]) -> str:
    """A company of this module's own, for stock is counted here."""
    return new_company()


@pytest.fixture
def sage(play: Callable[..., Any], company: str) -> Any:
    return play(company).sign_in()


def holding(sage: Any, code: Any, warehouse: str = "LEEDS") -> Any:
    product = sage.id_of("products", "code", code)
    return sage.get(
        f"/products/{product}/warehouse_holdings", filter=f"warehouse_name eq '{warehouse}'"
    )[0]


def product(sage: Any, code: Any) -> Any:
    return sage.get("/products", filter=f"code eq '{code}'")[0]


def test_free_stock_is_in_stock_less_everything_allocated(sage: Any) -> None:
    for row in sage.get("/warehouse_holdings"):
        in_stock = row["confirmed_qty_in_stock"] + row["unconfirmed_qty_in_stock"]
        allocated = (
            row["quantity_allocated_sop"]
            + row["quantity_allocated_stock"]
            + row["quantity_allocated_bom"]
        )
        assert row["quantity_in_stock"] == in_stock
        assert row["free_stock_available"] == in_stock - allocated
        less_reserved = row["free_stock_available"] - row["quantity_reserved"]
        assert row["free_stock_available_less_reserved"] == less_reserved


def test_the_products_free_stock_is_that_of_all_warehouses(sage: Any) -> None:
    free = dict.fromkeys((row["id"] for row in sage.get("/products")), Decimal(0))
    for row in sage.get("/warehouse_holdings"):
        free[row["product_id"]] += row["free_stock_available"]
    for row in sage.get("/products", select="id,free_stock_quantity"):
        assert row["free_stock_quantity"] == free[row["id"]]


def test_an_order_allocates_nothing_unless_asked(sage: Any) -> None:
    before = holding(sage, "BN-001")
    order = sage.post(sage.order(sage.standard("BN-001", 5)))
    assert order["lines"][0]["allocated_quantity"] == 0
    assert order["lines"][0]["allocation_status"] == "EnumDocumentProcessStatusNone"
    assert holding(sage, "BN-001") == before


def test_allocation_lowers_free_stock_everywhere_at_once(sage: Any) -> None:
    before, item = holding(sage, "BN-001"), product(sage, "BN-001")
    order = sage.post(sage.order(sage.standard("BN-001", 5, to_allocate_quantity=3)))
    after = holding(sage, "BN-001")
    assert order["lines"][0]["allocated_quantity"] == 3
    assert order["lines"][0]["allocation_status"] == "EnumDocumentProcessStatusPart"
    assert after["quantity_allocated_sop"] == before["quantity_allocated_sop"] + 3
    assert after["free_stock_available"] == before["free_stock_available"] - 3
    assert after["quantity_in_stock"] == before["quantity_in_stock"]
    assert after["date_time_updated"] > before["date_time_updated"]
    assert product(sage, "BN-001")["free_stock_quantity"] == item["free_stock_quantity"] - 3
    ((bins,),) = sage.sql(
        'select sum("QuantityAllocatedSOP") from dbo."BinItem" where "WarehouseItemID" = %s',
        after["id"],
    )
    assert bins == after["quantity_allocated_sop"]
    ((balance, reference),) = sage.sql(
        'select b."AllocatedQuantity", b."Reference" from dbo."AllocationBalance" b'
        ' join dbo."SOPAllocationLine" a using ("AllocationID")'
        ' where a."SOPOrderReturnLineID" = %s',
        order["lines"][0]["id"],
    )
    assert (balance, reference) == (Decimal(3), order["document_no"])


def test_allocation_stops_at_free_stock(sage: Any) -> None:
    free = holding(sage, "BACKORD")["free_stock_available"]
    line = sage.standard("BACKORD", free + 10, to_allocate_quantity=free + 10)
    (stored,) = sage.post(sage.order(line))["lines"]
    assert stored["allocated_quantity"] == free
    assert stored["line_quantity"] == free + 10
    assert holding(sage, "BACKORD")["free_stock_available"] == 0


def test_the_setting_allocates_every_line(sage: Any, change: Callable[..., None]) -> None:
    change("SOPSetting", AllocateStkOnOrderEntry=1)
    order = sage.post(sage.order(sage.standard("BN-001", 2), sage.standard("VIRT-1")))
    assert [line["allocated_quantity"] for line in order["lines"]] == [2, 0]


def test_fractions_are_allocated_exactly(sage: Any) -> None:
    quantity = Decimal("0.12345")
    before = holding(sage, "DEC-QTY")["free_stock_available"]
    sage.post(sage.order(sage.standard("DEC-QTY", quantity, to_allocate_quantity=quantity)))
    assert holding(sage, "DEC-QTY")["free_stock_available"] == before - quantity


def test_another_warehouse_is_left_alone(sage: Any) -> None:
    york = sage.id_of("warehouses", "name", "YORK")
    leeds = holding(sage, "BN-003")
    line = sage.standard("BN-003", 1, warehouse_id=york, to_allocate_quantity=1)
    assert sage.post(sage.order(line))["lines"][0]["warehouse_id"] == york
    assert holding(sage, "BN-003") == leeds
    assert holding(sage, "BN-003", "YORK")["quantity_allocated_sop"] == 1


def test_orders_at_the_same_time_get_their_own_numbers_and_never_the_same_stock(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company()).sign_in()
    first, second = sage.standard("BN-004", 7), sage.standard("BN-005", 7)
    for line in (first, second):
        line["to_allocate_quantity"] = 7
    orders = [sage.order(first, second), sage.order(second, first)] * 10
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(sage.post, orders))
    numbers = sorted(int(order["document_no"]) for order in made)
    assert numbers == list(range(3, 23))
    for code, sent in (("BN-004", first), ("BN-005", second)):
        stock = holding(sage, code)
        allocated = sum(
            line["allocated_quantity"]
            for order in made
            for line in order["lines"]
            if line["product_id"] == sent["product_id"]
        )
        assert allocated == stock["quantity_allocated_sop"]
        assert stock["free_stock_available"] == 0
    live = sage.get("/customers", filter="reference eq 'WEBGBP'")[0]
    gross = sum(order["total_gross_value"] for order in sage.get("/sop_orders"))
    others = sage.get("/sop_orders", filter="customer_document_no eq 'PO-4471'")[0]
    assert live["value_of_current_orders_in_sop"] == gross - others["total_gross_value"]
