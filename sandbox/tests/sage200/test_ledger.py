"""Ledger documents: tax as sent, one URN, entries in every ledger, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = "2026-11-20T00:00:00Z"


class Ledger:
    """The sales ledger of a running stand-in."""

    def __init__(self, sage: Any) -> None:
        self.sage = sage

    def document(self, account: str = "WEBGBP", **more: Any) -> dict[str, Any]:
        values = {"document_goods_value": Decimal("100.00"), "document_tax_value": Decimal("19.99")}
        customer_id = self.sage.id_of("customers", "reference", account)
        return {"customer_id": customer_id, "transaction_date": DAY, **values, **more}

    def money(self, value: str, account: str = "WEBGBP", **more: Any) -> dict[str, Any]:
        return {
            "customer_id": self.sage.id_of("customers", "reference", account),
            "bank_id": self.sage.id_of("banks", "code", "BANK"),
            "cheque_value": Decimal(value),
            "transaction_date": DAY,
            **more,
        }

    def post(self, resource: str, body: dict[str, Any]) -> int:
        answer = self.sage.send("POST", f"/{resource}", body)
        assert answer.status_code == 200, answer.text
        assert list(answer.json()) == ["urn"]
        return int(answer.json()["urn"])

    def posted(self, urn: int) -> dict[str, Any]:
        (found,) = self.sage.get("/sales_posted_transactions", filter=f"urn eq {urn}")
        record: dict[str, Any] = self.sage.get(f"/sales_posted_transactions/{found['id']}")
        return record

    def allocate(self, *parts: tuple[dict[str, Any], str], account: str = "WEBGBP") -> Any:
        body = {
            "customer_id": self.sage.id_of("customers", "reference", account),
            "allocation_lines": [
                {"posted_tran_id": tran["id"], "value_to_allocate": Decimal(value)}
                for tran, value in parts
            ],
        }
        return self.sage.send("POST", "/sales_allocations", body)

    def nominal(self, urn: int) -> dict[str, Decimal]:
        """Debits less credits by nominal account."""
        rows = self.sage.sql(
            "select concat_ws('/', a.\"AccountNumber\", nullif(a.\"AccountCostCentre\", '')),"
            ' sum(t."GoodsValueInBaseCurrency") from dbo."NLPostedNominalTran" t'
            ' join dbo."NLNominalAccount" a using ("NLNominalAccountID")'
            ' where t."UniqueReferenceNumber" = %s group by 1',
            urn,
        )
        return dict(rows)

    def balance(self, account: str = "WEBGBP") -> Decimal:
        customer_id = self.sage.id_of("customers", "reference", account)
        return Decimal(self.sage.get(f"/customers/{customer_id}")["balance"])

    def tax_code(self, code: int) -> int:
        return int(self.sage.id_of("tax_codes", "code", code))


@pytest.fixture
def ledger(sage: Any) -> Ledger:
    return Ledger(sage)


@pytest.mark.parametrize(("resource", "sign"), [("sales_invoices", 1), ("sales_credit_notes", -1)])
def test_a_document_keeps_its_tax_and_reaches_every_ledger(
    ledger: Ledger, resource: str, sign: int
) -> None:
    before = ledger.balance()
    urn = ledger.post(resource, ledger.document(reference="000000123", second_reference="B"))
    posted = ledger.posted(urn)
    assert posted["document_goods_value"] == sign * Decimal("100.00")
    assert posted["document_tax_value"] == sign * Decimal("19.99")
    assert posted["document_outstanding_value"] == sign * Decimal("119.99")
    assert posted["reference"] == "000000123"
    assert [row["tax_amount"] for row in posted["tax_analysis_items"]] == [sign * Decimal("19.99")]
    assert ledger.nominal(urn) == {
        "13100": sign * Decimal("119.99"),
        "41100/WEB": -sign * Decimal("100.00"),
        "21000": -sign * Decimal("19.99"),
    }
    assert ledger.balance() - before == sign * Decimal("119.99")
    assert ledger.sage.sql(
        'select "GrossValue", "Reference" from dbo."SYSAuditTrail"'
        ' where "UniqueReferenceNumber" = %s',
        urn,
    ) == [(sign * Decimal("119.99"), "000000123")]


def test_vat_goes_to_the_account_of_each_code_and_net_to_the_nominals_sent(
    ledger: Ledger,
) -> None:
    body = ledger.document(
        document_goods_value=Decimal("15.00"),
        document_tax_value=Decimal("2.91"),
        tax_analysis_items=[
            {"id": ledger.tax_code(1), "goods_amount": 10, "tax_amount": Decimal("1.96")},
            {"id": ledger.tax_code(119), "goods_amount": 5, "tax_amount": Decimal("0.95")},
        ],
        nominal_analysis_items=[
            {"code": "41100", "cost_centre": "WEB", "value": 12, "narrative": "goods"},
            {"code": "41300", "value": 3},
        ],
    )
    urn = ledger.post("sales_credit_notes", body)
    assert ledger.nominal(urn) == {
        "13100": Decimal("-17.91"),
        "41100/WEB": Decimal("12.00"),
        "41300": Decimal("3.00"),
        "21000": Decimal("1.96"),
        "21010": Decimal("0.95"),
    }
    rows = ledger.posted(urn)["nominal_analysis_items"]
    assert {row["narrative"] for row in rows if row["code"] == "41100"} == {"goods"}


def test_a_foreign_document_is_posted_in_the_base_currency_without_a_remainder(
    ledger: Ledger,
) -> None:
    body = ledger.document("WEBEUR", exchange_rate=Decimal("1.17"))
    urn = ledger.post("sales_invoices", body)
    entries = ledger.nominal(urn)
    assert entries["13100"] == Decimal("102.56")
    assert entries["21000"] == Decimal("-17.09")
    assert sum(entries.values()) == 0
    assert ledger.posted(urn)["document_gross_value"] == Decimal("119.99")


@pytest.mark.parametrize(("resource", "sign"), [("sales_receipts", -1), ("sales_payments", 1)])
def test_money_moves_between_bank_and_customer(ledger: Ledger, resource: str, sign: int) -> None:
    before = ledger.balance()
    urn = ledger.post(resource, ledger.money("12.34", reference="pay"))
    assert ledger.nominal(urn) == {
        "14100": -sign * Decimal("12.34"),
        "13100": sign * Decimal("12.34"),
    }
    assert ledger.balance() - before == sign * Decimal("12.34")
    (bank,) = ledger.posted(urn)["bank_items"]
    assert (bank["bank_code"], bank["cheque_value"]) == ("BANK", -sign * Decimal("12.34"))


def test_an_allocation_settles_both_sides(ledger: Ledger) -> None:
    invoice = ledger.posted(ledger.post("sales_invoices", ledger.document()))
    receipt = ledger.posted(ledger.post("sales_receipts", ledger.money("50")))
    answer = ledger.allocate((invoice, "50"), (receipt, "50"))
    assert answer.status_code == 200, answer.text
    invoice, receipt = ledger.posted(invoice["urn"]), ledger.posted(receipt["urn"])
    assert invoice["document_outstanding_value"] == Decimal("69.99")
    assert receipt["document_outstanding_value"] == 0
    assert receipt["full_settlement_date"] is not None
    assert invoice["full_settlement_date"] is None
    assert invoice["allocation_session_items"][0]["allocation_value"] == 50


def refused_allocations() -> list[Any]:
    return [
        pytest.param("119.99", "50.00", "do not balance", id="sides differ"),
        pytest.param("120.00", "120.00", "has 119.99 outstanding", id="more than outstanding"),
        pytest.param("0", "0", "is invalid", id="nothing"),
    ]


@pytest.mark.parametrize(("of_invoice", "of_receipt", "text"), refused_allocations())
def test_an_allocation_that_does_not_fit_is_refused(
    ledger: Ledger, of_invoice: str, of_receipt: str, text: str
) -> None:
    invoice = ledger.posted(ledger.post("sales_invoices", ledger.document()))
    receipt = ledger.posted(ledger.post("sales_receipts", ledger.money("200")))
    answer = ledger.allocate((invoice, of_invoice), (receipt, of_receipt))
    assert answer.status_code == 400
    assert text in answer.json()["error"]
    assert ledger.posted(invoice["urn"])["document_allocated_value"] == 0


def refused_documents() -> list[Any]:
    def case(name: str, text: str, **more: Any) -> Any:
        return pytest.param(more, text, id=name)

    return [
        case(
            "tax row without id",
            "The field 'tax_analysis_items[0].id' is required",
            tax_analysis_items=[{"goods_amount": 100, "tax_amount": Decimal("19.99")}],
        ),
        case(
            "tax rows do not add up",
            "'tax_analysis_items[].tax_amount' add up to 20, 'document_tax_value' is 19.99",
            tax_analysis_items=[{"id": 1001, "goods_amount": 100, "tax_amount": 20}],
        ),
        case(
            "nominal rows do not add up",
            "'nominal_analysis_items[].value' add up to 99, 'document_goods_value' is 100",
            nominal_analysis_items=[{"code": "41100", "value": 99}],
        ),
        case(
            "unknown nominal",
            "There is no nominal account '41100/NOT'",
            nominal_analysis_items=[{"code": "41100", "cost_centre": "NOT", "value": 100}],
        ),
        case(
            "unknown tax code",
            "no tax code 7",
            tax_analysis_items=[{"id": 7, "goods_amount": 100, "tax_amount": Decimal("19.99")}],
        ),
        case("negative", "'document_tax_value' must not be negative", document_tax_value=-1),
        case("long reference", "maximum length of 20", reference="x" * 21),
        case("bare date", "must be a date with a time", transaction_date="2026-11-20"),
        case("no period", "is in no accounting period", transaction_date="2020-02-01T00:00:00Z"),
        case("unknown customer", "no customer 1", customer_id=1),
    ]


@pytest.mark.parametrize(("more", "text"), refused_documents())
def test_a_document_that_breaks_a_rule_leaves_nothing_behind(
    ledger: Ledger, more: dict[str, Any], text: str
) -> None:
    counts = 'select count(*), sum("GoodsValueInBaseCurrency") from dbo."NLPostedNominalTran"'
    before = ledger.sage.sql(counts)
    body = {**ledger.document(), **more}
    assert text in ledger.sage.refusal(body, path="/sales_credit_notes")
    assert ledger.sage.sql(counts) == before


def test_only_the_query_flag_of_a_posted_transaction_changes(ledger: Ledger) -> None:
    posted = ledger.posted(ledger.post("sales_invoices", ledger.document(reference="A")))
    path = f"/sales_posted_transactions/{posted['id']}"
    answer = ledger.sage.send("PUT", path, {"queried": "Q", "reference": "B"})
    assert answer.status_code == 200
    after = ledger.posted(posted["urn"])
    assert (after["queried"], after["reference"]) == ("Q", "A")


def test_nominal_entries_are_read_by_account_and_lead_to_their_document(ledger: Ledger) -> None:
    urn = ledger.post("sales_invoices", ledger.document(reference="LEAD"))
    nominal_id = ledger.sage.id_of("nominal_codes", "reference", "13100")
    path = f"/nominal_codes/{nominal_id}/nominal_transaction_enquiry_views"
    (entry,) = ledger.sage.get(path, filter=f"urn eq {urn}", expand="trade_items")
    assert (entry["debit"], entry["credit"]) == (Decimal("119.99"), 0)
    assert (entry["source"], entry["period_number"]) == ("LedgerSales", 11)
    assert entry["trade_items"][0]["account_number"] == "WEBGBP"


def test_a_company_without_control_account_posts_nothing(
    ledger: Ledger, new_company: Callable[[], str], play: Callable[..., Any]
) -> None:
    company = play(new_company()).sign_in()
    company.sql('delete from dbo."NLDefaultNominalAccount"')
    text = company.refusal(Ledger(company).document(), path="/sales_invoices")
    assert "no debtors control account" in text


def test_an_answer_is_the_urn_as_text(ledger: Ledger) -> None:
    answer = ledger.sage.send("POST", "/sales_invoices", ledger.document())
    assert msgspec.json.decode(answer.content)["urn"].isdecimal()
