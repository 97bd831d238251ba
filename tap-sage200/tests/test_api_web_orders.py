"""What open web orders hold and need, by the API: in stock units, whatever a release gives."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from sage200_client import Sage200Client
from sage200_client.paging import Query
from sandbox.faults import Fault
from tap_sage200.api.web_orders import WebOrders
from tap_sage200.web_accounts import WebAccounts

if TYPE_CHECKING:
    from collections.abc import Iterator

ALLOCATED, NEEDED = "allocated_to_web_quantity", "unallocated_web_demand_quantity"
WEB = {"web_accounts": ["WEBUSD"]}
NOWHERE = "that no warehouse holds, or whose lines name no warehouse"


@pytest.fixture(scope="module")
def served(whole_company, server, api_of) -> Iterator[Any]:
    with api_of(whole_company, server) as company:
        yield company


@pytest.fixture(autouse=True)
def no_orders_left(whole_company) -> Iterator[None]:
    yield
    for table, key in (
        ("SOPStandardItemLink", "SOPStandardItemLinkID"),
        ("SOPOrderReturnLine", "SOPOrderReturnLineID"),
        ("SOPOrderReturn", "SOPOrderReturnID"),
    ):
        whole_company.sql(f'delete from dbo."{table}" where "{key}" >= 900000')


def shares(run) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Return the levels that web orders have a share of."""
    return {
        (each["item_code"], each["warehouse_name"]): (each[ALLOCATED], each[NEEDED])
        for each in run.records("stock_levels")
        if each[ALLOCATED] or each[NEEDED]
    }


def only_in(company, code, warehouse) -> bool:
    found = company.sql(
        'select w."Name" from dbo."WarehouseItem" h join dbo."StockItem" i using ("ItemID") '
        'join dbo."Warehouse" w on w."WarehouseID" = h."WarehouseID" where i."Code" = %s',
        code,
    )
    return found == [(warehouse,)]


@pytest.mark.parametrize(
    ("header", "line", "share"),
    [
        pytest.param({}, {"quantity": 5}, (0, 5), id="nothing allocated: all is needed"),
        pytest.param({}, {"quantity": 5, "allocated": 2, "despatched": 1}, (2, 2), id="part"),
        pytest.param({}, {"quantity": 2, "despatched": 7}, None, id="not below zero"),
        pytest.param({}, {"quantity": 3, "allocated": 1, "unit": 12}, (12, 24), id="boxes of 12"),
        pytest.param({"DocumentStatusID": 1}, {"quantity": 3, "allocated": 3}, (3, 0), id="held"),
        pytest.param({"DocumentStatusID": 3}, {"quantity": 3}, (0, 3), id="in dispute"),
        pytest.param({"DocumentStatusID": 2}, {"quantity": 3}, None, id="complete"),
        pytest.param({"DocumentStatusID": 4}, {"quantity": 3}, None, id="cancelled"),
        pytest.param({"DocumentStatusID": 5}, {"quantity": 3}, None, id="a draft"),
        pytest.param({"DocumentTypeID": 1}, {"quantity": 3}, None, id="a return"),
        pytest.param({"DocumentTypeID": 2}, {"quantity": 3}, None, id="a quotation"),
    ],
)
@pytest.mark.parametrize("account", ["WEBUSD", "webusd", "WEBU*"])
def test_share_of_one_line(served, header, line, share, account) -> None:
    served.order(900002, "WEBUSD", **header)
    served.line(900021, 900002, "BN-001", **line)
    read = shares(served.read("stock_levels", web_accounts=[account]))
    assert read == ({} if share is None else {("BN-001", "LEEDS"): share})


@pytest.mark.parametrize(
    ("marker", "needed"),
    [
        pytest.param(["analysis_code_1=WEB"], 5, id="one of three orders of the account"),
        pytest.param(["analysis_code_1=w*"], 12, id="what the code begins with"),
        pytest.param(["customer_document_no=1000*"], 5, id="Magento's numbers"),
        pytest.param(["analysis_code_20=WEB"], 0, id="none bears it there"),
        pytest.param(["HARG01", "analysis_code_1=WEB"], 19, id="no order counts twice: account"),
        pytest.param(["HA*", "analysis_code_1=WEB"], 19, id="no order counts twice: prefix"),
    ],
)
def test_a_marker_tells_web_orders_on_an_account_that_has_others(served, marker, needed) -> None:
    orders = (("1000000045", "WEB", 5), ("PO 17", "WHOLESALE", 7), ("PO 18", "", 7))
    for number, (document_no, code, quantity) in enumerate(orders, 900002):
        served.order(number, "HARG01", CustomerDocumentNo=document_no, AnalysisCode1=code)
        served.line(number, number, "BN-001", quantity)
    read = shares(served.read("stock_levels", web_accounts=marker))
    assert read.get(("BN-001", "LEEDS"), (0, 0)) == (0, needed)


@pytest.mark.parametrize("in_lists", [True, False])
@pytest.mark.parametrize("lists", [None, "refused", "without lines"])
def test_stock_units_are_read_however_a_release_gives_lines(
    whole_company, server, api_of, caplog, lists, in_lists
) -> None:
    """As a list with its lines, order by order, or in selling units with a sentence."""
    whole_company.order(900002, "WEBUSD")
    whole_company.line(900021, 900002, "BN-001", 2, unit=12)
    whole_company.order(900003, "WEBUSD", DocumentStatusID=1)
    whole_company.line(900031, 900003, "BN-001", 3)
    faults = []
    if not in_lists:
        faults.append(Fault("status", path="*/sop_orders/*/sop_order_lines*", status=404))
    if lists == "refused":
        faults.append(Fault("status", path="*/sop_orders", status=400))
    elif lists:
        body = '[{"id": 900002}, {"id": 900003}]'
        faults.append(Fault("status", path="*/sop_orders", status=200, body=body))
    with api_of(whole_company, server, *faults) as served:
        read = shares(served.read("stock_levels", **WEB))
    given = lists is None or in_lists
    assert read == {("BN-001", "LEEDS"): (0, 27 if given else 5)}
    assert ("2 lines of open web orders are counted in selling units" in caplog.text) is not given


def test_a_line_without_a_warehouse_is_counted_where_its_item_lies(served, caplog) -> None:
    several = "BN-001"
    codes = [code for (code,) in served.sql('select "Code" from dbo."StockItem"')]
    one = next(code for code in codes if only_in(served, code, "LEEDS"))
    served.order(900002, "WEBUSD")
    served.line(900021, 900002, one, 2, warehouse=None)
    read = shares(served.read("stock_levels", **WEB))
    assert read == {(one, "LEEDS"): (0, 2)}
    assert NOWHERE not in caplog.text
    served.line(900022, 900002, several, 4, warehouse=None)
    assert shares(served.read("stock_levels", **WEB)) == read
    assert f"{NOWHERE}, allocated 0, unallocated 4" in caplog.text


def test_free_text_and_carriage_need_no_stock(served, caplog) -> None:
    served.order(900002, "WEBUSD")
    served.insert("SOPOrderReturnLine", SOPOrderReturnLineID=900022, SOPOrderReturnID=900002,
                  LineTypeID=1, ItemDescription="Thank you", LineQuantity=3)  # fmt: skip
    assert shares(served.read("stock_levels", **WEB)) == {}
    assert NOWHERE not in caplog.text


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The paths of every read, query included."""
    paths: list[str] = []
    real = Sage200Client._get

    def noted(client: Sage200Client, query: Query, observe: Any) -> Any:
        paths.append(query.path())
        return real(client, query, observe)

    monkeypatch.setattr(Sage200Client, "_get", noted)
    return paths


def resources(paths: list[str]) -> set[str]:
    return {path.partition("?")[0].strip("/") for path in paths}


def idle_state(served) -> dict[str, Any]:
    state: dict[str, Any] = served.read("stock_levels", **WEB).state
    now = served.sql("select dbo.utc_now()::text || '+00:00'")[0][0]
    state["bookmarks"]["stock_levels"]["replication_key_value"] = now
    return state


def test_an_idle_run_asks_for_no_list_it_does_not_need(served, asked) -> None:
    state = idle_state(served)
    asked.clear()
    assert served.read("stock_levels", state=state, lookback_seconds=0, **WEB).counts == {}
    assert resources(asked) == {"customers", "sop_order_line_views", "warehouse_holdings"}
    assert [path for path in asked if path.startswith("/customers") and "filter" not in path] == []
    holdings = [path for path in asked if path.startswith("/warehouse_holdings")]
    assert len(holdings) == 1
    assert "date_time_updated" in holdings[0]


def test_a_changed_level_and_an_open_order_ask_for_their_own_items_only(served, asked) -> None:
    served.order(900002, "WEBUSD")
    served.line(900021, 900002, "BN-001", 2)
    state = idle_state(served)
    item = served.id_of("StockItem", "ItemID", "Code", "BN-003")
    served.sql(
        'update dbo."WarehouseItem" set "DateTimeCreated" = "DateTimeCreated" '
        'where "WarehouseItemID" = %s',
        served.holding("BN-003", "YORK"),
    )
    asked.clear()
    run = served.read("stock_levels", state=state, lookback_seconds=0, **WEB)
    assert [each["item_code"] for each in run.records("stock_levels")] == ["BN-003"]
    (products,) = (path for path in asked if path.startswith("/products"))
    assert f"id%20eq%20{item}&" in products.replace("+", "%20")
    bought = served.id_of("StockItem", "ItemID", "Code", "BN-001")
    holdings = [path for path in asked if path.startswith("/warehouse_holdings")]
    assert all("date_time_updated" in path or f"{bought}" in path for path in holdings)


class Silent:
    """A company with nothing in it; notes how long the addresses are."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def get(self, resource: str, **options: Any) -> list[dict[str, Any]]:
        self.paths.append(
            Query(
                resource,
                options.get("filter"),
                options.get("select"),
                top=options.get("top"),
                expand=options.get("expand"),
            ).path()
        )
        if resource == "customers":
            texts = options["filter"].text.split(" or ")
            return [{"id": 10**7 + int(text[15:-1]), "reference": text[14:-1]} for text in texts]
        return []

    def get_all(self, resource: str, **options: Any) -> list[dict[str, Any]]:
        where, key = options.get("filter"), options.get("key", "id")
        if where is None and resource == "customers":
            return []
        self.paths.append(
            Query(resource, where, [*options["select"], key], key, 5000).path()
            + "%20and%20"
            + "x" * 40
        )
        if resource == "sop_order_line_views":
            return [
                {f: 10**9 + 7 * n if f.endswith("_id") else 1 for f in options["select"]}
                for n in range(500)
            ]
        return []


@pytest.mark.parametrize("count", [3, 100, 500])
def test_many_accounts_and_orders_are_asked_for_in_addresses_a_web_server_takes(count) -> None:
    """IIS refuses a query of more than 2,048 characters."""
    client = Silent()
    numbers = {10_000_000 + n: f"W{n:07}" for n in range(count)}

    class Names:
        def table(self, _name: str) -> dict[int, str]:
            return numbers

    orders = WebOrders(client, Names(), logging.getLogger(), "stock_levels")  # type: ignore[arg-type]
    orders.demand(WebAccounts.of(list(numbers.values())))
    assert max(map(len, client.paths)) < 2048
    asked = "".join(client.paths)
    assert "sop_orders" in asked
    views = "".join(path for path in client.paths if path.startswith("/sop_order_line_views"))
    assert all(str(number) in views for number in numbers)
