"""What becomes of documents whatever Sage answers: a Sage of a few lines, and a real queue."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from outbox import Chosen, Decision, Key, Outbox, SageDocument, SourceDocument, State
from sage200_client.exceptions import FixRequest, FixSettings
from sage200_client.exchange import Exchange
from sage200_client.outcomes import Done, NotAllowed, Outcome, TryLater, Unknown, Withheld
from sandbox.postgres import embedded_postgres
from target_sage200.dispatch import Dispatcher
from target_sage200.dispatch_answers import Answers
from target_sage200.dispatch_report import DispatchRules, Report
from target_sage200.sage_amendments import AddressChange, Cancellation
from target_sage200.sage_customers import AccountChangeRoute
from target_sage200.sage_ledger import LEDGER_INVOICE
from target_sage200.sage_orders import CANCELLED, SalesOrderRoute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sage200_client.client import Sage200Client

ORDER, SOURCE = "sales_order", "magento"
MONDAY = datetime(2026, 11, 23, tzinfo=timezone.utc)
WEB_ACCOUNTS = frozenset({1, 2})
SALES_ORDERS = {"sop_orders": SalesOrderRoute(web_accounts=lambda: WEB_ACCOUNTS)}
CAUSES = Path(__file__).parents[2] / "mappings" / "exception_causes.csv"


@dataclass
class Sage:
    """Orders as dicts, found by number or id; what a write comes to is said by a test."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    write: Callable[[Sage, str, dict[str, Any]], Outcome] | None = None
    read: Callable[[str], None] = lambda _: None
    sent: list[tuple[str, str]] = field(default_factory=list)

    def get(self, resource: str, **options: Any) -> Any:
        self.read(resource)
        name, _, record_id = resource.partition("/")
        if record_id:
            found = [one for one in self.orders if one["id"] == int(record_id)]
            if not found:
                raise FixRequest("Sage 200 answered 404: no such thing", 404)
            return found[0]
        asked = str(options.get("filter"))
        last = asked.rpartition(" ")[2]
        if asked.startswith("id eq"):
            return [one for one in self.orders if one["id"] == int(last)]
        if asked.startswith("urn eq"):
            return [one for one in self.orders if one.get("urn") == int(last)]
        number = "reference" if name == "sales_posted_transactions" else "customer_document_no"
        return [one for one in self.orders if f"'{one.get(number)}'" in asked]

    def post(self, resource: str, body: dict[str, Any], **more: Any) -> Outcome:
        return self._write("POST", resource, body, **more)

    def put(self, resource: str, record_id: int, body: dict[str, Any], **more: Any) -> Outcome:
        return self._write("PUT", f"{resource}/{record_id}", body, **more)

    def _write(
        self,
        verb: str,
        resource: str,
        body: dict[str, Any],
        *,
        observe: Callable[[Exchange], None],
        may_leave: Callable[[], bool],
    ) -> Outcome:
        if not may_leave():
            return Withheld()
        self.sent.append((verb, resource))
        outcome = self.write(self, resource, body) if self.write else self._take(body)
        answer = outcome.body if isinstance(outcome, Done) else None
        observe(Exchange(verb, f"/{resource}", body, outcome.status, answer, 1))
        return outcome

    def _take(self, body: dict[str, Any]) -> Outcome:
        self.orders.append(in_sage(100 + len(self.orders), body["customer_document_no"]))
        return Done(self.orders[-1], 200)


def in_sage(order_id: int, number: str, **more: Any) -> dict[str, Any]:
    money = {"total_net_value": Decimal("4.95"), "total_tax_value": Decimal("0.99")}
    return {
        "id": order_id,
        "document_no": f"SO{order_id}",
        "customer_id": 1,
        "customer_document_no": number,
        "document_status": "EnumDocumentStatusLive",
        "total_gross_value": Decimal("5.94"),
        **money,
        **more,
    }


def says(outcome: Outcome) -> Callable[..., Outcome]:
    return lambda *_: outcome


class Queue:
    """A queue with documents that are ready, and a dispatcher for them."""

    def __init__(self, url: str, outbox: Outbox) -> None:
        self.url = url
        self.outbox = outbox
        self.sage = Sage()
        self.report = Report()

    def put(
        self,
        number: str = "1",
        kind: str = ORDER,
        *,
        source: str = SOURCE,
        group: str | None = None,
        route: str = "sop_orders",
        body: dict[str, Any] | None = None,
        account: int = 1,
        total: str = "5.94",
    ) -> None:
        key = Key(kind, source, number)
        whole = {"increment_id": number, **(body or {})}
        self.outbox.receive([SourceDocument(key, 1, whole, MONDAY, group)])
        document: dict[str, Any] = {"n": number}
        if kind == ORDER:
            document = {"customer_id": account, "customer_document_no": number}
        figures = {"net": Decimal("4.95"), "tax": Decimal("0.99"), "gross": Decimal(total)}
        for row in self.outbox.undecided(kind, source):
            decision = Decision(
                State.READY,
                document=document,
                route=route,
                amount=Decimal(total),
                detail=figures if kind == ORDER else {},
            )
            self.outbox.decide(row, decision, "b")

    def run(
        self,
        kind: str = ORDER,
        routes: dict[str, Any] | None = None,
        *,
        same_run: bool = False,
        source: str = SOURCE,
        **rules: Any,
    ) -> Report:
        given: dict[str, Any] = {
            "source": source,
            "owner": "test",
            "connections": 1,
            "lease": timedelta(seconds=60),
            "max_failures": 3,
        }
        made = Dispatcher(
            lambda: Outbox(self.url),
            cast_client(self.sage),
            DispatchRules(**{**given, **rules}),
            lambda: 0.5,
        )
        if same_run:
            made.report = self.report
        self.report = made.report
        ways = routes or SALES_ORDERS
        return made.run(kind, ways, next(iter(ways)), "b")

    def now(self, statement: str = "update sync.outbox set due_at = now()") -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def row(self, number: str = "1", kind: str = ORDER, source: str = SOURCE) -> Any:
        found = self.outbox.whole(Chosen((number,), kind=kind))
        return next(row for row, _ in found if row["source"] == source)

    def state(self, number: str = "1", kind: str = ORDER, source: str = SOURCE) -> Any:
        row = self.row(number, kind, source)
        return row["state"], row["cause"]


def cast_client(sage: Sage) -> Sage200Client:
    return sage  # type: ignore[return-value]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="dsp"))
    with embedded_postgres(folder / "pg", durable=False) as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def queue(server: str) -> Iterator[Queue]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop schema if exists sync cascade")
    with Outbox(server) as outbox:
        outbox.ensure_schema()
        yield Queue(server, outbox)


def test_order_is_looked_up_and_then_sent_once(queue: Queue) -> None:
    queue.put()
    queue.run()
    queue.run()
    assert queue.state() == ("posted", None)
    assert queue.sage.sent == [("POST", "sop_orders")]


@pytest.mark.parametrize(
    "outcome",
    [
        Done(None, 204),
        Done({"id": 7}, 200),
        Done([{"id": 7}], 200),
        Done({"id": 7, "total_net_value": "1,234.00"}, 200),
        Done({"id": "seven"}, 200),
    ],
    ids=["nothing", "no totals", "a list", "money as text", "no id"],
)
def test_order_that_sage_took_and_does_not_show_is_never_sent_again_by_itself(
    queue: Queue, outcome: Outcome
) -> None:
    queue.put()
    queue.sage.write = says(outcome)
    queue.run()
    assert queue.state() == ("in_doubt", "fate_unknown")
    for _ in range(3):
        queue.now()
        queue.run()
    assert queue.sage.sent == [("POST", "sop_orders")]
    assert queue.state() == ("in_doubt", "accepted_not_found")
    assert queue.row()["due_at"] > datetime.now(timezone.utc) + timedelta(minutes=50)
    assert queue.outbox.release(Chosen(("1",)), "not in Sage", "Jo") == 1
    queue.sage.write = None
    queue.run()
    assert queue.state() == ("posted", None)
    assert len(queue.sage.sent) == 2


def test_order_that_sage_took_is_found_by_its_id_where_sage_changed_the_number(
    queue: Queue,
) -> None:
    queue.put("web-1")
    queue.sage.orders = [in_sage(7, "WEB-1")]
    queue.sage.write = says(Done({"id": 7}, 200))
    queue.run()
    queue.now()
    queue.run()
    assert queue.state("web-1") == ("posted", None)
    assert queue.row("web-1")["sage_id"] == 7


def test_invoice_that_the_ledger_took_is_found_by_its_urn(queue: Queue) -> None:
    queue.put(route="sales_invoices")
    entry = {
        "id": 9,
        "urn": 42,
        "customer_id": 1,
        "reference": "cut off",
        "trader_transaction_type": "TradingAccountEntryTypeInvoice",
        "document_goods_value": Decimal("4.95"),
        "document_tax_value": Decimal("0.99"),
        "document_gross_value": Decimal("5.94"),
    }

    def post(sage: Sage, *_: Any) -> Outcome:
        sage.orders = [entry]
        return Done({"urn": "42"}, 200)

    queue.sage.write = post
    for _ in range(2):
        queue.run(routes={"sales_invoices": LEDGER_INVOICE})
        queue.now()
    assert queue.state() == ("posted", None)
    assert queue.sage.sent == [("POST", "sales_invoices")]


def test_defect_after_sage_took_a_document_is_in_doubt_with_everything_logged(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.put("1")
    queue.put("2")

    def fail(self: object, row: Any, answer: Done) -> None:
        if row.key.source_key == "1":
            raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(SalesOrderRoute, "read", fail)
    queue.run()
    assert queue.state("1") == ("in_doubt", "fate_unknown")
    assert "nobody foresaw this" in queue.row("1")["error"]
    assert queue.state("2") == ("posted", None)
    attempts = queue.outbox.whole(Chosen(("1",)))[0][1]
    assert [(one["action"], one["outcome"]) for one in attempts] == [("post", "RuntimeError")]
    # Which of the two was sent first is the workers' business.
    assert queue.row("1")["accepted"]["id"] == attempts[0]["response"]["id"]


def test_failures_of_all_workers_are_told(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise psycopg.OperationalError("the queue is gone")

    monkeypatch.setattr(Outbox, "claim", gone)
    with pytest.raises(psycopg.OperationalError, match="the queue is gone"):
        queue.run(connections=3)
    assert caplog.text.count("Another worker ended early, too: OperationalError") == 3


ADDRESS = {"city": "Leeds", "postcode": "ls1 1aa"}


def change(queue: Queue, number: str = "9#1") -> None:
    body = {"sop_order_id": 5, "address": ADDRESS, "sentence": "moved."}
    queue.put(number, "address_change", group="9", body=body)


@pytest.mark.parametrize(
    ("shown", "cause"),
    [
        ({"city": "Leeds", "postcode": "LS1 1AA"}, None),
        ({"city": "LEEDS ", "postcode": "LS11AA"}, None),
        ({"city": "Leeds, West Yorkshire", "postcode": "LS1 1AA"}, "stored_otherwise"),
    ],
)
def test_change_that_sage_stores_otherwise_is_sent_once_and_stops_nothing(
    queue: Queue, shown: dict[str, str], cause: str | None
) -> None:
    change(queue)
    queue.put("1")
    queue.sage.orders = [in_sage(5, "9", delivery_address={}, lines=[])]

    def put(sage: Sage, resource: str, body: dict[str, Any]) -> Outcome:
        if "delivery_address" not in body:
            return sage._take(body)
        sage.orders[0]["delivery_address"] = shown
        return Done(sage.orders[0], 200)

    queue.sage.write = put
    queue.run("address_change", {"sop_orders": AddressChange()})
    queue.run(same_run=True)
    assert queue.state("9#1", "address_change") == ("posted", cause)
    if cause:
        error = queue.row("9#1", "address_change")["error"]
        assert "'Leeds, West Yorkshire' instead of 'Leeds'" in error
    assert queue.state("1") == ("posted", None)
    assert queue.sage.sent == [("PUT", "sop_orders/5"), ("POST", "sop_orders")]


def test_cancellation_that_sage_takes_without_effect_is_never_taken_for_done(
    queue: Queue,
) -> None:
    queue.put("9", "cancellation", body={"sop_order_id": 5, "sentence": "cancelled."})
    queue.sage.orders = [in_sage(5, "9", lines=[{"id": 1}])]
    queue.sage.write = lambda sage, *_: Done(sage.orders[0], 200)
    queue.run("cancellation", {"sop_orders": Cancellation()})
    assert queue.state("9", "cancellation") == ("rejected", "cancellation_without_effect")


@pytest.mark.parametrize(
    "outcome",
    [Unknown("POST was answered with 500", 500), TryLater("busy", 429), NotAllowed("403", 403)],
    ids=["500", "429", "403"],
)
def test_what_fails_for_one_kind_stops_no_other_kind(queue: Queue, outcome: Outcome) -> None:
    for number in range(4):
        body = {"sop_order_id": 5, "address": ADDRESS, "sentence": "moved."}
        queue.put(f"{number}#1", "address_change", group=f"old {number}", body=body)
    queue.put("1")
    queue.sage.orders = [in_sage(5, "9", delivery_address={}, lines=[])]
    queue.sage.write = lambda sage, _, body: (
        outcome if "delivery_address" in body else sage._take(body)
    )
    queue.run("address_change", {"sop_orders": AddressChange()})
    assert queue.report.stopped is not None
    queue.run(same_run=True)
    assert queue.state("1") == ("posted", None)
    assert queue.report.stopped is not None, "the run still says what is wrong"


def test_ended_login_stops_everything(queue: Queue) -> None:
    queue.put("9", "cancellation", body={"sop_order_id": 5, "sentence": "cancelled."})
    queue.put("1")

    def no_login(_: str) -> None:
        raise FixSettings("Run `sage200 login`.")

    queue.sage.read = no_login
    queue.run("cancellation", {"sop_orders": Cancellation()})
    queue.sage.read = lambda _: None
    queue.run(same_run=True)
    assert queue.state("1") == ("ready", None)


def test_changed_order_that_was_in_doubt_is_decided_anew_and_not_sent(queue: Queue) -> None:
    queue.put()
    queue.sage.write = says(Unknown("cut"))
    queue.run()
    body = {"increment_id": "1", "state": "canceled"}
    queue.outbox.receive([SourceDocument(Key(ORDER, SOURCE, "1"), 1, body, MONDAY)])
    queue.now()
    queue.run()
    assert len(queue.sage.sent) == 1
    assert [row.key.source_key for row in queue.outbox.undecided(ORDER, SOURCE)] == ["1"]


def test_request_leaves_only_while_the_lease_is_held(queue: Queue) -> None:
    queue.put()

    class Slow(Sage):
        def _write(self, *args: Any, **more: Any) -> Outcome:
            # A renewal of tokens, for instance, that outlasts the lease.
            time.sleep(0.4)
            return super()._write(*args, **more)

    queue.sage = Slow()
    queue.run(lease=timedelta(seconds=0.3), max_failures=1)
    assert queue.sage.sent == []
    assert queue.state()[0] in {"ready", "in_doubt"}


def test_second_document_of_a_posted_order_is_told_with_both_numbers(queue: Queue) -> None:
    queue.put()
    row = queue.outbox.claim(ORDER, SOURCE, "other", timedelta(minutes=1))
    assert row is not None
    queue.outbox.posted(row, SageDocument(3, "SO3"), route="sop_orders")
    rules = DispatchRules(SOURCE, "test", 1, timedelta(minutes=1), 3)
    client, route = cast_client(queue.sage), SALES_ORDERS["sop_orders"]
    answers = Answers(queue.outbox, client, rules, Report(), ORDER, lambda: 0.5)
    queue.sage.orders = [in_sage(4, "1")]
    answers.settle(route, row, route.find(client, [row]))
    assert queue.state() == ("posted", "found_more_than_once")
    assert "SO3, SO4" in queue.row()["error"]
    # A person cancels the one that the row does not name.
    queue.sage.orders = [in_sage(3, "1"), in_sage(4, "1", document_status=CANCELLED)]
    Dispatcher(lambda: Outbox(queue.url), client, rules, lambda: 0.5).look_again(
        ORDER, SALES_ORDERS, "sop_orders"
    )
    assert queue.state() == ("posted", None)


@pytest.mark.parametrize("listed", [False, True], ids=["gone", "only the address is wrong"])
@pytest.mark.parametrize("kind", ["cancellation", "account_change"])
def test_record_is_gone_only_where_the_list_says_so(queue: Queue, listed: bool, kind: str) -> None:
    body = {"sop_order_id": 5, "customer_id": 5, "sentence": "cancelled.", "details": {}}
    queue.put("9", kind, body=body, route="x")
    routes = {"x": Cancellation() if kind == "cancellation" else AccountChangeRoute()}

    def wrong_address(resource: str) -> None:
        if listed:
            raise FixRequest("Sage 200 answered 404: Resource not found", 404)

    queue.sage.read = wrong_address
    queue.run(kind, routes)
    gone = {"cancellation": ("posted", None), "account_change": ("rejected", "missing_in_sage")}
    assert queue.state("9", kind) == (("ready", "sage_unreachable") if listed else gone[kind])


@pytest.mark.parametrize("kind", ["orders that came by hand", "a restored queue"])
def test_row_that_falls_due_during_the_run_is_looked_up_before_it_is_sent(
    queue: Queue, kind: str
) -> None:
    queue.put("1")
    queue.put("2")
    queue.now("update sync.outbox set due_at = now() + interval '1 h' where source_key = '2'")
    queue.sage.orders = [in_sage(2, "2")]

    def post(sage: Sage, _: str, body: dict[str, Any]) -> Outcome:
        queue.now()
        return sage._take(body)

    queue.sage.write = post
    queue.run()
    assert queue.state("2") == ("posted", None)
    assert queue.sage.sent == [("POST", "sop_orders")]


def test_no_more_is_looked_up_than_may_be_sent(queue: Queue) -> None:
    for number in range(30):
        queue.put(str(number))
    queue.run(max_documents=2, connections=4)
    assert len(queue.sage.sent) == 2
    asked = queue.outbox._connection.execute(
        "select count(*) as asked from sync.outbox where looked_up_at is not null"
    ).fetchone()
    assert asked is not None
    assert asked["asked"] <= 8


def test_number_on_another_account_of_the_tables_is_left_to_a_person(queue: Queue) -> None:
    queue.put(account=2)
    queue.sage.orders = [in_sage(7, "1", customer_id=1)]
    queue.run()
    assert queue.state() == ("in_doubt", "found_but_differs")
    assert "SO7 with this number on another account (id 1)" in queue.row()["error"]
    assert queue.sage.sent == []


def test_number_on_an_account_that_is_none_of_the_web_is_nobodys_business(queue: Queue) -> None:
    queue.put()
    queue.sage.orders = [in_sage(7, "1", customer_id=99)]
    queue.run()
    assert queue.state() == ("posted", None)
    assert len(queue.sage.sent) == 1


def test_two_sources_with_one_number_never_share_a_document(queue: Queue) -> None:
    queue.put("1")
    queue.run()
    queue.put("1", source="second")
    queue.run(source="second")
    assert len(queue.sage.orders) == 1
    assert queue.state("1", source="second") == ("in_doubt", "document_of_another")
    queue.put("2", account=1)
    queue.run()
    queue.put("2", source="second", account=2)
    queue.run(source="second")
    assert queue.state("2", source="second")[0] == "posted", "another account, another's document"


@pytest.mark.parametrize(
    ("others", "result", "sent"),
    [
        ([{"document_status": CANCELLED}], ("posted", None), 0),
        (
            [dict.fromkeys(("total_net_value", "total_tax_value", "total_gross_value"), 0)],
            ("posted", None),
            0,
        ),
        ([{}], ("in_doubt", "found_more_than_once"), 0),
    ],
    ids=["cancelled", "emptied", "live"],
)
def test_surplus_document_counts_until_it_is_cancelled_or_emptied(
    queue: Queue, others: list[dict[str, Any]], result: tuple[str, str | None], sent: int
) -> None:
    queue.put()
    queue.sage.orders = [in_sage(7, "1"), *(in_sage(8, "1", **other) for other in others)]
    queue.run()
    assert queue.state() == result
    assert len(queue.sage.sent) == sent


@pytest.mark.parametrize(
    ("more", "result", "sent"),
    [
        ({"document_status": CANCELLED}, ("posted", None), 1),
        (
            dict.fromkeys(("total_net_value", "total_tax_value", "total_gross_value"), Decimal(0)),
            ("in_doubt", "found_but_differs"),
            0,
        ),
    ],
    ids=["cancelled in Sage", "emptied, maybe on purpose"],
)
def test_single_document_that_is_no_more(
    queue: Queue, more: dict[str, Any], result: tuple[str, str | None], sent: int
) -> None:
    queue.put()
    queue.sage.orders = [in_sage(7, "1", **more)]
    queue.run()
    assert queue.state() == result
    assert len(queue.sage.sent) == sent


def test_doubt_beside_another_document_of_the_group_ends_no_run(queue: Queue) -> None:
    queue.put("9", "cancellation", body={"sop_order_id": 5, "sentence": "x"}, group="1")
    assert queue.outbox.claim("cancellation", SOURCE, "other", timedelta(minutes=1)) is not None
    queue.put("1")
    queue.sage.orders = [in_sage(7, "1", total_gross_value=Decimal(1))]
    queue.run()
    assert queue.state() == ("ready", "found_but_differs")
    assert queue.sage.sent == []


def test_every_cause_has_its_row(queue: Queue) -> None:
    known = {line.split(",")[0] for line in CAUSES.read_text(encoding="utf-8").splitlines()}
    new = {
        "accepted_not_found",
        "cancellation_without_effect",
        "document_of_another",
        "number_used_twice",
        "stored_otherwise",
    }
    assert new <= known
