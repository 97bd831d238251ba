"""What is read over the real drivers is what is read without them, record by record."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sandbox.sql_server.result_types import Guesses
from tap_sage200.catalogue import NOT_BY_SQL, STREAMS

BY_SQL = tuple(name for name in STREAMS if name not in NOT_BY_SQL)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})\+00:00")


def as_datetime(value: object) -> object:
    """Round moments as SQL Server's type datetime keeps them: in 300ths of a second."""
    if isinstance(value, dict):
        return {name: as_datetime(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_datetime(each) for each in value]
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    milliseconds = round(round(int(match[2]) * 3 / 10_000) * 10 / 3)
    whole = datetime.fromisoformat(match[1]).replace(tzinfo=timezone.utc)
    return (whole + timedelta(milliseconds=milliseconds)).isoformat()


def everything(run) -> dict[str, list[dict[str, object]]]:
    return {name: run.records(name) for name in BY_SQL}


@pytest.mark.parametrize("unicode", [True, False], ids=["nvarchar", "varchar"])
def test_every_stream_gives_the_same_records(trading, serve, odbc, unicode) -> None:
    expected = trading.read(*BY_SQL, web_accounts=["WEBEUR", "WEBGBP"])
    with serve(trading, guesses=Guesses(unicode=unicode, datetime2=True)) as served:
        run = served.by(odbc).read(*BY_SQL, web_accounts=["WEBEUR", "WEBGBP"])
    assert everything(run) == everything(expected)
    assert all(expected.records(name) for name in BY_SQL)
    assert run.state["bookmarks"].keys() == expected.state["bookmarks"].keys()


def test_moments_of_type_datetime_differ_by_its_rounding_alone(trading, serve, odbc) -> None:
    expected = trading.read("customers", "sales_documents", "nominal_transactions")
    with serve(trading, guesses=Guesses(datetime2=False)) as served:
        run = served.by(odbc).read("customers", "sales_documents", "nominal_transactions")
    assert everything(run) == as_datetime(everything(expected))
    assert run.counts


CHANGED = ("tax_codes", "stock_items", "stock_levels", "stock_item_prices", "sales_document_lines")


def test_only_what_changed_is_read_again(served, odbc) -> None:
    """The state of one way of reading serves the other as well."""
    company, streams = served.company, (*CHANGED, "customers")
    first = served.by(odbc).read(*streams)
    assert served.by(odbc).read(*streams, state=first.state).counts == {}
    company.sql('update dbo."SYSTaxRate" set "TaxRate" = 21 where "Code" = 1')
    company.sql('update dbo."StockItem" set "Name" = \'Renamed\' where "Code" = \'BN-001\'')
    company.line(900012, 900001, "BN-003", Decimal("1.5"))
    by_driver = served.by(odbc).read(*streams, state=first.state)
    expected = company.read(*streams, state=first.state)
    assert by_driver.counts == expected.counts
    assert set(by_driver.counts) == set(CHANGED)
    assert everything(by_driver) == as_datetime(everything(expected))


@pytest.mark.parametrize("accounts", [["WEBEUR"], ["WEB*"], ["WEBU*", "WEBEUR"]])
def test_web_accounts_by_number_and_by_prefix(still_company, serve, odbc, accounts) -> None:
    expected = still_company.read("stock_levels", web_accounts=accounts).records("stock_levels")
    with serve(still_company, guesses=Guesses(datetime2=True)) as served:
        run = served.by(odbc).read("stock_levels", web_accounts=accounts)
    assert run.records("stock_levels") == expected
    assert any(each["unallocated_web_demand_quantity"] for each in expected)


def test_a_full_comparison(still_company, serve, odbc) -> None:
    expected = still_company.read(full_compare=True)
    with serve(still_company, guesses=Guesses(datetime2=True)) as served:
        run = served.by(odbc).read(full_compare=True)
    assert everything(run) == everything(expected)
    ended = [each["stream"] for each in run.messages if each["type"] == "ACTIVATE_VERSION"]
    assert ended == [each["stream"] for each in expected.messages if "ACTIVATE" in each["type"]]
    assert ended


def test_small_batches(still_company, serve, odbc) -> None:
    batch_size, streams = 3, ("stock_levels", "customers", "sales_documents")
    expected = still_company.read(*streams)
    with serve(still_company, guesses=Guesses(datetime2=True)) as served:
        run = served.by(odbc).read(*streams, batch_size=batch_size)
        own = "/* tap-sage200: stock_levels */"
        sent = [each for each in served.server.seen if own in each.text]
    assert everything(run) == everything(expected)
    assert len(sent) >= len(expected.records("stock_levels")) // batch_size
    assert {each.values[-1] for each in sent} == {batch_size}


def test_a_run_without_time_left_is_gone_on_with(served, odbc) -> None:
    company = served.by(odbc)
    tap, writer = company.tap(batch_size=10)
    stream = tap.streams["stock_items"]
    ticks = iter([0, 0, 0, 100, 100, 100])
    object.__setattr__(stream._budget, "max_seconds", 50)
    object.__setattr__(stream._budget, "started", 0)
    object.__setattr__(stream._budget, "clock", lambda: next(ticks))
    stream.sync()
    read = [each["record"]["item_id"] for each in writer.messages if each["type"] == "RECORD"]
    assert len(read) == 30
    states = [each["value"] for each in writer.messages if each["type"] == "STATE"]
    rest = company.read("stock_items", state=states[-1]).records("stock_items")
    codes = company.sql('select "ItemID" from dbo."StockItem" order by 1')
    assert read + [each["item_id"] for each in rest] == [key for (key,) in codes]


AWKWARD = {
    "unicode": {"Name": "Käse -- „frisch“ 100 % €", "Barcode": ""},
    "quotes": {"Name": 'O\'Neil "3/4" [x] {y}; --', "Barcode": " 0123 "},
    "none": {"StockItemStatusID": None, "Barcode": None, "AllowSalesOrder": None},
    "negative": {"FreeStockQuantity": Decimal("-0.00001"), "Weight": Decimal("-12.3400")},
    "largest": {
        "FreeStockQuantity": Decimal("9999999999.99999"),
        "Weight": Decimal("99999999999999.9999"),
        "ProductGroupID": 2**63 - 1,
    },
    "flags": {"AllowSalesOrder": 0, "StockItemStatusID": 1},
    "old": {"DateTimeCreated": datetime(1999, 12, 31, 23, 59, 59, 996_000)},  # noqa: DTZ001
    "late": {"DateTimeCreated": datetime(2079, 6, 6, 23, 59, 0, 1_000)},  # noqa: DTZ001
}


@pytest.mark.parametrize("unicode", [True, False], ids=["nvarchar", "varchar"])
def test_awkward_values_arrive(company, serve, odbc, unicode) -> None:
    company.sql('delete from dbo."StockItem"')
    for number, (what, values) in enumerate(AWKWARD.items()):
        company.insert("StockItem", ItemID=10**12 + number, Code=what, **values)
    expected = company.read("stock_items").records("stock_items")
    with serve(company, guesses=Guesses(unicode=unicode)) as served:
        run = served.by(odbc).read("stock_items")
    assert run.records("stock_items") == as_datetime(expected)
    assert [each["item_code"] for each in expected] == list(AWKWARD)
