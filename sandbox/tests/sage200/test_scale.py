"""A large company: made in one go, and read by few statements that indexes serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sandbox.sage200.ledger.trial_balance import trial_balance
from sandbox.sage200.odata.options import read_options
from sandbox.sage200.resources.reader import Reader
from sandbox.sage200.seed.bulk import BulkError, add_many

from sandbox import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PRODUCTS, ORDERS = 400, 3000


@pytest.fixture(scope="module")
def large_url(new_company: Callable[[], str]) -> str:
    url = new_company()
    sizes = [f"--products={PRODUCTS}", f"--orders={ORDERS}"]
    assert cli.main(["sage200", "fill", "--database-url", url, *sizes]) == 0
    return url


class Watched:
    """A connection that keeps what it is asked."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self.asked: list[tuple[str, Any]] = []

    def execute(self, query: str, parameters: Any) -> Any:
        self.asked.append((query, parameters))
        return self._connection.execute(query, parameters)  # type: ignore[call-overload]

    def plan(self) -> str:
        """Return how the first statement was run."""
        query, parameters = self.asked[0]
        rows = self._connection.execute("explain " + query, parameters)  # type: ignore[call-overload]
        return "\n".join(line for (line,) in rows)


@pytest.fixture
def watched(large_url: str) -> Iterator[Watched]:
    with psycopg.connect(large_url) as connection:
        connection.execute("set enable_mergejoin = off")
        yield Watched(connection)


def page(watched: Watched, resource: str, **query: str) -> None:
    options = read_options({f"${n}": v for n, v in query.items()}, one_record=False)
    found = Reader().list_json(watched, resource, options)  # type: ignore[arg-type]
    assert len(found) > 100


def test_copies_are_whole_and_the_books_stay_right(large_url: str) -> None:
    with psycopg.connect(large_url) as connection:
        assert trial_balance(connection).problems == ()
        whole = connection.execute(
            'select count(*), count(distinct k."ItemID"), count(distinct l."SOPOrderReturnID")'
            ' from dbo."SOPOrderReturnLine" l'
            ' join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")'
            ' join dbo."WarehouseItem" h using ("WarehouseItemID", "ItemID")'
            ' join dbo."BinItem" b using ("WarehouseItemID", "ItemID")'
            ' join dbo."StockItem" i using ("ItemID")'
            ' join dbo."StockItemPrice" p using ("ItemID")'
            ' join dbo."PriceBand" d using ("PriceBandID")'
            """ where i."Code" = l."ItemCode" and i."Code" like 'BULK-%'"""
            ' and d."ThisIsTheStandardBand" = 1'
        ).fetchone()
        assert whole == (ORDERS, PRODUCTS, ORDERS)
        live = connection.execute(
            'select a."ValueOfCurrentOrdersInSOP" = sum(o."TotalGrossValue")'
            ' from dbo."SLCustomerAccount" a join dbo."SOPOrderReturn" o'
            ' on o."CustomerID" = a."SLCustomerAccountID"'
            ' group by a."SLCustomerAccountID"'
        ).fetchall()
        assert set(live) == {(True,)}


def test_what_comes_after_goes_on_where_the_copies_ended(
    play: Callable[..., Any], large_url: str
) -> None:
    sage = play(large_url).sign_in()
    made = sage.post(sage.order(sage.standard("BULK-000400", 2, to_allocate_quantity=2)))
    assert int(made["document_no"]) > ORDERS
    assert made["lines"][0]["allocated_quantity"] == 2
    with psycopg.connect(large_url) as connection:
        add_many(connection, 3, 3)
    assert len(sage.get("/products", filter="code ge 'BULK-000401'")) >= 3
    numbers = sage.sql('select count(*), count(distinct "DocumentNo") from dbo."SOPOrderReturn"')
    assert numbers[0][0] == numbers[0][1]


def test_an_empty_company_has_nothing_to_copy(new_company: Callable[[], str]) -> None:
    with psycopg.connect(new_company()) as connection:
        connection.execute('delete from dbo."SOPStandardItemLink"')
        with pytest.raises(BulkError, match="sales order with a product line"):
            add_many(connection, 1, 1)


@pytest.mark.parametrize(
    ("resource", "query", "statements"),
    [
        ("sop_orders", {"top": "500"}, 1),
        ("sop_orders", {"top": "50", "orderby": "id desc", "expand": "lines,customer"}, 3),
        ("products", {"top": "400"}, 1),
        ("products", {"top": "400", "select": "code,tax_code.code"}, 2),
        ("product_views", {"top": "400"}, 1),
        ("sop_order_line_views", {"top": "500"}, 1),
        ("warehouse_holdings", {"top": "500", "expand": "product,warehouse,bin_holdings"}, 4),
    ],
)
def test_a_page_takes_one_statement_and_one_more_for_each_thing_inside(
    watched: Watched, resource: str, query: dict[str, str], statements: int
) -> None:
    page(watched, resource, **query)
    assert len(watched.asked) == statements


@pytest.mark.parametrize(
    ("resource", "query", "index"),
    [
        ("sop_orders", {"orderby": "id", "filter": "id gt 3500"}, "SOPOrderReturn_pkey"),
        ("sop_orders", {"orderby": "id desc", "top": "10"}, "SOPOrderReturn_pkey"),
        ("sop_orders", {"orderby": "document_no desc", "top": "10"}, "SOPOrderReturn_lower_idx"),
        (
            "sop_orders",
            {"filter": "customer_document_no eq 'B00002000'"},
            "SOPOrderReturn_lower_idx",
        ),
        (
            "sop_orders",
            {"orderby": "date_time_updated", "filter": "date_time_updated gt 2020-01-01"},
            "SOPOrderReturn_DateTimeUpdated_idx",
        ),
        (
            "sop_order_return_views",
            {"filter": "customer_document_no eq 'B00002000' or document_no eq '0000002001'"},
            "SOPOrderReturn_lower_idx",
        ),
        ("products", {"orderby": "id", "filter": "id gt 1300"}, "StockItem_pkey"),
        ("products", {"filter": "code eq 'BULK-000007'"}, "StockItem_lower_idx"),
        (
            "warehouse_holdings",
            {"orderby": "date_time_updated", "top": "10"},
            "WarehouseItem_DateTimeUpdated_idx",
        ),
        (
            "sop_order_line_views",
            {"orderby": "sop_order_line_id", "filter": "sop_order_line_id gt 3500", "top": "50"},
            "SOPOrderReturnLine_pkey",
        ),
    ],
)
def test_a_page_is_served_by_an_index(
    watched: Watched, resource: str, query: dict[str, str], index: str
) -> None:
    page(watched, resource, **query)
    plan = watched.plan()
    # the first index may come in two parts where two conditions are joined by "or"
    assert f'"{index}' in plan, plan
    if "orderby" in query:
        assert "Sort" not in plan, plan
    if "gt" in query.get("filter", ""):
        assert "Index Cond" in plan, plan
