"""The resources and fields of Sage's REST API, as the compact contract file gives them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sandbox.sage200.contract import later

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Field:
    """One field of a shape.

    Attributes:
        type: JSON type: integer, number, string, boolean, object or array.
        format: ``int16``, ``int32``, ``int64`` or ``date-time``, where there is one.
        max_length: Most characters of a string. Not to be trusted on names of an enum.
        decimals: Decimals of a number.
        shape: Name of the shape of an object or of the members of an array, if it has one.
        fields: Fields of an object that has no shape of its own.
    """

    name: str
    type: str
    format: str | None = None
    max_length: int | None = None
    decimals: int | None = None
    required: bool = False
    read_only: bool = False
    professional_only: bool = False
    enum: tuple[str, ...] = ()
    shape: str | None = None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Resource:
    """One resource.

    Attributes:
        area: Part of the product; a user's role allows or leaves out whole areas.
        paths: Verbs by path, e.g. ``/warehouses/{warehouseId}/warehouse_holdings``.
        request: Shape of the body that is sent, if any.
        response: Shape that is answered.
        since: Release that brought it, if later than the specification.
    """

    name: str
    area: str
    paths: Mapping[str, tuple[str, ...]]
    request: str | None
    response: str | None
    since: str | None
    professional_only: bool


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((files(__package__) / "api_fields.json").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1)
def resources() -> dict[str, Resource]:
    """Return every resource by name."""
    return {
        name: Resource(
            name=name,
            area=entry["area"],
            paths=later.PATHS.get(name)
            or {path: tuple(verbs) for path, verbs in entry["paths"].items()},
            request=entry.get("request") or later.SHAPES.get(name, (None, None))[0],
            response=entry.get("response") or later.SHAPES.get(name, (None, None))[1],
            since=entry.get("since"),
            professional_only=entry.get("professional_only", False),
        )
        for name, entry in _file()["resources"].items()
    }


@cache
def shape(name: str) -> Mapping[str, Field]:
    """Return the fields of a shape such as ``sop_order`` or ``sop_order.delivery_address``.

    Raises:
        KeyError: There is no such shape.
    """
    outer, _, nested = name.partition(".")
    if nested:
        return {field.name: field for field in shape(outer)[nested].fields}
    entries = later.SCHEMAS.get(outer) or _file()["schemas"][outer]
    return {entry["name"]: _field(entry) for entry in entries}


def _field(entry: dict[str, Any]) -> Field:
    return Field(
        name=entry["name"],
        type=entry["type"],
        format=entry.get("format"),
        max_length=entry.get("max_length"),
        decimals=entry.get("decimals"),
        required=entry.get("required", False),
        read_only=entry.get("read_only", False),
        professional_only=entry.get("professional_only", False),
        enum=tuple(entry.get("enum", ())),
        shape=entry.get("item_schema") or entry.get("schema"),
        fields=tuple(_field(child) for child in entry.get("fields", ())),
    )
