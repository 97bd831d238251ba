"""Bad input ends the program with one sentence that says what to do, and no secret in it."""

from __future__ import annotations

import json
import logging
import socket
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tap_magento.tap import TapMagento

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "SECRET-token"
MAINTENANCE = b"<!doctype html><html><body>Service Temporarily Unavailable</body></html>"
LOG_IN = b"<!doctype html><html><head><title>Sign in to Acme</title></head></html>"


def _error(message: str, **parameters: Any) -> bytes:
    return json.dumps({"message": message, "parameters": parameters}).encode()


def _only_credit_memos() -> dict[str, Any]:
    tap = TapMagento(config={"base_url": "https://shop.invalid", "access_token": "x"})
    for stream in tap.streams.values():
        stream.selected = stream.name == "credit_memos"
    return tap.catalog_dict


@pytest.fixture
def ends_with(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> Iterator[Callable[[dict[str, Any]], list[str]]]:
    """Run the program; return its error lines, after checking exit code and secrets."""
    # How long to wait is the client's own test; here it would only take time.
    monkeypatch.setattr("magento_client.retry._FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(config: dict[str, Any]) -> list[str]:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config))
        catalog = tmp_path / "catalog.json"
        catalog.write_text(json.dumps(_only_credit_memos()))
        with pytest.raises(SystemExit) as ended:
            TapMagento.get_singer_command()(["--config", str(path), "--catalog", str(catalog)])
        assert ended.value.code == 1
        assert SECRET not in caplog.text
        assert "Traceback" not in caplog.text
        return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]

    yield run
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize(
    ("status", "content", "content_type", "words"),
    [
        (
            401,
            _error(
                "The consumer isn't authorized to access %resources.",
                resources="Magento_Sales::sales",
            ),
            "application/json",
            (
                "Stream credit_memos: GET /rest/V1/creditmemos (without filters, by updated_at "
                "ASC, page 10001 of 1 rows) was answered 401: the credentials are wrong or lack "
                "the right Magento_Sales::sales;"
            ),
        ),
        (503, MAINTENANCE, "text/html", "was answered 503 (maintenance mode"),
        (200, LOG_IN, "text/html", 'with the HTML page "Sign in to Acme" instead of JSON'),
        (403, b"<html>Blocked</html>", "text/html", "no log-in page, firewall or proxy"),
        (400, _error("Specified request cannot be processed."), "application/json", "refused"),
        (200, b'{"message": "hello"}', "application/json", "not a page of rows"),
        (
            200,
            b'{"items": [{"entity_id": 1}], "total_count": 1}',
            "application/json",
            "without a Date header",
        ),
    ],
)
def test_what_a_shop_may_answer_instead_of_rows(
    *,
    broken_shop: Callable[..., str],
    ends_with: Callable[[dict[str, Any]], list[str]],
    status: int,
    content: bytes,
    content_type: str,
    words: str,
) -> None:
    url = broken_shop(status, content, content_type)
    lines = ends_with({"base_url": url, "access_token": SECRET})
    assert len(lines) == 1
    assert words in lines[0]
    assert lines[0].endswith(".")


def test_an_unreachable_host(ends_with: Callable[[dict[str, Any]], list[str]]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    (line,) = ends_with({"base_url": url, "access_token": SECRET})
    assert f"cannot reach {url} (Connection refused); check base_url and the network" in line


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"base_url": "https://shop.invalid"}, "lacks access_token; set it"),
        (
            {"base_url": "https://shop.invalid", "username": "tap"},
            "lacks password; set it",
        ),
        ({"base_url": f"https://u:{SECRET}@shop.invalid"}, "holds a user name"),
    ],
)
def test_settings_that_cannot_work(
    ends_with: Callable[[dict[str, Any]], list[str]], config: dict[str, Any], words: str
) -> None:
    (line,) = ends_with(config)
    assert words in line


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"access_token": SECRET}, "'base_url' is a required property"),
        (
            {"base_url": "https://shop.invalid", "access_token": SECRET, "page_size": 0},
            "0 is less than the minimum of 1",
        ),
        (
            {"base_url": "https://shop.invalid", "access_token": SECRET, "auth_method": "basic"},
            "'basic' is not one of",
        ),
    ],
)
def test_settings_that_break_the_schema(
    ends_with: Callable[[dict[str, Any]], list[str]], config: dict[str, Any], words: str
) -> None:
    lines = ends_with(config)
    assert words in lines[0]


def test_a_start_date_that_is_no_date(
    config: dict[str, Any], ends_with: Callable[[dict[str, Any]], list[str]]
) -> None:
    (line,) = ends_with({**config, "start_date": "yesterday"})
    assert 'The setting start_date is "yesterday"; write it as 2026-01-31T00:00:00Z.' in line


def test_the_program_prints_one_sentence_and_no_traceback(
    config: dict[str, Any], tap_process: Callable[..., Any]
) -> None:
    program = tap_process({**config, "access_token": SECRET}, streams=("orders",))
    code, out, err = program.rest()
    assert code == 1
    assert SECRET.encode() not in out + err
    assert b"Traceback" not in err
    errors = [line for line in err.decode().splitlines() if "ERROR" in line]
    assert len(errors) == 1
    assert "Stream orders:" in errors[0]
    assert "the credentials are wrong or lack the right Magento_Sales::actions_view" in errors[0]


def test_a_right_that_is_missing_is_named_with_its_stream(
    config: dict[str, Any], ends_with: Callable[[dict[str, Any]], list[str]]
) -> None:
    (line,) = ends_with({**config, "access_token": "demo-stock-token"})
    assert line.startswith("Stream credit_memos: GET /rest/V1/creditmemos ")
    assert "lack the right Magento_Sales::" in line


def test_the_connection_test_names_each_stream_that_may_not_be_read(
    config: dict[str, Any], tap_process: Callable[..., Any]
) -> None:
    program = tap_process({**config, "access_token": "demo-stock-token"}, "--test")
    code, _, err = program.rest()
    assert code == 1
    refused = {
        line.partition("Stream ")[2].partition(":")[0]
        for line in err.decode().splitlines()
        if "ERROR" in line
    }
    assert {"orders", "invoices", "tax_rates", "websites"} <= refused
    assert not {"products", "source_items", "sources", "stocks"} & refused


def test_the_connection_test_of_a_good_token_ends_well(
    config: dict[str, Any], tap_process: Callable[..., Any]
) -> None:
    code, _, err = tap_process(config, "--test").rest()
    assert code == 0
    assert b"ERROR" not in err
