"""Check a document against the contract before it is sent, field by field.

A refusal by Sage 200 costs a round trip and comes back as opaque text; a violation found here names
the field, the limit and the value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage200_client.contract import Field, resource, schema
from sage200_client.exceptions import FixRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_INTEGER_BITS = {"int16": 16, "int32": 32, "int64": 64}
_MOST_SHOWN = 80

# Read-only fields that a PUT sends back: ids say which child row is meant, lock_id releases the
# lock that `$expand=is_to_lock` took.
_SENT_BACK_BY_PUT = frozenset({"id", "lock_id"})

# "Required" of the order schemas is not enforced where defaults exist (a published integration
# posts orders without code, description and warehouse_id); that of the ledger documents is, down to
# an exception when a tax row has no id. So only these are checked.
_REQUIRED_COUNTS = frozenset(
    {"sales_invoice", "sales_credit_note", "sales_receipt", "sales_payment", "sales_allocation"}
)


@dataclass(frozen=True)
class Violation:
    """One thing in a document that Sage 200's contract forbids.

    Attributes:
        path: Where, for instance ``lines[2].description``.
        field: Name of the field, for instance ``description``.
        limit: What the contract says, for instance ``60 characters``.
        value: What the document holds.
        sentence: What, where and what to do, for a person.
    """

    path: str
    field: str
    limit: str
    value: Any
    sentence: str


def check_document(
    resource_name: str, body: Mapping[str, Any], *, verb: str = "POST"
) -> list[Violation]:
    """Return everything in ``body`` that Sage 200 would refuse, in the document's order.

    Checked: unknown and read-only fields, nulls, types, text lengths (in UTF-16 units, as SQL
    Server and .NET count), decimals, dates without a time, names of enum values, and for ledger
    documents what is required.

    Args:
        resource_name: For instance ``sop_orders``.
        body: The document as it would be sent; numbers as int or ``Decimal``.
        verb: ``POST`` or ``PUT``; a PUT may send ids and ``lock_id`` back.

    Raises:
        FixRequest: The resource doesn't exist or takes no document.
    """
    found = resource(resource_name)
    if found.request is None:
        raise FixRequest(f"Sage 200's {resource_name} takes no document.", 405)
    checker = _Checker(resource_name, _SENT_BACK_BY_PUT if verb == "PUT" else frozenset())
    violations = list(checker.record(found.request, body, ""))
    if (
        found.request == "sop_order"
        and verb == "POST"
        and "customer_id" not in body
        and body.get("customer_type") != "EnumCustomerTypeCash"
    ):
        violations.append(checker.missing("customer_id", "customer_id"))
    return violations


@dataclass(frozen=True)
class _Checker:
    """Walks one document; knows whose it is, to say so."""

    resource_name: str
    allowed_read_only: frozenset[str]

    def record(
        self, schema_name: str, record: Mapping[str, Any], prefix: str
    ) -> Iterator[Violation]:
        fields = schema(schema_name)
        for name, value in record.items():
            path = f"{prefix}{name}"
            field = fields.get(name)
            if field is None:
                yield self._violation(
                    path, name, "unknown field", value, "Sage 200 has no such field. Leave it out."
                )
            elif field.read_only and name not in self.allowed_read_only:
                yield self._violation(
                    path, name, "read-only", value, "Sage 200 sets it itself. Leave it out."
                )
            elif value is None:
                yield self._violation(
                    path, name, "no nulls", None, "Sage 200 refuses null. Leave the field out."
                )
            else:
                yield from self._value(field, value, path)
        if schema_name.partition(".")[0] in _REQUIRED_COUNTS:
            for field in fields.values():
                if field.required and field.name not in record:
                    yield self.missing(f"{prefix}{field.name}", field.name)

    def missing(self, path: str, name: str) -> Violation:
        return Violation(
            path=path,
            field=name,
            limit="required",
            value=None,
            sentence=f"{self.resource_name} {path} is missing and Sage 200 requires it.",
        )

    def _value(self, field: Field, value: Any, path: str) -> Iterator[Violation]:
        if field.kind in {"schema", "object"}:
            if not isinstance(value, dict):
                yield self._wrong_kind(field, value, path, "an object")
            elif field.schema:
                yield from self.record(field.schema, value, f"{path}.")
        elif field.kind == "list":
            yield from self._list(field, value, path)
        else:
            problem = _problem(field, value)
            if problem is not None:
                limit, remedy = problem
                yield self._violation(path, field.name, limit, value, remedy)

    def _list(self, field: Field, value: Any, path: str) -> Iterator[Violation]:
        if not isinstance(value, (list, tuple)):
            yield self._wrong_kind(field, value, path, "a list")
            return
        for index, member in enumerate(value):
            here = f"{path}[{index}]"
            if not isinstance(member, dict):
                yield self._wrong_kind(field, member, here, "an object")
            elif field.schema:
                yield from self.record(field.schema, member, f"{here}.")

    def _wrong_kind(self, field: Field, value: Any, path: str, kind: str) -> Violation:
        return self._violation(path, field.name, kind, value, f"Sage 200 takes {kind} here.")

    def _violation(self, path: str, name: str, limit: str, value: Any, remedy: str) -> Violation:
        return Violation(
            path=path,
            field=name,
            limit=limit,
            value=value,
            sentence=f"{self.resource_name} {path} is {_shown(value)}: {remedy}",
        )


def _problem(  # noqa: PLR0911 - one kind of field a line
    field: Field, value: Any
) -> tuple[str, str] | None:
    """Return the limit that a plain value breaks and what to do, or None."""
    if field.kind == "bool":
        return None if isinstance(value, bool) else ("true or false", "send true or false.")
    if field.kind in _INTEGER_BITS:
        return _integer_problem(field, value)
    if field.kind == "num":
        return _number_problem(field, value)
    if not isinstance(value, str):
        return ("text", "send text.")
    if field.kind == "datetime":
        if _STAMP.fullmatch(value):
            return None
        return ("date and time", "send a date with a time, such as 2025-01-31T00:00:00Z.")
    return _text_problem(field, value)


def _integer_problem(field: Field, value: Any) -> tuple[str, str] | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return ("whole number", "send a whole number.")
    half = 2 ** (_INTEGER_BITS[field.kind] - 1)
    if -half <= value < half:
        return None
    return (f"{-half} to {half - 1}", f"send a number from {-half} to {half - 1}.")


def _number_problem(field: Field, value: Any) -> tuple[str, str] | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return ("exact number", "send a Decimal, never a float or text.")
    number = Decimal(value)
    if not number.is_finite():
        return ("finite number", "send a number.")
    if field.size is not None and _decimals(number) > field.size:
        return (f"{field.size} decimals", f"Sage 200 keeps {field.size} decimals. Round it first.")
    return None


def _decimals(number: Decimal) -> int:
    """Count the decimals that carry something: 10.500 has one."""
    fraction = format(number, "f").partition(".")[2]
    return len(fraction.rstrip("0"))


def _text_problem(field: Field, value: str) -> tuple[str, str] | None:
    if field.holds_a_name:
        # The stated length is wrong for names: EnumDocumentStatusLive has 22 in a field of 20.
        if field.enum_is_complete and value not in field.enum:
            known = ", ".join(field.enum)
            return (f"one of {known}", f"send one of {known}.")
        return None
    length = len(value.encode("utf-16-le", errors="surrogatepass")) // 2
    if field.size is not None and length > field.size:
        return (
            f"{field.size} characters",
            f"Sage 200 takes {field.size} characters, this has {length}. Shorten it.",
        )
    return None


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
