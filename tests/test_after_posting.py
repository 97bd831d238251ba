"""Posted orders that change, totals that differ, money that follows, limits of a run."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from outbox.command import main as outbox_command

if TYPE_CHECKING:
    from conftest import Bench

pytestmark = pytest.mark.end_to_end
Order = dict[str, Any]


def shipping(order: Order) -> Order:
    part: Order = order["extension_attributes"]["shipping_assignments"][0]["shipping"]
    return part


def posted(bench: Bench) -> Order:
    order = bench.order()
    bench.run(order)
    assert bench.row(order["increment_id"])["state"] == "posted"
    return order


def cancelled(order: Order, **more: Any) -> Order:
    state = {"state": "canceled", "status": "canceled", "updated_at": "2026-12-31 00:00:00"}
    return {**order, **state, "total_canceled": order["grand_total"], **more}


def despatch(bench: Bench, order_id: int) -> None:
    bench.sage(
        'update dbo."SOPOrderReturnLine" set "DespatchReceiptQuantity" = "LineQuantity"'
        ' where "SOPOrderReturnID" = %s and "LineTypeID" = 0',
        order_id,
    )


def test_cancelled_order_is_emptied_in_sage_and_its_stock_set_free(bench: Bench) -> None:
    order = posted(bench)
    number = order["increment_id"]
    before = bench.sage('select sum("QuantityAllocatedSOP") from dbo."WarehouseItem"')[0][0]
    bench.run(cancelled(order))
    assert bench.row(number, "cancellation")["state"] == "posted"
    assert bench.row(number)["state"] == "posted", bench.row(number)["error"]
    assert [(gross, lines) for _, _, gross, lines in bench.in_sage(number)] == [(0, 0)]
    after = bench.sage('select sum("QuantityAllocatedSOP") from dbo."WarehouseItem"')[0][0]
    assert after < before


def test_cancellation_whose_answer_was_lost_is_not_sent_blindly_again(bench: Bench) -> None:
    order = posted(bench)
    bench.faults({"action": "cut", "moment": "after", "method": "PUT", "count": 1})
    bench.run(cancelled(order))
    assert bench.row(order["increment_id"], "cancellation")["state"] == "in_doubt"
    with psycopg.connect(bench.around.warehouse_url) as connection:
        connection.execute("update sync.outbox set due_at = now() where state = 'in_doubt'")
    bench.run()
    row = bench.row(order["increment_id"], "cancellation")
    assert row["state"] == "posted"
    with psycopg.connect(bench.around.warehouse_url) as connection:
        actions = connection.execute(
            "select action from sync.outbox_attempt where outbox_id = %s order by id", (row["id"],)
        ).fetchall()
    assert [action for (action,) in actions] == ["put", "look_up"]


def test_order_open_at_somebodys_desk_is_changed_after_a_retry(bench: Bench) -> None:
    order = posted(bench)
    number = order["increment_id"]
    sage_id = bench.row(number)["sage_id"]
    bench.sage(
        'insert into dbo."SYSActiveLock" ("SYSActiveLockID", "OptionName", "DataKey", "UserName")'
        " values (999999, 'SOPOrderReturn', %s, 'ann')",
        sage_id,
    )
    bench.run(cancelled(order))
    row = bench.row(number, "cancellation")
    assert (row["state"], row["cause"]) == ("ready", "document_locked")
    assert "locked by user 'ann'" in row["error"]
    bench.sage('delete from dbo."SYSActiveLock" where "SYSActiveLockID" = 999999')
    bench.retry(number, "cancellation")
    bench.run()
    assert bench.row(number, "cancellation")["state"] == "posted"


def test_edited_order_waits_while_the_old_one_cannot_be_cancelled(bench: Bench) -> None:
    old = posted(bench)
    number = old["increment_id"]
    new = bench.order()
    new.update(relation_parent_id=str(old["entity_id"]), original_increment_id=number)
    despatch(bench, bench.row(number)["sage_id"])
    bench.run(cancelled(old), new)
    cancellation = bench.row(number, "cancellation")
    assert (cancellation["state"], cancellation["cause"]) == (
        "rejected",
        "cancelled_after_despatch",
    )
    waiting = bench.row(new["increment_id"])
    assert (waiting["state"], waiting["cause"]) == ("waiting", "replaces_live_order")
    url = bench.around.warehouse_url
    ignore = ["ignore", number, "--kind", "cancellation", "--reason", "goods came back"]
    assert outbox_command(["--url", url, *ignore, "--who", "Jo"]) == 0
    bench.run()
    assert bench.row(new["increment_id"])["state"] == "posted"


def test_edited_order_takes_the_place_of_the_old_one_in_one_run(bench: Bench) -> None:
    old = posted(bench)
    new = bench.order()
    new.update(relation_parent_id=str(old["entity_id"]), original_increment_id=old["increment_id"])
    bench.run(cancelled(old, relation_child_id=str(new["entity_id"])), new)
    assert [lines for *_, lines in bench.in_sage(old["increment_id"])] == [0]
    assert bench.row(new["increment_id"])["state"] == "posted"


def moved(order: Order, city: str) -> Order:
    later: Order = json.loads(json.dumps(order))
    shipping(later)["address"]["city"] = city
    return later


def city_in_sage(bench: Bench, number: str) -> list[str]:
    return [
        city
        for (city,) in bench.sage(
            'select a."City" from dbo."SOPDocDelAddress" a'
            ' join dbo."SOPOrderReturn" o using ("SOPOrderReturnID")'
            ' where o."CustomerDocumentNo" = %s',
            number,
        )
    ]


def test_each_change_of_address_reaches_sage_once(bench: Bench) -> None:
    order = posted(bench)
    number = order["increment_id"]
    for times, city in enumerate(("Hull", "York", "Hull"), start=1):
        bench.run(moved(order, city))
        assert city_in_sage(bench, number) == [city]
        assert bench.row(f"{number}#{times}", "address_change")["state"] == "posted"
        bench.run(moved(order, city))
    assert [gross for _, _, gross, _ in bench.in_sage(number)] == [bench.row(number)["amount"]]


def test_address_of_goods_that_left_is_left_to_operations(bench: Bench) -> None:
    order = posted(bench)
    despatch(bench, bench.row(order["increment_id"])["sage_id"])
    bench.run(moved(order, "Hull"))
    row = bench.row(f"{order['increment_id']}#1", "address_change")
    assert (row["state"], row["cause"]) == ("rejected", "address_after_despatch")


def test_part_cancelled_after_posting_is_told_to_operations(bench: Bench) -> None:
    order = posted(bench)
    bench.run({**order, "total_canceled": "1.00", "updated_at": "2026-12-31 00:00:00"})
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", "part_cancelled_after_posting")


@pytest.mark.parametrize(
    ("policy", "state", "in_sage"),
    [("leave", "posted", [0]), ("hold", "posted", [5]), ("delete", "rejected", [])],
)
def test_difference_of_totals_never_stays_unnoticed(
    bench: Bench, policy: str, state: str, in_sage: list[int]
) -> None:
    order = bench.order()
    number = order["increment_id"]
    bench.run(order, dispatch_window="00:00-00:01", on_total_difference=policy)
    with psycopg.connect(bench.around.warehouse_url) as connection:
        # As if Sage computed otherwise than was predicted.
        connection.execute(
            "update sync.outbox set detail = jsonb_set(detail, '{net}', '0.01')"
            " where source_key = %s",
            (number,),
        )
    bench.run(on_total_difference=policy)
    row = bench.row(number)
    assert (row["state"], row["cause"]) == (state, "sage_totals_differ")
    assert "Magento says 0.01 net" in row["error"]
    assert [status for _, status, *_ in bench.in_sage(number)] == in_sage


def test_draft_that_proves_right_goes_live_with_its_stock(bench: Bench) -> None:
    order = bench.order()
    bench.run(order, on_total_difference="delete")
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", None)
    assert [status for _, status, *_ in bench.in_sage(order["increment_id"])] == [0]
    allocated = bench.sage(
        'select sum("AllocatedQuantity") from dbo."SOPOrderReturnLine"'
        ' where "SOPOrderReturnID" = %s',
        row["sage_id"],
    )
    assert allocated[0][0] > 0


def test_draft_whose_answer_was_lost_is_found_and_made_live(bench: Bench) -> None:
    order = bench.order()
    bench.faults({"action": "cut", "moment": "after", "method": "POST", "count": 1})
    bench.run(order, on_total_difference="hold")
    assert bench.row(order["increment_id"])["state"] == "in_doubt"
    with psycopg.connect(bench.around.warehouse_url) as connection:
        connection.execute("update sync.outbox set due_at = now() where state = 'in_doubt'")
    bench.run(on_total_difference="hold")
    assert bench.row(order["increment_id"])["state"] == "posted"
    assert [status for _, status, *_ in bench.in_sage(order["increment_id"])] == [0]


def test_no_more_than_the_limit_is_sent_in_one_run(bench: Bench) -> None:
    orders = [bench.order() for _ in range(5)]
    bench.run(*orders, max_documents_per_run=2)
    states = [bench.row(order["increment_id"])["state"] for order in orders]
    assert sorted(states) == ["posted", "posted", "ready", "ready", "ready"]
    bench.run()
    assert {bench.row(order["increment_id"])["state"] for order in orders} == {"posted"}


def test_run_warns_before_the_login_to_sage_ends(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.run(bench.order())
    assert "login" not in caplog.text
    bench.run(login_warning_days=91)
    assert "The Sage 200 login ends on" in caplog.text
    assert "a person must run `sage200 login`" in caplog.text


EURO_ORDER = "4000000003"


@pytest.fixture
def receipts(bench: Bench) -> Any:
    """A euro bank in Sage, and payments of the recorded orders posted as receipts."""
    bench.sage(
        'insert into dbo."CBAccount" select b.* from dbo."CBAccount" a,'
        " jsonb_populate_record(a, jsonb_build_object('CBAccountID', 990001,"
        " 'AccountCode', 'EUROBANK', 'AccountSYSCurrencyID', ("
        '   select "SYSCurrencyID" from dbo."SYSCurrency" where "Symbol" = \'€\')))'
        " b on conflict do nothing"
    )
    path = bench.tables / "payment_methods.csv"
    before = path.read_text(encoding="utf-8")
    methods = ("checkmo", "banktransfer", "cashondelivery", "benchpay", "benchpay_sale")
    rows = [f"{method},placed,,receipt,GBP=BANK EUR=EUROBANK" for method in methods]
    path.write_text(
        "\n".join(["method,post_when,sage_payment_method,send_payment,bank", *rows]),
        encoding="utf-8",
    )
    yield
    path.write_text(before, encoding="utf-8")


def in_ledger(bench: Bench, number: str) -> list[Any]:
    return bench.sage(
        'select t."SYSTraderTranTypeID", abs(t."GoodsValueInAccountCurrency"), abs(t."TaxValue"),'
        ' c."CustomerAccountNumber" from dbo."SLPostedCustomerTran" t'
        ' join dbo."SLCustomerAccount" c using ("SLCustomerAccountID")'
        ' where t."TransactionReference" = %s order by 1',
        number,
    )


@pytest.mark.parametrize(("recorded", "account"), [("000000016", "WEBGBP"), (EURO_ORDER, "WEBEUR")])
def test_receipt_follows_its_order_once_and_to_the_penny(
    bench: Bench, receipts: None, recorded: str, account: str
) -> None:
    order = bench.order(number=recorded)
    number = order["increment_id"]
    for _ in range(2):
        bench.run(order)
    row = bench.row(number, "receipt")
    assert (row["state"], row["cause"]) == ("posted", None), row["error"]
    gross = bench.row(number)["amount"]
    assert [(value, tax, name) for _, value, tax, name in in_ledger(bench, number)] == [
        (gross, 0, account)
    ]


def test_receipt_waits_until_the_order_is_paid(bench: Bench, receipts: None) -> None:
    order = bench.order()
    number = order["increment_id"]
    bench.run({**order, "total_paid": "0.00"})
    assert bench.row(number)["state"] == "posted", bench.row(number)["error"]
    row = bench.row(number, "receipt")
    assert (row["state"], row["cause"]) == ("waiting", "awaiting_payment")
    bench.run({**order, "updated_at": "2026-12-31 00:00:00"})
    assert bench.row(number, "receipt")["state"] == "posted"
    assert len(in_ledger(bench, number)) == 1


def test_receipt_whose_answer_was_lost_is_found_in_the_ledger(bench: Bench, receipts: None) -> None:
    order = bench.order()
    number = order["increment_id"]
    cut = {"action": "cut", "moment": "after", "method": "POST", "path": "*/sales_receipts"}
    bench.faults({**cut, "count": 1})
    bench.run(order)
    assert bench.row(number, "receipt")["state"] == "in_doubt"
    with psycopg.connect(bench.around.warehouse_url) as connection:
        connection.execute("update sync.outbox set due_at = now() where state = 'in_doubt'")
    bench.run()
    assert bench.row(number, "receipt")["state"] == "posted"
    assert len(in_ledger(bench, number)) == 1


def test_bank_of_another_currency_is_refused(bench: Bench, receipts: None) -> None:
    bench.replace("payment_methods.csv", "bank", "GBP=BANK EUR=EUROBANK", "BANK")
    order = bench.order(number=EURO_ORDER)
    bench.run(order)
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("rejected", "bank_not_in_sage")


def test_ledger_route_posts_magentos_vat_verbatim_and_no_sales_order(bench: Bench) -> None:
    order = bench.order()
    number = order["increment_id"]
    for _ in range(2):
        bench.run(order, order_route="ledger")
    row = bench.row(number)
    assert (row["state"], row["cause"], row["route"]) == ("posted", None, "sales_invoices")
    tax = round(Decimal(str(order["tax_amount"])), 2)
    gross = round(Decimal(str(order["grand_total"])), 2)
    assert [(net, vat) for _, net, vat, _ in in_ledger(bench, number)] == [(gross - tax, tax)]
    assert bench.in_sage(number) == []


@pytest.mark.parametrize("first", ["ledger", "sop_orders"])
def test_order_goes_one_route_also_after_the_setting_changed_and_the_queue_was_lost(
    bench: Bench, first: str
) -> None:
    order = bench.order()
    number = order["increment_id"]
    then = {"ledger": "sop_orders", "sop_orders": "ledger"}[first]
    bench.run(order, order_route=first)
    with psycopg.connect(bench.around.warehouse_url) as connection:
        connection.execute(
            "delete from sync.outbox_attempt where outbox_id ="
            " (select id from sync.outbox where source_key = %s)",
            (number,),
        )
        connection.execute("delete from sync.outbox where source_key = %s", (number,))
    bench.run(order, order_route=then)
    row = bench.row(number)
    resource = {"ledger": "sales_invoices", "sop_orders": "sop_orders"}[first]
    assert (row["state"], row["route"]) == ("posted", resource)
    assert len(bench.in_sage(number)) + len(in_ledger(bench, number)) == 1
