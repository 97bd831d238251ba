"""The server: one thread for each connection, on 127.0.0.1."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from sandbox.sql_server import tokens
from sandbox.sql_server.backend import Backend
from sandbox.sql_server.channel import Channel, Kind, Message
from sandbox.sql_server.conversation import Conversation
from sandbox.sql_server.login import (
    Encryption,
    Login,
    agreed_encryption,
    client_encryption,
    prelogin_answer,
)
from sandbox.sql_server.reading import ProtocolError
from sandbox.sql_server.refusal import Refusal
from sandbox.sql_server.result_types import Guesses
from sandbox.sql_server.session import Session
from sandbox.sql_server.sql_types import COLLATION
from sandbox.sql_server.tokens import Change, Done, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sandbox.sql_server.session import Seen

_logger = logging.getLogger(__name__)
_STOP_SECONDS = 30
_UTF8 = 10
_TDS_74 = 0x74000004


@dataclass(frozen=True)
class Account:
    """A login of SQL Server.

    Attributes:
        password: Its password.
        role: PostgreSQL's role with the same rights; None for all rights.
    """

    password: str = field(repr=False)
    role: str | None = None


@dataclass
class SqlServer:
    """What tests set, and what they look at afterwards.

    Attributes:
        databases: PostgreSQL's URL of each database.
        accounts: Logins by name.
        certificate: File with key and certificate; None where the server can't encrypt.
        guesses: Types no published source tells.
        waits_for_writers: Whether readers wait for writers, as SQL Server's do.
        allows_snapshot: Whether databases allow isolation level SNAPSHOT.
        updateable: Whether databases can be written; a readable secondary's can't.
        secondary: Port of the server that readers are sent on to, as an availability group does
            with those that intend only to read; None for none.
        failures: Errors the next statements are answered with, by a part of their text; None
            breaks the connection instead.
        seen: What was asked.
        logins: Who logged in, refused or not.
        encryptions: What was agreed on for each connection.
        attentions: How many statements were given up by their client.
        broken: What the protocol does not allow, or this stand-in does not know.
        threads: One for each connection.
        channels: One for each connection.
        port: Where it listens.
    """

    databases: Mapping[str, str]
    accounts: Mapping[str, Account]
    certificate: Path | None = None
    guesses: Guesses = field(default_factory=Guesses)
    waits_for_writers: bool = False
    allows_snapshot: bool = True
    updateable: bool = True
    secondary: int | None = None
    failures: list[tuple[str, Refusal | None]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)
    encryptions: list[Encryption] = field(default_factory=list)
    attentions: int = 0
    broken: list[str] = field(default_factory=list)
    port: int = 0
    threads: list[threading.Thread] = field(default_factory=list, repr=False)
    channels: list[Channel] = field(default_factory=list, repr=False)

    def wait_until_all_left(self) -> None:
        """Wait until every client closed its connection.

        Raises:
            RuntimeError: If one stays.
        """
        for thread in self.threads:
            thread.join(_STOP_SECONDS)
            if thread.is_alive():
                raise RuntimeError("a connection to the stand-in is still open")

    def tls(self) -> ssl.SSLContext | None:
        """Return how to encrypt; None where there is no certificate."""
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        # TDS 7.4 knows no TLS 1.3.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context


@contextmanager
def serving(server: SqlServer) -> Iterator[SqlServer]:
    """Serve on a free port for the length of the ``with`` block; then cut what is still open.

    Raises:
        RuntimeError: If it did not stop, or a client broke the protocol.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        accepting = threading.Thread(
            target=_accept, args=(server, listening), name="sql-server", daemon=True
        )
        accepting.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(_STOP_SECONDS)
            for channel in server.channels:
                channel.cut()
            server.wait_until_all_left()
    if server.broken:
        raise RuntimeError("; ".join(server.broken))


def _accept(server: SqlServer, listening: socket.socket) -> None:
    while True:
        try:
            connected, _ = listening.accept()
        except OSError:
            # It was shut down.
            return
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        channel = Channel(connected)
        server.channels.append(channel)
        thread = threading.Thread(target=_serve, args=(server, channel), daemon=True)
        server.threads.append(thread)
        thread.start()


def _serve(server: SqlServer, channel: Channel) -> None:
    with channel:
        try:
            _converse(server, channel)
        except (ProtocolError, psycopg.Error, ValueError, TypeError, KeyError) as error:
            _logger.exception("SQL Server's stand-in gave a connection up")
            server.broken.append(f"{type(error).__name__}: {error}")
        except ssl.SSLError as error:
            # A client that doesn't trust the certificate says so by leaving.
            _logger.info("no handshake: %s", error)
        except ConnectionError as error:
            _logger.info("a client left: %s", error)


def _converse(server: SqlServer, channel: Channel) -> None:
    message = channel.receive()
    if message is None:
        return
    if message.kind is not Kind.PRELOGIN:
        raise ProtocolError(f"a connection begins with PRELOGIN, not with {message.kind.name}")
    tls = server.tls()
    encryption = agreed_encryption(client_encryption(message.body), can_encrypt=tls is not None)
    server.encryptions.append(encryption)
    channel.send(prelogin_answer(encryption))
    if tls is not None and encryption is not Encryption.NOT_SUPPORTED:
        channel.start_tls(tls)
    message = channel.receive()
    if message is None:
        return
    if message.kind is not Kind.LOGIN:
        raise ProtocolError(f"a login was expected, not {message.kind.name}")
    if encryption is Encryption.LOGIN_ONLY:
        channel.stop_tls()
    login = Login.parsed(message.body)
    server.logins.append(login)
    try:
        backend = _open(server, login)
    except Refusal as refusal:
        channel.send(tokens.error(refusal) + tokens.done(Done.STATEMENT, Status.ERROR))
        return
    try:
        channel.send(_welcome(login, server.secondary if login.read_only else None))
        channel.packet_size = min(max(login.packet_size or 4096, 512), 32767)
        session = Session(
            login,
            backend,
            server.waits_for_writers,
            server.allows_snapshot,
            server.updateable,
            server.failures,
            server.seen,
        )
        _answer_all(server, channel, Conversation(session).answer, backend)
    finally:
        backend.close()


def _open(server: SqlServer, login: Login) -> Backend:
    account = server.accounts.get(login.user)
    if account is None or account.password != login.password:
        raise Refusal(18456, f"Login failed for user '{login.user}'.", 14)
    database = login.database or next(iter(server.databases))
    if database not in server.databases:
        words = f'Cannot open database "{database}" requested by the login. The login failed.'
        raise Refusal(4060, words, 11)
    return Backend(server.databases[database], account.role, login.application, server.guesses)


def _welcome(login: Login, secondary: int | None) -> bytes:
    if login.version < _TDS_74:
        raise ProtocolError(f"TDS {login.version:#x} is older than 7.4")
    database = login.database or "master"
    size = str(min(max(login.packet_size or 4096, 512), 32767))
    answer = tokens.changed(Change.DATABASE, database, "master")
    answer += tokens.information(5701, f"Changed database context to '{database}'.")
    answer += tokens.changed_bytes(Change.COLLATION, COLLATION)
    answer += tokens.changed(Change.LANGUAGE, "us_english")
    answer += tokens.information(5703, "Changed language setting to us_english.")
    answer += tokens.login_accepted()
    answer += tokens.changed(Change.PACKET_SIZE, size, "4096")
    if login.features:
        known = [(_UTF8, b"\1")] if _UTF8 in login.features else []
        answer += tokens.features_accepted(known)
    if secondary is not None:
        answer += tokens.routed("127.0.0.1", secondary)
    return answer + tokens.done(Done.STATEMENT, Status.FINAL)


def _signal(ending: int, _: Future[bytes]) -> None:
    os.write(ending, b".")


def _answer_all(
    server: SqlServer, channel: Channel, answer: Callable[[Message], bytes], backend: Backend
) -> None:
    """Answer until the client leaves; a statement that it gives up is stopped."""
    given_up = tokens.done(Done.STATEMENT, Status.ATTENTION)
    with ThreadPoolExecutor(1) as worker:
        while (message := channel.receive()) is not None:
            if message.kind is Kind.ATTENTION:
                # It crossed with the last answer.
                channel.send(given_up)
                continue
            ended, ending = os.pipe()
            try:
                future = worker.submit(answer, message)
                future.add_done_callback(partial(_signal, ending))
                if ended not in channel.wait(ended):
                    attention = channel.receive()
                    backend.cancel()
                    future.result()
                    if attention is None:
                        return
                    if attention.kind is not Kind.ATTENTION:
                        raise ProtocolError("a second request before the first was answered")
                    server.attentions += 1
                    channel.send(given_up)
                else:
                    channel.send(future.result())
            finally:
                os.close(ended)
                os.close(ending)
