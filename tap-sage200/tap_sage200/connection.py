"""From settings to a database URL: by URL or by parts, TLS verified unless a setting says no."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timezone, tzinfo
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tap_sage200.address import SQL_SERVER, url_of
from tap_sage200.exceptions import SettingsError
from tap_sage200.odbc_string import OdbcString
from tap_sage200.statements import validated_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import URL

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
        zone: Whose clock the stamps of the tables are.
    """

    url: URL = field(repr=False)
    driver: str | None
    odbc_options: Mapping[str, str]
    schema: str
    isolation_level: str
    lock_timeout_ms: int
    statement_timeout_seconds: int
    zone: tzinfo

    @property
    def is_sql_server(self) -> bool:
        """Whether the other side is SQL Server, not the PostgreSQL stand-in."""
        return self.url.get_backend_name() == SQL_SERVER

    @property
    def odbc_string(self) -> OdbcString | None:
        """The whole ODBC connection string, where the URL holds one (``odbc_connect``)."""
        text = self.url.query.get("odbc_connect")
        return OdbcString.parsed(text) if isinstance(text, str) else None

    @property
    def names_its_driver(self) -> bool:
        """Whether the URL names a data source, which brings a driver of its own."""
        string = self.odbc_string
        return string is not None and string.get("dsn", "filedsn") is not None

    @property
    def reads_secondary(self) -> bool:
        """Whether an availability group may answer from a readable secondary."""
        string = self.odbc_string
        intents = [
            *(value for name, value in self.odbc_options.items() if _is_intent(name)),
            *(str(value) for name, value in self.url.query.items() if _is_intent(name)),
            (string.get("ApplicationIntent") or "") if string else "",
        ]
        return next((each.lower() == "readonly" for each in intents if each), False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown, as it may stand in a driver's message; longest first."""
        string = self.odbc_string
        given = {
            str(self.url.password or ""),
            (string.get("PWD", "Password") or "") if string else "",
        }
        written = {each.replace("}", "}}") for each in given} | {quote_plus(each) for each in given}
        return tuple(sorted(filter(None, given | written), key=len, reverse=True))

    @property
    def username(self) -> str | None:
        """The login; None where it is that of this process."""
        string = self.odbc_string
        return self.url.username or (string.get("UID", "User ID") if string else None)

    @property
    def place(self) -> str:
        """Server and database in words, without login or password."""
        string = self.odbc_string
        host: Any = self.url.host or self.url.query.get("host")
        database = self.url.database
        if string is not None:
            host = string.get("Server", "Servername", "Address", "Addr") or host
            database = string.get("Database") or database
        host = host or "the ODBC data source"
        where = host if isinstance(host, str) else ", ".join(host)
        return f"database {database or '(default)'} on {where}"

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ConnectionParameters:
        """Read the settings.

        Raises:
            SettingsError: If they contradict each other or leave out where to connect.
        """
        url = url_of(config)
        text = url.query.get("odbc_connect")
        string = OdbcString.parsed(text) if isinstance(text, str) else None
        named = string.get("driver") if string else url.query.get("driver")
        driver = config.get("driver") or named
        options: dict[str, str] = dict(config.get("odbc_options") or {})
        intent = config.get("application_intent")
        if intent and not any(map(_is_intent, options)):
            options["ApplicationIntent"] = intent
        return cls(
            url=url,
            driver=str(driver) if driver else None,
            odbc_options=options,
            schema=validated_schema(config["schema"]),
            isolation_level=config["isolation_level"],
            lock_timeout_ms=int(config["lock_timeout_ms"]),
            statement_timeout_seconds=int(config["statement_timeout_seconds"]),
            zone=_zone(config["database_time_zone"]),
        )

    def url_with_driver(self, driver: str) -> URL:
        """Return the URL of SQL Server complete with driver and its options.

        Options of the settings win over those of ``sqlalchemy_url``, and both over the defaults.

        Args:
            driver: What goes after ``DRIVER=``.
        """
        is_freetds = _is_freetds(driver)
        options = dict(_FREETDS_OPTIONS if is_freetds else _MICROSOFT_OPTIONS)
        given = {name: str(value) for name, value in self.url.query.items()} | dict(
            self.odbc_options
        )
        for name, value in given.items():
            for default in [each for each in options if each.lower() == name.lower()]:
                del options[default]
            options[name] = value
        options["driver"] = driver
        if is_freetds and (port := self._freetds_port) is not None:
            options["port"] = port
        return self.url.set(query=options)

    def url_with_odbc_string(self, driver: str | None) -> URL:
        """Return the URL that holds a whole connection string, complete with what is missing.

        Options of the settings win over those of the string, and both over the defaults.

        Args:
            driver: What goes after ``DRIVER=``; None where the string names a data source, which
                has its own way to encrypt.
        """
        string = self.odbc_string or OdbcString(())
        if driver is not None:
            defaults = _FREETDS_OPTIONS if _is_freetds(driver) else _MICROSOFT_OPTIONS
            string = string.with_options({"Driver": driver}, over=True)
            string = string.with_options(defaults, over=False)
        if self.url.username:
            login = {"UID": self.url.username, "PWD": str(self.url.password or "")}
            string = string.with_options(login, over=False)
        string = string.with_options(self.odbc_options, over=True)
        # SQLAlchemy decodes the value once more.
        return self.url.set(query={"odbc_connect": quote_plus(string.text)})

    @property
    def _freetds_port(self) -> str | None:
        """The port FreeTDS is told; it asks the server for that of a named instance."""
        if self.url.port is None and "\\" in (self.url.host or ""):
            return None
        return str(self.url.port or 1433)


def _zone(name: str) -> tzinfo:
    """Return a time zone.

    Raises:
        SettingsError: If there is none of that name.
    """
    if name.upper() == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise SettingsError(
            f"Setting database_time_zone: this machine knows no time zone {name!r}. Write UTC or a "
            "name such as Europe/London; where names are not installed, pip install tzdata."
        ) from error


def _is_intent(name: str) -> bool:
    return name.lower() == "applicationintent"


def _is_freetds(driver: str) -> bool:
    """Tell FreeTDS by the name of the driver or of its file, not by the folders it lies in."""
    return "tds" in PureWindowsPath(driver).name.lower()
