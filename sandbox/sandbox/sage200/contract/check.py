"""Is a request body as the contract wants it? Every rule is generated from the field list.

Unknown fields, wrong types, over-long strings, nulls, dates without a time, too many decimals and
missing required fields are told, each with the field's path. Read-only fields are told apart: what
Sage does with one that is sent is open, so the caller decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.sage200.contract.fields import Field, shape

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_INTEGER_BITS = {"int16": 15, "int32": 31, "int64": 63}

# The schema calls these required; in practice they are left out (number given by Sage, code and
# warehouse from the product), so only the rules of the line types and of the settings decide.
_NOT_ENFORCED = {
    "sop_order": {"document_no"},
    "sop_order_line": {"product_id", "warehouse_id", "code", "description", "line_quantity"},
    "sop_order_memo": {"sop_order_return_id"},
    "customer": {"reference"},
}

# read-only as values, but sent to say which record is meant and which lock is held
_SENT_ALTHOUGH_READ_ONLY = {"id", "lock_id"}


@dataclass
class Findings:
    """What a check found.

    Attributes:
        problems: Sentences, each naming the field's path.
        read_only: Paths of read-only fields that were sent.
        body: The body without them; what is left is safe to read by name.
    """

    problems: list[str] = field(default_factory=list)
    read_only: list[str] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)


def check_body(
    shape_name: str, body: object, *, whole: bool = True, professional: bool = True
) -> Findings:
    """Check a body against a shape such as ``sop_order``.

    Args:
        shape_name: Shape of the contract.
        body: What the JSON was read as; numbers with a point must be ``Decimal``.
        whole: Whether required fields must be there (POST) or not (PUT).
        professional: False refuses fields that only the Professional edition has.
    """
    findings = Findings()
    if not isinstance(body, dict):
        findings.problems.append(f"The request body must be an object of type '{shape_name}'.")
        return findings
    checker = _Checker(findings, whole=whole, professional=professional)
    findings.body = checker.object(shape_name, shape(shape_name), body, "")
    return findings


class _Checker:
    def __init__(self, findings: Findings, *, whole: bool, professional: bool) -> None:
        self._findings = findings
        self._whole = whole
        self._professional = professional

    def object(
        self, name: str, fields: Mapping[str, Field], body: dict[str, Any], path: str
    ) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, value in body.items():
            known = fields.get(key)
            if known is None or (known.professional_only and not self._professional):
                self._say(f"Could not find member '{path}{key}' on an object of type '{name}'.")
            elif known.read_only and key not in _SENT_ALTHOUGH_READ_ONLY:
                self._findings.read_only.append(path + key)
            elif value is None:
                self._say(f"SageNullFieldException: the field '{path}{key}' must not be null.")
            else:
                kept[key] = self._value(known, value, path + key)
        if self._whole or path:
            self._require(name, fields, body, path)
        return kept

    def _require(
        self, name: str, fields: Mapping[str, Field], body: dict[str, Any], path: str
    ) -> None:
        # a child with an id changes a record, so it need not be whole
        if "id" in body:
            return
        for known in fields.values():
            excused = known.read_only or known.name in _NOT_ENFORCED.get(name, ())
            if known.required and not excused and known.name not in body:
                self._say(f"The field '{path}{known.name}' is required.")

    def _value(self, known: Field, value: Any, path: str) -> Any:
        if known.type == "array":
            return self._array(known, value, path)
        if known.type == "object":
            return self._nested(known, value, path)
        problem = _scalar_problem(known, value)
        if problem:
            self._say(f"The field '{path}' {problem}.")
        return value

    def _array(self, known: Field, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            self._say(f"The field '{path}' must be a list.")
            return value
        return [self._nested(known, item, f"{path}[{number}]") for number, item in enumerate(value)]

    def _nested(self, known: Field, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            self._say(f"The field '{path}' must be an object.")
            return value
        if known.shape:
            return self.object(known.shape, shape(known.shape), value, f"{path}.")
        if known.fields:
            fields = {child.name: child for child in known.fields}
            return self.object(known.name, fields, value, f"{path}.")
        return value

    def _say(self, sentence: str) -> None:
        self._findings.problems.append(sentence)


def _scalar_problem(known: Field, value: object) -> str | None:
    if known.type == "boolean":
        return None if isinstance(value, bool) else "must be true or false"
    if known.type == "integer":
        return _integer_problem(known, value)
    if known.type == "number":
        return _number_problem(known, value)
    return _string_problem(known, value)


def _integer_problem(known: Field, value: object) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return "must be a whole number"
    if abs(value) >> _INTEGER_BITS.get(known.format or "int64", 63):
        return f"is outside the range of {known.format}"
    return None


def _number_problem(known: Field, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return "must be a number"
    places = -int(Decimal(value).normalize().as_tuple().exponent)
    if known.decimals is not None and places > known.decimals:
        return f"must have at most {known.decimals} decimals, {value} has {places}"
    return None


def _string_problem(known: Field, value: object) -> str | None:
    if not isinstance(value, str):
        return "must be a string"
    if known.format == "date-time":
        if not _DATE_TIME.fullmatch(value):
            return "must be a date with a time, such as 2025-01-31T00:00:00Z"
        return None
    if known.enum:
        return None if value in known.enum else f"must be one of {', '.join(known.enum)}"
    if known.max_length is not None and len(value) > known.max_length:
        return (
            f"must be a string with a maximum length of {known.max_length}, "
            f"it has {len(value)} characters"
        )
    return None
