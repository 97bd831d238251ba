"""Settings have one name everywhere: plugin, meltano.yml, .env.example; causes one runbook each."""

from __future__ import annotations

import csv
import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from meltano.core.setting_definition import SettingDefinition

ROOT = Path(__file__).parents[1]
PLUGINS = {
    "tap-magento": "tap_magento.tap:TapMagento",
    "tap-sage200": "tap_sage200.tap:TapSage200",
    "target-magento": "target_magento.target:TargetMagento",
    "target-sage200": "target_sage200.target:TargetSage200",
}
SDK_SETTINGS = re.compile(
    r"stream_map|flattening|faker|batch|add_record_metadata|load_method|validate_records"
    r"|activate_version|fail_on|process_activate"
)
KINDS = {
    "array": "array",
    "boolean": "boolean",
    "integer": "integer",
    "number": "decimal",
    "object": "object",
}
CAUSES = list(
    csv.DictReader(
        (ROOT / "mappings" / "exception_causes.csv").read_text(encoding="utf-8").splitlines()
    )
)


def meltano() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    return loaded


def plugin_schema(name: str) -> dict[str, Any]:
    module, class_name = PLUGINS[name].split(":")
    plugin = getattr(importlib.import_module(module), class_name)
    return {
        setting: schema
        for setting, schema in plugin.config_jsonschema["properties"].items()
        if setting == "batch_size" or not SDK_SETTINGS.search(setting)
    }


def kind_of(schema: dict[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return "date_iso8601"
    given = schema.get("type", [])
    types = [given] if isinstance(given, str) else given
    return next((KINDS[name] for name in types if name in KINDS), "string")


@pytest.mark.parametrize("name", PLUGINS)
def test_meltano_yml_has_the_plugins_own_settings(name: str) -> None:
    groups = meltano()["plugins"]
    plugin = next(entry for group in groups.values() for entry in group if entry["name"] == name)
    listed = {
        entry["name"]: (entry.get("kind", "string"), entry.get("sensitive", False))
        for entry in plugin["settings"]
    }
    expected = {
        setting: (kind_of(schema), bool(schema.get("secret")))
        for setting, schema in plugin_schema(name).items()
    }
    assert listed == expected


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        ("odbc_options", '{"MultiSubnetFailover": "Yes"}', {"MultiSubnetFailover": "Yes"}),
        ("web_accounts", '["WEBGBP", "W*"]', ["WEBGBP", "W*"]),
        ("warehouses", '["LEEDS"]', ["LEEDS"]),
        ("api_streams", '["couriers"]', ["couriers"]),
    ],
)
def test_lists_and_objects_are_json_in_the_environment(
    setting: str, text: str, value: object
) -> None:
    extractors = meltano()["plugins"]["extractors"]
    plugin = next(entry for entry in extractors if entry["name"] == "tap-sage200")
    entry = next(entry for entry in plugin["settings"] if entry["name"] == setting)
    definition = SettingDefinition.parse(entry)
    assert definition.cast_value(text) == value


def test_env_example_names_settings_that_exist() -> None:
    names = re.findall(
        r"^((?:TAP|TARGET)_\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
    )
    known = {
        f"{name}_{setting}".upper().replace("-", "_")
        for name in PLUGINS
        for setting in plugin_schema(name)
    }
    assert names
    # The loader from PyPI has settings of its own.
    assert {name for name in names if not name.startswith("TARGET_POSTGRES_")} <= known


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause["code"])
def test_every_cause_has_owner_remedy_and_a_runbook_paragraph(cause: dict[str, str]) -> None:
    assert cause["owner"] in {"finance", "ecommerce", "operations"}
    assert cause["severity"] in {"low", "medium", "high", "critical"}
    assert cause["remedy"].endswith((".", "NUMBER"))
    file, _, anchor = cause["runbook"].partition("#")
    text = (ROOT / "docs" / "runbooks" / file).read_text(encoding="utf-8")
    assert f"\n## {anchor}\n" in text


def test_every_cause_the_plugins_name_is_in_the_catalogue() -> None:
    known = {cause["code"] for cause in CAUSES}
    named = set()
    for folder in ("target-sage200/target_sage200", "libs/outbox/outbox"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            named |= set(re.findall(r"(?:RefusalError|Hold)\(\s*\"(\w+)\"", text))
            named |= set(re.findall(r"cause=\"(\w+)\"", text))
            named |= set(re.findall(r"outbox\.\w+\(\s*row,\s*\"(\w+)\"", text))
    assert len(named) > 30
    assert named <= known
