"""`dbt build` on raw tables that the real target made: each state, and what the next run does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sage200_client import TokenStore
from sandbox.postgres import ensure_database

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping

    Dbt = Callable[..., subprocess.CompletedProcess[str]]
    Load = Callable[[str, str, str], None]

READ_AT = datetime.now(timezone.utc).isoformat(timespec="seconds")
WHEN = "2026-03-01T10:00:00+00:00"
EARLIER = "2026-03-02 00:00:00+00"

FORMATS = {"time": "date-time", "date": "date"}
# The columns staging relies on, by raw schema and table; the taps send more.
RAW_COLUMNS = json.loads((Path(__file__).parent / "raw_columns.json").read_text("utf-8"))


def messages(
    schema: str, rows: Mapping[str, list[dict[str, Any]]], version: int | None = None
) -> str:
    """Return Singer messages: the schema of every stream, and its rows if any.

    With a version they are a comparison, as ``full_compare`` of tap-sage200 makes one.
    """
    given = {} if version is None else {"version": version}
    lines: list[dict[str, Any]] = []
    for stream, table in RAW_COLUMNS[schema].items():
        properties = {
            name: {"type": ["string", "null"], "format": FORMATS[kind]}
            if kind in FORMATS
            else {"type": [kind, "null"], **({"items": {}} if kind == "array" else {})}
            for name, kind in table["columns"].items()
        }
        lines.append(
            {
                "type": "SCHEMA",
                "stream": stream,
                "schema": {"properties": properties},
                "key_properties": table["keys"],
            }
        )
        lines += [
            {"type": "RECORD", "stream": stream, "record": row, "time_extracted": READ_AT, **given}
            for row in rows.get(stream, [])
        ]
        if given and stream in rows:
            lines.append({"type": "ACTIVATE_VERSION", "stream": stream, **given})
    return "".join(json.dumps(line) + "\n" for line in lines)


def order(number: int, gross: float, tax: float, currency: str = "GBP") -> dict[str, Any]:
    return {
        "entity_id": number,
        "increment_id": f"{number:09}",
        "store_id": {"GBP": 1, "EUR": 4}[currency],
        "state": "processing",
        "status": "processing",
        "order_currency_code": currency,
        "grand_total": gross,
        "tax_amount": tax,
        "created_at": WHEN,
        "updated_at": WHEN,
    }


def cancelled(placed: dict[str, Any]) -> dict[str, Any]:
    totals = {"total_canceled": placed["grand_total"], "tax_canceled": placed["tax_amount"]}
    return {**placed, **totals, "state": "canceled", "status": "canceled"}


def document(
    number: int, reference: int, gross: float, tax: float, account: str = "WEBGBP"
) -> dict[str, Any]:
    return {
        "sales_document_id": number,
        "document_type": "order",
        "document_no": f"SO{number}",
        "document_date": WHEN[:10],
        "document_status_id": 0,
        "customer_document_no": f"{reference:09}",
        "account_number": account,
        "currency_code": "EUR" if account == "WEBEUR" else "GBP",
        "total_net": round(gross - tax, 2),
        "total_tax": tax,
        "total_gross": gross,
        "created_at": WHEN,
        "updated_at": WHEN,
    }


@dataclass(frozen=True)
class Case:
    """An order, its documents in Sage, its row in the outbox, and what must be said of it."""

    order: dict[str, Any]
    documents: tuple[dict[str, Any], ...]
    outbox: tuple[str, str | None, int | None] | None
    state: str
    cause: str | None
    detail: str = "{}"
    route: str = "sop_orders"


CASES = {
    "equal": Case(
        order(1, 36, 6), (document(101, 1, 36, 6),), ("posted", None, 101), "matched", None
    ),
    "in euro": Case(
        order(2, 59.5, 9.5, "EUR"),
        (document(102, 2, 59.5, 9.5, "WEBEUR"),),
        ("posted", None, 102),
        "matched",
        None,
    ),
    "four decimals": Case(
        order(3, 11.2989, 1.8832),
        (document(103, 3, 11.30, 1.88),),
        ("posted", None, 103),
        "matched",
        None,
    ),
    "a penny of VAT": Case(
        order(4, 120, 20),
        (document(104, 4, 120, 19.99),),
        ("posted", None, 104),
        "differs",
        "amounts_differ",
    ),
    "posted twice": Case(
        order(5, 12, 2),
        (document(105, 5, 12, 2), document(205, 5, 12, 2)),
        ("posted", None, 105),
        "duplicated_in_sage",
        "duplicated_in_sage",
    ),
    "part refunded": Case(
        order(6, 120, 20), (document(106, 6, 120, 20),), ("posted", None, 106), "matched", None
    ),
    "refunded before it was posted": Case(
        order(13, 120, 20),
        (document(113, 13, 60, 10),),
        ("posted", None, 113),
        "matched",
        None,
        '{"left_out": {"net": 50, "tax": 10, "gross": 60, "refunded": 60.0}}',
    ),
    "unpaid": Case(
        order(7, 48, 8), (), ("waiting", "awaiting_payment", None), "waiting", "awaiting_payment"
    ),
    "refused": Case(
        order(8, 13.2, 2.2),
        (),
        ("rejected", "sku_not_in_sage", None),
        "rejected",
        "sku_not_in_sage",
    ),
    "deleted in Sage": Case(
        order(9, 14.4, 2.4), (), ("posted", None, 109), "missing_in_sage", "missing_in_sage"
    ),
    "never queued": Case(order(10, 15.6, 2.6), (), None, "missing_in_sage", "not_in_outbox"),
    "taken out": Case(
        order(11, 16.8, 2.8),
        (),
        ("ignored", "ignored_by_person", None),
        "ignored",
        "ignored_by_person",
    ),
    "cut off": Case(
        order(12, 18, 3), (), ("in_doubt", "fate_unknown", None), "in_doubt", "fate_unknown"
    ),
    "cancelled, and emptied by our cancellation": Case(
        cancelled(order(14, 120, 20)),
        (document(114, 14, 0, 0),),
        ("posted", None, 114),
        "not_expected",
        None,
    ),
    "cancelled after goods left": Case(
        cancelled(order(15, 120, 20)),
        (document(115, 15, 120, 20),),
        ("posted", None, 115),
        "differs",
        "cancelled_after_despatch",
    ),
    "cancelled before it was paid": Case(
        cancelled(order(16, 120, 20)),
        (),
        ("waiting", "cancelled_unpaid", None),
        "not_expected",
        "cancelled_unpaid",
    ),
    "an invoice in the ledger": Case(
        order(17, 120, 20),
        (),
        ("posted", None, 901),
        "matched",
        None,
        route="sales_invoices",
    ),
    "waits for an account that was refused": Case(
        order(18, 120, 20),
        (),
        ("waiting", "account_to_be_opened", None),
        "waiting",
        "account_refused",
        '{"new_account": {"reference": "W0000018"}}',
    ),
    "posted, the new address not sent": Case(
        order(19, 120, 20),
        (document(119, 19, 120, 20),),
        ("posted", "address_not_sent", 119),
        "matched",
        None,
    ),
}
# Somebody spelled the account in another way; and 901 is a ledger transaction's id, too.
ENTERED_BY_HAND = [
    {**document(900, 99999, 30, 5), "account_number": "webgbp "},
    document(901, 1, 84, 14, "PHONE"),
    {**document(902, 2, 9.5, 1.5, "WEBEUR"), "document_type": "return", "document_no": "SR902"},
]
IN_THE_LEDGER = {
    "sales_ledger_transaction_id": 901,
    "transaction_type": "invoice",
    "account_number": "WEBGBP",
    "currency_code": "GBP",
    "transaction_date": WHEN[:10],
    "reference": "000000017",
    "goods_value": 100,
    "tax_value": 20,
    "gross_value": 120,
}
# Kind, number, number of the order or account, state, cause.
OTHER_DOCUMENTS = [
    ("cancellation", "000000014", "000000014", "posted", None),
    ("cancellation", "000000015", "000000015", "rejected", "cancelled_after_despatch"),
    ("address_change", "000000001#1", "000000001", "rejected", "address_after_despatch"),
    ("receipt", "000000001", "000000001", "rejected", "bank_not_in_sage"),
    ("receipt", "000000007", "000000007", "waiting", "order_not_posted"),
    ("customer", "W0000018", "W0000018", "rejected", "refused_by_sage"),
    ("account_change", "W0000001#1", "W0000001", "in_doubt", None),
]


@dataclass(frozen=True)
class Build:
    """What one build said and left in the warehouse."""

    code: int
    output: str
    orders: dict[str, tuple[str, str | None]]
    stock: dict[str, tuple[str, str | None]]
    open_drift: dict[tuple[str, str], tuple[str, Any, Any]]
    closed_drift: set[tuple[str, str]]


def build(dbt: Dbt, url: str, *arguments: str) -> Build:
    run = dbt(url, "build", *arguments)
    with psycopg.connect(url) as connection:
        made = connection.execute("select to_regclass('analytics.drift_exceptions')").fetchone()
        assert made != (None,), run.stdout
        orders = connection.execute(
            "select increment_id, state, cause from analytics.reconciliation_orders"
        ).fetchall()
        stock = connection.execute(
            "select sku || ' at ' || source_code, state, cause from analytics.reconciliation_stock"
        ).fetchall()
        drift = connection.execute(
            "select cause, reference, owner, amount_at_stake_gross, first_seen_at"
            " from analytics.drift_exceptions"
        ).fetchall()
        closed = connection.execute(
            "select cause, reference from analytics.drift_exception_history"
            " where closed_at is not null"
        ).fetchall()
    return Build(
        run.returncode,
        run.stdout,
        {number: (state, cause) for number, state, cause in orders},
        {place: (state, cause) for place, state, cause in stock},
        {
            (cause, reference): (owner, amount, seen)
            for cause, reference, owner, amount, seen in drift
        },
        set(closed),
    )


def fill(url: str, load: Load) -> None:
    refund = {
        "entity_id": 1,
        "increment_id": "000000001",
        "order_id": 6,
        "state": 2,
        "order_currency_code": "GBP",
        "grand_total": 60,
    }
    magento = {
        "orders": [case.order for case in CASES.values()],
        "credit_memos": [refund, {**refund, "entity_id": 2, "order_id": 13}],
        "products": [
            {"id": number, "sku": sku, "type_id": "simple", "status": 1}
            for number, sku in enumerate(("HAT", "BOOT"))
        ],
        "source_items": [
            {"sku": "HAT", "source_code": "leeds_wh", "quantity": 5, "status": 1},
            {"sku": "BOOT", "source_code": "leeds_wh", "quantity": 2, "status": 1},
        ],
        "store_views": [{"id": 1, "code": "default"}, {"id": 4, "code": "eur"}],
    }
    item = {"item_id": 1, "item_code": "hat", "is_active": True, "allow_sales_order": True}
    level = {
        "warehouse_item_id": 1,
        "item_id": 1,
        "item_code": "hat",
        "warehouse_name": "LEEDS",
        "free_quantity": 4,
        "allocated_to_web_quantity": 1,
    }
    posted = [one for case in CASES.values() for one in case.documents]
    sage = {
        "sales_documents": posted + ENTERED_BY_HAND,
        "stock_items": [item],
        "stock_levels": [level],
        "sales_ledger_transactions": [IN_THE_LEDGER],
    }
    load(url, "tap_magento", messages("tap_magento", magento))
    load(url, "tap_sage200", messages("tap_sage200", sage))
    TokenStore(url, None).ensure_schema()
    with psycopg.connect(url) as connection:
        connection.execute(files("outbox").joinpath("schema.sql").read_bytes())
        connection.execute(LOGIN_ENDS_SOON)
        for case in CASES.values():
            if case.outbox:
                state, cause, sage_id = case.outbox
                connection.execute(
                    """
                    insert into sync.outbox (
                      kind, source, source_key, state, cause, amount, currency, source_document,
                      source_hash, sage_id, posted_at, detail, route
                    ) values ('sales_order', 'magento', %s, %s, %s, %s, %s, %s, '', %s, %s, %s, %s)
                    """,
                    (
                        *(case.order["increment_id"], state, cause, case.order["grand_total"]),
                        *(case.order["order_currency_code"], json.dumps(case.order), sage_id),
                        WHEN if state == "posted" else None,
                        case.detail,
                        case.route,
                    ),
                )
        for kind, number, group, state, cause in OTHER_DOCUMENTS:
            connection.execute(
                "insert into sync.outbox (kind, source, source_key, group_key, state, cause,"
                " amount, currency, source_document, source_hash)"
                " values (%s, 'magento', %s, %s, %s, %s, 120, 'GBP', '{}', '')",
                (kind, number, group, state, cause),
            )


LOGIN_ENDS_SOON = """
insert into sync.sage_token (token_url, client_id, site_id, refresh_token, signed_in_at)
values ('https://id.example', 'client', 'the-site', 'secret', now() - interval '85 days')
"""
LOGGED_IN_AGAIN = "update sync.sage_token set signed_in_at = now()"


@pytest.fixture(scope="module")
def first(warehouse: str, load: Load, dbt: Dbt) -> Build:
    """The first build, before target-magento ever ran: there is no published_stock yet."""
    fill(warehouse, load)
    return build(dbt, warehouse)


@pytest.fixture(scope="module")
def second(warehouse: str, first: Build, load: Load, dbt: Dbt) -> Build:
    """The order was posted, the stock published, a person logged in; then a full refresh.

    Document 104 was deleted in Sage, which a comparison of all rows finds.
    """
    assert first.code == 0, first.output
    posted = [one for case in CASES.values() for one in case.documents]
    there = [one for one in posted + ENTERED_BY_HAND if one["sales_document_id"] != 104]
    compared = {"sales_documents": [*there, document(108, 8, 13.2, 2.2)]}
    load(warehouse, "tap_sage200", messages("tap_sage200", compared, version=1))
    with psycopg.connect(warehouse) as connection:
        connection.execute(
            "update sync.outbox set state = 'posted', cause = null, sage_id = 108"
            " where source_key = '000000008'"
        )
        connection.execute(
            "update analytics.drift_exception_history set first_seen_at = %s", (EARLIER,)
        )
        connection.execute(LOGGED_IN_AGAIN)
        connection.execute(files("target_magento").joinpath("schema.sql").read_bytes())
        connection.execute(
            "insert into sync.published_stock (source_code, sku, quantity, wanted_quantity,"
            " sage_free, allocated_to_web, shipped_not_despatched, buffer, state)"
            " values ('leeds_wh', 'HAT', 5, 5, 4, 1, 0, 0, 'published')"
        )
    return build(dbt, warehouse, "--full-refresh")


def test_build_stops_in_one_sentence_where_nothing_was_loaded(warehouse: str, dbt: Dbt) -> None:
    stopped = dbt(ensure_database(warehouse, "empty"), "build")
    assert stopped.returncode != 0
    assert "Load it first: meltano run all" in stopped.stdout
    assert "tap_magento.orders" in stopped.stdout
    assert "sync.published_stock" not in stopped.stdout
    assert "sync.sage_login" not in stopped.stdout


def test_tables_that_no_run_has_made_yet_are_empty(warehouse: str, dbt: Dbt) -> None:
    only = ("--select", "stg_sync__sage_login", "--exclude", "resource_type:test")
    shown = dbt(ensure_database(warehouse, "empty"), "show", *only)
    assert shown.returncode == 0, shown.stdout
    assert "token_url" in shown.stdout


def test_build_is_green_on_tables_the_real_target_made(first: Build) -> None:
    assert first.code == 0, first.output


@pytest.mark.parametrize("name", CASES)
def test_each_order_stands_in_its_state(first: Build, name: str) -> None:
    case = CASES[name]
    assert first.orders[case.order["increment_id"]] == (case.state, case.cause)


def test_only_documents_on_web_accounts_miss_their_order(first: Build) -> None:
    numbers = {case.order["increment_id"] for case in CASES.values()}
    assert set(first.orders) - numbers == {"000099999"}
    assert first.orders["000099999"] == ("missing_in_magento", "missing_in_magento")


def test_every_drift_has_owner_and_money_and_nothing_else_is_drift(first: Build) -> None:
    owners = {(cause, number): owner for (cause, number), (owner, _, _) in first.open_drift.items()}
    assert owners == {
        ("amounts_differ", "000000004"): "finance",
        ("duplicated_in_sage", "000000005"): "finance",
        ("refund_not_in_sage", "000000006"): "finance",
        ("awaiting_payment", "000000007"): "ecommerce",
        ("sku_not_in_sage", "000000008"): "ecommerce",
        ("missing_in_sage", "000000009"): "finance",
        ("not_in_outbox", "000000010"): "operations",
        ("fate_unknown", "000000012"): "operations",
        ("cancelled_after_despatch", "000000015"): "operations",
        ("account_refused", "000000018"): "finance",
        ("address_not_sent", "000000019"): "ecommerce",
        ("address_after_despatch", "000000001#1"): "operations",
        ("bank_not_in_sage", "000000001"): "finance",
        ("refused_by_sage", "W0000018"): "finance",
        ("fate_unknown", "W0000001#1"): "operations",
        ("return_not_in_magento", "000000002"): "finance",
        ("missing_in_magento", "000099999"): "finance",
        ("stock_not_published", "HAT at leeds_wh"): "operations",
        ("unknown_in_sage", "BOOT"): "ecommerce",
        ("sage_login_expiring", "Sage 200 site the-site"): "operations",
    }
    amounts = {number: str(amount) for (_, number), (_, amount, _) in first.open_drift.items()}
    assert amounts["000000004"] == "0.01"
    assert amounts["000000005"] == "12.00"
    assert amounts["000000006"] == "60.00"
    assert amounts["000000002"] == "9.50"
    assert amounts["000099999"] == "30.00"


def test_drift_closes_itself_and_what_stays_keeps_when_it_was_first_seen(second: Build) -> None:
    assert second.code == 0, second.output
    assert second.closed_drift == {
        ("sku_not_in_sage", "000000008"),
        ("stock_not_published", "HAT at leeds_wh"),
        ("sage_login_expiring", "Sage 200 site the-site"),
        ("amounts_differ", "000000004"),
    }
    assert second.orders["000000004"] == ("missing_in_sage", "missing_in_sage")
    stayed = set(second.open_drift) - {("missing_in_sage", "000000004")}
    seen = {second.open_drift[drift][2] for drift in stayed}
    assert {moment.astimezone(timezone.utc).isoformat(" ") for moment in seen} == {f"{EARLIER}:00"}
    assert second.stock["HAT at leeds_wh"] == ("matched", None)


def test_a_cause_outside_the_catalogue_is_shown_and_fails_the_build(
    warehouse: str, second: Build, dbt: Dbt
) -> None:
    assert second.code == 0, second.output
    with psycopg.connect(warehouse) as connection:
        connection.execute(
            "update sync.outbox set cause = 'no_such_cause' where source_key = '000000007'"
        )
    arguments = ("--select", "reconciliation_orders+", "--exclude-resource-type", "unit_test")
    broken = build(dbt, warehouse, *arguments)
    assert broken.code == 1
    assert "relationships_drift_exceptions_cause" in broken.output
    assert ("no_such_cause", "000000007") in broken.open_drift


def test_build_leaves_the_mappings_as_they_are(project: Path, first: Build) -> None:
    assert first.code == 0, first.output
    repository = Path(__file__).resolve().parents[2] / "mappings"
    for file in (project.parent / "mappings").iterdir():
        assert file.read_bytes() == (repository / file.name).read_bytes()


def test_start_of_reconciliation_and_name_of_the_shop_come_from_the_environment(
    warehouse: str, second: Build, dbt: Dbt
) -> None:
    assert second.code == 0, second.output
    shop = {"RECONCILE_FROM": "2026-03-02", "TARGET_SAGE200_SOURCE": "second_shop"}
    names_the_shop = ("int_magento_orders", "int_sage_web_documents", "int_sage_orders")
    run = dbt(warehouse, "run", "--select", *names_the_shop, "reconciliation_orders", **shop)
    assert run.returncode == 0, run.stdout
    with psycopg.connect(warehouse) as connection:
        found = connection.execute(
            "select state, magento_source from analytics.reconciliation_orders group by 1, 2"
        ).fetchall()
    states = {state for state, _ in found}
    assert "matched" in states
    assert "missing_in_magento" not in states
    assert {source for _, source in found} == {"second_shop", "magento"}


def test_mappings_may_lie_elsewhere_and_get_a_column(
    warehouse: str, second: Build, dbt: Dbt, project: Path, tmp_path: Path
) -> None:
    assert second.code == 0, second.output
    for file in (project.parent / "mappings").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    stores = tmp_path / "stores.csv"
    head, *rows = stores.read_text("utf-8").splitlines()
    changed = "\n".join([f"{head},a new column", *(f"{row},SUSPENSE" for row in rows)]) + "\n"
    stores.write_text(changed, "utf-8")
    run = dbt(warehouse, "seed", MAPPINGS_DIR=str(tmp_path))
    assert run.returncode == 0, run.stdout
    assert stores.read_text("utf-8") == changed
    with psycopg.connect(warehouse) as connection:
        found = connection.execute('select distinct "a new column" from analytics.stores')
        assert found.fetchall() == [("SUSPENSE",)]
        # The views that people read are still there.
        assert connection.execute("select count(*) from analytics.drift_exceptions").fetchone()
    again = dbt(warehouse, "seed")
    assert again.returncode == 0, again.stdout
