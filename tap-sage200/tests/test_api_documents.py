"""Despatches and invoices by the API: only what changed, whole, whatever page it lies on."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from sage200_client import ReportAnswer, Sage200Client, gt
from sage200_client.paging import Query
from sandbox.faults import Fault
from tap_sage200.api.groups import in_parts, pages_of_wholes
from tap_sage200.api.invoices import joined
from tap_sage200.api.streams import Reading
from tap_sage200.catalogue import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

PAST = {"lookback_seconds": 0}
ROWS = [(1, 1), (2, 2), (2, 3), (2, 4), (3, 5), (4, 6), (4, 7)]


@pytest.fixture(scope="module")
def served(server, trading, api_of) -> Iterator[Any]:
    with api_of(trading, server) as company:
        yield company


class View:
    """A view in the order of one id; gives at most ``most`` records a page."""

    def __init__(self, rows: list[dict[str, Any]], most: int = 5000) -> None:
        self.rows = rows
        self.most = most
        self.asked = 0

    def get(self, _path: str, **options: Any) -> list[dict[str, Any]]:
        self.asked += 1
        assert options["orderby"] == "invoice"
        where = options["filter"].text if options["filter"] else "invoice ge 0"
        (found,) = re.finditer(r"invoice (ge|gt) (\d+)$", where)
        least = int(found[2]) + (found[1] == "gt")
        return [each for each in self.rows if each["invoice"] >= least][
            : min(options["top"], self.most)
        ]


def pages(view: View, size: int) -> list[list[dict[str, Any]]]:
    made = pages_of_wholes(
        view,  # type: ignore[arg-type] # all that is used of the client
        "views",
        "invoice",
        select=["invoice", "order"],
        where=None,
        size=size,
    )
    return list(made)


@pytest.mark.parametrize("most", [3, 4, 5000])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8, 5000])
def test_a_document_of_several_records_is_whole_wherever_a_page_ends(size, most) -> None:
    rows = [{"invoice": invoice, "order": order} for invoice, order in ROWS]
    found = pages(View(rows, most), size)
    assert [row for page in found for row in page] == rows
    for before, after in pairwise(found):
        assert before[-1]["invoice"] < after[0]["invoice"]


def test_a_short_list_takes_two_requests() -> None:
    view = View([{"invoice": invoice, "order": order} for invoice, order in ROWS])
    assert len(pages(view, 5000)) == 2
    assert view.asked == 2
    assert pages(View([]), 5000) == []


def test_what_can_never_be_paged_is_said() -> None:
    with pytest.raises(ReportAnswer, match="5000 records or more of invoice 7"):
        pages(View([{"invoice": 7, "order": n} for n in range(6000)]), 5000)
    with pytest.raises(ReportAnswer, match="did not come in the order of invoice"):
        pages(View([{"invoice": 2}, {"invoice": 1}]), 5000)


def value(number: int, product: int | None) -> dict[str, Any]:
    return {"sop_invoice_credit_line_id": number, "product_id": product}


def quantity(number: int) -> dict[str, Any]:
    return {"sop_order_return_line_id": number}


@pytest.mark.parametrize(
    ("values", "quantities", "products", "tied"),
    [
        pytest.param([(1, 7)], [11], {}, {(1, 11)}, id="one line, whatever is known of it"),
        pytest.param([(1, 7), (2, 8)], [12, 11], {11: 7, 12: 8}, {(1, 11), (2, 12)}, id="products"),
        pytest.param([(1, 7), (2, None)], [11, 12], {11: 7, 12: None}, {(1, 11), (2, 12)},
                     id="a product and a charge"),
        pytest.param([(1, 7), (2, 7), (3, 8)], [11, 12, 13], {11: 7, 12: 7, 13: 8},
                     {(3, 13), (1, None), (2, None), (None, 11), (None, 12)},
                     id="the same product twice is not guessed"),
        pytest.param([(1, 7), (2, 8)], [11, 12], {},
                     {(1, None), (2, None), (None, 11), (None, 12)}, id="orders unknown"),
        pytest.param([(1, 7)], [], {}, {(1, None)}, id="no quantity"),
        pytest.param([], [11], {}, {(None, 11)}, id="no value"),
    ],
)  # fmt: skip
def test_halves_of_lines_are_tied_where_there_is_one_of_each(
    values, quantities, products, tied
) -> None:
    order_lines = {
        number: {"product_id": product, "order_item_code": f"P{product}", "order_id": 5}
        for number, product in products.items()
    }
    rows = joined(
        [value(*each) for each in values], [quantity(each) for each in quantities], order_lines
    )
    found = [
        (row.get("sop_invoice_credit_line_id"), row.get("sop_order_return_line_id")) for row in rows
    ]
    assert set(found) == tied
    assert len(found) == len(tied)


def settled(served, stream) -> dict[str, Any]:
    """Return the state of a run that lies after all changes so far."""
    state: dict[str, Any] = served.read(stream).state
    now = served.sql("select dbo.utc_now()")[0][0].replace(tzinfo=timezone.utc).isoformat()
    state["bookmarks"][stream]["replication_key_value"] = now
    return state


@pytest.mark.parametrize(
    ("stream", "table", "key"),
    [
        ("despatches", "SOPDespatchReceipt", "SOPDespatchReceiptID"),
        ("despatches", "SOPDespatchReceiptLine", "SOPDespatchReceiptID"),
        ("invoices_and_credits", "SOPInvoiceCredit", "SOPInvoiceCreditID"),
        ("invoices_and_credits", "SOPInvoiceCreditLine", "SOPInvoiceCreditID"),
    ],
)
def test_a_document_is_sent_when_it_or_a_line_of_it_changed(served, stream, table, key) -> None:
    state = settled(served, stream)
    assert served.read(stream, state=state, **PAST).counts == {}
    (number,) = served.sql(f'select max("{key}") from dbo."{table}"')[0]
    served.sql(
        f'update dbo."{table}" set "DateTimeCreated" = "DateTimeCreated" where "{key}" = %s', number
    )
    again = served.read(stream, state=state, **PAST).records(stream)
    assert [each[STREAMS[stream][0].name] for each in again] == [number]
    anew = {each[STREAMS[stream][0].name]: each for each in served.read(stream).records(stream)}
    assert again == [anew[number]]


def test_many_changes_are_asked_for_in_addresses_a_web_server_takes(served, monkeypatch) -> None:
    """IIS refuses a query of more than 2,048 characters; ids may have ten digits."""
    paths: list[str] = []

    def noted(_client: Sage200Client, query: Query, _observe: Any) -> list[dict[str, Any]]:
        paths.append(query.path())
        return []

    spread = set(range(10**9, 10**9 + 10**6, 1000))
    close = set(range(10**9, 10**9 + 5000))
    for name in ("despatches", "invoices_and_credits"):
        stream = served.tap()[0].streams[name]
        stream._reading = Reading("2026-11-28T00:00:00+00:00", whole=False)
        (resource,) = stream._resources
        with stream._source.session() as (client, names), monkeypatch.context() as patch:
            patch.setattr(Sage200Client, "_get", noted)
            patch.setattr(stream, "_asked_since", lambda: datetime.now(timezone.utc))
            for ids in (spread, close):
                patch.setattr(stream, "_changed", lambda *_any, ids=ids: ids)
                assert list(stream.due_pages(client, resource, None)) == []
                page = [dict.fromkeys(resource.select) | {resource.key: each} for each in ids]
                assert len(stream.made(client, names, resource, page)) == len(ids)
    levels = served.tap()[0].streams["stock_levels"]._resources[0]
    (first, *_) = in_parts(levels.key, sorted(spread))
    paths.append(Query("x", first & gt("id", 10**9), levels.select, "id", 5000).path())
    assert len(paths) > 50
    assert max(map(len, paths)) < 2000


@pytest.mark.parametrize("status", [403, 404])
def test_where_changes_cannot_be_asked_for_all_are_read(
    trading, server, api_of, caplog, status
) -> None:
    fault = Fault("status", path="*/sop_despatch_receipts*", status=status)
    with api_of(trading, server, fault) as company:
        state = settled(company, "despatches")
        run = company.read("despatches", state=state, **PAST)
    assert run.counts == {"despatches": trading.sql(
        'select count(*) from dbo."SOPDespatchReceipt" where "SOPDespatchReceiptTypeID" = 0'
    )[0][0]}  # fmt: skip
    assert "despatches: read whole, since what changed can't be asked for here" in caplog.text


@pytest.mark.parametrize(
    ("stream", "view"),
    [
        ("despatches", "sop_order_despatch_line_views"),
        ("invoices_and_credits", "customer_sop_invoice_credit_line_views"),
        ("invoices_and_credits", "sop_order_return_line_invoice_credit_views"),
        ("invoices_and_credits", "sop_order_line_views"),
    ],
)
def test_a_document_is_sent_without_what_a_release_lacks(
    trading, server, api_of, caplog, stream, view
) -> None:
    everything = trading.read(stream).records(stream)
    with api_of(trading, server, Fault("status", path=f"*/{view}*", status=404)) as company:
        found = company.read(stream).records(stream)
    key = STREAMS[stream][0].name
    assert [each[key] for each in found] == [each[key] for each in everything]
    assert caplog.text.count(f"without what {view} tells") == 1


@pytest.mark.parametrize("stream", ["stock_levels", "despatches", "invoices_and_credits"])
@pytest.mark.parametrize(
    ("hours_ago", "settings", "whole"),
    [
        pytest.param(1, {}, False, id="read whole an hour ago"),
        pytest.param(25, {}, True, id="more than a day ago"),
        pytest.param(25, {"full_reread_hours": 48}, False, id="less than the setting"),
        pytest.param(25, {"full_reread_hours": 0}, False, id="never"),
        pytest.param(None, {}, True, id="not known"),
    ],
)
def test_what_no_stamp_tells_is_read_whole_from_time_to_time(
    served, stream, hours_ago, settings, whole
) -> None:
    state = settled(served, stream)
    noted = state["bookmarks"][stream]
    before = noted.pop("whole_read_at")
    if hours_ago is not None:
        before = (datetime.now(timezone.utc) - timedelta(hours=hours_ago)).isoformat()
        noted["whole_read_at"] = before
    run = served.read(stream, state=state, **PAST, **settings)
    assert bool(run.counts) is whole
    assert (run.state["bookmarks"][stream]["whole_read_at"] > before) is whole


def test_a_whole_reading_that_ran_out_of_time_goes_on_whole(served) -> None:
    state = settled(served, "stock_levels")
    del state["bookmarks"]["stock_levels"]["whole_read_at"]
    keys: list[int] = []
    while "whole_read_at" not in state["bookmarks"]["stock_levels"]:
        tap, writer = served.tap(state, batch_size=50, max_seconds=2, **PAST)
        ticks = iter(range(10_000))
        stream = tap.streams["stock_levels"]
        object.__setattr__(stream._budget, "started", 0)
        object.__setattr__(stream._budget, "clock", lambda ticks=ticks: next(ticks))
        stream.sync()
        keys += [
            each["record"]["warehouse_item_id"]
            for each in writer.messages
            if each["type"] == "RECORD"
        ]
        state = writer.messages[-1]["value"]
    assert (
        len(keys) == len(set(keys)) == served.sql('select count(*) from dbo."WarehouseItem"')[0][0]
    )
