"""The quantity that a source may offer, and the classic mistakes in computing it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target_magento.available import WarehouseStock, source_quantity


def stock(free: str, web: str = "0", shipped: str = "0", buffer: str = "0") -> WarehouseStock:
    return WarehouseStock(
        free=Decimal(free),
        allocated_to_web=Decimal(web),
        shipped_not_despatched=Decimal(shipped),
        buffer=Decimal(buffer),
    )


@pytest.mark.parametrize(
    ("warehouses", "expected"),
    [
        pytest.param([stock("10")], "10", id="no web orders: free stock"),
        pytest.param([stock("7", web="3")], "10", id="allocations of web orders are added back"),
        pytest.param([stock("7", web="3", shipped="3")], "7", id="shipped, not despatched: gone"),
        pytest.param([stock("7", shipped="3")], "4", id="shipped and never allocated: gone"),
        pytest.param([stock("7", buffer="2")], "5", id="the buffer is held back"),
        pytest.param([stock("1", buffer="2")], "0", id="never below zero"),
        pytest.param([stock("-4")], "0", id="an oversold warehouse offers nothing"),
        pytest.param([stock("-4", web="6")], "2", id="web allocations may exceed the shortage"),
        pytest.param([stock("5"), stock("3")], "8", id="warehouses of one source are added"),
        pytest.param(
            [stock("5"), stock("-9")], "5", id="a warehouse that owes does not empty the other"
        ),
        pytest.param([stock("2.34567")], "2.3456", id="a fifth decimal is cut, never rounded up"),
        pytest.param([stock("100000000")], "99999999.9999", id="Magento's largest quantity"),
        pytest.param([], "0", id="no warehouse, nothing"),
    ],
)
def test_source_quantity(warehouses: list[WarehouseStock], expected: str) -> None:
    assert source_quantity(warehouses) == Decimal(expected)


def test_item_shared_by_two_skus_takes_all_web_demand_off() -> None:
    one = WarehouseStock(
        free=Decimal(7), allocated_to_web=Decimal(3), unallocated_web_demand=Decimal(2)
    )
    assert source_quantity([one], shared=True) == 5


def test_publishing_plain_free_stock_sells_too_little() -> None:
    """10 on hand; a web order of 3, allocated in Sage and reserved by Magento: 7 can be sold."""
    on_hand, reserved = Decimal(10), Decimal(3)
    free = on_hand - 3
    assert free - reserved == 4
    assert source_quantity([stock(str(free), web="3")]) - reserved == 7


def test_forgetting_what_magento_shipped_sells_twice() -> None:
    """10 on hand in Sage; Magento shipped 3 of them, Sage has not despatched: 7 are there."""
    free, reserved = Decimal(7), Decimal(0)
    assert source_quantity([stock("7", web="3")]) - reserved == 10
    assert source_quantity([stock(str(free), web="3", shipped="3")]) - reserved == 7


quantity = st.decimals(min_value=0, max_value=10_000, places=4)


@given(on_hand=quantity, others=quantity, open_web=quantity, shipped=quantity, buffer=quantity)
def test_what_magento_sells_is_never_more_than_is_there(
    on_hand: Decimal, others: Decimal, open_web: Decimal, shipped: Decimal, buffer: Decimal
) -> None:
    """Whatever share of web demand Sage allocated, salable = on hand - all demand - buffer."""
    there = on_hand - others - open_web - shipped - buffer
    published = source_quantity(
        [
            WarehouseStock(
                free=on_hand - others - open_web - shipped,
                allocated_to_web=open_web + shipped,
                shipped_not_despatched=shipped,
                buffer=buffer,
            )
        ]
    )
    if published > 0:
        assert published - open_web == there
