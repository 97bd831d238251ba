"""Reading by the API: only what changed, what a release lacks, and what stops a run."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.faults import Fault
from tap_sage200.api.fields import Resource, stamp
from tap_sage200.catalogue import STREAMS
from tap_sage200.exceptions import FailedStreamError, SageReadError, SettingsError
from tap_sage200.tap import TapSage200

if TYPE_CHECKING:
    from collections.abc import Iterator

PAST = {"lookback_seconds": 0}


@pytest.fixture(scope="module")
def served(server, trading, api_of) -> Iterator[object]:
    """A company whose stamps lie in the past, so that a change is seen as one without overlap."""
    with api_of(trading, server) as company:
        yield company


def bookmark(stream, key, value) -> dict[str, object]:
    return {"bookmarks": {stream: {"replication_key": key, "replication_key_value": value}}}


def touched(company, table, key) -> int:
    """Change a row; return its key. Its stamp is the database's own clock."""
    ((number,),) = company.sql(
        f'update dbo."{table}" set "DateTimeCreated" = "DateTimeCreated" '
        f'where "{key}" = (select max("{key}") from dbo."{table}") returning "{key}"'
    )
    return int(number)


@pytest.mark.parametrize(
    ("stream", "table", "key"),
    [
        ("stock_items", "StockItem", "ItemID"),
        ("stock_levels", "WarehouseItem", "WarehouseItemID"),
        ("customers", "SLCustomerAccount", "SLCustomerAccountID"),
        ("sales_documents", "SOPOrderReturn", "SOPOrderReturnID"),
        ("sales_ledger_transactions", "SLPostedCustomerTran", "SLPostedCustomerTranID"),
        ("nominal_accounts", "NLNominalAccount", "NLNominalAccountID"),
    ],
)
def test_only_what_changed_since_the_bookmark_is_sent(served, stream, table, key) -> None:
    since = served.sql("select dbo.utc_now()")[0][0].replace(tzinfo=timezone.utc).isoformat()
    number = touched(served, table, key)
    state = bookmark(stream, "updated_at", since)
    state["bookmarks"][stream] |= {"warehouses": [], "whole_read_at": since}  # type: ignore[operator]
    run = served.read(stream, state=state, **PAST)
    assert [each[STREAMS[stream][0].name] for each in run.records(stream)] == [number]


def test_a_header_sends_its_lines_again(served) -> None:
    since = served.sql("select dbo.utc_now()")[0][0].replace(tzinfo=timezone.utc).isoformat()
    number = touched(served, "SOPOrderReturn", "SOPOrderReturnID")
    state = bookmark("sales_document_lines", "updated_at", since)
    lines = served.read("sales_document_lines", state=state, **PAST).records("sales_document_lines")
    assert {each["sales_document_id"] for each in lines} == {number}


def test_the_bookmark_is_when_reading_began_and_overlaps(served) -> None:
    before = datetime.now(timezone.utc)
    first = served.read("tax_codes")
    value = first.state["bookmarks"]["tax_codes"]["replication_key_value"]
    assert before <= datetime.fromisoformat(value) <= datetime.now(timezone.utc)
    again = served.read("tax_codes", state=first.state, lookback_seconds=10**6)
    assert again.counts == first.counts


def test_entries_without_a_stamp_are_read_on_by_their_id_with_an_overlap(
    served, monkeypatch
) -> None:
    monkeypatch.setattr("tap_sage200.api.streams.OVERLAPPING_IDS", 2)
    first = served.read("nominal_transactions")
    ids = sorted(each["nominal_transaction_id"] for each in first.records("nominal_transactions"))
    second = served.read("nominal_transactions", state=first.state)
    sent = [each["nominal_transaction_id"] for each in second.records("nominal_transactions")]
    assert sent == [each for each in ids if each > ids[-1] - 2]


@pytest.mark.parametrize("batch_size", [1, 7, 5000])
def test_every_page_size_sends_each_record_once(served, batch_size) -> None:
    run = served.read("stock_levels", batch_size=batch_size)
    ids = [each["warehouse_item_id"] for each in run.records("stock_levels")]
    assert len(ids) == len(set(ids)) == served.sql('select count(*) from dbo."WarehouseItem"')[0][0]


def test_only_needed_fields_are_asked_for() -> None:
    made = Resource("products", "id", {"item_code": "code", "item_name": "name"})
    assert made.select == ["id", "code", "name"]


def test_the_state_of_the_sql_source_is_no_bookmark_here(served) -> None:
    state = bookmark("tax_codes", "op_lock", "00000000000007d1")
    assert served.read("tax_codes", state=state).counts["tax_codes"] > 0


def test_a_comparison_reads_everything_and_tells_the_target(served) -> None:
    first = served.read("tax_codes")
    compared = served.read("tax_codes", state=first.state, full_compare=True, **PAST)
    assert compared.counts == first.counts
    assert [each["type"] for each in compared.messages if each["type"] == "ACTIVATE_VERSION"]


def test_warehouses_of_the_settings_are_the_only_ones_read(served) -> None:
    run = served.read("stock_levels", warehouses=["YORK"])
    assert {each["warehouse_name"] for each in run.records("stock_levels")} == {"YORK"}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"web_accounts": ["WEBGPB"]}, "no customer account 'WEBGPB'"),
        ({"warehouses": ["LEDS"]}, "no warehouse named 'LEDS'"),
    ],
)
def test_a_misspelt_setting_stops_before_a_wrong_level_is_sent(served, settings, sentence) -> None:
    tap, writer = served.tap(**settings)
    with pytest.raises(SettingsError, match=sentence):
        tap.streams["stock_levels"].sync()
    assert [each for each in writer.messages if each["type"] == "RECORD"] == []


@pytest.mark.parametrize(
    "name", ["api_url", "client_id", "site_id", "company_id", "token_store_url"]
)
def test_a_missing_setting_is_named(served, name) -> None:
    with pytest.raises(SettingsError, match=f"Setting {name} is missing"):
        served.read("tax_codes", **{name: None})


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("mysql://u:hush@host/x", "token_store_url is not a PostgreSQL address"),
        ("postgresql://u:hush@127.0.0.1:9/x", r"\(token_store_url\) can't be reached"),
    ],
)
def test_a_wrong_token_store_is_named_by_its_setting(served, address, sentence) -> None:
    with pytest.raises(SageReadError, match=sentence) as raised:
        served.read("tax_codes", token_store_url=address)
    assert "hush" not in str(raised.value)


def test_batch_files_are_refused(served) -> None:
    storage = {"root": "file:///tmp", "prefix": "b-"}
    with pytest.raises(SettingsError, match="Setting batch_config"):
        served.read("tax_codes", batch_config={"encoding": {"format": "jsonl"}, "storage": storage})
    assert "batch" not in [each.value for each in TapSage200.capabilities]
    assert "batch_config" not in TapSage200.config_jsonschema["properties"]


def test_a_list_a_release_lacks_is_said_and_the_others_go_on(
    trading, server, api_of, caplog
) -> None:
    lacking = Fault("status", path="*/couriers*", status=404)
    with api_of(trading, server, lacking) as company:
        run = company.read("couriers", "tax_codes")
    assert set(run.counts) == {"tax_codes"}
    assert "couriers: not read, this release of Sage 200 has no such list" in caplog.text


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            Fault(
                "status", path="*/tax_codes*", status=404, count=1, body="<h1>404 - too long</h1>"
            ),
            id="the list is there: a web server refused this one address",
        ),
        pytest.param(
            Fault("status", path="*/currency_iso_codes*", status=404),
            id="a list that is looked up, not the stream's own",
        ),
    ],
)
def test_another_404_fails_its_stream_and_the_others_go_on(trading, server, api_of, fault) -> None:
    with api_of(trading, server, fault) as company:
        tap, writer = company.tap()
        for name, stream in tap.streams.items():
            stream.selected = name in {"warehouses", "tax_codes", "currencies", "price_bands"}
        with pytest.raises(SageReadError, match="Sage 200 answered 404 to GET"):
            tap.sync_all()
    read = {each["stream"] for each in writer.messages if each["type"] == "RECORD"}
    assert "warehouses" in read
    assert len(read) in {2, 3}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        pytest.param(
            Fault("status", path="*/nominal_codes*", status=403),
            "Stream nominal_accounts: Sage 200 answered 403",
            id="the Sage user lacks a module",
        ),
        pytest.param(
            Fault("status", path="*/nominal_codes*", status=200, body="<h1>Welcome</h1>"),
            "Stream nominal_accounts: ",
            id="a page instead of records",
        ),
        pytest.param(
            Fault(
                "status",
                path="*/nominal_codes*",
                status=200,
                count=1,
                body='[{"id": 1, "date_time_updated": "yesterday"}]',
            ),
            "Stream nominal_accounts: .*'yesterday' is not a date and time",
            id="a value that is none of its kind",
        ),
    ],
)
def test_what_one_list_answers_concerns_its_stream_only(
    trading, server, api_of, fault, sentence
) -> None:
    with api_of(trading, server, fault) as company:
        tap, writer = company.tap()
        for name, stream in tap.streams.items():
            stream.selected = name in {"warehouses", "nominal_accounts", "accounting_periods"}
        with pytest.raises(FailedStreamError, match=sentence):
            tap.sync_all()
    read = {each["stream"] for each in writer.messages if each["type"] == "RECORD"}
    assert read == {"warehouses", "accounting_periods"}


def test_a_company_that_is_refused_ends_the_run(trading, server, api_of) -> None:
    with api_of(trading, server, Fault("status", path="*/accounts/v1/*", status=401)) as company:
        tap, writer = company.tap()
        with pytest.raises(SageReadError, match="check site_id and company_id") as raised:
            tap.sync_all()
    assert str(raised.value).count("401") == 1
    assert [each for each in writer.messages if each["type"] == "RECORD"] == []


def test_404_to_everything_is_a_wrong_address(trading, server, api_of) -> None:
    with (
        api_of(trading, server, Fault("status", path="*/accounts/v1/*", status=404)) as company,
        pytest.raises(SettingsError, match="answers 404 to everything"),
    ):
        company.read("tax_codes")


@pytest.mark.parametrize("kind", ["return", "quote", "proforma"])
def test_lines_are_read_where_a_release_lacks_some(trading, server, api_of, caplog, kind) -> None:
    lacking = Fault("status", path=f"*/sop_{kind}_line_views*", status=404)
    with api_of(trading, server, lacking) as company:
        run = company.read("sales_document_lines")
        again = company.read("sales_document_lines", state=run.state, **PAST)
    assert run.counts["sales_document_lines"] > 0
    assert "reading" not in run.state["bookmarks"]["sales_document_lines"]
    assert again.counts == {}
    assert caplog.text.count("has no such list") == 2


def timed(company, name, seconds, state=None, **settings: object) -> tuple[list[int], Any]:
    """Read a stream with a clock that goes on by a second each time it is looked at."""
    tap, writer = company.tap(state, max_seconds=seconds, **settings)
    ticks = iter(range(10_000))
    stream = tap.streams[name]
    object.__setattr__(stream._budget, "started", 0)
    object.__setattr__(stream._budget, "clock", lambda: next(ticks))
    stream.sync()
    key = STREAMS[name][0].name
    keys = [each["record"][key] for each in writer.messages if each["type"] == "RECORD"]
    return keys, json.loads(json.dumps(tap.state))


@pytest.mark.parametrize(
    "stream", ["stock_levels", "nominal_transactions", "sales_document_lines", "despatches"]
)
def test_a_stream_longer_than_max_seconds_goes_on_where_it_stopped(served, stream) -> None:
    key = STREAMS[stream][0].name
    everything = [each[key] for each in served.read(stream).records(stream)]
    size = max(len(everything) // 5, 1)
    read, state, begun = [], None, []
    while state is None or "reading" in state["bookmarks"].get(stream, {}):
        keys, state = timed(served, stream, 2, state, batch_size=size)
        read += keys
        begun += [state["bookmarks"].get(stream, {}).get("reading", {}).get("started")]
        assert len(begun) < 20
    assert read == everything
    if len(everything) > 4:
        assert len(begun) > 1
        # What changed while the runs went on is the next reading's.
        assert len(set(begun[:-1])) == 1
        value = state["bookmarks"][stream].get("replication_key_value")
        assert value in {begun[0], everything[-1], None}


def test_time_that_is_up_on_the_last_page_is_no_interruption(served, caplog) -> None:
    keys, state = timed(served, "tax_codes", 1, batch_size=5000)
    assert len(keys) == served.sql('select count(*) from dbo."SYSTaxRate"')[0][0]
    assert "reading" not in state["bookmarks"]["tax_codes"]
    assert state["bookmarks"]["tax_codes"]["replication_key"] == "updated_at"
    assert "max_seconds" not in caplog.text


def test_an_entry_with_a_star_stands_for_all_accounts_that_begin_so(served) -> None:
    named = served.read("stock_levels", web_accounts=["WEBGBP", "WEBEUR", "WEBUSD"])
    prefix = served.read("stock_levels", web_accounts=["WEB*", "webgbp"])
    assert prefix.records("stock_levels") == named.records("stock_levels")
    assert any(each["allocated_to_web_quantity"] or each["unallocated_web_demand_quantity"]
               for each in named.records("stock_levels"))  # fmt: skip


def test_a_refused_sign_in_is_one_sentence_without_the_token(served) -> None:
    with pytest.raises(SageReadError) as raised:
        served.read("tax_codes", client_id="another", refresh_token="secret-token")
    assert "secret-token" not in str(raised.value)


def test_streams_named_in_api_streams_come_from_there(served, trading) -> None:
    settings = {"source": "sql", "sqlalchemy_url": trading.url, "api_streams": ["couriers"]}
    run = served.read("couriers", "tax_codes", **settings)
    assert set(run.counts) == {"couriers", "tax_codes"}
    assert run.records("tax_codes")[0]["op_lock"] is not None
    with pytest.raises(SettingsError, match="there is no stream courier"):
        served.read("couriers", **settings | {"api_streams": ["courier"]})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2017-06-05T15:24:29.44", datetime(2017, 6, 5, 15, 24, 29, 440000, timezone.utc)),
        ("2017-06-05T15:24:29Z", datetime(2017, 6, 5, 15, 24, 29, 0, timezone.utc)),
        (
            "2017-06-05T15:24:29.1234567+01:00",
            datetime(2017, 6, 5, 14, 24, 29, 123456, timezone.utc),
        ),
        ("2017-06-05", datetime(2017, 6, 5, tzinfo=timezone.utc)),
        ("", None),
        (None, None),
    ],
)
def test_stamps_are_utc_with_any_number_of_decimals(text, moment) -> None:
    assert stamp(text) == moment


def test_what_is_no_stamp_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a date and time"):
        stamp("yesterday")


def test_a_run_warns_once_before_the_login_to_sage_ends(
    served, caplog: pytest.LogCaptureFixture
) -> None:
    served.read("tax_codes")
    assert "sage200 login" not in caplog.text
    served.read("tax_codes", "warehouses", login_warning_days=91)
    assert caplog.text.count("a person must run `sage200 login`") == 1
