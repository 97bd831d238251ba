"""What differs between SQL Server and the PostgreSQL stand-in.

That is session settings, error numbers, and two questions that read no table and take no lock.
Statements do not differ; they are in ``sql/``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from tap_sage200.driver import choose_driver, driver_not_loaded, load_pyodbc
from tap_sage200.exceptions import ConnectionFailedError, DriverMissingError

if TYPE_CHECKING:
    from sqlalchemy import Connection, ExceptionContext

    from tap_sage200.connection import ConnectionParameters

LOGIN_TIMEOUT_SECONDS = 15
_ONE_CONNECTION: dict[str, Any] = {
    "poolclass": QueuePool,
    "pool_size": 1,
    "max_overflow": -1,
    "pool_pre_ping": True,
}

# 1222 lock request timed out, 1205 chosen as deadlock victim, 3960 snapshot update conflict,
# 3961 a table was altered under a snapshot.
_SQL_SERVER_CONFLICT = re.compile(r"\((1222|1205|3960|3961)\)")
_SQL_SERVER_TIMEOUT = re.compile(r"(?<!login )timeout expired", re.IGNORECASE)
# 57014 query cancelled, here by statement_timeout alone.
_POSTGRESQL_TIMEOUT = "57014"
# 55P03 lock not available, 40P01 deadlock, 40001 could not serialise.
_POSTGRESQL_CONFLICTS = {"55P03", "40P01", "40001"}
# SQL Server has no SNAPSHOT in PostgreSQL's words: there it is REPEATABLE READ.
_POSTGRESQL_ISOLATION = {"READ COMMITTED": "READ COMMITTED", "SNAPSHOT": "REPEATABLE READ"}

_REFUSED_LOGIN = re.compile(
    r"\(18456\)|password authentication failed|no password supplied"
    r'|role "[^"]*" does not exist'
)
_REFUSED_DATABASE = re.compile(r'\(4060\)|database "[^"]*" does not exist')
# What unixODBC says of a driver that is not registered, or whose libraries are missing.
_NO_DRIVER = re.compile(r"Can't open lib|\[IM00[23]\]")
_OTHER_NAME = re.compile(r"does not match host name|target principal name is incorrect")
_UNTRUSTED = re.compile(r"certificate verify failed|certificate chain|SSL Provider")
_UNENCRYPTED = re.compile(r"Encryption not supported on SQL Server")
# All that FreeTDS says where TLS fails, and also where there is no such host.
_FREETDS, _WITHOUT_REASON = "[FreeTDS]", re.compile(r"Unable to connect to data source")
_CHECK_DATABASE = "doesn't exist or isn't open to this login: check the setting database"
_NAME_IT = (
    "shows a certificate that is for another name: give the setting server the name it shows, or "
    "set odbc_options HostNameInCertificate to that name"
)
_TRUST_IT = (
    "shows a certificate this machine doesn't trust: install its authority here, or set "
    "odbc_options TrustServerCertificate to yes where the network is trusted"
)
_HAVE_IT_ENCRYPT = (
    "doesn't encrypt: have the DBA give it a certificate, or set odbc_options Encrypt to no where "
    "the network is trusted"
)
_CHECK_ALL = (
    "can't be reached, and FreeTDS gives no reason: check server, port and firewall, and TLS (the "
    "ca file in freetds.conf)"
)
_CHECK_SERVER = "can't be reached: check server, port and firewall"
# The first that fits.
_ADVICE = (
    (_REFUSED_DATABASE, _CHECK_DATABASE),
    (_OTHER_NAME, _NAME_IT),
    (_UNTRUSTED, _TRUST_IT),
    (_UNENCRYPTED, _HAVE_IT_ENCRYPT),
    (_WITHOUT_REASON, _CHECK_ALL),
)


def make_engine(parameters: ConnectionParameters) -> Engine:
    """Make the engine: one connection, handed from stream to stream, for the length of a run.

    A login a stream would cost more than many a stream's reading. The connection is tried before it
    is handed on, and made anew where the server or a firewall has closed it.

    Raises:
        DriverMissingError: If SQL Server is asked for and this machine lacks what that needs.
    """
    if parameters.is_sql_server:
        return _sql_server(parameters)
    return _postgresql(parameters)


def _sql_server(parameters: ConnectionParameters) -> Engine:
    driver = None
    if parameters.names_its_driver:
        load_pyodbc()
    else:
        driver = choose_driver(parameters.driver)
    if driver is None or parameters.odbc_string is not None:
        url = parameters.url_with_odbc_string(driver)
    else:
        url = parameters.url_with_driver(driver)
    engine = create_engine(
        url,
        # Each statement is a transaction of its own. Without it the drivers begin the next one as
        # soon as one ends, and it stays open while records are written.
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": LOGIN_TIMEOUT_SECONDS, "autocommit": True},
        hide_parameters=True,
        **_ONE_CONNECTION,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.timeout = parameters.statement_timeout_seconds
        cursor = connection.cursor()
        for words in session_settings(parameters):
            cursor.execute(words)
        cursor.close()

    event.listen(engine, "handle_error", keep_connection)
    return engine


def session_settings(parameters: ConnectionParameters) -> tuple[str, ...]:
    """Return what is sent to SQL Server when a connection is made.

    Where a deadlock has to be resolved, it is the reader that gives way, not the Sage user.
    """
    return (
        f"SET TRANSACTION ISOLATION LEVEL {parameters.isolation_level}",
        f"SET LOCK_TIMEOUT {parameters.lock_timeout_ms}",
        "SET DEADLOCK_PRIORITY LOW",
    )


def is_secondary(connection: Connection, parameters: ConnectionParameters) -> bool:
    """Return whether the database is a readable secondary, or may be one by the settings."""
    if parameters.reads_secondary:
        return True
    if not parameters.is_sql_server:
        return False
    asked = "select cast(databasepropertyex(db_name(), 'Updateability') as varchar(20))"
    with connection.begin():
        return bool(connection.exec_driver_sql(asked).scalar() == "READ_ONLY")


def highest_version(connection: Connection, parameters: ConnectionParameters) -> bytes:
    """Return the highest row version handed out so far, committed or not."""
    asked = "select @@dbts"
    if not parameters.is_sql_server:
        asked = "select int8send((pg_snapshot_xmax(pg_current_snapshot())::text::bigint << 24) - 1)"
    with connection.begin():
        return bytes(connection.exec_driver_sql(asked).scalar_one())


def keep_connection(context: ExceptionContext) -> None:
    """Keep a connection whose statement met a lock or took too long.

    SQL Server says both with SQLSTATE HYT00, which SQLAlchemy takes for a lost connection.
    """
    error = context.sqlalchemy_exception
    if isinstance(error, DBAPIError) and (is_conflict(error) or is_timeout(error)):
        context.is_disconnect = False


def _postgresql(parameters: ConnectionParameters) -> Engine:
    options = (
        f"{parameters.url.query.get('options', '')} "
        f"-c lock_timeout={parameters.lock_timeout_ms} -c default_transaction_read_only=on "
        f"-c statement_timeout={parameters.statement_timeout_seconds * 1000} "
        # There min_active_rowversion() is a function of Sage's schema.
        f"-c search_path={parameters.schema}"
    )
    return create_engine(
        parameters.url,
        isolation_level=_POSTGRESQL_ISOLATION[parameters.isolation_level],
        connect_args={
            "connect_timeout": LOGIN_TIMEOUT_SECONDS,
            "options": options.strip(),
            "application_name": "tap-sage200",
        },
        hide_parameters=True,
        **_ONE_CONNECTION,
    )


def is_conflict(error: DBAPIError) -> bool:
    """Return whether another transaction was in the way and a later try may pass."""
    return (
        getattr(error.orig, "sqlstate", None) in _POSTGRESQL_CONFLICTS
        or _SQL_SERVER_CONFLICT.search(str(error.orig)) is not None
    )


def is_timeout(error: DBAPIError) -> bool:
    """Return whether the statement took longer than ``statement_timeout_seconds``."""
    return (
        getattr(error.orig, "sqlstate", None) == _POSTGRESQL_TIMEOUT
        or _SQL_SERVER_TIMEOUT.search(str(error.orig)) is not None
    )


def driver_words(error: DBAPIError, parameters: ConnectionParameters) -> str:
    """Return the driver's own message on one line, without the password."""
    # pyodbc gives SQLSTATE and text apart, psycopg the text alone.
    said = error.orig.args[-1] if error.orig is not None and error.orig.args else error
    words = " ".join(str(said).split())
    for secret in parameters.secrets:
        words = words.replace(secret, "***")
    return words


def connection_failure(
    error: DBAPIError, parameters: ConnectionParameters
) -> ConnectionFailedError | DriverMissingError:
    """Return the sentence for a connection that could not be made."""
    words = driver_words(error, parameters)
    if _NO_DRIVER.search(words):
        return driver_not_loaded(words)
    if _REFUSED_LOGIN.search(words):
        login = parameters.username or "of this process"
        advice = f"refuses the login {login}: check username and password"
        if _FREETDS in words and any("}" in secret for secret in parameters.secrets):
            advice += ". FreeTDS may read a } in a password as two: choose one without"
    else:
        advice = next((each for sign, each in _ADVICE if sign.search(words)), _CHECK_SERVER)
    return ConnectionFailedError(f"Sage 200: {parameters.place} {advice}. The driver says: {words}")
