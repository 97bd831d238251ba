"""The back office: allocate, despatch, print and post, hold accounts, close periods."""

from __future__ import annotations

import argparse
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sandbox.sage200 import command
from sandbox.sage200.back_office.accounts import hold_account
from sandbox.sage200.back_office.despatch import despatch_order
from sandbox.sage200.back_office.documents import close_document, hold_document, open_document
from sandbox.sage200.back_office.goods_in import receive_goods
from sandbox.sage200.back_office.invoice import print_invoice
from sandbox.sage200.back_office.invoice_posting import post_invoice
from sandbox.sage200.back_office.orders import allocate_order
from sandbox.sage200.back_office.phone_sale import sell
from sandbox.sage200.back_office.waiting import update_waiting
from sandbox.sage200.back_office_actions import ACTIONS
from sandbox.sage200.ledger.periods import NOMINAL_LEDGER, SALES_LEDGER, set_period_status
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.post import post_order
from sandbox.sage200.orders.wanted import read_order
from sandbox.sage200.refusal import Refusal

NOVEMBER = datetime(2026, 11, 20)  # noqa: DTZ001 - Sage's dates have no zone


def test_an_order_goes_from_allocation_to_the_ledger(desk: Any, code: str) -> None:
    before, live = desk.stock(code), desk.live_value()
    order = desk.order(desk.sage.standard(code, 3))
    assert desk.live_value() - live == order["total_gross_value"]
    assert desk.do(allocate_order, order["document_no"]) == 3
    assert desk.stock(code) == (before[0], before[1] + 3)
    desk.do(despatch_order, order["document_no"], "DHL", "JD0001")
    assert desk.stock(code) == (before[0] - 3, before[1])
    number = desk.do(print_invoice, order["document_no"], NOVEMBER)
    urn = desk.do(post_invoice, number).urn
    (posted,) = desk.sage.get("/sales_posted_transactions", filter=f"urn eq {urn}")
    assert posted["document_gross_value"] == order["total_gross_value"]
    assert (posted["reference"], posted["second_reference"]) == (number, order["document_no"])
    after = desk.again(order)
    assert after["document_status"] == "EnumDocumentStatusComplete"
    assert after["lines"][0]["posted_invoice_credit_quantity"] == 3
    assert desk.live_value() == live


def test_an_invoice_has_the_vat_of_its_document_rounded_once(desk: Any) -> None:
    order = desk.order(desk.sage.free_text("10.43"), desk.sage.free_text("0.83"))
    assert order["total_tax_value"] == Decimal("2.25")
    posted = desk.invoiced(order, despatch=False)
    assert posted["document_tax_value"] == Decimal("2.25")


def test_vat_codes_and_the_document_discount_reach_the_ledger_by_code(desk: Any) -> None:
    sage = desk.sage
    lines = [sage.free_text("10.05", 1), sage.free_text("20.11", 5), sage.free_text("7.77", 119)]
    order = desk.order(*lines, document_discount_percent=7)
    posted = desk.invoiced(order, despatch=False)
    assert posted["document_gross_value"] == order["total_gross_value"]
    goods = sum(row["goods_amount"] for row in posted["tax_analysis_items"])
    assert goods == order["total_net_value"]
    assert {row["code"] for row in posted["tax_analysis_items"]} == {1, 5, 119}


def test_a_payment_with_the_order_settles_its_invoice(desk: Any, code: str) -> None:
    order = desk.order(desk.sage.standard(code, 2), **desk.paid(payment_reference="pi_1"))
    posted = desk.invoiced(order)
    assert posted["document_outstanding_value"] == 0
    (session,) = posted["allocation_session_items"]
    assert session["allocation_value"] == order["total_gross_value"]
    (receipt,) = desk.sage.get("/sales_posted_transactions", filter="reference eq 'pi_1'")
    assert receipt["document_gross_value"] == -order["total_gross_value"]
    assert receipt["document_outstanding_value"] == 0


def test_part_despatches_are_invoiced_apart_and_share_the_payment(desk: Any, code: str) -> None:
    order = desk.order(
        desk.sage.standard(code, 5, to_allocate_quantity=2), **desk.paid(payment_reference="pi_2")
    )
    desk.do(despatch_order, order["document_no"])
    first = desk.invoiced(order, despatch=False)
    assert desk.again(order)["invoice_credit_status"] == "EnumDocumentProcessStatusPart"
    second = desk.invoiced(order)
    assert first["document_outstanding_value"] == 0
    total = first["document_gross_value"] + second["document_gross_value"]
    assert abs(total - order["total_gross_value"]) <= Decimal("0.01")
    assert len(desk.sage.get("/sales_posted_transactions", filter="reference eq 'pi_2'")) == 1
    assert desk.again(order)["document_status"] == "EnumDocumentStatusComplete"


def test_stock_leaves_on_posting_where_the_setting_says_so(desk: Any, code: str) -> None:
    desk.sage.sql('update dbo."SOPSetting" set "UpdateStockOnDespatch" = 0')
    before = desk.stock(code)
    order = desk.order(desk.sage.standard(code, 2, to_allocate_quantity=2))
    desk.do(despatch_order, order["document_no"])
    assert desk.stock(code) == (before[0], before[1] + 2)
    desk.invoiced(order, despatch=False)
    assert desk.stock(code) == (before[0] - 2, before[1])


def test_the_courier_and_consignment_number_are_read_from_the_despatch(
    desk: Any, code: str
) -> None:
    order = desk.order(desk.sage.standard(code, 1, to_allocate_quantity=1))
    number = desk.do(despatch_order, order["document_no"], "DHL", "JD0001")
    (found,) = desk.sage.get("/sop_despatch_receipts", filter=f"despatch_no eq '{number}'")
    assert (found["courier_name"], found["consignment_no"]) == ("DHL", "JD0001")
    assert [courier["name"] for courier in desk.sage.get("/couriers")] == ["DHL"]
    filter_text = f"sop_order_document_no eq '{order['document_no']}'"
    (view,) = desk.sage.get("/sop_order_despatch_views", filter=filter_text)
    assert (view["sop_despatch_document_no"], view["customer_reference"]) == (number, "WEBGBP")
    assert (view["sop_despatch_courier_name"], view["sop_despatch_consignment_no"]) == (
        "DHL",
        "JD0001",
    )


def test_what_is_out_of_turn_is_refused(desk: Any, code: str) -> None:
    order = desk.order(desk.sage.standard(code, 1))
    number = order["document_no"]
    with pytest.raises(Refusal, match="has nothing allocated"):
        desk.do(despatch_order, number)
    with pytest.raises(Refusal, match="has nothing to invoice"):
        desk.do(print_invoice, number, NOVEMBER)
    with pytest.raises(Refusal, match="Print it first"):
        desk.do(post_invoice, "0000000099")
    desk.invoiced(order)
    with pytest.raises(Refusal, match="is posted already"):
        desk.do(post_invoice, "0000000001")
    with pytest.raises(Refusal, match="is not live"):
        desk.do(allocate_order, number)
    with pytest.raises(Refusal, match="There is no sales order 'X'"):
        desk.do(allocate_order, "X")


def test_a_locked_order_is_left_alone(desk: Any, code: str) -> None:
    order = desk.order(desk.sage.standard(code, 1))
    desk.sage.get(f"/sop_orders/{order['id']}", expand="is_to_lock")
    with pytest.raises(Refusal, match="locked by user 'connector'"):
        desk.do(allocate_order, order["document_no"])


@pytest.mark.parametrize("module", [SALES_LEDGER, NOMINAL_LEDGER])
def test_a_closed_period_takes_no_postings_until_it_is_open_again(desk: Any, module: str) -> None:
    order = desk.order(desk.sage.free_text("10.00"))
    number = desk.do(print_invoice, order["document_no"], NOVEMBER)
    desk.set(set_period_status, NOVEMBER, module, is_open=False)
    with pytest.raises(Refusal, match=f"its accounting period is closed in the {module}"):
        desk.do(post_invoice, number)
    body = {
        "customer_id": desk.sage.id_of("customers", "reference", "WEBGBP"),
        "transaction_date": "2026-11-01T00:00:00Z",
        "document_goods_value": 1,
    }
    assert "is closed" in desk.sage.refusal(body, path="/sales_invoices")
    desk.set(set_period_status, NOVEMBER, module, is_open=True)
    desk.do(post_invoice, number)


def test_entries_that_wait_are_posted_when_the_nominal_ledger_is_updated(desk: Any) -> None:
    desk.sage.sql('update dbo."SYSSetting" set "UpdateNominalImmediately" = 0')
    posted = desk.invoiced(desk.order(desk.sage.free_text("10.00")), despatch=False)
    assert posted["nominal_analysis_items"] == []
    assert desk.do(update_waiting) == 3
    path = f"/sales_posted_transactions/{posted['id']}"
    values = [row["base_value"] for row in desk.sage.get(path)["nominal_analysis_items"]]
    assert sorted(values) == [-10, -2, 12]
    assert desk.do(update_waiting) == 0


def test_an_account_on_hold_takes_no_orders(desk: Any) -> None:
    desk.set(hold_account, "WEBGBP", on_hold=True)
    body = desk.sage.order(desk.sage.free_text("10.00"))
    assert "hold" in desk.sage.refusal(body)
    desk.set(hold_account, "webgbp", on_hold=False)
    desk.sage.post(body)
    with pytest.raises(Refusal, match="no customer account 'NONE'"):
        desk.set(hold_account, "NONE", on_hold=True)


def test_goods_that_arrive_are_free_stock_and_no_longer_on_order(desk: Any, code: str) -> None:
    before = desk.stock(code)
    holding = (
        'select h."WarehouseItemID", h."QuantityOnPOPOrder", w."Name", b."LastCostPrice",'
        ' i."FreeStockQuantity" from dbo."WarehouseItem" h'
        ' join dbo."StockItem" i using ("ItemID") join dbo."Warehouse" w using ("WarehouseID")'
        ' join dbo."BinItem" b on b."WarehouseItemID" = h."WarehouseItemID"'
        ' where i."Code" = %s and w."Name" = \'LEEDS\''
    )
    ((_, _, _, _, free),) = desk.sage.sql(holding, code)
    desk.sage.sql(
        'update dbo."WarehouseItem" h set "QuantityOnPOPOrder" = 12 from dbo."StockItem" i'
        ' where i."ItemID" = h."ItemID" and i."Code" = %s',
        code,
    )
    desk.do(receive_goods, code.lower(), Decimal(10), "leeds", Decimal("1.25"), "GRN-7")
    assert desk.stock(code) == (before[0] + 10, before[1])
    ((_, on_order, _, cost, now_free),) = desk.sage.sql(holding, code)
    assert (on_order, cost, now_free - free) == (2, Decimal("1.25"), 10)
    (view,) = desk.sage.get("/product_transaction_views", filter="reference eq 'GRN-7'")
    assert (view["product_code"], view["quantity"], view["cost_value"]) == (code, 10, 12.5)
    assert desk.do(receive_goods, code, Decimal(20)).startswith("GRN")
    ((_, on_order, *_),) = desk.sage.sql(holding, code)
    assert on_order == 0


@pytest.mark.parametrize(
    ("quantity", "more", "told"),
    [
        (Decimal(0), (), "must be above 0"),
        (Decimal(1), ("", Decimal(-1)), "must not be below 0"),
        (Decimal(1), ("MARS",), "is not kept in warehouse 'MARS'"),
    ],
)
def test_goods_that_cannot_arrive_are_refused(
    desk_of: Any, shared_company: str, quantity: Decimal, more: Any, told: str
) -> None:
    with desk_of(shared_company) as desk, pytest.raises(Refusal, match=told):
        desk.do(receive_goods, "00123", quantity, *more)


def test_an_order_over_the_phone_has_the_customers_prices_and_takes_free_stock(
    desk: Any, code: str
) -> None:
    before = desk.stock(code)
    number = desk.do(sell, "webgbp", {code.lower(): Decimal(2)}, "PHONE-1", allocate=True)
    (order,) = desk.sage.get(
        "/sop_orders", filter=f"document_no eq '{number}'", expand="lines", top=1
    )
    assert (order["customer_document_no"], order["document_created_by"]) == ("PHONE-1", "desktop")
    (line,) = order["lines"]
    assert line["selling_unit_price"] > 0
    assert (line["line_quantity"], line["allocated_quantity"]) == (2, 2)
    assert desk.stock(code) == (before[0], before[1] + 2)
    desk.do(sell, "WEBGBP", {code: Decimal(1)})
    assert desk.stock(code) == (before[0], before[1] + 2)
    with pytest.raises(Refusal, match="no customer account 'NONE'"):
        desk.do(sell, "NONE", {code: Decimal(1)})
    with pytest.raises(Refusal, match="no product 'NONE'"):
        desk.do(sell, "WEBGBP", {"NONE": Decimal(1)})


def test_a_document_open_at_the_desktop_takes_no_writes_of_the_api(desk: Any) -> None:
    order = desk.order(desk.sage.free_text("10.00"))
    path, body = f"/sop_orders/{order['id']}", {"customer_document_no": "x"}
    desk.do(open_document, Kind.ORDER, order["document_no"], "Janet")
    assert "locked by user 'Janet'" in desk.sage.refusal(body, "PUT", path)
    assert desk.again(order)["customer_document_no"] == ""
    with pytest.raises(Refusal, match="locked by user 'Janet'"):
        desk.do(open_document, Kind.ORDER, order["document_no"])
    desk.set(close_document, Kind.ORDER, order["document_no"])
    assert desk.sage.send("PUT", path, body).status_code == 200
    with pytest.raises(Refusal, match="is open nowhere"):
        desk.set(close_document, Kind.ORDER, order["document_no"])


def test_an_order_over_the_credit_limit_is_held_until_it_is_released(desk: Any, code: str) -> None:
    desk.sage.sql(
        'update dbo."SLCustomerAccount" set "CreditLimit" = "AccountBalance"'
        ' + "ValueOfCurrentOrdersInSOP" + 100 where "CustomerAccountNumber" = \'WEBGBP\''
    )
    live = desk.live_value()
    order = desk.order(desk.sage.free_text("90.00"))
    number = order["document_no"]
    assert (order["document_status"], desk.live_value()) == ("EnumDocumentStatusOnHold", live)
    with pytest.raises(Refusal, match="is not live"):
        desk.do(print_invoice, number, NOVEMBER)
    desk.set(hold_document, Kind.ORDER, number, on_hold=False)
    assert desk.live_value() - live == order["total_gross_value"]
    desk.set(hold_document, Kind.ORDER, number, on_hold=True)
    assert desk.live_value() == live
    with pytest.raises(Refusal, match="is not live"):
        desk.set(hold_document, Kind.ORDER, number, on_hold=True)
    path = f"/sop_orders/{order['id']}"
    again = desk.sage.send("PUT", path, {"override_on_hold": True, "is_editing": False})
    assert again.json()["document_status"] == "EnumDocumentStatusLive"


def test_a_live_order_that_grows_over_the_credit_limit_is_held(desk: Any) -> None:
    order = desk.order(desk.sage.free_text("10.00"))
    live = desk.live_value()
    desk.sage.sql(
        'update dbo."SLCustomerAccount" set "CreditLimit" = "AccountBalance"'
        ' + "ValueOfCurrentOrdersInSOP" where "CustomerAccountNumber" = \'WEBGBP\''
    )
    path, line = f"/sop_orders/{order['id']}", {"lines": [desk.sage.free_text("5.00")]}
    same = desk.sage.send("PUT", path, {"customer_document_no": "x"}).json()
    assert same["document_status"] == "EnumDocumentStatusLive"
    grown = desk.sage.send("PUT", path, line).json()
    assert grown["document_status"] == "EnumDocumentStatusOnHold"
    assert desk.live_value() == live - order["total_gross_value"]


def test_an_amended_line_keeps_its_nominal_account(desk: Any, code: str) -> None:
    order = desk.order(desk.sage.standard(code, 1, nominal_reference="41300"))
    line = order["lines"][0]
    body = {"lines": [{"id": line["id"], "line_quantity": 2}]}
    changed = desk.sage.send("PUT", f"/sop_orders/{order['id']}", body).json()
    assert changed["lines"][0]["nominal_reference"] == "41300"


def test_every_action_is_on_the_command_line(
    desk: Any, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> int:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        given = ["back-office", "--database-url", desk.sage.company_url, *arguments]
        return command.run(parser.parse_args(given))

    sage = desk.sage
    number, dated = "0000000003", ["--date", "2026-11-20"]
    back = sage.sql(
        'update dbo."SOPOrderNumber" set "NextSOPOrderNumber" = 3'
        ' returning (select "NextSOPReturnNumber" from dbo."SOPReturnNumber")'
    )
    note = f"{back[0][0]:010d}"
    with desk.database.transaction() as connection:
        body = read_order(sage.order(sage.standard(code, 2)))
        post_order(connection, desk.office, body, Kind.RETURN)
    steps = [
        (["sell", "WEBGBP", f"{code}=1", "--order-number", "T1"], f"sold by order {number}"),
        (["lock", number, "--user", "Janet"], f"sales order {number}: locked"),
        (["unlock", number], f"sales order {number}: unlocked"),
        (["hold-document", number], f"sales order {number}: held"),
        (["release-document", number], f"sales order {number}: released"),
        (["allocate", number], "allocated 1"),
        (["despatch", number, "--courier", "DHL", "--consignment", "J1"], "despatched by note"),
        (["print-invoice", number, *dated], "printed invoice 0000000001"),
        (["post-invoice", "0000000001"], "posted with URN 1"),
        (["hold-document", note, "--return"], f"sales return {note}: held"),
        (["release-document", note, "--return"], f"sales return {note}: released"),
        (["receive-return", note, "--only", f"{code}=1"], "received by note"),
        (["receive-return", note], "received by note"),
        (["print-credit-note", note, *dated], "printed credit note 0000000002"),
        (["post-credit-note", "0000000002"], "posted with URN 2"),
        (["receive-goods", f"{code}=5", "--cost", "1.5", "--reference", "D1"], "received by D1"),
        (["update-nominal"], "posted 0 entries"),
        (["update-sales-ledger"], "posted 0 documents"),
        (["close-period", "2026-11-20"], "period of 2026-11-20 in Sales Ledger: close"),
        (["open-period", "2026-11-20"], "period of 2026-11-20 in Sales Ledger: open"),
        (["hold", "WEBGBP"], "account WEBGBP: hold"),
        (["release", "WEBGBP"], "account WEBGBP: release"),
    ]
    for arguments, said in steps:
        assert run(*arguments) == 0, capsys.readouterr().err
        assert said in capsys.readouterr().out
    assert {arguments[0] for arguments, _ in steps} == ACTIONS.keys()
    assert run("despatch", number) == 1
    assert "is not live" in capsys.readouterr().err
    for wrong in (["receive-goods", code], ["receive-goods", f"{code}=x"]):
        with pytest.raises(SystemExit):
            run(*wrong)
        assert "is not" in capsys.readouterr().err
