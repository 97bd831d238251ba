"""What stops an order, who must act, and that nothing but a retry is needed once they did.

One stand-in serves all cases; each has an order of its own. The target runs in this process.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import psycopg
import pytest
from outbox.command import main as outbox_command
from psycopg.rows import dict_row
from sandbox.environment import Surroundings, surroundings
from target_sage200.exceptions import RunStoppedError
from target_sage200.target import TargetSage200

from benchmarks.shop_copies import copies, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
CAUSES = {
    row["code"]: row
    for row in csv.DictReader(
        (ROOT / "mappings" / "exception_causes.csv").read_text(encoding="utf-8").splitlines()
    )
}
pytestmark = pytest.mark.end_to_end
Order = dict[str, Any]


class Bench:
    """The running stand-ins, mapping tables of this test's own, and a target to run."""

    def __init__(self, around: Surroundings, tables: Path) -> None:
        self.around = around
        self.tables = tables
        self._copies = iter(copies(["000000016"], 200))

    def order(self, change: Callable[[Order], None] | None = None) -> Order:
        """A new paid order, changed as a case wants it."""
        order, payments = next(self._copies)
        assert payments == []
        order = json.loads(json.dumps(order, default=str), parse_float=str)
        if change is not None:
            change(order)
        return order

    def run(self, *orders: Order, **settings: Any) -> None:
        """Run the target on some orders; what stops a run is in the outbox, too."""
        variables = self.around.variables
        names = ("api_url", "token_url", "client_id", "client_secret", "refresh_token")
        config = {
            **{name: variables[f"TARGET_SAGE200_{name.upper()}"] for name in names},
            "site_id": variables["TARGET_SAGE200_SITE_ID"],
            "company_id": variables["TARGET_SAGE200_COMPANY_ID"],
            "outbox_url": self.around.warehouse_url,
            "mappings_dir": str(self.tables),
            "timeout_seconds": 4,
            "in_doubt_after_seconds": 5,
            **settings,
        }
        stream = io.StringIO("\n".join(messages([(order, []) for order in orders])))
        with suppress(RunStoppedError):
            TargetSage200(config=config).listen(stream)

    def row(self, number: str, kind: str = "sales_order") -> dict[str, Any]:
        """The row of a document in the outbox."""
        with psycopg.connect(self.around.warehouse_url, row_factory=dict_row) as connection:
            found = connection.execute(
                "select * from sync.outbox where source_key = %s and kind = %s", (number, kind)
            ).fetchone()
        assert found is not None, f"{kind} {number} is not in the outbox"
        return found

    def retry(self, number: str, kind: str = "sales_order") -> None:
        """What a person does: no more than this."""
        url = self.around.warehouse_url
        assert outbox_command(["--url", url, "retry", number, "--kind", kind, "--who", "Jo"]) == 0

    def add(self, table: str, **columns: str) -> None:
        """Add a row to a mapping table; columns not given stay empty."""
        path = self.tables / table
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        self._write(path, header, [*rows, {**dict.fromkeys(header, ""), **columns}])

    def replace(self, table: str, column: str, old: str, new: str) -> None:
        """Change a value wherever it stands in a column of a mapping table."""
        path = self.tables / table
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        for row in rows:
            row[column] = new if row[column] == old else row[column]
        self._write(path, list(rows[0]), rows)

    @staticmethod
    def _write(path: Path, header: list[str], rows: list[dict[str, str]]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header)
            writer.writeheader()
            writer.writerows(rows)

    def sage(self, statement: str, *values: object) -> list[Any]:
        """Do something in the Sage company's database, as its users would."""
        with psycopg.connect(self.around.company_url) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def faults(self, *rules: dict[str, Any]) -> None:
        """Set the stand-in's faults."""
        body = json.dumps(rules).encode()
        request = Request(f"{self.around.sage200_url}/__faults", data=body, method="POST")  # noqa: S310
        with urlopen(request):  # noqa: S310  # the stand-in of this test
            pass

    def in_sage(self, number: str) -> list[Any]:
        """Id, status, gross and number of lines of the orders with this web order number."""
        return self.sage(
            'select o."SOPOrderReturnID", o."DocumentStatusID", o."TotalGrossValue", ('
            '  select count(*) from dbo."SOPOrderReturnLine" l'
            '  where l."SOPOrderReturnID" = o."SOPOrderReturnID")'
            ' from dbo."SOPOrderReturn" o where o."CustomerDocumentNo" = %s',
            number,
        )


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="rem"))
    try:
        tables = folder / "mappings"
        shutil.copytree(ROOT / "mappings", tables)
        with surroundings(folder) as around:
            yield Bench(around, tables)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shipping(order: Order) -> Order:
    part: Order = order["extension_attributes"]["shipping_assignments"][0]["shipping"]
    return part


def set_sku(order: Order) -> None:
    for item in order["items"]:
        item["sku"] = "NOT-IN-SAGE"


def set_tax(order: Order, code: str) -> None:
    for entry in order["extension_attributes"]["item_applied_taxes"]:
        for tax in entry["applied_taxes"]:
            tax["code"] = code


def to_france(order: Order) -> None:
    set_tax(order, "EU-VAT")
    shipping(order)["address"]["country_id"] = "FR"


def set_payment(order: Order) -> None:
    order["payment"]["method"] = "klarna"


def set_shipping(order: Order) -> None:
    shipping(order)["method"] = "ups_ground"


def set_group(order: Order) -> None:
    order["customer_group_id"] = 9


def long_postcode(order: Order) -> None:
    shipping(order)["address"]["postcode"] = "LS1 1AA LEEDS"


def nothing(_: Bench) -> None:
    """The order itself is what is wrong, or the mapping lacks a row."""


def account(column: str, value: object) -> Callable[[Bench], None]:
    def change(bench: Bench) -> None:
        bench.sage(
            f'update dbo."SLCustomerAccount" set "{column}" = %s'
            ' where "CustomerAccountNumber" = %s',
            value,
            "WEBGBP",
        )

    return change


def permission(value: int) -> Callable[[Bench], None]:
    return lambda bench: (
        bench.sage('update dbo."SOPUserPermission" set "OverridePricesDiscounts" = %s', value)
        and None
    )


MANDATORY = {
    "action": "status",
    "status": 400,
    "method": "POST",
    "path": "*/sop_orders",
    "body": '{"message": "The analysis code \'Channel\' must be entered."}',
}


@dataclass(frozen=True)
class Case:
    """What is wrong, what the row says then, and what mends it.

    Attributes:
        retry: Whether a person must release the order; else the next run takes it by itself.
    """

    cause: str
    owner: str
    words: str
    order: Callable[[Order], None] | None = None
    spoil: Callable[[Bench], None] = nothing
    mend: Callable[[Bench], None] = nothing
    retry: bool = False


CASES = {
    "unmapped SKU": Case(
        "sku_not_in_sage",
        "ecommerce",
        "no stock item 'NOT-IN-SAGE'",
        set_sku,
        mend=lambda bench: bench.add("skus.csv", magento_sku="NOT-IN-SAGE", sage_code="BN-001"),
    ),
    "unmapped tax code": Case(
        "tax_code_unmapped",
        "finance",
        "NEW-VAT",
        lambda order: set_tax(order, "NEW-VAT"),
        mend=lambda bench: bench.add("tax_codes.csv", magento_tax="NEW-VAT", sage_tax_code="1"),
    ),
    "unmapped country": Case(
        "tax_code_unmapped",
        "finance",
        "FR",
        to_france,
        lambda bench: bench.add(
            "tax_codes.csv", magento_tax="EU-VAT", country_id="DE", sage_tax_code="1"
        ),
        lambda bench: bench.add(
            "tax_codes.csv", magento_tax="EU-VAT", country_id="FR", sage_tax_code="1"
        ),
    ),
    "unmapped payment method": Case(
        "payment_method_unmapped",
        "finance",
        "'klarna'",
        set_payment,
        mend=lambda bench: bench.add(
            "payment_methods.csv", method="klarna", post_when="paid", send_payment="no"
        ),
    ),
    "unmapped shipping method": Case(
        "shipping_method_unmapped",
        "finance",
        "'ups_ground'",
        set_shipping,
        mend=lambda bench: bench.add(
            "shipping_methods.csv", method="ups_*", sage_charge_code="CARR"
        ),
    ),
    "customer group without an account": Case(
        "customer_not_in_sage",
        "finance",
        "'NOSUCH'",
        set_group,
        lambda bench: bench.add("customers.csv", customer_group_id="9", account="NOSUCH"),
        lambda bench: bench.replace("customers.csv", "account", "NOSUCH", "TRADE"),
    ),
    "over-long field": Case(
        "postcode_too_long", "ecommerce", "'LS1 1AA LEEDS' has 13 characters", long_postcode
    ),
    "account on hold": Case(
        "account_on_hold",
        "finance",
        "WEBGBP is on hold",
        spoil=account("AccountIsOnHold", 1),
        mend=account("AccountIsOnHold", 0),
    ),
    "closed account": Case(
        "account_closed",
        "finance",
        "Sage 200: Account 'WEBGBP' is not active",
        spoil=account("SYSAccountStatusID", 1),
        mend=account("SYSAccountStatusID", 0),
        retry=True,
    ),
    "wrong currency": Case(
        "currency_differs",
        "finance",
        "account WEBEUR in EUR",
        spoil=lambda bench: bench.replace("stores.csv", "account", "WEBGBP", "WEBEUR"),
        mend=lambda bench: bench.replace("stores.csv", "account", "WEBEUR", "WEBGBP"),
    ),
    "price permission missing": Case(
        "price_permission_missing",
        "finance",
        "Sage 200: Ex20319: user 'connector' does not have permission",
        spoil=permission(0),
        mend=permission(1),
        retry=True,
    ),
    # The stand-in has no mandatory analysis codes: the refusal is put in front of it.
    "mandatory analysis code": Case(
        "analysis_code_missing",
        "finance",
        "The analysis code 'Channel' must be entered.",
        spoil=lambda bench: bench.faults(MANDATORY),
        mend=lambda bench: bench.faults(),
        retry=True,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_row_says_who_must_do_what_and_a_retry_is_all_it_takes(bench: Bench, name: str) -> None:
    case = CASES[name]
    order = bench.order(case.order)
    number = order["increment_id"]
    case.spoil(bench)
    try:
        bench.run(order)
        row = bench.row(number)
        assert (row["state"], row["cause"]) == ("rejected", case.cause)
        assert case.words in row["error"]
        assert CAUSES[case.cause]["owner"] == case.owner
        assert bench.in_sage(number) == []
    finally:
        case.mend(bench)
    later = []
    if case.order is long_postcode:
        shipping(order)["address"]["postcode"] = "LS1 1AA"
        later = [{**order, "updated_at": "2026-12-31 00:00:00"}]
    if case.retry:
        bench.run()
        assert bench.row(number)["state"] == "rejected", "Sage's refusals need a person"
        bench.retry(number)
    bench.run(*later)
    row = bench.row(number)
    assert (row["state"], row["cause"]) == ("posted", None), row["error"]
    assert [gross for _, _, gross, _ in bench.in_sage(number)] == [row["amount"]]


def test_held_order_loses_its_cause_once_it_is_released_in_sage(bench: Bench) -> None:
    account("CreditLimit", 1)(bench)
    order = bench.order()
    try:
        bench.run(order)
    finally:
        account("CreditLimit", 0)(bench)
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", "held_in_sage")
    assert CAUSES["held_in_sage"]["owner"] == "finance"
    bench.sage(
        'update dbo."SOPOrderReturn" set "DocumentStatusID" = 0 where "SOPOrderReturnID" = %s',
        row["sage_id"],
    )
    bench.run()
    assert bench.row(order["increment_id"])["cause"] is None


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
    assert bench.row(number)["state"] == "posted"
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
    assert CAUSES["document_locked"]["owner"] == "operations"
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
    assert CAUSES["cancelled_after_despatch"]["owner"] == "operations"
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
    assert CAUSES["address_after_despatch"]["owner"] == "operations"


def test_part_cancelled_after_posting_is_told_to_operations(bench: Bench) -> None:
    order = posted(bench)
    bench.run({**order, "total_canceled": "1.00", "updated_at": "2026-12-31 00:00:00"})
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", "part_cancelled_after_posting")
    assert CAUSES["part_cancelled_after_posting"]["owner"] == "operations"


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
