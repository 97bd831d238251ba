"""The command line: each mistake is one sentence, exit code 1, no state and no secret."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = "from target_magento.target import TargetMagento; TargetMagento.cli()"


def run(
    config: dict[str, Any], messages: list[dict[str, Any]], tmp_path: Path
) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    lines = [*messages, {"type": "STATE", "value": {"bookmarks": {"at": 1}}}]
    return subprocess.run(
        [sys.executable, "-c", COMMAND, "--config", str(path)],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param(
            {"access_token": "wrong-s3cret"},
            "Error: GET /rest/V1/inventory/sources (without filters, page 1 of 1000 rows) was "
            "answered 401",
            id="wrong token",
        ),
        pytest.param(
            {"access_token": None}, "lacks access_token; set it in the plugin's", id="none"
        ),
        pytest.param({"base_url": None}, "'base_url' is a required property", id="no base_url"),
        pytest.param({"base_url": "shop"}, "The setting base_url is not an http", id="base_url"),
        pytest.param({"outbox_url": None}, "'outbox_url' is a required property", id="no outbox"),
        pytest.param(
            {"outbox_url": "postgresql://u:s3cret@127.0.0.1:9/db"},
            "Error: The outbox database can't be reached: ",
            id="no PostgreSQL",
        ),
        pytest.param(
            {"mappings_dir": "/no/such/folder"},
            "Error: /no/such/folder/warehouses.csv is missing; set mappings_dir",
            id="no mappings",
        ),
        pytest.param(
            {"inventory": "legacy"},
            "Error: The setting inventory is legacy, which is not available yet",
            id="legacy inventory",
        ),
        pytest.param(
            {"max_zero_share": 20}, "Error: The setting max_zero_share is 20; write", id="share"
        ),
        pytest.param({"batch_size": 0}, "0 is less than the minimum of 1", id="batch size"),
    ],
)
def test_a_setting_that_cannot_work_is_named(
    world: Any, messages: Any, tmp_path: Path, settings: dict[str, Any], sentence: str
) -> None:
    config = world.config(**settings)
    config = {name: value for name, value in config.items() if value is not None}
    done = run(config, messages.levels(("BN-001", "LEEDS", 10)), tmp_path)
    assert sentence in done.stderr
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr
    assert world.holds("BN-001", "leeds_wh") == (58, 1)


def test_a_malformed_table_is_named_with_line_and_column(
    world: Any, messages: Any, tmp_path: Path
) -> None:
    path = world.mappings_dir / "warehouses.csv"
    path.write_text("sage_warehouse,magento_source,buffer_quantity\nLEEDS,leeds_wh,a few\n")
    done = run(world.config(), messages.levels(("BN-001", "LEEDS", 10)), tmp_path)
    assert f'Error: {path} line 2, column buffer_quantity: "a few" is no quantity' in done.stderr
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr


def test_a_good_run_says_what_it_did_and_lets_state_go_out(
    world: Any, messages: Any, tmp_path: Path
) -> None:
    levels = messages.levels(("BN-001", "LEEDS", 10), ("BN-002", "LEEDS", 63))
    done = run(world.config(), levels, tmp_path)
    assert "1 of 2 source items differ: 1 published, 0 refused" in done.stderr
    assert (done.returncode, json.loads(done.stdout)) == (0, {"bookmarks": {"at": 1}})
    assert world.holds("BN-001", "leeds_wh") == (10, 1)


def test_a_run_that_is_told_to_stop_decides_nothing(
    world: Any, messages: Any, tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(world.config()))
    end = {"type": "SCHEMA", "stream": "end", "schema": {"properties": {}}, "key_properties": []}
    lines = [*messages.levels(("BN-001", "LEEDS", 10)), end]
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, "--config", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        process.stdin.flush()
        while "The stream end is ignored" not in process.stderr.readline():
            assert process.poll() is None
        process.terminate()
        assert process.wait(60) == 143
        assert process.stdout.read() == ""
    assert world.holds("BN-001", "leeds_wh") == (58, 1)


def test_about_names_the_agreed_settings() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "--about", "--format", "json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    settings = json.loads(done.stdout)["settings"]["properties"]
    agreed = {
        "base_url",
        "access_token",
        "auth_method",
        "consumer_key",
        "consumer_secret",
        "access_token_secret",
        "username",
        "password",
        "user_agent",
        "verify_tls",
        "outbox_url",
        "mappings_dir",
        "inventory",
        "max_change_share",
        "max_zero_share",
        "max_age_minutes",
        "batch_size",
        "dry_run",
        "skip_unknown_skus",
        "allow_large_change",
    }
    assert agreed <= settings.keys()
    secrets = {name for name, one in settings.items() if one.get("secret")}
    assert {"access_token", "consumer_secret", "access_token_secret", "password"} <= secrets
    assert "outbox_url" in secrets
