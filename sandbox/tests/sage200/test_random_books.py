"""Whatever is done in whatever order, refused or not, the books add up afterwards."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sandbox.sage200.back_office.accounts import hold_account
from sandbox.sage200.back_office.despatch import despatch_order
from sandbox.sage200.back_office.documents import close_document, hold_document, open_document
from sandbox.sage200.back_office.goods_in import receive_goods
from sandbox.sage200.back_office.invoice import print_credit_note, print_invoice
from sandbox.sage200.back_office.invoice_posting import post_credit_note, post_invoice
from sandbox.sage200.back_office.orders import allocate_order
from sandbox.sage200.back_office.pending import update_pending
from sandbox.sage200.back_office.phone_sale import sell
from sandbox.sage200.back_office.returns import receive_return
from sandbox.sage200.back_office.waiting import update_waiting
from sandbox.sage200.back_office_command import desktop_office
from sandbox.sage200.database import Database
from sandbox.sage200.ledger.periods import NOMINAL_LEDGER, SALES_LEDGER, set_period_status
from sandbox.sage200.ledger.trial_balance import trial_balance
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

ACTIONS = 500
CHECK_EVERY = 50
BANKS = {"WEBGBP": "BANK", "TRADE": "CARD", "WEBEUR": "EURO", "WEBUSD": "DOLLAR"}
NOMINALS = (("41100", "WEB"), ("41100", ""), ("41300", ""), ("41200", ""))
TAX_CODES = (0, 1, 2, 5, 119, 120, 123)
STOCK = """
    select count(*) from dbo."WarehouseItem" h
    left join (
        select "ItemID", "WarehouseID", sum("AllocatedQuantity") as allocated
        from dbo."AllocationBalance" group by 1, 2
    ) a using ("ItemID", "WarehouseID")
    left join (
        select
            "WarehouseItemID", sum("ConfirmedQtyInStock") as confirmed,
            sum("QuantityAllocatedSOP") as in_bins
        from dbo."BinItem" group by 1
    ) b using ("WarehouseItemID")
    where h."QuantityAllocatedSOP" <> coalesce(a.allocated, 0)
    or h."ConfirmedQtyInStock" <> coalesce(b.confirmed, 0)
    or h."QuantityAllocatedSOP" <> coalesce(b.in_bins, 0)
"""
FREE = """
    select i."Code" from dbo."StockItem" i
    left join (
        select
            "ItemID",
            sum(
                "ConfirmedQtyInStock" + "UnconfirmedQtyInStock" - "QuantityAllocatedSOP"
                - "QuantityAllocatedStock" - "QuantityAllocatedBOM"
            ) as free
        from dbo."WarehouseItem" group by 1
    ) h using ("ItemID")
    where i."FreeStockQuantity" <> coalesce(h.free, 0)
"""
# what is in stock, less what came in, with what went out: the levels that there were at first
OPENING = """
    select h."ItemID", h.confirmed - coalesce(t.moved, 0)
    from (
        select "ItemID", sum("ConfirmedQtyInStock") as confirmed
        from dbo."WarehouseItem" group by 1
    ) h
    left join (
        select
            m."ItemID",
            sum(case y."TransactionGroupID" when 0 then 1 else -1 end * m."Quantity") as moved
        from dbo."TransactionHistory" m join dbo."TransactionType" y using ("TransactionTypeID")
        group by 1
    ) t using ("ItemID")
    order by 1
"""
LIVE_VALUES = """
    select a."CustomerAccountNumber" from dbo."SLCustomerAccount" a
    left join (
        select
            o."CustomerID", sum(o."TotalGrossValue" - coalesce(i.gross, 0)) as value
        from dbo."SOPOrderReturn" o
        left join (
            select "SOPOrderReturnID", sum("InvoicedGrossValue") as gross
            from dbo."SOPInvoiceCredit" where "DocumentStatusID" = 2 group by 1
        ) i using ("SOPOrderReturnID")
        where o."DocumentStatusID" = 0 and o."DocumentTypeID" = 0 group by 1
    ) v on v."CustomerID" = a."SLCustomerAccountID"
    where a."ValueOfCurrentOrdersInSOP" <> coalesce(v.value, 0)
"""


class Office:
    """Somebody who does things at random, at the desktop and through the API."""

    def __init__(self, sage: Any, database: Database, seed: int) -> None:
        self.sage = sage
        self.database = database
        self.desk = desktop_office(database)
        self.random = random.Random(seed)  # noqa: S311 - not a secret
        self.orders: list[str] = []
        self.order_ids: list[tuple[int, int]] = []
        self.returns: list[str] = []
        self.invoices: list[str] = []
        self.credit_notes: list[str] = []
        self.held: list[tuple[Kind, str]] = []
        self.opened: list[tuple[Kind, str]] = []
        self.codes = [
            code
            for (code,) in sage.sql(
                'select distinct i."Code" from dbo."WarehouseItem" h'
                ' join dbo."StockItem" i using ("ItemID") join dbo."Warehouse" w'
                ' using ("WarehouseID") where w."Name" = \'LEEDS\''
                ' and h."ConfirmedQtyInStock" > 0 and coalesce(i."StockItemStatusID", 0) = 0'
                ' and coalesce(i."AllowSalesOrder", 1) = 1 order by 1 limit 8'
            )
        ]
        self.actions: list[tuple[Callable[[], bool], int]] = [
            (self.document, 4),
            (self.money, 3),
            (self.settle, 4),
            (self.order, 4),
            (self.allocate, 5),
            (self.despatch, 7),
            (self.print, 9),
            (self.post, 8),
            (self.period, 1),
            (self.hold, 1),
            (self.nominal_waits, 1),
            (self.nominal_catches_up, 1),
            (self.phone_sale, 2),
            (self.goods_in, 2),
            (self.take_return, 3),
            (self.goods_come_back, 6),
            (self.print_credit, 7),
            (self.post_credit, 6),
            (self.ledger_waits, 2),
            (self.ledger_catches_up, 3),
            (self.hold_order, 1),
            (self.release_order, 3),
            (self.open_at_desk, 1),
            (self.close_at_desk, 4),
            (self.credit_limit, 1),
        ]

    def act(self) -> tuple[str, bool]:
        """Do something; return what, and whether it was done or refused."""
        actions, weights = zip(*self.actions, strict=True)
        action = self.random.choices(actions, weights)[0]
        return action.__name__, action()

    def amount(self, most: int = 20_000) -> Decimal:
        return Decimal(self.random.randint(1, most)) / 100

    def day(self) -> str:
        # now and then in a future period
        month = (
            "2027-02" if self.random.random() < 0.1 else f"2026-{self.random.randint(9, 11):02d}"
        )
        return f"{month}-{self.random.randint(1, 28):02d}T00:00:00Z"

    def account(self) -> str:
        return self.random.choice(list(BANKS))

    def send(self, resource: str, account: str, **values: Any) -> bool:
        customer_id = self.sage.id_of("customers", "reference", account)
        answer = self.sage.send("POST", f"/{resource}", {"customer_id": customer_id, **values})
        assert answer.status_code in {200, 400}, answer.text
        return bool(answer.status_code == 200)

    def document(self) -> bool:
        taxes = [
            {
                "id": self.sage.id_of("tax_codes", "code", code),
                "goods_amount": self.amount(),
                "tax_amount": self.amount(4_000),
            }
            for code in self.random.sample(TAX_CODES, self.random.randint(1, 3))
        ]
        goods = sum(row["goods_amount"] for row in taxes)
        first = min(self.amount(), goods)
        nominals = [
            {"code": account, "cost_centre": centre, "value": value}
            for (account, centre), value in zip(
                self.random.sample(NOMINALS, 2), (first, goods - first), strict=True
            )
        ]
        return self.send(
            self.random.choice(["sales_invoices", "sales_credit_notes"]),
            self.account(),
            transaction_date=self.day(),
            document_goods_value=goods,
            document_tax_value=sum(row["tax_amount"] for row in taxes),
            tax_analysis_items=taxes,
            nominal_analysis_items=nominals,
            settled_immediately=self.random.random() < 0.2,
        )

    def money(self) -> bool:
        account = self.account()
        return self.send(
            self.random.choice(["sales_receipts", "sales_payments"]),
            account,
            bank_id=self.sage.id_of("banks", "code", BANKS[account]),
            transaction_date=self.day(),
            cheque_value=self.amount(),
        )

    def settle(self) -> bool:
        account = self.account()
        customer_id = self.sage.id_of("customers", "reference", account)
        found = self.sage.get(
            f"/customers/{customer_id}/sales_posted_transactions",
            filter="document_outstanding_value ne 0",
        )
        debits = [tran for tran in found if tran["document_outstanding_value"] > 0]
        owed = [tran for tran in found if tran["document_outstanding_value"] < 0]
        if not debits or not owed:
            return False
        pair = self.random.choice(debits), self.random.choice(owed)
        value = min(abs(tran["document_outstanding_value"]) for tran in pair)
        # now and then more than there is
        value = self.random.choice([value, value, (value / 2).quantize(Decimal("0.01")), value + 1])
        lines = [{"posted_tran_id": tran["id"], "value_to_allocate": value} for tran in pair]
        return self.send("sales_allocations", account, allocation_lines=lines)

    def body(self, account: str) -> dict[str, Any]:
        lines = [
            self.sage.standard(self.random.choice(self.codes), self.random.randint(1, 4))
            for _ in range(self.random.randint(0, 2))
        ]
        lines += [
            self.sage.free_text(str(self.amount()), self.random.choice(TAX_CODES))
            for _ in range(self.random.randint(1, 3))
        ]
        body: dict[str, Any] = self.sage.order(*lines, account=account)
        body["document_discount_percent"] = self.random.choice([0, 0, 5, Decimal("12.5"), -3])
        return body

    def order(self) -> bool:
        account = self.account()
        body = self.body(account)
        if account in {"WEBGBP", "TRADE"} and self.random.random() < 0.5:
            method = self.sage.id_of("sop_payment_methods", "name", "Web card")
            body |= {"payment_with_order": True, "payment_method_id": method}
        answer = self.sage.send("POST", "/sop_orders", body)
        assert answer.status_code in {200, 400}, answer.text
        if answer.status_code == 200:
            order = answer.json()
            self.orders.append(order["document_no"])
            self.order_ids.append((order["id"], order["customer_id"]))
            if order["document_status"] == "EnumDocumentStatusOnHold":
                self.held.append((Kind.ORDER, order["document_no"]))
        return bool(answer.status_code == 200)

    def take_return(self) -> bool:
        if self.order_ids and self.random.random() < 0.5:
            source_id, customer_id = self.random.choice(self.order_ids)
            flags = {"source_id": source_id, "customer_id": customer_id}
            flags["prices_and_discounts"] = self.random.random() < 0.7
            answer = self.sage.send("POST", "/sop_returns_duplicate", flags)
            if answer.status_code == 200:
                path = f"/sop_returns/{answer.json()['id']}"
                answer = self.sage.send("PUT", path, {"is_editing": False})
        else:
            answer = self.sage.send("POST", "/sop_returns", self.body(self.account()))
        assert answer.status_code in {200, 400}, answer.text
        if answer.status_code == 200:
            self.returns.append(answer.json()["document_no"])
        return bool(answer.status_code == 200)

    def goods_come_back(self) -> bool:
        some = {self.random.choice(self.codes): Decimal(1)} if self.random.random() < 0.3 else None
        return self.on_a_return(receive_return, some) is not None

    def print_credit(self) -> bool:
        number = self.on_a_return(print_credit_note, self.printing_day())
        if number is not None:
            self.credit_notes.append(number)
        return number is not None

    def post_credit(self) -> bool:
        if not self.credit_notes:
            return False
        number = self.random.choice(self.credit_notes[-6:])
        return self.at_desk(post_credit_note, number) is not None

    def phone_sale(self) -> bool:
        goods = {self.random.choice(self.codes): Decimal(self.random.randint(1, 5))}
        allocate = self.random.random() < 0.7
        number = self.at_desk(sell, self.account(), goods, allocate=allocate)
        if number is not None:
            self.orders.append(number)
        return number is not None

    def goods_in(self) -> bool:
        quantity = Decimal(self.random.randint(0, 9))
        return self.at_desk(receive_goods, self.random.choice(self.codes), quantity) is not None

    def at_desk(self, action: Callable[..., Any], *given: Any, **switches: bool) -> Any:
        """Do something at the desktop; return nothing where it is refused."""
        try:
            with self.database.transaction() as connection:
                return action(connection, self.desk, *given, **switches)
        except Refusal:
            return None

    def done(self, action: Callable[..., None], *given: Any, **switches: bool) -> bool:
        """Do something that gives nothing back; return whether it was done."""
        try:
            with self.database.transaction() as connection:
                action(connection, *given, **switches)
        except Refusal:
            return False
        return True

    def on_an_order(self, action: Callable[..., Any], *given: Any) -> Any:
        if not self.orders:
            return None
        return self.at_desk(action, self.random.choice(self.orders[-8:]), *given)

    def on_a_return(self, action: Callable[..., Any], *given: Any) -> Any:
        if not self.returns:
            return None
        return self.at_desk(action, self.random.choice(self.returns[-6:]), *given)

    def any_document(self) -> tuple[Kind, str]:
        """Return a document of late, or one that there is not."""
        kind = self.random.choice([Kind.ORDER, Kind.RETURN])
        numbers = self.orders if kind is Kind.ORDER else self.returns
        return kind, self.random.choice(numbers[-6:] or ["none"])

    def printing_day(self) -> datetime:
        if self.random.random() < 0.1:
            return datetime(2027, 2, 15)  # noqa: DTZ001 - no zone in Sage
        return datetime(2026, self.random.randint(9, 11), 15)  # noqa: DTZ001 - no zone in Sage

    def allocate(self) -> bool:
        return self.on_an_order(allocate_order) is not None

    def despatch(self) -> bool:
        return self.on_an_order(despatch_order) is not None

    def print(self) -> bool:
        number = self.on_an_order(print_invoice, self.printing_day())
        if number is not None:
            self.invoices.append(number)
        return number is not None

    def post(self) -> bool:
        if not self.invoices:
            return False
        return self.at_desk(post_invoice, self.random.choice(self.invoices[-6:])) is not None

    def period(self) -> bool:
        day = self.printing_day()
        module = self.random.choice([SALES_LEDGER, NOMINAL_LEDGER])
        with self.database.transaction() as connection:
            is_open = self.random.random() < 0.7
            set_period_status(connection, day, module, is_open=is_open)
        return True

    def hold(self) -> bool:
        with self.database.transaction() as connection:
            hold_account(connection, self.account(), on_hold=self.random.random() < 0.3)
        return True

    def nominal_catches_up(self) -> bool:
        return self.at_desk(update_waiting) is not None

    def nominal_waits(self) -> bool:
        return self.set_flag('update dbo."SYSSetting" set "UpdateNominalImmediately" = %s')

    def ledger_waits(self) -> bool:
        return self.set_flag('update dbo."SOPSetting" set "AddInvCredToSalesLedger" = %s')

    def set_flag(self, statement: str) -> bool:
        with self.database.transaction() as connection:
            connection.execute(statement, (int(self.random.random() < 0.5),))
        return True

    def ledger_catches_up(self) -> bool:
        updated = self.at_desk(update_pending)
        return bool(updated and updated.posted)

    def credit_limit(self) -> bool:
        with self.database.transaction() as connection:
            connection.execute(
                'update dbo."SLCustomerAccount" set "CreditLimit" = %s'
                " where \"CustomerAccountNumber\" = 'TRADE'",
                (self.random.choice([0, 0, 500]),),
            )
        return True

    def hold_order(self) -> bool:
        document = self.any_document()
        done = self.done(hold_document, *document, on_hold=True)
        self.held += [document] * done
        return done

    def release_order(self) -> bool:
        return self.done(hold_document, *self.one_of(self.held), on_hold=False)

    def open_at_desk(self) -> bool:
        document = self.any_document()
        done = self.done(open_document, self.desk, *document)
        self.opened += [document] * done
        return done

    def close_at_desk(self) -> bool:
        return self.done(close_document, *self.one_of(self.opened))

    def one_of(self, documents: list[tuple[Kind, str]]) -> tuple[Kind, str]:
        return self.random.choice(documents[-4:] or [(Kind.ORDER, "none")])


def problems_of(reading: psycopg.Connection, opening: list[Any]) -> list[str]:
    """Return whatever does not add up in ledgers, stock and live orders."""
    found = list(trial_balance(reading).problems)
    if reading.execute(STOCK).fetchall() != [(0,)]:
        found.append("Holdings differ from their bins or allocations.")
    found += [f"Free stock of {code} is off." for (code,) in reading.execute(FREE)]
    found += [f"Live orders of {account} are off." for (account,) in reading.execute(LIVE_VALUES)]
    if reading.execute(OPENING).fetchall() != opening:
        found.append("The movements do not lead from the first levels to these.")
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_random_actions_keep_the_books(
    new_company: Callable[[], str], play: Callable[..., Any], seed: int
) -> None:
    url = new_company()
    sage = play(url, release="2025R1").sign_in()
    done: dict[str, int] = {}
    with closing(Database(url)) as database, psycopg.connect(url, autocommit=True) as reading:
        office = Office(sage, database, seed)
        opening = reading.execute(OPENING).fetchall()
        for number in range(1, ACTIONS + 1):
            name, was_done = office.act()
            done[name] = done.get(name, 0) + was_done
            if number % CHECK_EVERY == 0:
                assert problems_of(reading, opening) == [], f"action {number}, {name}"
        balance = trial_balance(reading)
    assert balance.debits == balance.credits > 0
    # the sequence reached everything, else it has shown nothing
    assert {name for name, times in done.items() if times} == {
        a.__name__ for a, _ in office.actions
    }
