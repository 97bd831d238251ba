"""One request of the API: who asks, what for, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from sandbox.sage200.api.answers import json_answer, raw_json, refusal_answer
from sandbox.sage200.api.customers import change_account, open_account
from sandbox.sage200.api.ledger import LEDGER_SHAPES, mark_queried, post_to_ledger
from sandbox.sage200.api.paths import Match, Paths
from sandbox.sage200.api.sop import write_document
from sandbox.sage200.contract.check import check_body
from sandbox.sage200.ledger.date_validation import validate_date
from sandbox.sage200.odata.options import Options, read_options
from sandbox.sage200.orders.locks import lock_order
from sandbox.sage200.orders.post import Office
from sandbox.sage200.prices.enquiry import enquire
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.sage_id.users import User, company_exists, sites, user_of_token
from sandbox.sage200.schema.enums import enum_resources, enum_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from psycopg import Connection

    from sandbox.sage200.behaviour import Behaviour
    from sandbox.sage200.counter import Counter
    from sandbox.sage200.database import Database
    from sandbox.sage200.resources.reader import Reader

_decode = msgspec.json.Decoder(float_hook=Decimal)
_SITES = "sites"
_OWN_PERMISSIONS = "current_user_sop_user_permissions"
# POSTs that only ask
_ENQUIRIES: dict[str, tuple[Callable[[Connection, dict[str, Any]], object], str]] = {
    "customer_price_enquiry": (enquire, "customer_price_enquiry_request"),
    "transaction_date_validation": (validate_date, "transaction_date_validation_request"),
}


@dataclass(frozen=True)
class Call:
    """A request as far as the API is concerned; ``path`` comes without the base path."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Api:
    """The resources under the base path."""

    def __init__(
        self, database: Database, counter: Counter, reader: Reader, behaviour: Behaviour
    ) -> None:
        self._database = database
        self._counter = counter
        self._reader = reader
        self._behaviour = behaviour
        self._paths = Paths(behaviour)

    def answer(self, call: Call) -> Response:
        """Answer one request; refusals become answers here."""
        caller = self._caller(call)
        if caller is None:
            return Response(status_code=401)
        user, company_is_right = caller
        match = self._paths.match(call.path)
        if match is None or (match.verbs and call.method not in match.verbs):
            return self._refuse(f"There is no resource for {call.method} {call.path}.", 404)
        if match.resource.name != _SITES:
            if not company_is_right:
                return Response(status_code=401)
            if match.resource.area not in user.modules:
                text = f"User '{user.name}' has no access to the module of '{match.resource.name}'."
                return self._refuse(text, 403)
        try:
            return self._dispatch(call, match, user)
        except Refusal as refusal:
            return self._refuse(refusal.text, refusal.status)

    def _refuse(self, text: str, status: int) -> Response:
        return refusal_answer(text, status, self._behaviour)

    def _caller(self, call: Call) -> tuple[User, bool] | None:
        """Return who asks, and whether the headers name a company; nothing without a good token."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        site, company = call.headers.get("x-site", ""), call.headers.get("x-company", "")
        with self._database.transaction() as connection:
            user = user_of_token(connection, token.strip())
            return None if user is None else (user, company_exists(connection, site, company))

    def _dispatch(self, call: Call, match: Match, user: User) -> Response:
        office = Office(self._counter, user, self._behaviour)
        if call.method == "GET":
            return self._get(call, match, user)
        record_id = None if match.record_id is None else _whole("Id", match.record_id)
        target = (call.method, match.resource.name, record_id)
        read = partial(self._body, call)
        written = write_document(self._database, office, target, read)
        if written is None:
            return self._write(call, match, office)
        resource, document_id = written
        if document_id is None:
            return Response(status_code=200)
        return self._one(resource, document_id)

    def _write(self, call: Call, match: Match, office: Office) -> Response:
        name = match.resource.name
        if name == "customers" and call.method == "POST":
            sent = self._body(call, "customer", whole=True)
            with self._database.transaction() as connection:
                customer_id = open_account(connection, self._counter, sent)
            return self._one(name, customer_id)
        if name == "customers" and call.method == "PUT":
            customer_id = _whole("Id", match.record_id or "")
            sent = self._body(call, "customer", whole=False)
            with self._database.transaction() as connection:
                change_account(connection, customer_id, sent)
            return self._one(name, customer_id)
        if name in _ENQUIRIES:
            enquire_of, shape = _ENQUIRIES[name]
            sent = self._body(call, shape, whole=True)
            with self._database.transaction() as connection:
                return json_answer(enquire_of(connection, sent))
        if name in LEDGER_SHAPES:
            sent = self._body(call, LEDGER_SHAPES[name], whole=True)
            with self._database.transaction() as connection:
                return json_answer(post_to_ledger(connection, office, name, sent))
        if name == "sales_posted_transactions" and call.method == "PUT":
            tran_id = _whole("Id", match.record_id or "")
            sent = self._body(call, "sales_posted_transaction", whole=False)
            with self._database.transaction() as connection:
                mark_queried(connection, tran_id, sent)
            return self._one(name, tran_id)
        return self._not_played(call)

    def _not_played(self, call: Call) -> Response:
        text = f"Sage 200 has {call.method} {call.path}, but this stand-in does not play it."
        return self._refuse(text, 501)

    def _body(self, call: Call, shape: str, *, whole: bool) -> dict[str, Any]:
        try:
            read = _decode.decode(call.body)
        except msgspec.DecodeError as error:
            raise Refusal(f"The request body is not JSON: {error}.") from error
        findings = check_body(shape, read, whole=whole, professional=self._behaviour.professional)
        problems = list(findings.problems)
        if self._behaviour.refuse_read_only:
            problems += [f"The field '{path}' is read-only." for path in findings.read_only]
        if problems:
            raise Refusal(" ".join(problems))
        return findings.body

    def _one(self, resource: str, record_id: int) -> Response:
        with self._database.transaction() as connection:
            return json_answer(self._reader.one(connection, resource, record_id))

    def _get(self, call: Call, match: Match, user: User) -> Response:
        name = match.resource.name
        options = read_options(call.query, one_record=match.record_id is not None)
        listed = self._listed(name, user)
        if listed is not None:
            return json_answer(listed)
        within = {key: _whole(key, value) for key, value in match.within.items()}
        if not self._reader.has(name, within):
            return self._not_played(call)
        if name == _OWN_PERMISSIONS:
            within["user_number"] = user.number
        if match.record_id is not None:
            return self._record(match, options, within, user)
        with self._database.transaction() as connection:
            if options.count:
                return json_answer(self._reader.count(connection, name, options, within))
            return raw_json(self._reader.list_json(connection, name, options, within))

    def _listed(self, name: str, user: User) -> object | None:
        """Return what is answered whole, whatever the options; nothing for all the rest."""
        if name == _SITES:
            with self._database.transaction() as connection:
                return sites(connection)
        if name in enum_resources():
            return [
                {"id": v.id, "description": v.name, "value": v.value} for v in enum_values(name)
            ]
        if name == "current_user":
            own = {"id": user.number, "logon_name": user.name, "friendly_name": user.name}
            return {**own, "is_web_user": True}
        return None

    def _record(
        self, match: Match, options: Options, within: Mapping[str, int], user: User
    ) -> Response:
        name, record_id = match.resource.name, _whole("Id", match.record_id or "")
        with self._database.transaction() as connection:
            record = self._reader.one(connection, name, record_id, options, within)
            if record is None:
                return self._refuse(f"There is no record {record_id} in '{name}'.", 404)
            if "is_to_lock" in options.expand:
                record["lock_id"] = lock_order(connection, self._counter, record_id, user.name)
            return json_answer(record)


def _whole(name: str, text: str) -> int:
    if not text.isdecimal():
        raise Refusal(f"'{text}' is not a valid '{name}'.")
    return int(text)
