"""Real ODBC drivers against the stand-in of SQL Server, in front of the same PostgreSQL."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import ctypes
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sandbox.sql_server.server import Account, SqlServer, serving
from tap_sage200 import driver
from tap_sage200.exceptions import DriverMissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PASSWORD = "s3cret;{=%40 ä"
USER = "tap_sage200"


@dataclass(frozen=True)
class Driver:
    """An ODBC driver, and how it is told to take the stand-in's certificate as it is."""

    name: str
    setting: dict[str, Any]
    trusting: dict[str, str] = field(default_factory=dict)


MICROSOFT = Driver("microsoft", {}, {"TrustServerCertificate": "yes"})
FREETDS = Driver("freetds", {"driver": "FreeTDS"})


def _missing(wanted: Driver) -> str | None:
    """Return what to install where a driver can't be loaded."""
    try:
        registered = driver.load_pyodbc().drivers()
    except DriverMissingError as error:
        return error.message
    if wanted is MICROSOFT:
        return _missing_microsoft(registered)
    missing = "FreeTDS" not in registered
    return "FreeTDS isn't on this machine: apt-get install tdsodbc" if missing else None


def _missing_microsoft(registered: list[str]) -> str | None:
    path = driver.bundled_driver()
    if path is None:
        missing = driver.INSTALLED_DRIVER not in registered
        return "Microsoft's driver isn't here: pip install mssql-python-odbc" if missing else None
    try:
        ctypes.CDLL(path)
    except OSError as error:
        return f"Microsoft's driver: {error}: apt-get install libltdl7 libgssapi-krb5-2"
    return None


def _usable(wanted: Driver) -> Driver:
    missing = _missing(wanted)
    if missing is not None:
        pytest.skip(missing)
    return wanted


@pytest.fixture(scope="session", params=[MICROSOFT, FREETDS], ids=lambda each: each.name)
def odbc(request) -> Driver:
    """Each of both drivers."""
    return _usable(request.param)


@pytest.fixture(scope="session")
def microsoft() -> Driver:
    return _usable(MICROSOFT)


@pytest.fixture(scope="session")
def freetds() -> Driver:
    return _usable(FREETDS)


def _certificate(folder: Path) -> Path:
    """Make key and certificate of the name stand-in, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("stand-in")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "both.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """The server's key and certificate."""
    return _certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def other_certificate(tmp_path_factory) -> Path:
    """Of the same name, but not the server's."""
    return _certificate(tmp_path_factory.mktemp("other"))


@dataclass
class Served:
    """A company behind SQL Server's protocol."""

    company: Any
    server: SqlServer

    def config(self, by: Driver, **settings: object) -> dict[str, Any]:
        """Return the settings to read it with."""
        return {
            "server": f"127.0.0.1,{self.server.port}",
            "database": "S200",
            "username": USER,
            "password": PASSWORD,
            **by.setting,
            "odbc_options": {**by.trusting},
            **settings,
        }

    def by(self, by: Driver) -> Any:
        """Return the company, to be read over a driver."""
        return replace(self.company, config=self.config(by))


@contextmanager
def _served(company, certificate, **settings: object) -> Iterator[Served]:
    databases = {"S200": company.url}
    server = SqlServer(databases, {USER: Account(PASSWORD)}, certificate, **settings)
    with serving(server):
        yield Served(company, server)


@pytest.fixture
def served(company, certificate) -> Iterator[Served]:
    """A company of its own for each test."""
    with _served(company, certificate) as one:
        yield one


@pytest.fixture(scope="session")
def serve(certificate) -> Callable[..., Any]:
    """How a test serves a company with settings of its own."""
    return lambda company, **settings: _served(company, certificate, **settings)


@pytest.fixture(scope="module")
def still(still_company, serve) -> Iterator[Served]:
    """One company for tests that only read."""
    with serve(still_company) as one:
        yield one
