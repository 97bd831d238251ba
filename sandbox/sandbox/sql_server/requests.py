"""What a client asks for: batches, calls of procedures, transactions. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from sandbox.sql_server.parameters import Parameter, read_parameter
from sandbox.sql_server.reading import ProtocolError, Reader, skip_headers

_BY_NUMBER = 0xFFFF
_BATCH_FLAGS = (0x80, 0xFF, 0xFE)
_PROCEDURES = {
    1: "sp_cursor",
    2: "sp_cursoropen",
    3: "sp_cursorprepare",
    4: "sp_cursorexecute",
    5: "sp_cursorprepexec",
    6: "sp_cursorunprepare",
    7: "sp_cursorfetch",
    8: "sp_cursoroption",
    9: "sp_cursorclose",
    10: "sp_executesql",
    11: "sp_prepare",
    12: "sp_execute",
    13: "sp_prepexec",
    14: "sp_prepexecrpc",
    15: "sp_unprepare",
}
ISOLATION = {
    0: None,
    1: "READ UNCOMMITTED",
    2: "READ COMMITTED",
    3: "REPEATABLE READ",
    4: "SERIALIZABLE",
    5: "SNAPSHOT",
}


@dataclass(frozen=True)
class Batch:
    """Text to run.

    Attributes:
        transaction: The transaction the client believes to be in; 0 for none.
        text: What to run.
    """

    transaction: int | None
    text: str


@dataclass(frozen=True)
class Call:
    """A procedure to run.

    Attributes:
        transaction: The transaction the client believes to be in; 0 for none.
        procedure: Its name.
        parameters: In their order.
    """

    transaction: int | None
    procedure: str
    parameters: tuple[Parameter, ...]


class Order(IntEnum):
    """What is to be done with a transaction."""

    BEGIN = 5
    COMMIT = 7
    ROLL_BACK = 8


@dataclass(frozen=True)
class TransactionOrder:
    """A request of the transaction manager.

    Attributes:
        transaction: The transaction the client believes to be in; 0 for none.
        order: What to do.
        isolation: For a beginning, None to keep the session's level.
        begins_another: Whether a new transaction begins with the end of this one.
    """

    transaction: int | None
    order: Order
    isolation: str | None = None
    begins_another: bool = False


def read_batch(body: bytes) -> Batch:
    """Read a batch."""
    reader = Reader(body)
    transaction = skip_headers(reader)
    return Batch(transaction, reader.rest().decode("utf-16-le"))


def read_calls(body: bytes) -> list[Call]:
    """Read calls; drivers may put several in one request.

    Raises:
        ProtocolError: If this stand-in doesn't know a procedure or a type.
    """
    reader = Reader(body)
    transaction = skip_headers(reader)
    calls = []
    while not reader.at_end:
        length = reader.unsigned(2)
        if length == _BY_NUMBER:
            number = reader.unsigned(2)
            if number not in _PROCEDURES:
                raise ProtocolError(f"procedure number {number} is unknown")
            name = _PROCEDURES[number]
        else:
            name = reader.text(length)
        reader.take(2)
        parameters = []
        while not reader.at_end:
            start = reader.position
            if reader.unsigned(1) in _BATCH_FLAGS:
                break
            reader.position = start
            parameters.append(read_parameter(reader))
        calls.append(Call(transaction, name, tuple(parameters)))
    return calls


def read_order(body: bytes) -> TransactionOrder:
    """Read a request of the transaction manager.

    Raises:
        ProtocolError: If it is one this stand-in doesn't know.
    """
    reader = Reader(body)
    transaction = skip_headers(reader)
    number = reader.unsigned(2)
    if number not in set(Order):
        raise ProtocolError(f"transaction manager request {number} is unknown")
    order = Order(number)
    if order is Order.BEGIN:
        return TransactionOrder(transaction, order, ISOLATION[reader.unsigned(1)])
    reader.short_text()
    begins_another = bool(reader.unsigned(1) & 1)
    isolation = ISOLATION[reader.unsigned(1)] if begins_another else None
    return TransactionOrder(transaction, order, isolation, begins_another)
