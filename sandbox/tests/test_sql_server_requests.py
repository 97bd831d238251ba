"""The stand-in of SQL Server, asked for what the drivers at hand do not ask, byte by byte."""

# ruff: noqa: ANN001 (parameters are typed where they are made)
from __future__ import annotations

from typing import Any

import pytest
from sandbox.sql_server.backend import Answered
from sandbox.sql_server.channel import Kind, Message
from sandbox.sql_server.conversation import Conversation
from sandbox.sql_server.login import Login
from sandbox.sql_server.reading import ProtocolError
from sandbox.sql_server.session import Session
from sandbox.sql_server.sql_types import integer, nvarchar
from sandbox.sql_server.tokens import ResultColumn

LOGIN = Login(
    user="reader",
    password="secret",
    application="test",
    server="127.0.0.1",
    database="S200",
    odbc=True,
    read_only=False,
    packet_size=4096,
    version=0x74000004,
    features={},
)
ASKED = 'select t."N" as n from "dbo"."T" as t where t."N" > @P1'


class Kept:
    """In PostgreSQL's place: keeps what it is asked, and answers one row."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[object]]] = []

    def run(self, statement: str, values: list[object], *_: object) -> Answered:
        self.asked.append((statement, values))
        return Answered((ResultColumn("n", integer("int")),), [(7,)])

    def end(self) -> None:
        """Nothing is open."""

    def set_lock_timeout(self, milliseconds: int) -> None:
        self.lock_timeout = milliseconds


@pytest.fixture
def session() -> Session:
    backend: Any = Kept()
    return Session(
        LOGIN,
        backend,
        waits_for_writers=False,
        allows_snapshot=True,
        updateable=True,
        failures=[],
        seen=[],
    )


def headers(transaction: int = 0) -> bytes:
    one = (2).to_bytes(2, "little") + transaction.to_bytes(8, "little") + (1).to_bytes(4, "little")
    one = (len(one) + 4).to_bytes(4, "little") + one
    return (len(one) + 4).to_bytes(4, "little") + one


def parameter(kind, value, *, output: bool = False) -> bytes:
    return b"\0" + bytes([output]) + kind.info + kind.encode(value)


def call(number: int, *parameters: bytes, transaction: int = 0) -> Message:
    body = headers(transaction) + b"\xff\xff" + number.to_bytes(2, "little") + bytes(2)
    return Message(Kind.CALL, resets=False, body=body + b"".join(parameters))


TEXT, INT = nvarchar(4000), integer("int")
ROW = bytes.fromhex("d1" + "0407000000")


def error(number: int) -> bytes:
    """The number as an ERROR token has it, after token and length."""
    return number.to_bytes(4, "little")


def test_sp_executesql_runs_a_statement(session) -> None:
    asked = call(10, parameter(TEXT, ASKED), parameter(TEXT, "@P1 int"), parameter(INT, 3))
    assert ROW in Conversation(session).answer(asked)
    ((statement, values),) = session.backend.asked
    assert statement.endswith('t."N" > ($1::integer)')
    assert values == [3]
    assert session.seen[0].by == "sp_executesql"


def test_a_statement_is_prepared_executed_and_forgotten(session) -> None:
    conversation = Conversation(session)
    prepare = call(
        11,
        parameter(INT, None, output=True),
        parameter(TEXT, "@P1 int"),
        parameter(TEXT, ASKED),
        parameter(INT, 1),
    )
    prepared = conversation.answer(prepare)
    assert session.backend.asked == []
    # RETURNVALUE, with the handle 1.
    assert prepared[-13 - 5 :][:5] == bytes.fromhex("0401000000")
    assert ROW in conversation.answer(call(12, parameter(INT, 1), parameter(INT, 5)))
    assert session.backend.asked[0][1] == [5]
    conversation.answer(call(15, parameter(INT, 1)))
    assert error(8179) in conversation.answer(call(12, parameter(INT, 1), parameter(INT, 5)))
    assert len(session.backend.asked) == 1


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        (call(12, parameter(INT, 9)), 8179),
        (call(15, parameter(INT, 9)), 8179),
        (call(2, parameter(INT, 9)), 50_006),
        (call(10, parameter(TEXT, ASKED), parameter(TEXT, "@P1 int")), 8178),
        (call(10, parameter(TEXT, ASKED)), 137),
        (call(10, parameter(TEXT, "select 1 limit 1")), 102),
    ],
)
def test_what_is_wrong_is_refused(session, asked, number) -> None:
    answer = Conversation(session).answer(asked)
    assert answer[0] == 0xAA
    assert answer[3:7] == error(number)
    assert session.backend.asked == []


def test_transactions_have_numbers_that_requests_must_name(session) -> None:
    conversation = Conversation(session)
    begin = headers() + (5).to_bytes(2, "little") + b"\5\0"
    conversation.answer(Message(Kind.TRANSACTION, resets=False, body=begin))
    first = session.transaction
    assert first
    assert session.isolation == "SNAPSHOT"
    asked = call(10, parameter(TEXT, "select 1 as n"), transaction=first)
    assert ROW in conversation.answer(asked)
    with pytest.raises(ProtocolError, match="is for transaction 0, open is"):
        conversation.answer(call(10, parameter(TEXT, "select 1 as n")))
    # Committed, with another begun at once.
    commit = headers(first) + (7).to_bytes(2, "little") + b"\0\1\2\0"
    conversation.answer(Message(Kind.TRANSACTION, resets=False, body=commit))
    assert session.transaction not in {0, first}
    assert session.isolation == "READ COMMITTED"
    back = headers(session.transaction) + (8).to_bytes(2, "little") + b"\0\0"
    conversation.answer(Message(Kind.TRANSACTION, resets=False, body=back))
    assert session.transaction == 0


def test_a_connection_from_a_pool_begins_anew(session) -> None:
    conversation = Conversation(session)
    text = "SET LOCK_TIMEOUT 5 SET DEADLOCK_PRIORITY LOW; set quoted_identifier off"
    batch = Message(Kind.BATCH, resets=False, body=headers() + text.encode("utf-16-le"))
    conversation.answer(batch)
    assert (session.lock_timeout, session.deadlock_priority) == (5, "LOW")
    assert not session.quoted_identifier
    assert session.backend.lock_timeout == 5
    again = Message(Kind.BATCH, resets=True, body=headers() + "select @@spid".encode("utf-16-le"))
    assert error(50_002) in conversation.answer(again)
    assert (session.lock_timeout, session.deadlock_priority) == (-1, "NORMAL")
    assert session.quoted_identifier
