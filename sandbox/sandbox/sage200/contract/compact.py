"""Make the two compact contract files of this folder from the full reference files.

Usage: ``python -m sandbox.sage200.contract.compact REFERENCE_DIR``, where the folder holds
``sage200_api_fields.json`` and ``sage200_sql_columns.json``. Descriptions and change logs are left
out, so are the areas this stand-in has no business with (purchasing).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_LEFT_OUT_AREAS = {"pop", "purchases"}
_KEPT = ("name", "type", "format", "max_length", "decimals", "required", "read_only", "default")
_REFERENCES = ("professional_only", "item_schema", "schema")


def compact_column(column: dict[str, Any]) -> str:
    """Return a column as one string, e.g. ``City varchar(60)``."""
    length = f"({column['max_length']})" if column.get("max_length") else ""
    null = " null" if column["nullable"] else ""
    target = f" >{column['references']}" if column.get("references") else ""
    return f"{column['name']} {column['type']}{length}{null}{target}"


def compact_field(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field with only what a check needs, and nothing that is unset."""
    kept = {
        name: field[name] for name in (*_KEPT, *_REFERENCES) if field.get(name) not in (None, False)
    }
    if str(kept.get("format", "")).isdigit():
        del kept["format"]
    # The reference writes value names it has not seen in words; such a list can't be enforced.
    enum = field.get("enum", ())
    if enum and all(value.isidentifier() for value in enum):
        kept["enum"] = enum
    elif enum:
        kept.pop("max_length", None)
    if field.get("fields"):
        kept["fields"] = [compact_field(child) for child in field["fields"]]
    return kept


def compact_api(full: dict[str, Any]) -> dict[str, Any]:
    """Return ``{"resources": …, "schemas": …}`` of the resources that are kept."""
    resources: dict[str, Any] = {}
    schemas: dict[str, Any] = {
        name: [compact_field(field) for field in child["fields"]]
        for name, child in full["_child_schemas"].items()
    }
    for name, resource in full.items():
        if name.startswith("_") or resource["area"] in _LEFT_OUT_AREAS:
            continue
        paths = {path["path"]: path["verbs"] or [] for path in resource["paths"]}
        entry: dict[str, Any] = {"area": resource["area"], "paths": paths}
        if resource.get("known_by_name_only"):
            entry["since"] = "2025R1"
        request, response = resource.get("request_schema"), resource.get("response_schema")
        answered = resource.get("response_fields")
        if request:
            entry["request"] = request
            schemas[request] = [compact_field(field) for field in resource["fields"]]
        if response:
            entry["response"] = response
        # A string here says that the shape is that of another resource, which brings it.
        own_answer = answered if isinstance(answered, list) else None
        if response and (own_answer or not request):
            shape = [compact_field(field) for field in own_answer or resource["fields"]]
            schemas.setdefault(response, shape)
        if resource.get("professional_only"):
            entry["professional_only"] = True
        resources[name] = entry
    return {"resources": resources, "schemas": schemas}


def compact_sql(full: dict[str, Any]) -> dict[str, Any]:
    """Return the tables by name: primary key and columns; the one view among them is left out."""
    return {
        name: {
            "key": table["primary_key"],
            "columns": [compact_column(column) for column in table["columns"]],
        }
        for name, table in full["tables"].items()
        if name != "AuditTrailView"
    }


def one_entry_a_line(value: dict[str, Any]) -> str:
    """Write an object with one entry a line, so that a change shows as a changed line."""
    lines = (f"{json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def main(reference_dir: Path) -> None:
    """Write both files."""
    api = compact_api(json.loads((reference_dir / "sage200_api_fields.json").read_text("utf-8")))
    parts = (f"{json.dumps(key)}: {one_entry_a_line(part)}" for key, part in api.items())
    (HERE / "api_fields.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")
    sql = compact_sql(json.loads((reference_dir / "sage200_sql_columns.json").read_text("utf-8")))
    (HERE / "sql_columns.json").write_text(one_entry_a_line(sql) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
