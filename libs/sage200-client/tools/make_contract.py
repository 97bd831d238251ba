# ruff: noqa: INP001 - a script of its own, no package
"""Write ``sage200_client/contract.json`` from the field reference of Sage 200's API.

Usage: python tools/make_contract.py sage200_api_fields.json

The reference names each resource's fields with type, length, decimals and flags, taken from Sage's
own OpenAPI files. The copy keeps what a check needs, one field a line, in words such as
``str(30) required`` or ``num(2) readonly``:

    int16 int32 int64 bool str str(LENGTH) num num(DECIMALS) datetime
    object           any object
    schema:NAME      an object of that schema
    list             any list
    list:NAME        a list of objects of that schema
    enum=A|B         the value is one of these names; a trailing | says that there are more
    name             holds the name of an enum value; its stated length is not to be trusted
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LONGEST_PLAIN_DEFAULT = 8
"""A longer default is the name of an enum value, such as ``StatementTermsAllTransactions``."""

OUTPUT = Path(__file__).parent.parent / "sage200_client" / "contract.json"


def main(source: Path) -> None:
    """Read the reference and write the copy."""
    reference = json.loads(source.read_text(encoding="utf-8"))
    children = reference["_child_schemas"]
    resources: dict[str, dict[str, str]] = {}
    schemas: dict[str, dict[str, str]] = {}
    names = [name for name in reference if not name.startswith("_")]
    for name in names:
        _take_schema(schemas, reference[name].get("response_schema"), reference[name])
    for name, child in children.items():
        schemas[name] = _fields(child["fields"], name, schemas)
    for name in names:
        resource = reference[name]
        if resource.get("known_by_name_only"):
            resources[name] = {"path": resource["path"], "since": resource["since"]}
            continue
        request = resource["request_schema"]
        if request is not None and request not in schemas:
            schemas[request] = _fields(resource["fields"], request, schemas)
        resources[name] = {
            "path": resource["path"],
            "verbs": " ".join(resource["verbs"]),
            "request": request or "",
            "response": resource["response_schema"] or "",
        }
        for named in (request, resource["response_schema"]):
            schemas.setdefault(named or "", {})
    del schemas[""]
    text = json.dumps(
        {
            "source": reference["_meta"]["source"],
            "resources": dict(sorted(resources.items())),
            "schemas": dict(sorted(schemas.items())),
        },
        indent=1,
        ensure_ascii=False,
    )
    OUTPUT.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{OUTPUT.name}: {len(resources)} resources, {len(schemas)} schemas\n")


def _take_schema(
    schemas: dict[str, dict[str, str]], schema: str | None, resource: dict[str, Any]
) -> None:
    """Keep the fields under the schema's name; where two resources share it, the fuller ones."""
    fields = resource.get("response_fields", resource.get("fields"))
    if schema is None or not isinstance(fields, list):
        return
    found = _fields(fields, schema, schemas)
    if len(found) > len(schemas.get(schema, {})):
        schemas[schema] = found
    if resource.get("request_schema") not in {None, schema}:
        request = resource["request_schema"]
        schemas[request] = _fields(resource["fields"], request, schemas)


def _fields(
    fields: list[dict[str, Any]], schema: str, schemas: dict[str, dict[str, str]]
) -> dict[str, str]:
    return {field["name"]: _words(field, schema, schemas) for field in fields}


def _words(field: dict[str, Any], schema: str, schemas: dict[str, dict[str, str]]) -> str:
    words = [_kind(field, schema, schemas)]
    if field["required"]:
        words.append("required")
    if field["read_only"]:
        words.append("readonly")
    known = [one for one in field.get("enum", []) if not one.startswith("(")]
    if known:
        open_end = "|" if len(known) < len(field["enum"]) else ""
        words.append("enum=" + "|".join(known) + open_end)
    elif field["type"] == "string" and (
        len(str(field.get("default", ""))) > LONGEST_PLAIN_DEFAULT
        or "(enum value name)" in field["description"]
        or field["name"].endswith(("_type", "_status", "fulfilment_method"))
    ):
        words.append("name")
    return " ".join(words)


def _kind(field: dict[str, Any], schema: str, schemas: dict[str, dict[str, str]]) -> str:
    kind, form = field["type"], field.get("format")
    if kind == "integer":
        return form or "int64"
    if kind == "boolean" or form == "boolean":
        return "bool"
    if kind == "number":
        decimals = field.get("decimals")
        return f"num({decimals})" if decimals is not None else "num"
    if kind == "string":
        if form == "date-time":
            return "datetime"
        return f"str({field['max_length']})" if field["max_length"] else "str"
    named = field.get("schema") or field.get("item_schema")
    if field.get("fields"):
        named = f"{schema}.{field['name']}"
        schemas[named] = _fields(field["fields"], named, schemas)
    prefix = "list" if kind == "array" else "schema" if named else "object"
    return f"{prefix}:{named}" if named else prefix


if __name__ == "__main__":
    main(Path(sys.argv[1]))
