"""The program: what works without a shop, and Singer's own standard tests with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.magento import create_app, load_shop, recorded_shop_dir
from sandbox.serving import serve
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_magento.entities import TABLES, WINDOWED
from tap_magento.parts import PARTS
from tap_magento.tap import TapMagento

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTINGS = [
    "base_url",
    "auth_method",
    "access_token",
    "consumer_key",
    "consumer_secret",
    "access_token_secret",
    "username",
    "password",
    "start_date",
    "store_ids",
    "page_size",
    "max_connections",
    "lookback_seconds",
    "settle_seconds",
    "clock_tolerance_seconds",
    "rolling_reread_days",
    "products_full_reread_hours",
    "salable_skus",
    "drop_personal_data",
    "user_agent",
    "verify_tls",
    "max_requests_per_second",
]
SINGERS_OWN = ("stream_map", "faker", "flattening", "batch")


def test_the_settings_have_their_fixed_names() -> None:
    names = list(TapMagento.config_jsonschema["properties"])
    assert names[: len(SETTINGS)] == SETTINGS
    assert all(name.startswith(SINGERS_OWN) for name in names[len(SETTINGS) :])


def test_the_readme_shows_the_settings_table_of_about(tap_process: Callable[..., Any]) -> None:
    code, out, err = tap_process({}, "--about", "--format=markdown").rest()
    assert code == 0, err
    about = out.decode().splitlines()
    table = [
        line
        for line in about[about.index("## Settings") :]
        if line.startswith("|") and not line.startswith(tuple(f"| {own}" for own in SINGERS_OWN))
    ]
    assert len(table) == 2 + len(SETTINGS)
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert "\n".join(table) in readme


def test_the_readme_names_every_stream() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    for stream in TapMagento(config=_CONFIG).streams:
        assert f"| `{stream}` |" in readme


def test_secrets_are_marked() -> None:
    properties = TapMagento.config_jsonschema["properties"]
    secret = {name for name, one in properties.items() if one.get("secret")}
    assert secret == {
        "access_token",
        "consumer_key",
        "consumer_secret",
        "access_token_secret",
        "password",
    }


@pytest.mark.parametrize("arguments", [["--about", "--format=json"], ["--discover"]])
def test_about_and_discover_need_no_shop(
    tap_process: Callable[..., Any], arguments: list[str]
) -> None:
    config = {"base_url": "http://127.0.0.1:9", "access_token": "SECRET-token"}
    program = tap_process(config, *arguments)
    code, out, err = program.rest()
    assert code == 0, err
    assert b"SECRET" not in out + err
    answer = json.loads(out)
    if "--discover" in arguments:
        streams = {s["tap_stream_id"]: s for s in answer["streams"]}
        assert len(streams) == len(WINDOWED) + len(PARTS) + len(TABLES) + 1
        assert streams["orders"]["key_properties"] == ["entity_id"]
        assert streams["orders"]["replication_key"] == "updated_at"
        assert streams["source_items"]["key_properties"] == ["sku", "source_code"]
    else:
        assert answer["name"] == "tap-magento"


_CONFIG: dict[str, Any] = {
    "base_url": "http://127.0.0.1:9",
    "access_token": "demo-access-token",
    "salable_skus": ["BN-001"],
}


@pytest.fixture(scope="session", autouse=True)
def _shop_for_the_standard_tests() -> Iterator[None]:
    """The standard tests take their configuration before any fixture: the address is set here."""
    with serve(create_app(load_shop(recorded_shop_dir()))) as url:
        _CONFIG["base_url"] = url
        yield


TestStandard = get_tap_test_class(
    TapMagento,
    config=_CONFIG,
    suite_config=SuiteConfig(
        max_records_limit=20,
        # Returns are Adobe Commerce's; the recorded shop is Magento Open Source.
        ignore_no_records_for_streams=["returns"],
    ),
)
# Magento leaves out what is null, so some columns hold nothing in the recorded rows.
for _warning in ("Fields in transformed catalog but not in records", "No records were available"):
    TestStandard = pytest.mark.filterwarnings(f"ignore:{_warning}")(TestStandard)
