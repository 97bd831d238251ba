"""Answers to what a client asks for, one message after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sql_server import questions, type_list
from sandbox.sql_server.channel import Kind, Message
from sandbox.sql_server.reading import ProtocolError
from sandbox.sql_server.refusal import NOT_PREPARED, Refusal
from sandbox.sql_server.requests import Order, read_batch, read_calls, read_order
from sandbox.sql_server.session import Prepared
from sandbox.sql_server.sql_types import integer
from sandbox.sql_server.tokens import (
    Change,
    Done,
    Status,
    changed_bytes,
    done,
    error,
    return_status,
    return_value,
)
from sandbox.sql_server.translation import declared

if TYPE_CHECKING:
    from sandbox.sql_server.parameters import Parameter
    from sandbox.sql_server.requests import Call, TransactionOrder
    from sandbox.sql_server.session import Session

_FAILED_CALL = 1


class Conversation:
    """What the server says to one client."""

    def __init__(self, session: Session) -> None:
        """Answer for a session."""
        self._session = session

    def answer(self, message: Message) -> bytes:
        """Return the answer to a request.

        Raises:
            ProtocolError: If it is none this stand-in knows.
        """
        start = b""
        if message.resets:
            start = self._session.end_transaction()
            self._session.reset()
            start += changed_bytes(Change.RESET)
        match message.kind:
            case Kind.BATCH:
                batch = read_batch(message.body)
                self._check(batch.transaction)
                return start + self._batch(batch.text)
            case Kind.CALL:
                calls = read_calls(message.body)
                answers = []
                for call in calls:
                    self._check(call.transaction)
                    more = Status.FINAL if call is calls[-1] else Status.MORE
                    answers.append(self._call(call, more))
                return start + b"".join(answers)
            case Kind.TRANSACTION:
                order = read_order(message.body)
                self._check(order.transaction)
                return start + self._order(order)
        raise ProtocolError(f"a message of kind {message.kind.name} after the login")

    def _check(self, transaction: int | None) -> None:
        if (transaction or 0) != self._session.transaction:
            raise ProtocolError(
                f"the request is for transaction {transaction}, open is {self._session.transaction}"
            )

    @property
    def _in_transaction(self) -> Status:
        return Status.IN_TRANSACTION if self._session.transaction else Status.FINAL

    def _batch(self, text: str) -> bytes:
        self._session.note(text, "batch")
        try:
            if questions.settings_made(self._session, text):
                return done(Done.STATEMENT, self._in_transaction)
            kind = type_list.asked_by_batch(text)
            if kind is None:
                known = questions.answer(self._session, text)
            else:
                known = type_list.type_list(kind)
            if known is None:
                known = self._session.run(Prepared(text, {}), {}, 0)
        except Refusal as refusal:
            said = error(refusal) + self._session.after(refusal)
            return said + done(Done.STATEMENT, Status.ERROR | self._in_transaction)
        rows, number = known
        return rows + done(Done.STATEMENT, Status.COUNTED | self._in_transaction, number)

    def _order(self, order: TransactionOrder) -> bytes:
        session = self._session
        said = b""
        if order.order is not Order.BEGIN:
            how = Change.COMMITTED if order.order is Order.COMMIT else Change.ROLLED_BACK
            said = session.end_transaction(how)
        if order.isolation is not None:
            session.isolation = order.isolation
        if order.order is Order.BEGIN or order.begins_another:
            said += session.begin()
        return said + done(Done.STATEMENT, self._in_transaction)

    def _call(self, call: Call, more: Status) -> bytes:
        """Answer a call of a procedure."""
        procedure = call.procedure.lower().replace("[", "").replace("]", "").removeprefix("sys.")
        answer = {
            type_list.PROCEDURE: self._list_types,
            "sp_executesql": self._execute_text,
            "sp_prepexec": self._prepare_and_execute,
            "sp_prepare": self._prepare_only,
            "sp_execute": self._execute_prepared,
            "sp_unprepare": self._unprepare,
        }.get(procedure)
        if answer is None:
            refusal = Refusal(50_006, f"This stand-in has no procedure {call.procedure}.")
            return self._failed(refusal, more)
        return answer(call, more)

    def _list_types(self, call: Call, more: Status) -> bytes:
        asked = call.parameters[0].value
        self._session.note(f"{type_list.PROCEDURE} {asked}", call.procedure)
        try:
            rows, number = type_list.type_list(asked)
        except Refusal as refusal:
            return self._failed(refusal, more)
        return rows + self._ended(number, more)

    def _execute_text(self, call: Call, more: Status) -> bytes:
        text, *rest = call.parameters
        types = rest[0].value if rest else None
        return self._run(call, str(text.value), types, rest[1:], more)

    def _run(
        self, call: Call, text: str, types: str | None, given: list[Parameter], more: Status
    ) -> bytes:
        self._session.note(text, call.procedure, [each.value for each in given])
        try:
            prepared = Prepared(text, declared(types))
            rows, number = self._execute(prepared, given, len(call.parameters))
        except Refusal as refusal:
            return self._failed(refusal, more)
        return rows + self._ended(number, more)

    def _execute(self, prepared: Prepared, given: list[Parameter], count: int) -> tuple[bytes, int]:
        values = {each.name or name: each.value for each, name in zip(given, prepared.types)}
        return self._session.run(prepared, values, count)

    def _prepare_and_execute(self, call: Call, more: Status) -> bytes:
        return self._prepare(call, more, execute=True)

    def _prepare_only(self, call: Call, more: Status) -> bytes:
        return self._prepare(call, more, execute=False)

    def _prepare(self, call: Call, more: Status, *, execute: bool) -> bytes:
        output, types, text, *given = call.parameters
        if not execute:
            given = []
        rows = b""
        number = 0
        self._session.note(str(text.value), call.procedure, [each.value for each in given])
        try:
            prepared = Prepared(str(text.value), declared(types.value))
            handle = self._session.prepare(prepared)
            if execute:
                rows, number = self._execute(prepared, given, len(call.parameters))
        except Refusal as refusal:
            return self._failed(refusal, more, preparing=True)
        given_back = return_value(0, output.name, integer("int"), handle)
        return rows + self._ended(number, more, given_back)

    def _execute_prepared(self, call: Call, more: Status) -> bytes:
        handle, *given = call.parameters
        try:
            prepared = self._session.prepared(handle.value)
            self._session.note(prepared.text, call.procedure, [each.value for each in given])
            rows, number = self._execute(prepared, given, len(call.parameters))
        except Refusal as refusal:
            return self._failed(refusal, more)
        return rows + self._ended(number, more)

    def _unprepare(self, call: Call, more: Status) -> bytes:
        try:
            self._session.forget(call.parameters[0].value)
        except Refusal as refusal:
            return self._failed(refusal, more)
        return return_status() + done(Done.CALL, more | self._in_transaction)

    def _ended(self, rows: int, more: Status, given_back: bytes = b"") -> bytes:
        counted = done(Done.IN_CALL, Status.MORE | Status.COUNTED | self._in_transaction, rows)
        end = done(Done.CALL, more | self._in_transaction)
        return counted + return_status() + given_back + end

    def _failed(self, refusal: Refusal, more: Status, *, preparing: bool = False) -> bytes:
        said = error(refusal)
        if preparing and refusal.at_compile_time:
            said += error(Refusal(NOT_PREPARED, "Statement(s) could not be prepared."))
        said += self._session.after(refusal)
        failed = done(Done.IN_CALL, Status.MORE | Status.ERROR | self._in_transaction)
        end = done(Done.CALL, more | Status.ERROR | self._in_transaction)
        return said + failed + return_status(_FAILED_CALL) + end
