"""Settings have one name everywhere: plugin, meltano.yml, .env.example; causes one runbook each."""

from __future__ import annotations

import csv
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values
from meltano.core.setting_definition import SettingDefinition

ROOT = Path(__file__).parents[1]
ENV_EXAMPLE = ROOT / ".env.example"
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
MOST_CHOICES = 10
MUST_BE_FILLED_IN = set(dotenv_values(ENV_EXAMPLE))
CONFIG_OF_THE_ORDER_TAP = ("config", "print", "tap-magento-orders")
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


def choices(schema: dict[str, Any]) -> list[str]:
    """What an enumeration may be; a long list or one of numbers is not offered."""
    values = schema.get("enum") or []
    offered = len(values) <= MOST_CHOICES and all(isinstance(value, str) for value in values)
    return list(values) if offered else []


def kind_of(schema: dict[str, Any]) -> str:
    if choices(schema):
        return "options"
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
        entry["name"]: (
            entry.get("kind", "string"),
            entry.get("sensitive", False),
            [option["value"] for option in entry.get("options", [])],
        )
        for entry in plugin["settings"]
    }
    expected = {
        setting: (kind_of(schema), bool(schema.get("secret")), choices(schema))
        for setting, schema in plugin_schema(name).items()
    }
    assert listed == expected


def test_meltano_yml_says_what_the_tap_of_sage_can_do() -> None:
    extractors = meltano()["plugins"]["extractors"]
    plugin = next(entry for entry in extractors if entry["name"] == "tap-sage200")
    module, class_name = PLUGINS["tap-sage200"].split(":")
    tap = getattr(importlib.import_module(module), class_name)
    assert plugin["capabilities"] == sorted(each.value for each in tap.capabilities)


def env_example() -> dict[str, str]:
    """Variables of .env.example that are set there, as a shell reads them.

    ``set -a; . ./.env; set +a`` is how people make them known to programs outside of Meltano.
    """
    shell = subprocess.run(
        ["/bin/sh", "-euc", "set -a; . ./.env.example; set +a; env -0"],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stderr == ""
    found = dict(line.split("=", 1) for line in shell.stdout.split("\0") if line)
    return {name: found[name] for name in found.keys() & set(dotenv_values(ENV_EXAMPLE))}


def test_env_example_means_the_same_to_a_shell_and_to_meltano() -> None:
    assert env_example() == dict(dotenv_values(ENV_EXAMPLE))
    assert json.loads(env_example()["TAP_SAGE200_WEB_ACCOUNTS"]) == ["WEBGBP", "WEBEUR"]


def test_env_example_with_every_line_in_use_is_read_by_a_shell(tmp_path: Path) -> None:
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    used = [re.sub(r"^# (?=[A-Z0-9_]+=)", "", line) for line in lines]
    file = tmp_path / "all.env"
    file.write_text("\n".join(used) + "\n", encoding="utf-8")
    run = subprocess.run(
        ["/bin/sh", "-euc", f"set -a; . {file}; echo $TARGET_MAGENTO_MAPPINGS_DIR"],
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    values = dotenv_values(file)
    assert run.stdout.strip() == values["TARGET_MAGENTO_MAPPINGS_DIR"] == values["MAPPINGS_DIR"]
    # A password may hold anything but a single quote.
    assert all("='" in line or '="' in line for line in used if re.match(r"[A-Z0-9_]+=", line))


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


def test_env_example_names_settings_that_exist_and_are_described() -> None:
    names = re.findall(
        r"^(?:# )?((?:TAP|TARGET)_\w+)=", ENV_EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE
    )
    known = {
        f"{name}_{setting}".upper().replace("-", "_")
        for name in PLUGINS
        for setting in plugin_schema(name)
    }
    assert names
    # The loader from PyPI has settings of its own.
    assert {name for name in names if not name.startswith("TARGET_POSTGRES_")} <= known


def test_what_people_must_fill_in_has_label_and_description() -> None:
    bare = [
        f"{plugin['name']}.{setting['name']}"
        for group in meltano()["plugins"].values()
        for plugin in group
        for setting in plugin.get("settings", [])
        if f"{plugin['name']}_{setting['name']}".upper().replace("-", "_") in MUST_BE_FILLED_IN
        and not (setting.get("label") and setting.get("description"))
    ]
    assert bare == []


def test_the_nightly_comparison_is_of_the_tables_that_the_hourly_job_fills() -> None:
    plugins = {entry["name"]: entry for entry in meltano()["plugins"]["extractors"]}
    compare = plugins["tap-sage200-compare"]
    assert compare["config"] == {"full_compare": True}
    # Without it the schema would bear the plugin's own name.
    assert compare["load_schema"] == plugins["tap-sage200"]["namespace"]


def test_orders_need_personal_data_whatever_the_warehouse_may_hold(tmp_path: Path) -> None:
    """Meltano itself says what the order tap gets; the variable is meant for the warehouse."""
    plugin = next(
        entry
        for entry in meltano()["plugins"]["extractors"]
        if entry["name"] == "tap-magento-orders"
    )
    assert plugin["config"]["drop_personal_data"] is False
    project = tmp_path / "project"
    project.mkdir()
    (project / "meltano.yml").write_bytes((ROOT / "meltano.yml").read_bytes())
    shown = subprocess.run(
        [str(Path(sys.executable).parent / "meltano"), *CONFIG_OF_THE_ORDER_TAP],
        cwd=project,
        env={
            **os.environ,
            "TAP_MAGENTO_DROP_PERSONAL_DATA": "true",
            "TAP_MAGENTO_BASE_URL": "https://shop.example.com",
            "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    config = json.loads(shown.stdout)
    assert config["drop_personal_data"] is False
    assert config["base_url"] == "https://shop.example.com"


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
