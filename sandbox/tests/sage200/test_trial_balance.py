"""The trial balance adds up after postings, and tells every place where it is made not to."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sandbox.sage200 import command
from sandbox.sage200.ledger.trial_balance import trial_balance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = "2026-11-20T00:00:00Z"


@pytest.fixture
def books(new_company: Callable[[], str], play: Callable[..., Any]) -> Any:
    """A company with an invoice in pounds, one in euros, and a receipt on account of the first."""
    sage = play(new_company()).sign_in()

    def post(resource: str, account: str, **values: Any) -> int:
        customer_id = sage.id_of("customers", "reference", account)
        body = {"customer_id": customer_id, "transaction_date": DAY, **values}
        answer = sage.send("POST", f"/{resource}", body)
        assert answer.status_code == 200, answer.text
        urn = answer.json()["urn"]
        (found,) = sage.get("/sales_posted_transactions", filter=f"urn eq {urn}")
        return int(found["id"])

    values = {"document_goods_value": Decimal("83.33"), "document_tax_value": Decimal("16.67")}
    invoice = post("sales_invoices", "WEBGBP", **values)
    post("sales_invoices", "WEBEUR", **values)
    bank = sage.id_of("banks", "code", "BANK")
    receipt = post("sales_receipts", "WEBGBP", bank_id=bank, cheque_value=40)
    body = {
        "customer_id": sage.id_of("customers", "reference", "WEBGBP"),
        "allocation_lines": [
            {"posted_tran_id": tran, "value_to_allocate": 40} for tran in (invoice, receipt)
        ],
    }
    assert sage.send("POST", "/sales_allocations", body).status_code == 200
    return sage


def problems(sage: Any) -> tuple[str, ...]:
    with psycopg.connect(sage.company_url) as connection:
        return trial_balance(connection).problems


def test_postings_add_up(books: Any) -> None:
    with psycopg.connect(books.company_url) as connection:
        found = trial_balance(connection)
    assert found.problems == ()
    assert found.debits == found.credits > 100
    balances = {row.nominal.text: row.balance for row in found.accounts}
    assert balances["14100"] == 40


def test_entries_that_wait_for_the_nominal_ledger_count(books: Any) -> None:
    books.sql('update dbo."SYSSetting" set "UpdateNominalImmediately" = 0')
    body = {
        "customer_id": books.id_of("customers", "reference", "WEBGBP"),
        "transaction_date": DAY,
        "document_goods_value": 10,
        "document_tax_value": 2,
    }
    assert books.send("POST", "/sales_invoices", body).status_code == 200
    assert books.sql('select count(*) from dbo."NLPendNominalTran"') == [(3,)]
    assert problems(books) == ()


@pytest.mark.parametrize(
    ("table", "column", "told"),
    [
        ("NLPostedNominalTran", "GoodsValueInBaseCurrency", "The nominal entries of URN"),
        ("SLPostedCustomerTran", "SalControlValueInBaseCurrency", "Debtors control 13100"),
        ("SLPostedCustomerTran", "AllocatedValue", "its sessions add up to"),
        ("SLCustomerAccount", "AccountBalance", "its transactions add up to"),
        ("SYSTaxTran", "VatAmount", "VAT account 21000"),
        ("SLAllocationTran", "AllocationValue", "The allocation session with URN"),
        ("CBAccount", "CurrentBalanceInAccntCurrency", "Bank 'BANK'"),
    ],
)
def test_a_penny_anywhere_is_told(books: Any, table: str, column: str, told: str) -> None:
    books.sql(f'update dbo."{table}" set "{column}" = "{column}" + 0.01')
    assert any(told in problem for problem in problems(books))


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def test_the_command_prints_it_and_fails_where_it_is_off(
    books: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("trial-balance", "--database-url", books.company_url) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == ["account", "debit", "credit"]
    assert out[-1].split()[1] == out[-1].split()[2]
    books.sql('update dbo."SYSTaxTran" set "VatAmount" = 0')
    assert run("trial-balance", "--database-url", books.company_url) == 1
    assert "the VAT transactions say 0" in capsys.readouterr().err


def test_the_command_without_a_company_ends_with_a_sentence(
    postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("trial-balance", "--database-url", postgres_url) == 1
    assert "holds no Sage company" in capsys.readouterr().err
    assert run("trial-balance", "--database-url", f"postgresql:///x?host={tmp_path}") == 1
    assert "can't be reached" in capsys.readouterr().err
    assert run() == 1
    assert "--database-url" in capsys.readouterr().err
