"""What web orders hold and need, and when that alone sends a stock level again."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import event
from tap_sage200.exceptions import SettingsError

if TYPE_CHECKING:
    from decimal import Decimal

WEB = {"web_accounts": ["WEBEUR", "WEBUSD"]}
ALLOCATED, NEEDED = "allocated_to_web_quantity", "unallocated_web_demand_quantity"


def levels(run) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    return {
        (each["item_code"], each["warehouse_name"]): (each[ALLOCATED], each[NEEDED])
        for each in run.records("stock_levels")
    }


@pytest.mark.parametrize(
    ("header", "line", "allocated", "needed"),
    [
        pytest.param({}, {"quantity": 5}, 0, 5, id="nothing allocated: all is needed"),
        pytest.param({}, {"quantity": 5, "allocated": 5}, 5, 0, id="all allocated"),
        pytest.param({}, {"quantity": 5, "allocated": 2, "despatched": 1}, 2, 2, id="part of each"),
        pytest.param({}, {"quantity": 5, "despatched": 5}, 0, 0, id="all despatched"),
        pytest.param(
            {}, {"quantity": 5, "despatched": 7}, 0, 0, id="more despatched than ordered: not < 0"
        ),
        pytest.param({}, {"quantity": 2, "unit": 12}, 0, 24, id="boxes of 12 count in stock units"),
        pytest.param({"DocumentTypeID": 1}, {"quantity": 5}, 0, 0, id="a return needs nothing"),
        pytest.param({"DocumentTypeID": 2}, {"quantity": 5}, 0, 0, id="nor does a quotation"),
        pytest.param({"DocumentStatusID": 2}, {"quantity": 5}, 0, 0, id="nor a completed order"),
        pytest.param({"DocumentStatusID": 4}, {"quantity": 5}, 0, 0, id="nor a cancelled one"),
        pytest.param({"DocumentStatusID": 5}, {"quantity": 5}, 0, 0, id="nor a draft"),
        pytest.param(
            {"DocumentStatusID": 1}, {"quantity": 5, "allocated": 3}, 3, 2, id="on hold: still owed"
        ),
        pytest.param(
            {"DocumentStatusID": 3},
            {"quantity": 5, "allocated": 3},
            3,
            2,
            id="in dispute: too",
        ),
        pytest.param({}, {"quantity": 5, "warehouse": None}, 0, 5, id="no holding: the header's"),
    ],
)
def test_share_of_one_line(company, header, line, allocated, needed) -> None:
    company.order(900002, "WEBUSD", **header)
    company.line(900021, 900002, "BN-001", **line)
    read = levels(company.read("stock_levels", **WEB))
    assert read["BN-001", "LEEDS"] == (allocated, needed)
    assert read["BN-001", "YORK"] == (0, 0)


def test_lines_of_all_web_accounts_add_up_per_warehouse(company) -> None:
    company.order(900002, "WEBUSD")
    company.line(900021, 900002, "BN-003", 2, warehouse="LEEDS")
    company.line(900022, 900002, "BN-003", 3, warehouse="YORK", allocated=3)
    read = levels(company.read("stock_levels", **WEB))
    # The template's order of WEBEUR: 4 ordered, 1 allocated, in LEEDS.
    assert read["BN-003", "LEEDS"] == (1, 5)
    assert read["BN-003", "YORK"] == (3, 0)


def test_one_line_over_despatched_takes_nothing_from_another(company) -> None:
    company.order(900002, "WEBUSD")
    company.line(900021, 900002, "BN-001", 5, despatched=9)
    company.line(900022, 900002, "BN-001", 2)
    assert levels(company.read("stock_levels", **WEB))["BN-001", "LEEDS"] == (0, 2)


def test_orders_of_other_customers_are_not_web_demand(company) -> None:
    company.order(900002, "HARG01")
    company.line(900021, 900002, "BN-001", 5, allocated=5)
    assert levels(company.read("stock_levels", **WEB))["BN-001", "LEEDS"] == (0, 0)


@pytest.mark.parametrize(
    ("marker", "needed"),
    [
        pytest.param(["analysis_code_1=WEB"], 5, id="one of three orders of the account"),
        pytest.param(["Analysis_Code_1 = WEB"], 5, id="whatever the field's case"),
        pytest.param(["analysis_code_1=W*"], 12, id="what the code begins with"),
        pytest.param(["customer_document_no=1000*"], 5, id="Magento's numbers"),
        pytest.param(["customer_document_no=1_00*"], 0, id="each character is itself"),
        pytest.param(["analysis_code_20=WEB"], 0, id="none bears it there"),
        pytest.param(["HARG01", "analysis_code_1=WEB"], 19, id="no order counts twice: account"),
        pytest.param(["HA*", "analysis_code_1=WEB"], 19, id="no order counts twice: prefix"),
        pytest.param(["WEBUSD", "analysis_code_1=WEB"], 5, id="beside another account"),
    ],
)
def test_a_marker_tells_web_orders_on_an_account_that_has_others(company, marker, needed) -> None:
    orders = (("1000000045", "WEB", 5), ("PO 17", "WHOLESALE", 7), ("PO 18", "", 7))
    for number, (document_no, code, quantity) in enumerate(orders, 900002):
        company.order(number, "HARG01", CustomerDocumentNo=document_no, AnalysisCode1=code)
        company.line(number, number, "BN-001", quantity)
    read = levels(company.read("stock_levels", web_accounts=marker))
    assert read["BN-001", "LEEDS"] == (0, needed)


def test_without_web_accounts_there_is_no_web_demand(company) -> None:
    assert levels(company.read("stock_levels"))["BN-003", "LEEDS"] == (0, 0)


ORDER_CHANGES = [
    pytest.param(
        'update dbo."SOPOrderReturnLine" set "StockUnitAllocatedQuantity" = 3 '
        'where "SOPOrderReturnLineID" = 900011',
        (3, 1),
        id="a line is allocated",
    ),
    pytest.param(
        'delete from dbo."SOPOrderReturnLine" where "SOPOrderReturnLineID" = 900011',
        (0, 0),
        id="a line is deleted and leaves no trace",
    ),
    pytest.param(
        'update dbo."SOPOrderReturn" set "DocumentStatusID" = 4 where "SOPOrderReturnID" = 900001',
        (0, 0),
        id="the order is cancelled",
    ),
    pytest.param(
        'update dbo."SOPOrderReturn" set "DocumentStatusID" = 2 where "SOPOrderReturnID" = 900001',
        (0, 0),
        id="the order is completed",
    ),
    pytest.param(
        'delete from dbo."SOPOrderReturn" where "SOPOrderReturnID" = 900001',
        (0, 0),
        id="the order is archived",
    ),
]


@pytest.mark.parametrize(("change", "share"), ORDER_CHANGES)
def test_a_level_is_sent_when_only_web_orders_moved(company, change, share) -> None:
    first = company.read("stock_levels", **WEB)
    company.sql(change)
    second = company.read("stock_levels", state=first.state, **WEB)
    assert levels(second) == {("BN-003", "LEEDS"): share}
    assert company.read("stock_levels", state=second.state, **WEB).counts == {}


def test_an_account_added_to_the_settings_sends_its_levels(company) -> None:
    first = company.read("stock_levels", web_accounts=["WEBUSD"])
    second = company.read("stock_levels", state=first.state, web_accounts=["WEBUSD", "WEBEUR"])
    assert levels(second) == {("BN-003", "LEEDS"): (1, 3)}
    third = company.read("stock_levels", state=second.state, web_accounts=["WEBUSD"])
    assert levels(third) == {("BN-003", "LEEDS"): (0, 0)}


def test_demand_seen_by_an_interrupted_run_is_settled_by_the_next(company) -> None:
    """The cut-off run sent a figure that is past again: the next run puts it right.

    What the next run has is what left before that level did, as after kill -9.
    """
    first = company.read("stock_levels", **WEB)
    company.order(900002, "WEBUSD")
    company.line(900021, 900002, "BN-001", 5)
    tap, writer = company.tap(first.state, **WEB)
    stream = tap.streams["stock_levels"]
    records = stream._sync_records()
    assert next(records)[NEEDED] == 5
    records.close()
    kinds = [each["type"] for each in writer.messages]
    assert kinds[:1] == ["STATE"]
    states = [each["value"] for each in writer.messages if each["type"] == "STATE"]
    company.sql('delete from dbo."SOPOrderReturnLine" where "SOPOrderReturnLineID" = 900021')
    second = company.read("stock_levels", state=states[-1], **WEB)
    assert levels(second) == {("BN-001", "LEEDS"): (0, 0)}


def test_nothing_due_writes_no_state_of_its_own(company) -> None:
    first = company.read("stock_levels", **WEB)
    again = company.read("stock_levels", state=first.state, **WEB)
    assert not any("unsettled" in each["bookmarks"]["stock_levels"] for each in again.states)


def test_an_entry_with_a_star_stands_for_all_accounts_that_begin_so(company) -> None:
    company.order(900002, "WEBUSD")
    company.line(900021, 900002, "BN-003", 2)
    company.order(900003, "HARG01")
    company.line(900031, 900003, "BN-003", 7)
    read = levels(company.read("stock_levels", web_accounts=["WEBEUR", "WEB*", "WEBU*"]))
    assert read["BN-003", "LEEDS"] == (1, 5)
    both = levels(company.read("stock_levels", web_accounts=["WEB*", "HARG01"]))
    assert both["BN-003", "LEEDS"] == (1, 12)


def test_a_prefix_no_account_has_is_said(company, caplog) -> None:
    company.read("stock_levels", web_accounts=["XX_*"])
    assert "no customer account begins with 'XX_'" in caplog.text


def test_more_accounts_than_a_statement_takes_parameters(company) -> None:
    company.sql(
        'insert into dbo."SLCustomerAccount" ("SLCustomerAccountID", "CustomerAccountNumber") '
        "select 5000000 + n, 'N' || n from generate_series(1, 2500) as n"
    )
    for number in (1, 2500):
        company.order(920000 + number, f"N{number}")
        company.line(920000 + number, 920000 + number, "BN-003", number)
    accounts = [f"N{n}" for n in range(1, 2501)]
    tap, writer = company.tap(web_accounts=[*accounts, "WEBEUR"])
    stream = tap.streams["stock_levels"]
    most = []
    event.listen(
        stream._database.engine(),
        "before_cursor_execute",
        lambda _connection, _cursor, _sql, parameters, *_rest: most.append(len(parameters)),
    )
    stream.sync()
    assert max(most) < 2100
    (level,) = (
        each["record"]
        for each in writer.messages
        if each["type"] == "RECORD"
        and (each["record"]["item_code"], each["record"]["warehouse_name"]) == ("BN-003", "LEEDS")
    )
    assert (level[ALLOCATED], level[NEEDED]) == (1, 2504)


def test_a_level_that_changed_and_has_new_demand_is_sent_once(company) -> None:
    first = company.read("stock_levels", **WEB)
    company.sql(
        'update dbo."WarehouseItem" set "ConfirmedQtyInStock" = 9 where "WarehouseItemID" = %s',
        company.holding("BN-003", "LEEDS"),
    )
    company.sql('update dbo."SOPOrderReturnLine" set "StockUnitAllocatedQuantity" = 4 '
                'where "SOPOrderReturnLineID" = 900011')  # fmt: skip
    second = company.read("stock_levels", state=first.state, **WEB)
    assert second.counts == {"stock_levels": 1}
    assert levels(second) == {("BN-003", "LEEDS"): (4, 0)}


def test_a_level_sent_for_demand_alone_does_not_move_the_bookmark_past_an_open_change(
    company,
) -> None:
    """The level is newer than the window; the open change below it must still come."""
    first = company.read("stock_levels", **WEB)
    with psycopg.connect(company.url) as slow:
        slow.execute(
            'update dbo."WarehouseItem" set "ConfirmedQtyInStock" = 77 '
            'where "WarehouseItemID" = %s',
            (company.holding("BN-001", "YORK"),),
        )
        company.sql(
            'update dbo."WarehouseItem" set "ConfirmedQtyInStock" = 8 where "WarehouseItemID" = %s',
            company.holding("BN-003", "LEEDS"),
        )
        company.sql('delete from dbo."SOPOrderReturnLine" where "SOPOrderReturnLineID" = 900011')
        during = company.read("stock_levels", state=first.state, **WEB)
        assert levels(during) == {("BN-003", "LEEDS"): (0, 0)}
        slow.commit()
    after = company.read("stock_levels", state=during.state, **WEB)
    assert set(levels(after)) == {("BN-001", "YORK"), ("BN-003", "LEEDS")}


def test_named_warehouses_are_the_only_ones_read(company) -> None:
    run = company.read("stock_levels", warehouses=["YORK", "NEWARK"], **WEB)
    assert {warehouse for _, warehouse in levels(run)} == {"YORK", "NEWARK"}


def test_a_warehouse_added_to_the_settings_is_read_whole(company) -> None:
    first = company.read("stock_levels", warehouses=["YORK"])
    second = company.read("stock_levels", state=first.state, warehouses=["YORK", "LEEDS"])
    assert {warehouse for _, warehouse in levels(second)} == {"YORK", "LEEDS"}
    third = company.read("stock_levels", state=second.state, warehouses=["LEEDS", "YORK"])
    assert third.counts == {}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"web_accounts": ["WEBEUR", "WEBGPB"]}, "no customer account 'WEBGPB'"),
        ({"warehouses": ["LEEDS", "LEDS"]}, "no warehouse named 'LEDS'"),
    ],
)
def test_a_misspelt_setting_stops_before_a_wrong_level_is_sent(company, settings, sentence) -> None:
    tap, writer = company.tap(**settings)
    with pytest.raises(SettingsError, match=sentence):
        tap.streams["stock_levels"].sync()
    assert [each for each in writer.messages if each["type"] == "RECORD"] == []


def test_demand_no_warehouse_holds_is_said(company, caplog) -> None:
    company.order(900002, "WEBUSD", WarehouseID=None)
    company.line(900021, 900002, "BN-001", 5, warehouse=None)
    company.read("stock_levels", **WEB)
    assert "open web orders of items no warehouse holds" in caplog.text
