"""Rules of the project's structure, checked on dbt's own manifest."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).resolve().parents[2]
PARENTS_AT_MOST = 7
SCHEMAS = {"staging": "staging", "intermediate": "intermediate", "marts": "analytics"}


@pytest.fixture(scope="module")
def models(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


@pytest.fixture(scope="module")
def seeds(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]


def layer(model: Mapping[str, Any]) -> str:
    return str(model["fqn"][1])


def names(found: list[Mapping[str, Any]]) -> list[str]:
    return sorted(node["name"] for node in found)


def test_every_layer_has_its_schema(models: list[Mapping[str, Any]]) -> None:
    assert {layer(model) for model in models} == set(SCHEMAS)
    assert names([model for model in models if model["schema"] != SCHEMAS[layer(model)]]) == []


def test_every_model_is_described_in_the_file_beside_it(models: list[Mapping[str, Any]]) -> None:
    def beside(model: Mapping[str, Any]) -> str:
        return "magento_sage200://" + re.sub(r"\.sql$", ".yml", model["original_file_path"])

    assert names([model for model in models if model["patch_path"] != beside(model)]) == []
    assert names([model for model in models if not model["description"]]) == []


def test_every_column_is_described(models: list[Mapping[str, Any]]) -> None:
    bare = [
        f"{model['name']}.{column['name']}"
        for model in models
        for column in model["columns"].values()
        if not column["description"]
    ]
    assert bare == []
    assert names([model for model in models if not model["columns"]]) == []


def test_every_model_has_a_primary_key_test(
    manifest: Mapping[str, Any], models: list[Mapping[str, Any]]
) -> None:
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("test_metadata", {}).get("name") == "primary_key"
    }
    assert names([model for model in models if model["unique_id"] not in tested]) == []


def test_staging_is_a_view_of_one_source_table_without_joins(
    models: list[Mapping[str, Any]],
) -> None:
    staging = [model for model in models if layer(model) == "staging"]
    broken = [
        model
        for model in staging
        if model["config"]["materialized"] != "view"
        or len(model["sources"]) != 1
        or model["refs"]
        or re.search(r"\b(join|union|group by)\b", model["raw_code"], re.IGNORECASE)
    ]
    assert names(broken) == []


def test_only_staging_reads_sources(models: list[Mapping[str, Any]]) -> None:
    assert names([one for one in models if layer(one) != "staging" and one["sources"]]) == []


def test_every_source_table_is_described_and_staged_once(
    manifest: Mapping[str, Any], models: list[Mapping[str, Any]]
) -> None:
    sources = list(manifest["sources"].values())
    assert names([source for source in sources if not source["description"]]) == []
    staged = [
        one
        for model in models
        for one in model["depends_on"]["nodes"]
        if one in manifest["sources"]
    ]
    assert sorted(staged) == sorted(manifest["sources"])


def test_names_tell_layer_and_source(models: list[Mapping[str, Any]]) -> None:
    def wanted(model: Mapping[str, Any]) -> str:
        if layer(model) == "staging":
            return rf"stg_{model['fqn'][2]}__[a-z0-9_]+"
        return r"int_[a-z0-9_]+" if layer(model) == "intermediate" else r"(?!stg_|int_)[a-z0-9_]+"

    assert names([one for one in models if not re.fullmatch(wanted(one), one["name"])]) == []


def test_no_relation_is_hard_coded(models: list[Mapping[str, Any]]) -> None:
    hard = r"\b(from|join)\s+\"?(tap_magento|tap_sage200|sync|staging|intermediate|analytics)\"?\."
    assert names([one for one in models if re.search(hard, one["raw_code"], re.IGNORECASE)]) == []


def test_no_model_has_too_many_parents(models: list[Mapping[str, Any]]) -> None:
    assert names([one for one in models if len(one["depends_on"]["nodes"]) > PARENTS_AT_MOST]) == []


def test_marts_have_contracts_on_every_column(models: list[Mapping[str, Any]]) -> None:
    marts = [model for model in models if layer(model) == "marts"]
    assert names([model for model in marts if not model["contract"]["enforced"]]) == []


def test_marts_and_what_adds_money_up_have_unit_tests(
    manifest: Mapping[str, Any], models: list[Mapping[str, Any]]
) -> None:
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    money = r"\b(sum|round)\("
    due = [one for one in models if layer(one) == "marts" or re.search(money, one["raw_code"])]
    assert names([model for model in due if model["name"] not in tested]) == []


def test_money_says_net_tax_or_gross_and_its_currency(models: list[Mapping[str, Any]]) -> None:
    unclear = [
        f"{model['name']}.{column['name']}"
        for model in models
        for column in model["columns"].values()
        if column.get("data_type") == "numeric(19,2)"
        and not (
            re.search(r"(^|_)(net|tax|gross)(_|$)", column["name"])
            and ("currency" in column["name"] or "currency" in model["columns"])
        )
    ]
    assert unclear == []


def test_history_survives_a_full_refresh(models: list[Mapping[str, Any]]) -> None:
    kept = [one for one in models if one["config"]["materialized"] == "incremental"]
    assert names(kept) == ["drift_exception_history"]
    assert names([model for model in kept if model["config"]["full_refresh"] is not False]) == []


def test_seeds_are_the_tables_that_models_ask_for(seeds: list[Mapping[str, Any]]) -> None:
    assert names(seeds) == ["exception_causes", "skus", "stores", "warehouses"]
    paths = {seed["original_file_path"] for seed in seeds}
    assert {str(Path(path).parent) for path in paths} == {"../mappings"}


def test_seeded_mappings_hold_no_comment_lines(seeds: list[Mapping[str, Any]]) -> None:
    commented = [
        seed["name"]
        for seed in seeds
        if re.search(
            r"^#",
            (REPOSITORY / "mappings" / f"{seed['name']}.csv").read_text("utf-8"),
            re.MULTILINE,
        )
    ]
    assert commented == [], "dbt seeds know no comment lines: explain columns in mappings/README.md"


def test_every_cause_the_models_give_is_in_the_catalogue(manifest: Mapping[str, Any]) -> None:
    with (REPOSITORY / "mappings" / "exception_causes.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        catalogue = {row["code"] for row in csv.DictReader(file)}
    given = {
        row["cause"]
        for test in manifest["unit_tests"].values()
        for row in test["expect"]["rows"]
        if row.get("cause")
    }
    assert sorted(given - catalogue) == []
