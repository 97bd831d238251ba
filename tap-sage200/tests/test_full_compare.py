"""Reading everything to find what is gone: versions, and when the target is told."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import pytest


def versions(run) -> set[int]:
    return {each["version"] for each in run.messages if each["type"] == "RECORD"}


def activated(run) -> list[int]:
    return [each["version"] for each in run.messages if each["type"] == "ACTIVATE_VERSION"]


@pytest.mark.parametrize("stream", ["tax_codes", "stock_levels"])
def test_a_comparison_sends_every_row_and_tells_the_target_last(company, stream) -> None:
    first = company.read(stream)
    compared = company.read(stream, state=first.state, full_compare=True)
    assert compared.counts == first.counts
    (version,) = activated(compared)
    assert versions(compared) == {version}
    kinds = [each["type"] for each in compared.messages]
    assert max(n for n, kind in enumerate(kinds) if kind == "RECORD") < kinds.index(
        "ACTIVATE_VERSION"
    )


def test_after_a_comparison_only_changes_are_sent_again(company) -> None:
    compared = company.read("tax_codes", full_compare=True)
    assert company.read("tax_codes", state=compared.state).counts == {}
    company.sql('update dbo."SYSTaxRate" set "TaxRate" = 21 where "Code" = 1')
    after = company.read("tax_codes", state=compared.state)
    assert after.counts == {"tax_codes": 1}
    assert activated(after) == []


def test_a_comparison_reads_rows_above_the_bound_of_open_transactions(company) -> None:
    """They would be taken for gone; the bookmark stays below them, so they come again."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(company.url) as slow:
        slow.execute('update dbo."Warehouse" set "Description" = \'x\' where "Name" = \'YORK\'')
        company.sql('update dbo."SYSTaxRate" set "TaxRate" = 21 where "Code" = 1')
        compared = company.read("tax_codes", full_compare=True)
        slow.rollback()
    assert (
        compared.counts["tax_codes"] == company.sql('select count(*) from dbo."SYSTaxRate"')[0][0]
    )
    again = company.read("tax_codes", state=compared.state)
    assert [each["tax_code"] for each in again.records("tax_codes")] == [1]


def test_a_comparison_that_ran_out_of_time_takes_nothing_away(company) -> None:
    compared = company.read("stock_items", full_compare=True, batch_size=10, max_seconds=0)
    assert activated(compared) == []
    tap, writer = company.tap(full_compare=True, batch_size=10)
    stream = tap.streams["stock_items"]
    ticks = iter([0, 100])
    object.__setattr__(stream._budget, "max_seconds", 50)
    object.__setattr__(stream._budget, "started", 0)
    object.__setattr__(stream._budget, "clock", lambda: next(ticks))
    stream.sync()
    kinds = [each["type"] for each in writer.messages]
    assert kinds.count("RECORD") == 10
    assert "ACTIVATE_VERSION" not in kinds
    whole = company.read("stock_items", state=tap.state, full_compare=True)
    assert whole.counts["stock_items"] == company.sql('select count(*) from dbo."StockItem"')[0][0]


def test_a_line_that_went_without_its_document_is_gone_from_its_list_by_a_comparison(
    company,
) -> None:
    """A deleted row has no version: nothing but a comparison, or Sage's log, tells of it."""
    company.insert("SOPDespatchReceipt", SOPDespatchReceiptID=1, SOPOrderID=900001)
    for line in (11, 12):
        company.insert(
            "SOPDespatchReceiptLine", SOPDespatchReceiptLineID=line, SOPDespatchReceiptID=1
        )
    first = company.read("despatches")
    assert len(first.records("despatches")[0]["lines"]) == 2
    company.sql('delete from dbo."SOPDespatchReceiptLine" where "SOPDespatchReceiptLineID" = 12')
    second = company.read("despatches", state=first.state)
    assert second.counts == {}
    compared = company.read("despatches", state=second.state, full_compare=True)
    lines = compared.records("despatches")[0]["lines"]
    assert [each["despatch_line_id"] for each in lines] == [11]
