"""From settings to a database URL: by URL or by parts, TLS verified unless a setting says no."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tap_sage200.exceptions import SettingsError
from tap_sage200.statements import validated_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

SQL_SERVER, POSTGRESQL = "mssql", "postgresql"
_SERVER_AND_PORT = re.compile(r"(?:tcp:)?(?P<host>[^,:]+)(?:[,:](?P<port>\d+))?")
# Microsoft's driver: the certificate is checked against the machine's authorities and the name.
_MICROSOFT_OPTIONS = {"Encrypt": "yes", "TrustServerCertificate": "no", "APP": "tap-sage200"}
# FreeTDS encrypts by this; it checks the certificate where freetds.conf names a "ca file".
_FREETDS_OPTIONS = {"Encryption": "require", "TDS_Version": "7.4", "APP": "tap-sage200"}


@dataclass(frozen=True)
class ConnectionParameters:
    """Where and how to connect.

    Attributes:
        url: SQLAlchemy's URL; for SQL Server still without an ODBC driver. Never shown: it may
            hold the password.
        driver: ODBC driver by name or path; None to use the one that is found.
        odbc_options: Options for the ODBC driver, as the settings gave them.
        schema: Schema of Sage's tables.
        isolation_level: ``READ COMMITTED`` or ``SNAPSHOT``.
        lock_timeout_ms: How long a statement waits for a lock of a Sage user, milliseconds.
        statement_timeout_seconds: How long a statement may take.
    """

    url: URL = field(repr=False)
    driver: str | None
    odbc_options: Mapping[str, str]
    schema: str
    isolation_level: str
    lock_timeout_ms: int
    statement_timeout_seconds: int

    @property
    def is_sql_server(self) -> bool:
        """Whether the other side is SQL Server, not the PostgreSQL stand-in."""
        return self.url.get_backend_name() == SQL_SERVER

    @property
    def names_its_driver(self) -> bool:
        """Whether the URL holds a whole ODBC connection string, driver included."""
        return "odbc_connect" in self.url.query

    @property
    def place(self) -> str:
        """Server and database in words, without login or password."""
        host = self.url.host or self.url.query.get("host") or "the ODBC data source"
        where = host if isinstance(host, str) else ", ".join(host)
        return f"database {self.url.database or '(default)'} on {where}"

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ConnectionParameters:
        """Read the settings.

        Raises:
            SettingsError: If they contradict each other or leave out where to connect.
        """
        url = _url(config)
        driver = config.get("driver") or url.query.get("driver")
        intent = config.get("application_intent")
        return cls(
            url=url,
            driver=str(driver) if driver else None,
            odbc_options={
                **({"ApplicationIntent": intent} if intent else {}),
                **(config.get("odbc_options") or {}),
            },
            schema=validated_schema(config["schema"]),
            isolation_level=config["isolation_level"],
            lock_timeout_ms=int(config["lock_timeout_ms"]),
            statement_timeout_seconds=int(config["statement_timeout_seconds"]),
        )

    def url_with_driver(self, driver: str) -> URL:
        """Return the URL of SQL Server complete with driver and its options.

        Options of the settings win over those of ``sqlalchemy_url``, and both over the defaults.

        Args:
            driver: What goes after ``DRIVER=``.
        """
        is_freetds = "tds" in driver.lower()
        options = dict(_FREETDS_OPTIONS if is_freetds else _MICROSOFT_OPTIONS)
        given = {name: str(value) for name, value in self.url.query.items()} | dict(
            self.odbc_options
        )
        for name, value in given.items():
            for default in [each for each in options if each.lower() == name.lower()]:
                del options[default]
            options[name] = value
        options["driver"] = driver
        if is_freetds:
            options["port"] = str(self.url.port or 1433)
        return self.url.set(query=options)


def _url(config: Mapping[str, Any]) -> URL:
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
    match = _SERVER_AND_PORT.fullmatch(config["server"])
    if match is None:
        raise SettingsError(
            f"Setting server: {config['server']!r} is not HOST, HOST,PORT or HOST\\INSTANCE."
        )
    return URL.create(
        "mssql+pyodbc",
        username=config.get("username"),
        password=config.get("password"),
        host=match["host"],
        port=int(match["port"]) if match["port"] else None,
        database=config["database"],
    )


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
    if backend == SQL_SERVER:
        return url.set(drivername="mssql+pyodbc")
    if backend in {POSTGRESQL, "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    raise SettingsError(
        f"Setting sqlalchemy_url: {backend} is not a database of Sage 200; expected mssql+pyodbc "
        "(or postgresql for the stand-in)."
    )
