"""Points 11 and 12: changing orders line by line, drafts, and locks."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def put(sage: Any, order: Any, **body: Any) -> Any:
    return sage.send("PUT", f"/sop_orders/{order['id']}", body)


def amended(sage: Any, order: Any, **body: Any) -> Any:
    answer = put(sage, order, **body)
    assert answer.status_code == 200, answer.text
    return sage.get(f"/sop_orders/{order['id']}")


def three_lines(sage: Any) -> Any:
    return sage.post(sage.order(*(sage.free_text(price) for price in ("10", "20", "30"))))


def test_at_the_first_bad_line_it_stops_and_earlier_lines_stay_changed(sage: Any) -> None:
    order = three_lines(sage)
    ids = [line["id"] for line in order["lines"]]
    answer = put(
        sage,
        order,
        lines=[
            {"id": ids[0], "selling_unit_price": 11},
            {"id": ids[1], "tax_code_id": 999},
            {"id": ids[2], "selling_unit_price": 33},
        ],
    )
    assert answer.status_code == 400
    assert "lines[1].tax_code_id" in answer.json()["error"]
    after = sage.get(f"/sop_orders/{order['id']}")
    assert [line["line_total_value"] for line in after["lines"]] == [11, 20, 30]
    assert (after["total_net_value"], after["total_tax_value"]) == (61, Decimal("12.20"))


def test_a_body_that_breaks_the_contract_changes_nothing(sage: Any) -> None:
    order = three_lines(sage)
    first = order["lines"][0]["id"]
    answer = put(
        sage, order, lines=[{"id": first, "selling_unit_price": 1}, {"id": first, "colour": 1}]
    )
    assert answer.status_code == 400
    assert sage.get(f"/sop_orders/{order['id']}") == order


def test_lines_are_changed_added_and_removed(sage: Any) -> None:
    order = three_lines(sage)
    first, second, _ = (line["id"] for line in order["lines"])
    after = amended(
        sage,
        order,
        lines=[
            {"id": first, "line_quantity": 2},
            {"id": second, "is_to_delete": True},
            sage.free_text("5"),
        ],
    )
    assert [line["line_total_value"] for line in after["lines"]] == [20, 30, 5]
    assert after["total_net_value"] == 55
    assert sage.sql(
        'select "ForeignID" from dbo."DeleteLog" where "EntityName" = %s', "SOPOrderReturnLine"
    )[-1] == (str(second),)


def test_a_changed_quantity_keeps_the_price_and_moves_the_allocation(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company()).sign_in()
    line = sage.standard("BN-001", 4, selling_unit_price=Decimal("0.5"), to_allocate_quantity=4)
    order = sage.post(sage.order(line))
    line_id = order["lines"][0]["id"]
    (less,) = amended(sage, order, lines=[{"id": line_id, "line_quantity": 3}])["lines"]
    assert less["selling_unit_price"] == Decimal("0.5")
    assert (less["line_quantity"], less["allocated_quantity"]) == (3, 3)
    more = {"id": line_id, "line_quantity": 6, "to_allocate_quantity": 5}
    (grown,) = amended(sage, order, lines=[more])["lines"]
    assert (grown["line_quantity"], grown["allocated_quantity"]) == (6, 5)
    holdings = '"WarehouseItem" where "QuantityAllocatedSOP" = 5'
    assert sage.sql(f"select count(*) from dbo.{holdings}") == [(1,)]
    amended(sage, order, lines=[{"id": line_id, "is_to_delete": True}])
    assert sage.sql(f"select count(*) from dbo.{holdings}") == [(0,)]
    assert sage.sql(
        'select count(*) from dbo."SOPAllocationLine" where "SOPOrderReturnLineID" = %s', line_id
    ) == [(0,)]


def test_another_product_brings_its_own_price(sage: Any) -> None:
    order = sage.post(sage.order(sage.standard("BN-001", selling_unit_price=7)))
    other = sage.standard("BN-010")["product_id"]
    change = {"id": order["lines"][0]["id"], "product_id": other}
    (line,) = amended(sage, order, lines=[change])["lines"]
    assert (line["code"], line["selling_unit_price"]) == ("BN-010", Decimal("10.01"))


def test_the_header_is_changed_and_the_rest_stays(sage: Any) -> None:
    order = three_lines(sage)
    after = amended(
        sage,
        order,
        customer_document_no="000000555",
        document_discount_percent=10,
        delivery_address={"postal_name": "Elsewhere"},
        memos=[{"note": "changed"}],
    )
    assert after["customer_document_no"] == "000000555"
    assert after["total_net_value"] == 54
    assert after["delivery_address"]["postal_name"] == "Elsewhere"
    assert after["memos"][0]["note"] == "changed"
    assert after["document_date"] == order["document_date"]
    assert after["lines"] == order["lines"]


def test_the_value_of_live_orders_follows(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company()).sign_in()
    order = sage.post(sage.order(sage.free_text("10"), account="TRADE"))
    amended(sage, order, lines=[{"id": order["lines"][0]["id"], "selling_unit_price": 25}])
    account = sage.get("/customers", filter="reference eq 'TRADE'")[0]
    assert account["value_of_current_orders_in_sop"] == 30


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        ({"customer_id": 1002}, 400, "cannot be changed"),
        ({"lines": [{"id": 1, "line_quantity": 1}]}, 400, "has no line 1"),
        ({"customer_document_no": "x" * 31}, 400, "maximum length of 30"),
    ],
)
def test_a_change_that_sage_refuses(sage: Any, body: Any, status: int, part: str) -> None:
    answer = put(sage, three_lines(sage), **body)
    assert answer.status_code == status
    assert part in answer.json()["error"]


def test_an_unknown_order_gives_404(sage: Any) -> None:
    assert sage.send("PUT", "/sop_orders/999999", {}).status_code == 404


@pytest.mark.parametrize(("status", "word"), [(2, "completed"), (4, "cancelled")])
def test_a_completed_or_cancelled_order_is_not_amendable(sage: Any, status: int, word: str) -> None:
    order = three_lines(sage)
    sage.sql(
        'update dbo."SOPOrderReturn" set "DocumentStatusID" = %s where "SOPOrderReturnID" = %s',
        status,
        order["id"],
    )
    assert word in put(sage, order, customer_document_no="x").json()["error"]


def test_a_despatched_line_is_not_amendable(sage: Any) -> None:
    order = three_lines(sage)
    line = order["lines"][0]["id"]
    sage.sql(
        'update dbo."SOPOrderReturnLine" set "DespatchReceiptQuantity" = 1'
        ' where "SOPOrderReturnLineID" = %s',
        line,
    )
    answer = put(sage, order, lines=[{"id": line, "line_quantity": 2}])
    assert "despatched or invoiced" in answer.json()["error"]


def test_a_draft_waits_until_it_is_made_live(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company()).sign_in()
    line = sage.standard("BN-001", 2, to_allocate_quantity=2)
    draft = sage.post(sage.order(line, account="TRADE", is_editing=True))
    assert draft["is_draft"] is True
    assert draft["document_status"] == "EnumDocumentStatusDraft"
    assert draft["lines"][0]["allocated_quantity"] == 0
    line_id = draft["lines"][0]["id"]
    live = amended(
        sage, draft, is_editing=False, lines=[{"id": line_id, "to_allocate_quantity": 2}]
    )
    assert live["is_draft"] is False
    assert live["document_status"] == "EnumDocumentStatusLive"
    assert live["lines"][0]["allocated_quantity"] == 2
    account = sage.get("/customers", filter="reference eq 'TRADE'")[0]
    assert account["value_of_current_orders_in_sop"] == live["total_gross_value"]


def test_a_draft_can_be_discarded_and_an_order_cannot(sage: Any) -> None:
    draft = sage.post(sage.order(sage.standard("BN-001"), is_editing=True, memos=[{"note": "x"}]))
    assert sage.send("DELETE", f"/sop_orders/{draft['id']}").status_code == 200
    assert sage.send("GET", f"/sop_orders/{draft['id']}").status_code == 404
    order = three_lines(sage)
    answer = sage.send("DELETE", f"/sop_orders/{order['id']}")
    assert "is not a draft" in answer.json()["error"]


def test_a_lock_keeps_others_out_until_it_is_given_back(sage: Any) -> None:
    order = three_lines(sage)
    locked = sage.get(f"/sop_orders/{order['id']}", expand="is_to_lock")
    assert locked["lock_id"]
    assert "is locked by user 'connector'" in put(sage, order).json()["error"]
    second = sage.send("GET", f"/sop_orders/{order['id']}", expand="is_to_lock")
    assert second.status_code == 400
    amended(sage, order, lock_id=locked["lock_id"], is_editing=False, customer_document_no="free")
    assert put(sage, order, customer_document_no="again").status_code == 200


def test_an_order_open_on_the_desktop_is_not_amendable(sage: Any) -> None:
    order = three_lines(sage)
    sage.sql(
        'insert into dbo."SYSActiveLock" ("SYSActiveLockID", "OptionName", "DataKey", "UserName")'
        " values (%s, 'SOPOrderReturn', %s, 'Janet')",
        900_000 + order["id"],
        order["id"],
    )
    assert "is locked by user 'Janet'" in put(sage, order, customer_document_no="x").json()["error"]
