"""Sales returns: taken by the API of 2025 R1, received and credited in the back office."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.sage200.back_office.accounts import hold_account
from sandbox.sage200.back_office.invoice import print_credit_note
from sandbox.sage200.back_office.invoice_posting import post_credit_note
from sandbox.sage200.back_office.returns import receive_return
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


ROUNDED = ("10.43", "0.83")


@pytest.fixture
def desk(company: str, desk_of: Callable[..., Any]) -> Iterator[Any]:
    """The desktop of a 2025 R1 whose company the tests of this module share."""
    with desk_of(company, release="2025R1") as desk:
        yield desk
        desk.check()


def post(desk: Any, *lines: dict[str, Any], **more: Any) -> Any:
    answer = desk.sage.send("POST", "/sop_returns", desk.sage.order(*lines, **more))
    assert answer.status_code == 200, answer.text
    return desk.sage.get(f"/sop_returns/{answer.json()['id']}")


def refused(desk: Any, *lines: dict[str, Any], **more: Any) -> str:
    return str(desk.sage.refusal(desk.sage.order(*lines, **more), path="/sop_returns"))


def again(desk: Any, document: Any) -> Any:
    return desk.sage.get(f"/sop_returns/{document['id']}")


def credited(desk: Any, document: Any, day: Any) -> Any:
    number = desk.do(print_credit_note, document["document_no"], day)
    return desk.posted(desk.do(post_credit_note, number).urn)


def test_goods_are_in_stock_again_only_when_their_receipt_is_confirmed(
    desk: Any, code: str, november: Any
) -> None:
    before, live = desk.stock(code), desk.live_value()
    back = post(desk, desk.sage.standard(code, 3), customer_document_no="RMA-1")
    assert back["document_status"] == "EnumDocumentStatusLive"
    assert (desk.stock(code), desk.live_value()) == (before, live)
    with pytest.raises(Refusal, match="has nothing to credit"):
        desk.do(print_credit_note, back["document_no"], november)
    free = desk.sage.sql('select "FreeStockQuantity" from dbo."StockItem" where "Code" = %s', code)
    note = desk.do(receive_return, back["document_no"])
    assert desk.stock(code) == (before[0] + 3, before[1])
    after = desk.sage.sql('select "FreeStockQuantity" from dbo."StockItem" where "Code" = %s', code)
    assert after[0][0] - free[0][0] == 3
    movements = desk.sage.sql(
        'select h."Quantity", y."TransactionTypeName", g."TransactionGroupName",'
        ' h."SecondReference", h."SourceAreaReference", h."WarehouseName"'
        ' from dbo."TransactionHistory" h join dbo."TransactionType" y using ("TransactionTypeID")'
        ' join dbo."TransactionGroup" g using ("TransactionGroupID") where h."Reference" = %s',
        note,
    )
    assert movements == [(3, "Sales return", "In", back["document_no"], "WEBGBP", "LEEDS")]
    with pytest.raises(Refusal, match="has nothing to receive"):
        desk.do(receive_return, back["document_no"])


def test_the_credit_note_reaches_every_ledger(desk: Any, code: str, november: Any) -> None:
    lines = desk.sage.standard(code, 2), desk.sage.free_text("4.99", 5)
    back = post(desk, *lines, customer_document_no="RMA-9")
    desk.do(receive_return, back["document_no"])
    assert again(desk, back)["despatch_receipt_status"] == "EnumDocumentProcessStatusFull"
    posted = credited(desk, back, november)
    assert posted["trader_transaction_type"] == "TradingAccountEntryTypeCreditNote"
    assert posted["document_gross_value"] == -back["total_gross_value"]
    assert posted["document_tax_value"] == -back["total_tax_value"]
    assert posted["second_reference"] == back["document_no"]
    nominals = [(row["code"], row["base_value"]) for row in posted["nominal_analysis_items"]]
    assert ("13100", -back["total_gross_value"]) in nominals
    assert sum(value for _, value in nominals) == 0
    assert {row["code"] for row in posted["tax_analysis_items"]} == {1, 5}
    (printed,) = desk.sage.sql(
        'select y."Name", c."CustomerDocumentNo", c."InvoicedGrossValue", c."DocumentStatusID",'
        ' (select count(*) from dbo."SOPInvoiceCreditLine" l'
        '  where l."SOPInvoiceCreditID" = c."SOPInvoiceCreditID" and l."ItemName" <> \'\'),'
        ' (select array_agg(t."TaxRate" order by t."TaxRate") from dbo."SOPInvCredTaxItem" t'
        '  where t."SOPInvoiceCreditID" = c."SOPInvoiceCreditID")'
        ' from dbo."SOPInvoiceCredit" c'
        ' join dbo."SOPInvoiceCreditType" y using ("SOPInvoiceCreditTypeID")'
        ' where c."DocumentNo" = %s',
        posted["reference"],
    )
    assert printed == ("Credit note", "RMA-9", back["total_gross_value"], 2, 2, [5, 20])
    done = again(desk, back)
    assert done["document_status"] == "EnumDocumentStatusComplete"
    assert done["invoice_credit_status"] == "EnumDocumentProcessStatusFull"
    assert all(line["is_complete"] for line in done["lines"])


def test_vat_of_a_return_is_rounded_once_per_rate_on_the_document(desk: Any, november: Any) -> None:
    back = post(desk, *(desk.sage.free_text(price) for price in ROUNDED))
    assert [line["line_tax_value"] for line in back["lines"]] == [Decimal("2.09"), Decimal("0.17")]
    assert back["total_tax_value"] == Decimal("2.25")
    # free text is credited without goods that come back
    assert credited(desk, back, november)["document_tax_value"] == Decimal("-2.25")


def test_what_comes_back_in_parts_is_credited_in_parts(desk: Any, code: str, november: Any) -> None:
    back = post(desk, desk.sage.standard(code, 3))
    with pytest.raises(Refusal, match=r"has 1 of '.*' less to receive"):
        desk.do(receive_return, back["document_no"], {code: Decimal(4)})
    desk.do(receive_return, back["document_no"], {code: Decimal(1)})
    first = credited(desk, back, november)
    assert again(desk, back)["invoice_credit_status"] == "EnumDocumentProcessStatusPart"
    desk.do(receive_return, back["document_no"])
    second = credited(desk, back, november)
    net = first["document_goods_value"] + second["document_goods_value"]
    assert net == -back["total_net_value"]
    assert again(desk, back)["document_status"] == "EnumDocumentStatusComplete"
    with pytest.raises(Refusal, match="is not live"):
        desk.do(receive_return, back["document_no"])


def test_returns_and_orders_keep_to_themselves(desk: Any) -> None:
    line = desk.sage.free_text("7.00")
    back, order = post(desk, line), desk.order(line)
    assert desk.sage.send("GET", f"/sop_orders/{back['id']}").status_code == 404
    assert desk.sage.send("GET", f"/sop_returns/{order['id']}").status_code == 404
    assert desk.sage.get(f"/sop_orders/{back['id']}/sop_order_lines") == []
    assert len(desk.sage.get(f"/sop_orders/{order['id']}/sop_order_lines")) == 1
    (view,) = desk.sage.get(
        "/sop_return_line_views", filter=f"sop_return_id eq {back['id']}", top=10
    )
    assert view["sop_return_document_no"] == back["document_no"]
    assert (view["sop_return_line_total_value"], view["customer_reference"]) == (7, "WEBGBP")
    both = desk.sage.get("/sop_order_return_views", filter=f"id eq {back['id']}")
    assert [found["document_type_id"] for found in both] == [1]
    of_account = desk.sage.get(f"/customers/{back['customer_id']}/sop_returns")
    assert back["id"] in {found["id"] for found in of_account}
    (found,) = desk.sage.get("/lookup_sop_returns", filter=f"id eq {back['id']}")
    assert found["document_no"] == back["document_no"]


def test_an_order_copied_into_a_return_is_named_as_its_source(desk: Any, code: str) -> None:
    order = desk.order(
        desk.sage.standard(code, 2, selling_unit_price=Decimal("3.21"), analysis_code_1="WEB"),
        desk.sage.free_text("1.50", 5),
        customer_document_no="000000123",
        document_discount_percent=10,
    )
    ids = {"source_id": order["id"], "customer_id": order["customer_id"]}
    answer = desk.sage.send("POST", "/sop_returns_duplicate", {**ids, "prices_and_discounts": True})
    assert answer.status_code == 200, answer.text
    copy = again(desk, answer.json())
    assert (copy["is_draft"], copy["customer_document_no"]) == (True, "000000123")
    assert copy["total_gross_value"] == order["total_gross_value"]
    assert copy["lines"][0]["analysis_code_1"] == "WEB"
    (view,) = desk.sage.get("/sop_order_return_views", filter=f"id eq {copy['id']}")
    assert view["source_document_no"] == order["document_no"]
    links = desk.sage.sql(
        'select "SourceTypeID", "SourceID", "DocumentTypeID", "DocumentNo"'
        ' from dbo."SOPOrderReturnDocumentLink" where "DocumentID" = %s',
        copy["id"],
    )
    assert links == [(0, order["id"], 1, copy["document_no"])]
    plain = desk.sage.send("POST", "/sop_returns_duplicate", ids)
    assert plain.json()["lines"][0]["selling_unit_price"] != 3.21
    live = desk.sage.send("PUT", f"/sop_returns/{copy['id']}", {"is_editing": False})
    assert live.json()["document_status"] == "EnumDocumentStatusLive"


def test_a_draft_is_changed_and_discarded(desk: Any) -> None:
    draft = post(desk, desk.sage.free_text("1.00"), is_editing=True)
    path = f"/sop_returns/{draft['id']}"
    body = {"lines": [desk.sage.free_text("2.50")], "customer_document_no": "RMA-2"}
    changed = desk.sage.send("PUT", path, body).json()
    assert (changed["total_net_value"], changed["customer_document_no"]) == (3.5, "RMA-2")
    with pytest.raises(Refusal, match="is not live"):
        desk.do(receive_return, draft["document_no"])
    assert desk.sage.send("DELETE", path).status_code == 200
    assert desk.sage.send("GET", path).status_code == 404
    live = post(desk, desk.sage.free_text("1.00"))
    assert "is not a draft" in desk.sage.refusal(None, "DELETE", f"/sop_returns/{live['id']}")


def test_a_return_is_held_and_released(desk: Any) -> None:
    back = post(desk, desk.sage.free_text("1.00"))
    for status in ("EnumDocumentStatusOnHold", "EnumDocumentStatusLive"):
        body = {"id": back["id"], "status": status}
        answer = desk.sage.send("POST", "/sop_returns_status", body)
        assert answer.json()["document_status"] == status
    body = {"id": back["id"], "status": "EnumDocumentStatusComplete"}
    told = desk.sage.refusal(body, path="/sop_returns_status")
    assert "must be EnumDocumentStatusLive or EnumDocumentStatusOnHold" in told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"payment_with_order": True}, "'payment_with_order' cannot be used on a sales return"),
        ({"customer_id": 999_999}, "there is no customer 999999"),
        ({"exchange_rate": 2}, "'exchange_rate' must be 1 in the base currency"),
        ({"nonsense": 1}, "Could not find member 'nonsense'"),
        ({"document_date": "2026-11-20"}, "must be a date with a time"),
        ({"customer_document_no": "x" * 31}, "maximum length of 30"),
        ({"customer_document_no": None}, "must not be null"),
    ],
)
def test_a_return_that_breaks_a_rule_is_refused(desk: Any, more: Any, told: str) -> None:
    assert told in refused(desk, desk.sage.free_text("1.00"), **more)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"line_quantity": -1}, "'lines[0].line_quantity' must not be negative"),
        ({"to_allocate_quantity": 1}, "'lines[0].to_allocate_quantity' cannot be used on a sales"),
        ({"product_id": 999_999}, "there is no product 999999"),
        ({"tax_code_id": 999_999}, "there is no VAT code 999999"),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused(desk: Any, code: str, line: Any, told: str) -> None:
    assert told in refused(desk, desk.sage.standard(code, 1) | line)


def test_a_return_is_refused_where_the_account_is_on_hold_or_the_total_below_zero(
    desk: Any,
) -> None:
    assert "must not be negative" in refused(desk, desk.sage.free_text("-1.00"))
    desk.set(hold_account, "TRADE", on_hold=True)
    assert "is on hold" in refused(desk, desk.sage.free_text("1.00"), account="TRADE")
    desk.set(hold_account, "TRADE", on_hold=False)
    post(desk, desk.sage.free_text("1.00"), account="TRADE")


def test_no_credit_limit_holds_a_return(desk: Any) -> None:
    desk.sage.sql(
        'update dbo."SLCustomerAccount" set "CreditLimit" = 1'
        " where \"CustomerAccountNumber\" = 'TRADE'"
    )
    order = desk.order(desk.sage.free_text("900.00"), account="TRADE")
    back = post(desk, desk.sage.free_text("900.00"), account="TRADE")
    assert order["document_status"] == "EnumDocumentStatusOnHold"
    assert back["document_status"] == "EnumDocumentStatusLive"


def test_a_return_open_at_the_desktop_cannot_be_written(desk: Any) -> None:
    back = post(desk, desk.sage.free_text("1.00"))
    held = desk.sage.get(f"/sop_returns/{back['id']}", expand="is_to_lock")
    path, body = f"/sop_returns/{back['id']}", {"customer_document_no": "RMA-3"}
    assert "is locked by user 'connector'" in desk.sage.refusal(body, "PUT", path)
    ours = {**body, "lock_id": held["lock_id"], "is_editing": False}
    assert desk.sage.send("PUT", path, ours).status_code == 200
    assert desk.sage.send("PUT", path, body).status_code == 200


@pytest.mark.parametrize(("same", "follows"), [(1, True), (0, False)])
def test_credit_notes_have_a_series_of_their_own_where_the_setting_says_so(
    desk: Any, november: Any, same: int, follows: bool
) -> None:
    desk.sage.sql('update dbo."SYSSetting" set "InvoiceCreditNoteSameNumbers" = %s', same)
    desk.sage.sql('update dbo."SLCreditNoteInvoiceNumber" set "NextCreditNoteNumber" = 700001')
    invoice = desk.invoiced(desk.order(desk.sage.free_text("1.00")), despatch=False)
    note = credited(desk, post(desk, desk.sage.free_text("1.00")), november)
    assert (int(note["reference"]) == int(invoice["reference"]) + 1) is follows
    desk.sage.sql('update dbo."SYSSetting" set "InvoiceCreditNoteSameNumbers" = 1')
