"""Against the running stand-in: locks, grants, wrong places, and the command line."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event
from tap_sage200 import database
from tap_sage200.catalogue import STREAMS
from tap_sage200.exceptions import (
    AccessError,
    BusyDatabaseError,
    ConnectionFailedError,
    SageReadError,
    SettingsError,
)

COMMAND = Path(sys.executable).with_name("tap-sage200")


def config_file(tmp_path, **settings: object) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(settings))
    return path


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def impatient(monkeypatch) -> list[float]:
    """Retries without waiting in between."""
    waits = []
    monkeypatch.setattr("tap_sage200.tap.time.sleep", waits.append)
    return waits


def test_a_lasting_lock_of_a_sage_user_ends_in_a_sentence(company, impatient) -> None:
    with psycopg.connect(company.url) as user:
        user.execute('lock table dbo."SYSTaxRate" in access exclusive mode')
        tap, writer = company.tap(lock_timeout_ms=20)
        for name, stream in tap.streams.items():
            stream.selected = name in {"warehouses", "tax_codes", "customers"}
        with pytest.raises(BusyDatabaseError, match=r"tax_codes met locks .* Nothing is lost"):
            tap.sync_all()
    # Six attempts, and once more when the others were read.
    assert len(impatient) == 2 * (database.ATTEMPTS - 1)
    read = [each["stream"] for each in writer.messages if each["type"] == "RECORD"]
    assert set(read) == {"warehouses", "customers"}


def test_a_stream_whose_lock_is_gone_is_read_when_the_others_were(company, impatient) -> None:
    user = psycopg.connect(company.url)
    user.execute('lock table dbo."Warehouse" in access exclusive mode')
    tap, writer = company.tap(lock_timeout_ms=20)
    for name, stream in tap.streams.items():
        stream.selected = name in {"warehouses", "tax_codes"}
    real = tap.streams["tax_codes"].sync

    def let_go() -> None:
        user.close()
        real()

    tap.streams["tax_codes"].sync = let_go
    tap.sync_all()
    read = [each["stream"] for each in writer.messages if each["type"] == "RECORD"]
    assert list(dict.fromkeys(read)) == ["tax_codes", "warehouses"]
    assert tap.state["bookmarks"]["warehouses"]["replication_key"] == "op_lock"


def test_what_one_stream_lacks_does_not_stop_the_others(company) -> None:
    company.sql('drop table dbo."SYSTaxRate" cascade')
    company.sql('drop table dbo."StockItem" cascade')
    tap, writer = company.tap()
    for name, stream in tap.streams.items():
        stream.selected = name in {"stock_items", "warehouses", "tax_codes", "customers"}
    with pytest.raises(SageReadError) as ended:
        tap.sync_all()
    first, second = ended.value.message.splitlines()
    assert first.startswith("stock_items: Sage 200: table dbo.StockItem isn't there")
    assert second.startswith("tax_codes: Sage 200: table dbo.SYSTaxRate isn't there")
    assert ended.value.exit_code == 1
    read = {each["stream"] for each in writer.messages if each["type"] == "RECORD"}
    assert read == {"warehouses", "customers"}
    states = [each["value"] for each in writer.messages if each["type"] == "STATE"]
    assert set(states[-1]["bookmarks"]) >= {"warehouses", "customers"}
    again = company.read("warehouses", state=states[-1])
    assert again.counts == {}


def test_the_reader_cannot_write(company) -> None:
    tap, _ = company.tap()
    with tap.streams["customers"]._database.session() as session:
        rows = session.connection.exec_driver_sql("show default_transaction_read_only").all()
    assert rows == [("on",)]


def logins(tap) -> list[int]:
    """Return a list that grows with each connection the tap makes."""
    made: list[int] = []
    engine = tap.streams["customers"]._database.engine()
    event.listen(engine, "connect", lambda raw, _: made.append(raw.info.backend_pid))
    return made


def test_a_run_logs_in_once(company) -> None:
    tap, writer = company.tap()
    made = logins(tap)
    wanted = {"stock_items", "stock_levels", "customers", "sales_documents"}
    for name, stream in tap.streams.items():
        stream.selected = name in wanted
    tap.sync_all()
    assert {each["stream"] for each in writer.messages if each["type"] == "RECORD"} == wanted
    assert len(made) == 1


def test_a_connection_closed_between_two_streams_is_made_anew(company) -> None:
    tap, writer = company.tap()
    made = logins(tap)
    for name, stream in tap.streams.items():
        stream.selected = name in {"customers", "tax_codes"}
    real = tap.streams["tax_codes"].sync

    def cut_off() -> None:
        company.sql("select pg_terminate_backend(%s, 5000)", made[0])
        real()

    tap.streams["tax_codes"].sync = cut_off
    tap.sync_all()
    read = {each["stream"] for each in writer.messages if each["type"] == "RECORD"}
    assert read == {"customers", "tax_codes"}
    assert len(made) == 2


def test_nothing_stays_open_after_a_run(company) -> None:
    company.read()
    opened = company.sql(
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and application_name = 'tap-sage200'"
    )
    assert opened == [(0,)]


@pytest.mark.parametrize("level", ["READ COMMITTED", "SNAPSHOT"])
def test_both_isolation_levels_read_everything(company, level) -> None:
    run_ = company.read(isolation_level=level, web_accounts=["WEBEUR"])
    assert len(run_.counts) == 7


@pytest.mark.parametrize(
    ("settings", "kind", "sentence"),
    [
        ({"schema": "sage"}, AccessError, "isn't there for this login. Check the settings schema"),
        ({"sqlalchemy_url": "postgresql://127.0.0.1:1/x"}, ConnectionFailedError, "be reached"),
        ({"source": "api"}, SettingsError, "Setting api_url is missing: reading by the API needs"),
    ],
)
def test_a_wrong_place_is_a_sentence(company, settings, kind, sentence) -> None:
    with pytest.raises(kind, match=sentence):
        company.read("customers", **settings)


def test_a_missing_database_is_a_sentence(company, server) -> None:
    url = company.url.replace("company_", "nowhere_")
    with pytest.raises(ConnectionFailedError, match="doesn't exist or isn't open to this login"):
        company.read("customers", sqlalchemy_url=url)


def test_a_refused_login_is_a_sentence(company) -> None:
    url = company.url.replace("postgres:@", "nobody:s3cret@")
    with pytest.raises(ConnectionFailedError, match="refuses the login nobody") as failure:
        company.read("customers", sqlalchemy_url=url)
    assert "s3cret" not in failure.value.message


def test_a_missing_table_is_a_sentence(company) -> None:
    company.sql('drop table dbo."SYSTaxRate"')
    with pytest.raises(AccessError, match=r"table dbo\.SYSTaxRate isn't there"):
        company.read("tax_codes")


def test_a_login_without_grant_is_a_sentence(company) -> None:
    company.sql("create role bare login")
    try:
        company.sql("grant usage on schema dbo to bare")
        url = company.url.replace("postgres:@", "bare:@")
        with pytest.raises(AccessError, match=r"grant SELECT with docs/sql/create_reader\.sql"):
            company.read("tax_codes", sqlalchemy_url=url)
    finally:
        company.sql("drop owned by bare")
        company.sql("drop role bare")


def test_the_command_line_prints_a_sentence_and_no_traceback(tmp_path) -> None:
    url = "postgresql://reader:s3cret@127.0.0.1:1/x"
    done = run("--config", config_file(tmp_path, sqlalchemy_url=url))
    assert done.returncode == 1
    assert "Error: Sage 200: database x on 127.0.0.1 can't be reached" in done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr + done.stdout


def test_discovery_needs_no_database(tmp_path) -> None:
    config = config_file(tmp_path, sqlalchemy_url="postgresql://127.0.0.1:1/x")
    done = run("--config", config, "--discover")
    assert done.returncode == 0
    assert {each["tap_stream_id"] for each in json.loads(done.stdout)["streams"]} == set(STREAMS)


def test_the_readme_shows_the_settings_table_of_about() -> None:
    about = run("--about", "--format=markdown").stdout.splitlines()
    table = [line for line in about[about.index("## Settings") :] if line.startswith("|")]
    own = [
        line
        for line in table
        if not re.match(r"\| (stream_map|flatten|faker|batch_config|emit_)", line)
    ]
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert len(own) > 30
    assert "\n".join(own) in readme


def test_kill_9_and_run_again_misses_nothing(company, tmp_path) -> None:
    """The target kept what it was sent until the kill, and the state it was sent last."""
    company.sql(
        'insert into dbo."StockItem" ("ItemID", "Code") '
        "select n, 'MANY-' || n from generate_series(2000000, 2015000) as n"
    )
    config = config_file(tmp_path, sqlalchemy_url=company.url, batch_size=500)
    catalog = company.tap()[0].catalog_dict
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == []:
                entry["metadata"]["selected"] = stream["tap_stream_id"] == "stock_items"
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    command = [COMMAND, "--config", config, "--catalog", tmp_path / "catalog.json"]
    kept, state = set(), None
    with subprocess.Popen(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        for line in running.stdout:
            message = json.loads(line)
            if message["type"] == "RECORD":
                kept.add(message["record"]["item_id"])
            elif message["type"] == "STATE":
                state = message["value"]
            if len(kept) == 12000:
                os.kill(running.pid, signal.SIGKILL)
                break
    assert running.returncode == -signal.SIGKILL
    (tmp_path / "state.json").write_text(json.dumps(state))
    again = run(*command[1:], "--state", tmp_path / "state.json")
    assert again.returncode == 0
    messages = [json.loads(line) for line in again.stdout.splitlines()]
    rest = {each["record"]["item_id"] for each in messages if each["type"] == "RECORD"}
    everything = {key for (key,) in company.sql('select "ItemID" from dbo."StockItem"')}
    assert kept | rest == everything
    assert len(rest) < len(everything) - 9000
