"""Reading everything to find what is gone: versions, and when the target is told."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import pytest
from sandbox.sage200.contract.tables import tables
from tap_sage200.budget import Budget


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


def archive(company, document_id: int) -> None:
    """Move an order with its lines, as Sage's archiving does."""
    for table in ("SOPOrderReturnLine", "SOPOrderReturn"):
        kept = tables()[f"{table}Arch"].columns.keys() - {"OpLock"}
        for (row,) in company.sql(
            f'delete from dbo."{table}" where "SOPOrderReturnID" = %s returning to_json("{table}")',
            document_id,
        ):
            given = {name: value for name, value in row.items() if name in kept}
            company.insert(
                f"{table}Arch", **{name: each for name, each in given.items() if each is not None}
            )


@pytest.mark.parametrize(
    ("stream", "key", "moved"),
    [
        ("sales_documents", "sales_document_id", 900001),
        ("sales_document_lines", "sales_document_line_id", 900011),
    ],
)
def test_an_archived_order_is_not_taken_for_gone(company, stream, key, moved) -> None:
    before = company.read(stream)
    archive(company, 900001)
    compared = company.read(stream, state=before.state, full_compare=True)
    assert len(activated(compared)) == 1
    first, again = (
        {each[key]: each["customer_document_no"] for each in run.records(stream)}
        for run in (before, compared)
    )
    assert first == again
    assert again[moved] == "000000901"
    assert company.read(stream, state=compared.state).counts == {}


MOVED = [
    ("sales_ledger_transactions", "SLHistoricalCustomerTran"),
    ("nominal_transactions", "NLHistoricalNominalTran"),
    ("despatches", "SOPOrderReturnArch"),
    ("invoices_and_credits", "SOPOrderReturnArch"),
]


@pytest.mark.parametrize(("stream", "table"), MOVED)
def test_where_rows_were_moved_to_another_key_nothing_is_called_gone(
    company, caplog, stream, table
) -> None:
    assert len(activated(company.read(stream, full_compare=True))) == 1
    company.insert(table, **{tables()[table].key: 1})
    compared = company.read(stream, full_compare=True)
    assert activated(compared) == []
    assert f"{stream}: not compared. Sage has moved old rows to {table}" in caplog.text
    assert compared.state["bookmarks"][stream]["replication_key"] == "op_lock"


@pytest.mark.parametrize(("stream", "table"), [*MOVED, ("sales_documents", "SOPOrderReturnArch")])
def test_a_comparison_without_sight_of_moved_rows_takes_nothing_away(
    company, caplog, stream, table
) -> None:
    company.sql(f'drop table dbo."{table}"')
    assert activated(company.read(stream, full_compare=True)) == []
    assert f"{stream}: not compared, since where Sage moves old rows can't be seen" in caplog.text
    assert "docs/sql/create_reader.sql" in caplog.text


def test_with_little_time_each_stream_has_its_turn(company) -> None:
    """Three streams and time to begin one a night: by the third night all were begun."""
    state, begun = None, []
    for night in range(4):
        tap, writer = company.tap(state, full_compare=True, max_seconds=50)
        looks = iter([0, *[100] * 50])
        for name, stream in tap.streams.items():
            stream.selected = name in {"customers", "tax_codes", "warehouses"}
            stream._budget = Budget(50, 0, looks.__next__)
        tap.sync_all()
        (read,) = {each["stream"] for each in writer.messages if each["type"] == "RECORD"}
        begun.append(read)
        state = [each["value"] for each in writer.messages if each["type"] == "STATE"][-1]
        # Nights lie further apart than these runs.
        state["bookmarks"][read]["begun_at"] = f"2026-11-0{night + 1}T00:00:00+00:00"
    assert begun == ["customers", "tax_codes", "warehouses", "customers"]
