"""Which account an order goes to: opened once, proved by its key, and kept up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from conftest import Bench

pytestmark = pytest.mark.end_to_end
Order = dict[str, Any]


@pytest.fixture
def own_accounts(bench: Bench) -> Any:
    """Customer group 7 has an account for each customer, group 8 the cash account."""
    path = bench.tables / "customers.csv"
    before = path.read_text(encoding="utf-8")
    lines = [
        "store_id,customer_group_id,account,mode,key,prefix",
        "*,7,,own,customer_id,W",
        "*,8,TRADE,cash,,",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    yield
    path.write_text(before, encoding="utf-8")


def of_customer(bench: Bench, customer_id: int) -> Order:
    order = bench.order()
    order.update(customer_group_id=7, customer_id=customer_id)
    return order


def accounts(bench: Bench, number: str) -> list[Any]:
    return bench.sage(
        'select "SLCustomerAccountID", "CustomerAccountName" from dbo."SLCustomerAccount"'
        ' where "CustomerAccountNumber" = %s',
        number,
    )


def test_account_of_a_customer_is_opened_once_and_his_orders_follow_in_the_same_run(
    bench: Bench, own_accounts: None
) -> None:
    first, second = of_customer(bench, 4711), of_customer(bench, 4711)
    bench.run(first, second)
    third = of_customer(bench, 4711)
    bench.run(third)
    found = accounts(bench, "W0004711")
    assert len(found) == 1
    billing = first["billing_address"]
    assert found[0][1] == billing.get("company") or f"{billing['firstname']} {billing['lastname']}"
    for order in (first, second, third):
        row = bench.row(order["increment_id"])
        assert (row["state"], row["cause"]) == ("posted", None), row["error"]
        assert row["document"]["customer_id"] == found[0][0]
    assert bench.row("W0004711", "customer")["state"] == "posted"


def test_account_whose_answer_was_lost_is_found_by_number_and_key(
    bench: Bench, own_accounts: None
) -> None:
    order = of_customer(bench, 4712)
    cut = {"action": "cut", "moment": "after", "method": "POST", "path": "*/customers"}
    bench.faults({**cut, "count": 1})
    bench.run(order)
    assert bench.row("W0004712", "customer")["state"] == "in_doubt"
    waiting = bench.row(order["increment_id"])
    assert (waiting["state"], waiting["cause"]) == ("waiting", "account_to_be_opened")
    with psycopg.connect(bench.around.warehouse_url) as connection:
        connection.execute("update sync.outbox set due_at = now() where state = 'in_doubt'")
    bench.run()
    bench.run()
    assert bench.row(order["increment_id"])["state"] == "posted"
    assert len(accounts(bench, "W0004712")) == 1


def test_account_with_another_key_is_never_used(bench: Bench, own_accounts: None) -> None:
    bench.run(of_customer(bench, 4713))
    bench.sage(
        'update dbo."SLCustomerAccount" set "SpareText1" = %s where "CustomerAccountNumber" = %s',
        "somebody else",
        "W0004713",
    )
    order = of_customer(bench, 4713)
    bench.run(order)
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("rejected", "account_number_taken")


def test_guest_without_a_key_is_refused(bench: Bench, own_accounts: None) -> None:
    order = bench.order()
    order.update(customer_group_id=7, customer_id=None)
    bench.run(order)
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("rejected", "customer_without_key")


def test_cash_order_carries_the_buyers_own_name(bench: Bench, own_accounts: None) -> None:
    bench.sage(
        'update dbo."SOPSetting" set "AllowCashOrders" = 1, "CashOrderAccountID" ='
        ' (select "SLCustomerAccountID"'
        ' from dbo."SLCustomerAccount" where "CustomerAccountNumber" = %s)',
        "TRADE",
    )
    order = bench.order()
    order.update(customer_group_id=8)
    bench.run(order)
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", None), row["error"]
    name = bench.sage(
        'select "PostalName" from dbo."CashAcctInvoiceAddress" where "SOPOrderReturnID" = %s',
        row["sage_id"],
    )
    billing = order["billing_address"]
    assert name == [(billing.get("company") or f"{billing['firstname']} {billing['lastname']}",)]


def moved(order: Order, city: str, **more: str) -> Order:
    order["billing_address"].update(city=city, street=["1 New Road"], **more)
    return order


def details(bench: Bench, number: str) -> list[Any]:
    return bench.sage(
        'select a."CustomerAccountName", l."AddressLine1", l."AddressLine2", l."City"'
        ' from dbo."SLCustomerAccount" a join dbo."SLCustomerLocation" l'
        ' using ("SLCustomerAccountID") where a."CustomerAccountNumber" = %s',
        number,
    )


def test_account_follows_a_customer_who_moved_and_nothing_is_sent_twice(
    bench: Bench, own_accounts: None
) -> None:
    first = of_customer(bench, 4721)
    first["billing_address"]["street"] = ["Flat 2", "9 Old Road"]
    bench.run(first, update_accounts=True)
    assert [row[1:3] for row in details(bench, "W0004721")] == [("Flat 2", "9 Old Road")]
    bench.run(moved(of_customer(bench, 4721), "Leeds", company="Ann & Co"), update_accounts=True)
    assert details(bench, "W0004721") == [("Ann & Co", "1 New Road", "", "Leeds")]
    assert bench.row("W0004721#1", "account_change")["state"] == "posted"
    bench.sage(
        'update dbo."SLCustomerAccount" set "CustomerAccountName" = %s'
        ' where "CustomerAccountNumber" = %s',
        "Ann and Company",
        "W0004721",
    )
    bench.run(moved(of_customer(bench, 4721), "Leeds", company="Ann & Co"), update_accounts=True)
    # What a person corrected stays until the customer changes something.
    assert details(bench, "W0004721")[0][0] == "Ann and Company"
    assert changes(bench, "W0004721") == 1


def test_older_order_does_not_take_an_account_back(bench: Bench, own_accounts: None) -> None:
    older, newer = of_customer(bench, 4722), of_customer(bench, 4722)
    bench.run(moved(newer, "Bath"), update_accounts=True)
    bench.run(moved(older, "York"), update_accounts=True)
    assert details(bench, "W0004722")[0][3] == "Bath"
    assert changes(bench, "W0004722") == 0


def test_change_of_an_account_whose_answer_was_lost_is_read_before_it_is_sent_again(
    bench: Bench, own_accounts: None
) -> None:
    bench.run(of_customer(bench, 4723), update_accounts=True)
    cut = {"action": "cut", "moment": "after", "method": "PUT", "path": "*/customers/*"}
    bench.faults({**cut, "count": 1})
    bench.run(moved(of_customer(bench, 4723), "Hull"), update_accounts=True)
    row = bench.row("W0004723#1", "account_change")
    assert row["state"] == "in_doubt"
    with psycopg.connect(bench.around.warehouse_url) as connection:
        connection.execute("update sync.outbox set due_at = now() where state = 'in_doubt'")
    bench.run(update_accounts=True)
    assert bench.row("W0004723#1", "account_change")["state"] == "posted"
    assert details(bench, "W0004723")[0][3] == "Hull"
    with psycopg.connect(bench.around.warehouse_url) as connection:
        actions = connection.execute(
            "select action from sync.outbox_attempt where outbox_id = %s order by id", (row["id"],)
        ).fetchall()
    assert [action for (action,) in actions] == ["put", "look_up"]


def test_account_open_at_somebodys_desk_is_changed_after_a_retry(
    bench: Bench, own_accounts: None
) -> None:
    bench.run(of_customer(bench, 4724), update_accounts=True)
    locked = '{"message":"The account is locked by user \'ann\'."}'
    fault = {"action": "status", "status": 400, "body": locked, "count": 1}
    bench.faults({**fault, "method": "PUT", "path": "*/customers/*"})
    bench.run(moved(of_customer(bench, 4724), "Deal"), update_accounts=True)
    row = bench.row("W0004724#1", "account_change")
    assert (row["state"], row["cause"]) == ("ready", "document_locked")
    bench.retry("W0004724#1", "account_change")
    bench.run(update_accounts=True)
    assert details(bench, "W0004724")[0][3] == "Deal"


def test_accounts_are_left_alone_unless_the_setting_says_so(
    bench: Bench, own_accounts: None
) -> None:
    bench.run(of_customer(bench, 4725))
    bench.run(moved(of_customer(bench, 4725), "Ryde"))
    assert details(bench, "W0004725")[0][3] != "Ryde"
    assert changes(bench, "W0004725") == 0


def changes(bench: Bench, number: str) -> int:
    with psycopg.connect(bench.around.warehouse_url) as connection:
        found = connection.execute(
            "select count(*) from sync.outbox where kind = 'account_change' and group_key = %s",
            (number,),
        ).fetchone()
    assert found is not None
    return int(found[0])
