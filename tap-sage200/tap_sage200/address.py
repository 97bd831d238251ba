"""Where Sage 200's database is: the URL that the settings give, whole or by parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tap_sage200.exceptions import SettingsError
from tap_sage200.odbc_string import OdbcString

if TYPE_CHECKING:
    from collections.abc import Mapping

SQL_SERVER, POSTGRESQL = "mssql", "postgresql"
_SERVER_AND_PORT = re.compile(
    r"\s*(?:tcp:)?\s*(?P<host>[^,:\s]+)\s*(?:[,:]\s*(?P<port>\d+))?\s*", re.IGNORECASE
)
_OTHER_PROTOCOL = re.compile(r"\s*(np|lpc|admin|via):", re.IGNORECASE)
# Names of the URL's options that are looked for; all others are the driver's.
_OWN_OPTIONS = ("driver", "odbc_connect")


def url_of(config: Mapping[str, Any]) -> URL:
    """Return SQLAlchemy's URL.

    Raises:
        SettingsError: The settings contradict each other or leave out where to connect.
    """
    given = config.get("sqlalchemy_url")
    parts = [name for name in ("server", "database", "username", "password") if config.get(name)]
    if given and parts:
        raise SettingsError(
            f"Settings sqlalchemy_url and {', '.join(parts)} both say where Sage 200 is: keep one."
        )
    if given:
        return _parsed(given)
    for name in ("server", "database"):
        if not config.get(name):
            raise SettingsError(
                f"Setting {name} is missing: give sqlalchemy_url, or server and database with "
                "username and password, of Sage 200's SQL Server."
            )
    host, port = _host_and_port("server", config["server"])
    return URL.create(
        "mssql+pyodbc",
        username=config.get("username"),
        password=config.get("password"),
        host=host,
        port=port,
        database=config["database"],
    )


def _host_and_port(setting: str, server: str) -> tuple[str, int | None]:
    if _OTHER_PROTOCOL.match(server):
        raise SettingsError(
            f"Setting {setting}: {server!r} asks for a protocol other than TCP, which this tap "
            "doesn't speak. Give HOST, HOST,PORT or HOST\\INSTANCE, and have TCP enabled in SQL "
            "Server's Configuration Manager."
        )
    match = _SERVER_AND_PORT.fullmatch(server)
    if match is None:
        raise SettingsError(
            f"Setting {setting}: {server!r} is not HOST, HOST,PORT or HOST\\INSTANCE."
        )
    return match["host"], int(match["port"]) if match["port"] else None


def _parsed(given: str) -> URL:
    try:
        url = make_url(given)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):
        # Not chained: the cause may quote the URL, and the URL the password.
        raise SettingsError(
            "Setting sqlalchemy_url can't be read as a URL: expected "
            "mssql+pyodbc://USER:PASSWORD@SERVER/DATABASE, special characters written as %XX."
        ) from None
    if "@" in f"{url.database or ''}{url.host or ''}":
        # A password with a slash or an @ would be taken for part of the address, and shown as such.
        raise SettingsError(
            "Setting sqlalchemy_url has an @ after the server's name. Write special characters of "
            "login and password as %XX: %40 for @, %2F for /."
        )
    if backend == SQL_SERVER:
        return _of_sql_server(url)
    if backend in {POSTGRESQL, "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    raise SettingsError(
        f"Setting sqlalchemy_url: {backend} is not a database of Sage 200; expected mssql+pyodbc "
        "(or postgresql for the stand-in)."
    )


def _of_sql_server(url: URL) -> URL:
    query = {
        name.lower() if name.lower() in _OWN_OPTIONS else name: value
        for name, value in url.query.items()
    }
    string = query.get("odbc_connect")
    if string is not None and (not isinstance(string, str) or OdbcString.parsed(string) is None):
        raise SettingsError(
            "Setting sqlalchemy_url: odbc_connect is no ODBC connection string; expected "
            "Name=value;Name=value, percent-encoded once."
        )
    if url.host and url.port is None:
        host, port = _host_and_port("sqlalchemy_url", url.host)
        url = url.set(host=host, port=port)
    return url.set(drivername="mssql+pyodbc", query=query)
