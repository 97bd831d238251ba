"""Only what changed comes, nothing is skipped, and an interrupted run goes on."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import psycopg
import pytest
from tap_sage200.database import Session

CHANGES = [
    pytest.param(
        'update dbo."WarehouseItem" set "ConfirmedQtyInStock" = 1 where "WarehouseItemID" = '
        '(select min("WarehouseItemID") from dbo."WarehouseItem")',
        {"stock_levels": 1},
        id="a stock level",
    ),
    pytest.param(
        'update dbo."SLCustomerAccount" set "AccountBalance" = 5 '
        "where \"CustomerAccountNumber\" = 'WEBEUR'",
        {"customers": 1},
        id="a customer's balance doesn't send its documents again",
    ),
    pytest.param(
        'update dbo."SYSTaxRate" set "TaxRate" = 21 where "Code" = 1', {"tax_codes": 1}, id="a rate"
    ),
    pytest.param(
        'update dbo."SOPOrderReturnLine" set "InvoiceCreditQuantity" = 1 '
        'where "SOPOrderReturnLineID" = 900011',
        {"sales_document_lines": 1},
        id="a line doesn't move its header",
    ),
    pytest.param(
        'update dbo."SOPOrderReturn" set "CustomerDocumentNo" = \'X\' '
        'where "SOPOrderReturnID" = 900001',
        {"sales_documents": 1, "sales_document_lines": 1},
        id="a header's number is on its lines",
    ),
    pytest.param(
        'update dbo."SOPStandardItemLink" set "SpareText1" = \'X\' '
        'where "SOPOrderReturnLineID" = 900011',
        {"sales_document_lines": 1},
        id="a line's link moves its line",
    ),
]


def test_a_second_run_sends_nothing(company) -> None:
    first = company.read(web_accounts=["WEBEUR"])
    assert company.read(state=first.state, web_accounts=["WEBEUR"]).counts == {}


@pytest.mark.parametrize(("change", "sent"), CHANGES)
def test_only_the_change_is_sent(company, change, sent) -> None:
    first = company.read(web_accounts=["WEBEUR"])
    company.sql(change)
    second = company.read(state=first.state, web_accounts=["WEBEUR"])
    assert second.counts == sent
    assert company.read(state=second.state, web_accounts=["WEBEUR"]).counts == {}


def test_an_item_sends_its_levels_which_carry_its_code(company) -> None:
    first = company.read()
    company.sql('update dbo."StockItem" set "Code" = \'NEW\' where "Code" = \'BN-001\'')
    second = company.read(state=first.state)
    held = company.sql(
        'select count(*) from dbo."WarehouseItem" h join dbo."StockItem" i using ("ItemID") '
        "where i.\"Code\" = 'NEW'"
    )
    assert second.counts == {"stock_items": 1, "stock_levels": held[0][0]}
    assert {each["item_code"] for each in second.records("stock_levels")} == {"NEW"}
    assert company.read(state=second.state).counts == {}


def test_of_more_ids_than_a_statement_lists_each_level_is_sent_once(company, monkeypatch) -> None:
    first = company.read()
    levels = first.counts["stock_levels"]
    monkeypatch.setattr("tap_sage200.sql_streams.NAMED_A_STATEMENT", 2)
    company.sql('update dbo."StockItem" set "Name" = "Name" || \'!\'')
    # A level that has changed itself, too, is not sent a second time for its item.
    company.sql('update dbo."WarehouseItem" set "ConfirmedQtyInStock" = 3 where "ItemID" %% 2 = 0')
    second = company.read(state=first.state)
    assert second.counts == {
        "stock_items": first.counts["stock_items"],
        "stock_levels": levels,
    }
    assert company.read(state=second.state).counts == {}


class Spent:
    """A budget that is used up after some looks at it."""

    max_seconds = None

    def __init__(self, looks: int) -> None:
        self._looks = looks

    @property
    def spent(self) -> bool:
        self._looks -= 1
        return self._looks < 0


def test_following_a_watched_table_goes_on_where_the_budget_ended(company, monkeypatch) -> None:
    """Items first, then warehouses, two ids a run; no level twice, none left out."""
    state = company.read("stock_levels").state
    monkeypatch.setattr("tap_sage200.sql_streams.NAMED_A_STATEMENT", 2)
    company.sql('update dbo."StockItem" set "Name" = "Name" || \'!\' where "ItemID" %% 2 = 0')
    company.sql('update dbo."Warehouse" set "UseForSalesTrading" = 0 where "Name" = \'YORK\'')
    wanted = company.sql(
        'select "WarehouseItemID" from dbo."WarehouseItem" where "ItemID" %% 2 = 0 '
        'union all select h."WarehouseItemID" from dbo."WarehouseItem" h '
        'join dbo."Warehouse" w using ("WarehouseID") where w."Name" = \'YORK\''
    )
    sent, runs = [], 0
    while True:
        tap, writer = company.tap(state)
        for name, stream in tap.streams.items():
            stream.selected = name == "stock_levels"
        tap.streams["stock_levels"]._budget = Spent(1)
        tap.sync_all()
        runs += 1
        sent += [
            each["record"]["warehouse_item_id"]
            for each in writer.messages
            if each["type"] == "RECORD"
        ]
        state = writer.messages[-1]["value"]
        if "window" not in state["bookmarks"]["stock_levels"]:
            break
    assert sorted(sent) == sorted(key for (key,) in wanted)
    assert runs > 2


def test_a_warehouse_closed_for_sales_sends_its_levels_again(company) -> None:
    first = company.read()
    company.sql('update dbo."Warehouse" set "UseForSalesTrading" = 0 where "Name" = \'YORK\'')
    second = company.read(state=first.state)
    levels = second.records("stock_levels")
    assert {each["warehouse_name"] for each in levels} == {"YORK"}
    assert {each["use_for_sales_trading"] for each in levels} == {False}
    held = company.sql(
        'select count(*) from dbo."WarehouseItem" h join dbo."Warehouse" w using ("WarehouseID") '
        "where w.\"Name\" = 'YORK'"
    )
    assert len(levels) == held[0][0]


def test_a_record_carries_the_greatest_row_version_of_what_it_shows(company) -> None:
    company.sql('update dbo."StockItem" set "Name" = \'New\' where "Code" = \'BN-001\'')
    item = company.sql('select "OpLock" from dbo."StockItem" where "Code" = \'BN-001\'')[0][0]
    levels = company.read("stock_levels").records("stock_levels")
    assert {each["op_lock"] for each in levels if each["item_code"] == "BN-001"} == {item.hex()}


def test_an_open_transaction_is_not_skipped(company) -> None:
    """A change that gets its version first and commits last comes with the run after its commit."""
    first = company.read("stock_items")
    with psycopg.connect(company.url) as slow:
        slow.execute('update dbo."StockItem" set "Name" = \'Slow\' where "Code" = \'BN-001\'')
        company.sql('update dbo."StockItem" set "Name" = \'Fast\' where "Code" = \'BN-002\'')
        during = company.read("stock_items", state=first.state)
        assert during.records("stock_items") == []
        slow.commit()
    after = company.read("stock_items", state=during.state).records("stock_items")
    assert {each["item_code"]: each["item_name"] for each in after} == {
        "BN-001": "Slow",
        "BN-002": "Fast",
    }


def test_an_open_transaction_that_holds_everything_back_is_said_once(company, caplog) -> None:
    first = company.read("stock_items", "customers")
    with psycopg.connect(company.url) as idle:
        idle.execute('update dbo."StockItem" set "Name" = \'Slow\' where "Code" = \'BN-001\'')
        second = company.read("stock_items", "customers", state=first.state)
        assert "has been open" not in caplog.text
        company.sql('update dbo."StockItem" set "Name" = \'Fast\' where "Code" = \'BN-002\'')
        third = company.read("stock_items", "customers", state=second.state)
        assert third.counts == {}
        assert caplog.text.count("A transaction has been open in Sage 200's database") == 1
    assert company.read("stock_items", state=third.state).counts == {"stock_items": 2}


def test_a_database_at_rest_is_no_standstill(company, caplog) -> None:
    state = company.read("stock_items").state
    for _ in range(2):
        state = company.read("stock_items", state=state).state
    assert "has been open" not in caplog.text


def test_a_secondary_sends_what_the_run_before_sent_once_more(company) -> None:
    secondary = {"application_intent": "ReadOnly"}
    first = company.read("stock_items", **secondary)
    company.sql('update dbo."StockItem" set "Name" = \'x\' where "Code" = \'BN-001\'')
    second = company.read("stock_items", state=first.state, **secondary)
    third = company.read("stock_items", state=second.state, **secondary)
    assert second.counts == third.counts == {"stock_items": 1}
    assert company.read("stock_items", state=third.state, **secondary).counts == {}


def test_a_rolled_back_transaction_sends_nothing(company) -> None:
    first = company.read("stock_items")
    with psycopg.connect(company.url) as other:
        other.execute('update dbo."StockItem" set "Name" = \'Never\' where "Code" = \'BN-001\'')
        other.rollback()
    assert company.read("stock_items", state=first.state).counts == {}


@pytest.mark.parametrize("batch_size", [1, 7, 49, 50, 51, 5000])
def test_every_batch_size_sends_each_row_once(company, batch_size) -> None:
    run = company.read("stock_items", batch_size=batch_size)
    ids = [each["item_id"] for each in run.records("stock_items")]
    assert len(ids) == len(set(ids)) == company.sql('select count(*) from dbo."StockItem"')[0][0]


@pytest.mark.parametrize("stop_after", [1, 6, 7, 8, 30])
def test_a_run_cut_off_anywhere_is_completed_by_the_next(company, stop_after) -> None:
    """The state that left with the last batch is all the next run has, as after kill -9."""
    tap, writer = company.tap(batch_size=7)
    stream = tap.streams["stock_items"]
    stream.STATE_MSG_FREQUENCY = 1
    records = stream._sync_records()
    for _ in range(stop_after):
        next(records)
    records.close()
    kept = writer.messages
    states = [each["value"] for each in kept if each["type"] == "STATE"]
    written = [each["record"]["item_id"] for each in kept if each["type"] == "RECORD"]
    company.sql('update dbo."StockItem" set "Name" = \'Meanwhile\' where "Code" = \'BN-001\'')
    second = company.read("stock_items", state=states[-1] if states else None, batch_size=7)
    third = company.read("stock_items", state=second.state)
    sent = second.records("stock_items") + third.records("stock_items")
    everything = {key for (key,) in company.sql('select "ItemID" from dbo."StockItem"')}
    assert {each["item_id"] for each in sent} | set(written) == everything
    names = {each["item_code"]: each["item_name"] for each in sent}
    assert names["BN-001"] == "Meanwhile"
    # What was sent whole before the cut isn't sent again, but for the row that changed.
    whole = stop_after // 7 * 7 if stop_after % 7 else stop_after - 7
    assert len(second.records("stock_items")) >= len(everything) - max(whole, 0) - 1
    assert len(second.records("stock_items")) <= len(everything) - max(whole, 0)


def test_max_seconds_stops_between_batches_and_the_next_run_goes_on(company, caplog) -> None:
    first = company.read("stock_items", max_seconds=0)
    assert first.counts == {}
    assert "max_seconds is used up" in caplog.text
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
    everything = [key for (key,) in company.sql('select "ItemID" from dbo."StockItem" order by 1')]
    assert read + [each["item_id"] for each in rest] == everything


def test_a_restored_database_is_read_anew(company, caplog) -> None:
    first = company.read("tax_codes")
    state = first.state
    state["bookmarks"]["tax_codes"]["replication_key_value"] = "7fffffffffffffff"
    second = company.read("tax_codes", state=state)
    assert second.counts == first.counts
    assert "as after a restore" in caplog.text


def test_a_bound_that_was_low_for_a_moment_is_no_restore(company, monkeypatch) -> None:
    first = company.read("tax_codes")
    answers = [bytes(7) + b"\x01"]
    real = Session.minimum_active
    monkeypatch.setattr(
        Session, "minimum_active", lambda each: answers.pop() if answers else real(each)
    )
    assert company.read("tax_codes", state=first.state).counts == {}


def test_a_full_table_run_sends_everything_and_leaves_the_bookmark(company) -> None:
    first = company.read("tax_codes")
    tap, writer = company.tap(first.state)
    stream = tap.streams["tax_codes"]
    stream.forced_replication_method = "FULL_TABLE"
    stream.sync()
    assert sum(each["type"] == "RECORD" for each in writer.messages) == first.counts["tax_codes"]
    bookmark = tap.state["bookmarks"]["tax_codes"]
    assert bookmark == first.state["bookmarks"]["tax_codes"]
