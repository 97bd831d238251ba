"""Is a whole request as the contract wants it? Path, verb, headers, query options and body.

It judges by the contract file alone: not by the code of the client that sent the request, and not
by what this stand-in happens to play. So it says of a program that it keeps to the contract, where
a stand-in's answer says only that this stand-in took the request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

import msgspec

from sandbox.sage200.api.paths import Match, Paths
from sandbox.sage200.behaviour import Release
from sandbox.sage200.contract.check import check_body
from sandbox.sage200.contract.fields import Field, shape
from sandbox.sage200.odata.expression import Comparison, Expression, Junction
from sandbox.sage200.odata.options import read_options
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.sage200.behaviour import Behaviour
    from sandbox.sage200.odata.expression import Literal
    from sandbox.sage200.odata.options import Options

_WITHOUT_COMPANY = "sites"
_WITH_BODY = {"POST", "PUT"}
_NAME_PART = re.compile(r"[./]")
# Asks for the record's lock (reference, section 2); a word of $expand, not a field.
_EXPAND_WORDS = {"is_to_lock"}
_LITERALS = {
    "boolean": (bool, "true or false"),
    "integer": (Decimal, "a number"),
    "number": (Decimal, "a number"),
    "string": (str, "a text in quotes"),
}

_decode = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True)
class Sent:
    """A request as it was sent.

    Attributes:
        method: HTTP verb.
        path: Path below the API's base path, decoded.
        query: Options by name, decoded.
        headers: Headers by lower-case name.
        body: Bytes of the body.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Verdict:
    """What the contract says to a request.

    Attributes:
        resource: What it is about; the path where no resource has it.
        violations: Sentences, each naming the header, option or field.
    """

    resource: str
    violations: tuple[str, ...]


class RequestCheck:
    """Checks requests to one edition; every release's resources count as known."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._professional = behaviour.professional
        self._paths = Paths(replace(behaviour, release=get_args(Release)[-1]))

    def check(self, sent: Sent) -> Verdict:
        """Return what the contract says."""
        match = self._paths.match(sent.path)
        if match is None:
            return Verdict(sent.path, (f"Sage 200 has no resource {sent.path}.",))
        return Verdict(match.resource.name, tuple(self._violations(sent, match)))

    def _violations(self, sent: Sent, match: Match) -> Iterator[str]:
        if match.verbs and sent.method not in match.verbs:
            yield f"Sage 200 has no {sent.method} {sent.path}."
        yield from _header_violations(sent, match)
        yield from _query_violations(sent, match)
        if sent.method in _WITH_BODY:
            yield from self._body_violations(sent, match)
        elif sent.body:
            yield f"{sent.method} {sent.path} takes no body."

    def _body_violations(self, sent: Sent, match: Match) -> Iterator[str]:
        name = match.resource.request
        if name is None:
            if sent.body:
                yield f"{sent.method} {sent.path} takes no body."
            return
        try:
            body = _decode.decode(sent.body)
        except msgspec.DecodeError as error:
            yield f"The body is not JSON: {error}."
            return
        whole = sent.method == "POST"
        findings = check_body(name, body, whole=whole, professional=self._professional)
        yield from findings.problems
        yield from (f"The field '{path}' is read-only." for path in findings.read_only)


def _header_violations(sent: Sent, match: Match) -> Iterator[str]:
    if not sent.headers.get("authorization", "").startswith("Bearer "):
        yield "The header 'Authorization' must hold a bearer token."
    if match.resource.name != _WITHOUT_COMPANY:
        for name in ("X-Site", "X-Company"):
            if not sent.headers.get(name.lower()):
                yield f"The header '{name}' is missing."
    media_type = sent.headers.get("content-type", "").partition(";")[0]
    if sent.body and media_type != "application/json":
        yield f"The body must be sent as application/json, not as '{media_type}'."


def _query_violations(sent: Sent, match: Match) -> Iterator[str]:
    if sent.method != "GET":
        if sent.query:
            yield f"{sent.method} {sent.path} takes no query options."
        return
    for name in sent.query:
        if not name.startswith("$"):
            yield f"The query option '{name}' is unknown."
    answered = match.resource.response
    try:
        options = read_options(sent.query, one_record=match.record_id is not None)
    except Refusal as refusal:
        yield refusal.text
    else:
        if answered is not None:
            yield from _option_violations(answered, options)


def _option_violations(answered: str, options: Options) -> Iterator[str]:
    for field in (*options.select, *(order.field for order in options.orderby)):
        yield from _field_violations(answered, field)
    for field in options.expand:
        if field not in _EXPAND_WORDS:
            yield from _field_violations(answered, field)
    if options.filter is not None:
        yield from _filter_violations(answered, options.filter)


def _filter_violations(shape_name: str, expression: Expression) -> Iterator[str]:
    if isinstance(expression, Junction):
        yield from _filter_violations(shape_name, expression.left)
        yield from _filter_violations(shape_name, expression.right)
        return
    yield from _field_violations(shape_name, expression.field)
    known = _find(shape_name, expression.field)
    if known is None:
        return
    if isinstance(expression, Comparison):
        yield from _literal_violations(known, expression.field, expression.literal)
    elif known.type != "string" or known.format == "date-time":
        yield f"'{expression.function}' takes a text, '{expression.field}' is none."


def _literal_violations(known: Field, name: str, literal: Literal) -> Iterator[str]:
    if literal is None or known.type not in _LITERALS:
        return
    kind, words = _LITERALS[known.type]
    if known.format == "date-time":
        kind, words = datetime, "a bare date or stamp"
    if not isinstance(literal, kind):
        yield f"'{name}' is compared with {literal!r}; it must be {words}."


def _field_violations(shape_name: str, name: str) -> Iterator[str]:
    if _find(shape_name, name) is None:
        yield f"Could not find a property named '{name}' on type '{shape_name}'."


def _find(shape_name: str, name: str) -> Field | None:
    """Return a field by name, ``customer.name`` for one inside another; None where there is none.

    What lies inside an object whose shape nobody lists is taken as it is named.
    """
    fields = shape(shape_name)
    found: Field | None = None
    for part in _NAME_PART.split(name):
        found = fields.get(part)
        if found is None:
            return None
        inside = _fields_inside(found)
        if inside is None:
            return found
        fields = inside
    return found


def _fields_inside(known: Field) -> Mapping[str, Field] | None:
    if known.type not in {"object", "array"}:
        return {}
    if known.fields:
        return {child.name: child for child in known.fields}
    try:
        return shape(known.shape or known.name)
    except KeyError:
        return None
