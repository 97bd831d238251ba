"""Postings that do not reach every ledger at once: deferred, pending, settled immediately."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sandbox.sage200.back_office.invoice import print_credit_note, print_invoice
from sandbox.sage200.back_office.invoice_posting import post_credit_note, post_invoice
from sandbox.sage200.back_office.pending import Updated, update_pending
from sandbox.sage200.back_office.waiting import update_waiting
from sandbox.sage200.ledger.entries import Pending
from sandbox.sage200.ledger.periods import NOMINAL_LEDGER, SALES_LEDGER, set_period_status
from sandbox.sage200.ledger.trial_balance import trial_balance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEXT_YEAR = datetime(2027, 2, 1)  # noqa: DTZ001 - Sage's dates have no zone
STAMP = "2027-02-01T00:00:00Z"


@pytest.fixture
def desk(company: str, desk_of: Callable[..., Any]) -> Iterator[Any]:
    """The desktop of a company that the tests of this module share; they leave it as it was."""
    with desk_of(company, release="2025R1") as desk:
        yield desk
        with psycopg.connect(company) as connection:
            connection.execute('update dbo."SYSSetting" set "UpdateNominalImmediately" = 1')
            connection.execute('update dbo."SOPSetting" set "AddInvCredToSalesLedger" = 1')
            connection.execute(
                'update dbo."SYSTranDateValidationTerm" set "FuturePeriodClassificationID" = 1'
            )
        for module in (SALES_LEDGER, NOMINAL_LEDGER):
            desk.sage.sql(
                'update dbo."SYSModuleAccountingPeriod" s set "SYSModulePostingStatusID" = 2'
                ' from dbo."SYSAccountingPeriod" p, dbo."SYSModule" m'
                ' where p."SYSAccountingPeriodID" = s."SYSAccountingPeriodID"'
                ' and m."SYSModuleID" = s."SYSModuleID" and m."Name" = %s'
                " and p.\"StartDate\" = '2027-02-01'",
                module,
            )
        desk.check()


def invoice(desk: Any, **more: Any) -> dict[str, Any]:
    body = {
        "customer_id": desk.sage.id_of("customers", "reference", "WEBGBP"),
        "document_goods_value": 10,
        "document_tax_value": 2,
        **more,
    }
    answer = desk.sage.send("POST", "/sales_invoices", body)
    assert answer.status_code == 200, answer.text
    posted: dict[str, Any] = desk.posted(int(answer.json()["urn"]))
    return posted


def count(desk: Any, table: str, urn: int) -> int:
    ((found,),) = desk.sage.sql(
        f'select count(*) from dbo."{table}" where "UniqueReferenceNumber" = %s',
        urn,
    )
    return int(found)


def balance_of(desk: Any) -> Decimal:
    ((value,),) = desk.sage.sql(
        'select "AccountBalance" from dbo."SLCustomerAccount"'
        " where \"CustomerAccountNumber\" = 'WEBGBP'"
    )
    return Decimal(value)


def nominal_entries(desk: Any, posted: dict[str, Any]) -> list[Decimal]:
    record = desk.sage.get(f"/sales_posted_transactions/{posted['id']}")
    return sorted(row["base_value"] for row in record["nominal_analysis_items"])


def test_entries_of_a_future_period_are_deferred_until_it_is_open(desk: Any) -> None:
    balance = balance_of(desk)
    posted = invoice(desk, transaction_date=STAMP)
    assert balance_of(desk) - balance == 12
    assert nominal_entries(desk, posted) == []
    assert count(desk, "NLDeferredNominalTran", posted["urn"]) == 3
    desk.check()
    assert desk.do(update_waiting) == 0
    desk.set(set_period_status, NEXT_YEAR, NOMINAL_LEDGER, is_open=True)
    assert desk.do(update_waiting) == 3
    assert nominal_entries(desk, posted) == [-10, -2, 12]
    assert count(desk, "NLDeferredNominalTran", posted["urn"]) == 0
    assert nominal_entries(desk, invoice(desk, transaction_date=STAMP)) == [-10, -2, 12]


def test_entries_that_wait_are_deferred_by_the_update_of_the_nominal_ledger(desk: Any) -> None:
    desk.sage.sql('update dbo."SYSSetting" set "UpdateNominalImmediately" = 0')
    posted = invoice(desk, transaction_date=STAMP)
    assert count(desk, "NLPendNominalTran", posted["urn"]) == 3
    assert desk.do(update_waiting) == 0
    assert count(desk, "NLPendNominalTran", posted["urn"]) == 0
    assert count(desk, "NLDeferredNominalTran", posted["urn"]) == 3


def test_a_future_period_is_refused_where_the_settings_do_not_allow_it(desk: Any) -> None:
    desk.sage.sql('update dbo."SYSTranDateValidationTerm" set "FuturePeriodClassificationID" = 2')
    body = {
        "customer_id": desk.sage.id_of("customers", "reference", "WEBGBP"),
        "transaction_date": STAMP,
        "document_goods_value": 1,
    }
    asked = {"date": STAMP, "ledger_type": "LedgerSales"}
    said = desk.sage.send("POST", "/transaction_date_validation", asked).json()
    assert said["classification"].endswith("NotAllowed")
    assert "is a future one in the" in desk.sage.refusal(body, path="/sales_invoices")


def test_the_trial_balance_tells_a_deferred_entry_that_is_off(desk: Any) -> None:
    posted = invoice(desk, transaction_date=STAMP)
    change = (
        'update dbo."NLDeferredNominalTran" set "GoodsValueInBaseCurrency" ='
        ' "GoodsValueInBaseCurrency" + %s where "GoodsValueInBaseCurrency" > 0'
        ' and "UniqueReferenceNumber" = %s'
    )
    desk.sage.sql(change, Decimal("0.01"), posted["urn"])
    with psycopg.connect(desk.sage.company_url) as connection:
        problems = trial_balance(connection).problems
    assert any(f"The nominal entries of URN {posted['urn']}" in problem for problem in problems)
    desk.sage.sql(change, Decimal("-0.01"), posted["urn"])


def test_an_invoice_waits_in_the_pending_file_where_the_setting_says_so(desk: Any) -> None:
    desk.sage.sql('update dbo."SOPSetting" set "AddInvCredToSalesLedger" = 0')
    balance, live = balance_of(desk), desk.live_value()
    order = desk.order(desk.sage.free_text("10.43"), desk.sage.free_text("0.83", 5))
    number = desk.do(print_invoice, order["document_no"], desk_day())
    assert isinstance(desk.do(post_invoice, number), Pending)
    assert desk.again(order)["document_status"] == "EnumDocumentStatusComplete"
    assert (balance_of(desk), desk.live_value()) == (balance, live)
    assert desk.sage.get("/sales_posted_transactions", filter=f"reference eq '{number}'") == []
    pending = desk.sage.sql(
        'select "GoodsValueInAccountCurrency", "TaxValue", "UniqueReferenceNumber"'
        ' from dbo."SLPendCustomerTran" where "TransactionReference" = %s',
        number,
    )
    assert pending == [(order["total_net_value"], order["total_tax_value"], None)]
    desk.check()
    assert desk.do(update_pending) == Updated(1, ())
    (found,) = desk.sage.get("/sales_posted_transactions", filter=f"reference eq '{number}'")
    posted = desk.posted(found["urn"])
    assert posted["document_gross_value"] == order["total_gross_value"]
    assert posted["second_reference"] == order["document_no"]
    assert {row["code"] for row in posted["tax_analysis_items"]} == {1, 5}
    assert balance_of(desk) - balance == order["total_gross_value"]
    assert desk.do(update_pending) == Updated(0, ())


def test_a_credit_note_waits_there_too_and_a_closed_period_keeps_it_there(desk: Any) -> None:
    desk.sage.sql('update dbo."SOPSetting" set "AddInvCredToSalesLedger" = 0')
    body = desk.sage.order(desk.sage.free_text("5.00"))
    back = desk.sage.send("POST", "/sop_returns", body).json()
    number = desk.do(print_credit_note, back["document_no"], desk_day())
    assert isinstance(desk.do(post_credit_note, number), Pending)
    desk.set(set_period_status, desk_day(), SALES_LEDGER, is_open=False)
    kept = desk.do(update_pending)
    assert kept.posted == 0
    assert "is closed in the Sales Ledger" in kept.kept[0]
    desk.set(set_period_status, desk_day(), SALES_LEDGER, is_open=True)
    assert desk.do(update_pending) == Updated(1, ())
    (posted,) = desk.sage.get("/sales_posted_transactions", filter=f"reference eq '{number}'")
    assert posted["document_gross_value"] == -6


def test_an_order_with_a_payment_goes_straight_to_the_ledger(desk: Any) -> None:
    desk.sage.sql('update dbo."SOPSetting" set "AddInvCredToSalesLedger" = 0')
    order = desk.order(desk.sage.free_text("10.00"), **desk.paid(payment_reference="pi_9"))
    posted = desk.invoiced(order, despatch=False)
    assert posted["document_outstanding_value"] == 0


def test_settled_immediately_is_noted_on_the_document_and_its_vat(desk: Any) -> None:
    tax = {"id": desk.sage.id_of("tax_codes", "code", 1), "goods_amount": 10, "tax_amount": 2}
    posted = invoice(
        desk,
        settled_immediately=True,
        document_discount_value=1,
        document_tax_discount_value=Decimal("0.20"),
        tax_analysis_items=[{**tax, "tax_discount_amount": Decimal("0.20")}],
    )
    assert posted["settled_immediately"] is True
    assert posted["document_tax_discount_value"] == Decimal("0.20")
    (row,) = posted["tax_analysis_items"]
    assert (row["tax_amount"], row["tax_discount_amount"]) == (2, Decimal("0.20"))
    assert posted["document_outstanding_value"] == 12
    body = {
        "customer_id": posted["customer_id"],
        "document_goods_value": 10,
        "document_tax_value": 2,
        "document_tax_discount_value": Decimal("0.20"),
        "tax_analysis_items": [tax],
    }
    told = desk.sage.refusal(body, path="/sales_invoices")
    assert "'document_tax_discount_value' is 0.20" in told


def desk_day() -> datetime:
    return datetime(2026, 11, 20)  # noqa: DTZ001 - Sage's dates have no zone
