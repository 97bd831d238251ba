"""The published contract of the API's resources: fields, lengths, decimals, what can be sent.

Read from ``contract.json``, which ``tools/make_contract.py`` writes from Sage's own field lists.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sage200_client.exceptions import FixRequest

_KIND = re.compile(r"(?P<name>[a-z0-9]+)(\((?P<size>\d+)\))?(:(?P<schema>\S+))?")

# No source lists the fields of the returns resources of 2025 R1; the one integration that is known
# to post them sends the body of an order.
_SAME_BODY_AS = {"sop_returns": "sop_orders"}


@dataclass(frozen=True)
class Field:
    """One field of a schema.

    Attributes:
        name: As sent.
        kind: ``int16 int32 int64 bool str num datetime object schema list``.
        size: Most characters of a ``str``, most decimals of a ``num``; None where not stated. Not
            to be trusted for names of enum values: several are longer than their field.
        schema: Schema of the nested object or of the list's members, if known.
        required: As the schema says; line-type rules and defaults decide in practice.
        read_only: Can't be sent.
        enum: Names of the values that are known; empty where it isn't an enum.
        enum_is_complete: Whether ``enum`` holds all of them.
        holds_a_name: The value is the name of an enum value.
    """

    name: str
    kind: str
    size: int | None
    schema: str | None
    required: bool
    read_only: bool
    enum: tuple[str, ...]
    enum_is_complete: bool
    holds_a_name: bool


@dataclass(frozen=True)
class Resource:
    """One resource of the API.

    Attributes:
        name: Its name in the path.
        verbs: HTTP verbs of all its paths; empty where only the name is known.
        request: Schema of what is sent, or None.
        response: Schema of what comes back, or None.
        since: The release that brought it, where it isn't in all; empty otherwise.
    """

    name: str
    verbs: frozenset[str]
    request: str | None
    response: str | None
    since: str


@cache
def _contract() -> dict[str, Any]:
    text = (files("sage200_client") / "contract.json").read_text(encoding="utf-8")
    contract: dict[str, Any] = json.loads(text)
    return contract


@cache
def resource(name: str) -> Resource:
    """Return the contract of a resource.

    Raises:
        FixRequest: Sage 200 has no resource of that name.
    """
    found = _contract()["resources"].get(name)
    if found is None:
        raise FixRequest(f"Sage 200's API has no resource {name!r}.", 404)
    twin = _contract()["resources"].get(_SAME_BODY_AS.get(name, ""), {})
    return Resource(
        name=name,
        verbs=frozenset(found.get("verbs", "").split()),
        request=found.get("request") or twin.get("request") or None,
        response=found.get("response") or twin.get("response") or None,
        since=found.get("since", ""),
    )


def takes_a_known_document(name: str) -> bool:
    """Whether something can be sent to the resource, and its fields are known."""
    return name in _contract()["resources"] and resource(name).request is not None


@cache
def schema(name: str) -> dict[str, Field]:
    """Return the fields of a schema by name, in the order of Sage's documentation."""
    return {field: _field(field, words) for field, words in _contract()["schemas"][name].items()}


def has_field(resource_name: str, field: str) -> bool:
    """Whether the answer of a resource has the field; True where its fields aren't known."""
    found = _contract()["resources"].get(resource_name, {})
    return not found.get("response") or field in schema(found["response"])


def order_without_key(resource_name: str) -> str:
    """Return an ``$orderby`` for a resource that has no id: all its fields that end in ``_id``.

    Together they name a row of a joined view in nearly all cases; where there is none, the first
    field is taken.
    """
    found = resource(resource_name)
    if found.response is None:
        raise FixRequest(f"Name an order for {resource_name}: its fields are not known.", 400)
    fields = [field.name for field in schema(found.response).values() if field.kind != "schema"]
    return ",".join(name for name in fields if name.endswith("_id")) or fields[0]


def _field(name: str, words: str) -> Field:
    kind, *flags = words.split()
    match = _KIND.fullmatch(kind)
    if match is None:  # pragma: no cover - the file is ours and tested whole
        raise ValueError(f"contract.json: {name} has the kind {kind!r}.")
    values = next((flag.removeprefix("enum=") for flag in flags if flag.startswith("enum=")), "")
    return Field(
        name=name,
        kind=match["name"],
        size=int(match["size"]) if match["size"] else None,
        schema=match["schema"],
        required="required" in flags,
        read_only="readonly" in flags,
        enum=tuple(value for value in values.split("|") if value),
        enum_is_complete=bool(values) and not values.endswith("|"),
        holds_a_name="name" in flags or bool(values),
    )
