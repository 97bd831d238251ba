"""The plugin itself: what it says about itself, and that one bad order stops no other."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from outbox import Key, Row, State
from target_sage200.config_schema import CONFIG_SCHEMA
from target_sage200.exceptions import SettingError
from target_sage200.run import Run
from target_sage200.settings import read_settings

if TYPE_CHECKING:
    from target_sage200.decide import OrderDecider

PROGRAM = str(Path(sys.executable).parent / "target-sage200")
CONFIG = {
    "api_url": "http://127.0.0.1:9/v1/",
    "client_id": "c",
    "client_secret": "s3cret-client",
    "refresh_token": "s3cret-token",
    "site_id": "s",
    "company_id": "1",
    "outbox_url": "postgresql://me:s3cret-outbox@127.0.0.1:9/none",
    "mappings_dir": str(Path(__file__).parents[2] / "mappings"),
}


def settings(**changes: Any) -> dict[str, Any]:
    defaults = {
        name: schema["default"]
        for name, schema in CONFIG_SCHEMA["properties"].items()
        if "default" in schema
    }
    return {**defaults, **CONFIG, **changes}


def test_about_needs_no_network_and_shows_no_secret() -> None:
    result = subprocess.run([PROGRAM, "--about"], capture_output=True, text=True, check=True)
    assert "target-sage200" in result.stdout
    assert "outbox_url" in result.stdout


def test_secrets_never_reach_the_log(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    schema = {"type": "SCHEMA", "stream": "orders", "schema": {"properties": {"entity_id": {}}}}
    record = {"type": "RECORD", "stream": "orders", "record": {"entity_id": 1}}
    lines = "\n".join(json.dumps({**one, "key_properties": ["entity_id"]}) for one in (schema,))
    result = subprocess.run(
        [PROGRAM, "--config", str(config)],
        input=f"{lines}\n{json.dumps(record)}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "outbox database can't be reached" in result.stderr
    assert "s3cret" not in result.stderr + result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"company_id": "one"}, "company_id"),
        ({"max_connections": 0}, "max_connections"),
        ({"in_doubt_after_seconds": 0}, "in_doubt_after_seconds"),
        ({"in_doubt_after_seconds": 60, "timeout_seconds": 60}, "greater than timeout_seconds"),
        ({"start_from": "yesterday"}, "start_from"),
        ({"tax_strategy": "rounding_lines"}, "rounding_lines is now called exact"),
        ({"max_rounding": -1}, "max_rounding"),
        ({"test_emails": ["example.com"]}, "test_emails: 'example.com' is neither"),
        ({"test_emails": ["@a.example", ""]}, "test_emails: '' is neither"),
        ({"test_emails": ["@"]}, "test_emails: '@' is neither"),
        ({"test_emails": ["*@example.com"]}, "test_emails"),
        ({"test_emails": ["ann@example.com "]}, "test_emails"),
        ({"hold_statuses": ["fraud", " "]}, "hold_statuses"),
    ],
)
def test_setting_out_of_range_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        read_settings(settings(**change))


def test_whole_addresses_domains_and_statuses_are_taken_as_they_are() -> None:
    read = read_settings(settings(test_emails=["ann@example.com", "@test.example"]))
    assert read.gate.test_emails == ("ann@example.com", "@test.example")
    assert read.gate.hold_statuses == ("fraud",)
    assert read_settings(settings(hold_statuses=[])).gate.hold_statuses == ()


def test_defect_in_one_order_rejects_it_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    log = logging.getLogger("test")
    run = Run(read_settings(settings()), cast("Any", None), cast("Any", None), cast("Any", 0), log)
    row = Row(
        id=1,
        key=Key("sales_order", "magento", "000000001"),
        source_id=1,
        state=State.WAITING,
        source_document={},
        document=None,
        content_hash=None,
        refused_hash=None,
        amount=None,
        currency=None,
        attempts=0,
        cause=None,
    )
    decision = run.decision(cast("OrderDecider", SimpleNamespace(decide=fail)), row, [], {})
    assert (decision.state, decision.cause) == (State.REJECTED, "mapping_failed")
    assert "000000001" in (decision.error or "")
    assert "by zero" in caplog.text


def test_accounts_can_be_opened_where_no_codes_were_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = cast("Any", SimpleNamespace(opens_accounts=True))
    run = Run(
        read_settings(settings()), tables, cast("Any", None), cast("Any", 0), logging.getLogger()
    )
    decided: list[bool] = []
    monkeypatch.setattr(run, "_dispatch", lambda kind: run.dispatcher.report.add(kind, "adopted"))
    monkeypatch.setattr(run, "_decide_orders", lambda: decided.append(True))
    run._open_accounts()
    assert decided == [True]


def test_two_runs_never_have_one_name_on_their_leases() -> None:
    parts = (cast("Any", None), cast("Any", None), cast("Any", 0), logging.getLogger())
    owners = {Run(read_settings(settings()), *parts).dispatcher._rules.owner for _ in range(2)}
    assert len(owners) == 2
