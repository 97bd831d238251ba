"""Settings to URL, the driver, and the sentence for each way a connection fails."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from sqlalchemy.dialects.mssql.pyodbc import MSDialect_pyodbc
from sqlalchemy.exc import OperationalError
from tap_sage200 import driver
from tap_sage200.connection import ConnectionParameters
from tap_sage200.database import failed_statement
from tap_sage200.exceptions import (
    AccessError,
    DriverMissingError,
    FailedStreamError,
    SageReadError,
    SettingsError,
)
from tap_sage200.session import (
    connection_failure,
    is_conflict,
    is_timeout,
    keep_connection,
    session_settings,
)

DEFAULTS = {
    "schema": "dbo",
    "isolation_level": "READ COMMITTED",
    "lock_timeout_ms": 3000,
    "statement_timeout_seconds": 300,
}
PARTS = {"server": "erp", "database": "S200", "username": "reader", "password": "s3cret;{"}
MICROSOFT = "/opt/lib/libmsodbcsql-18.6.so.2.1"


def parameters(**config: object) -> ConnectionParameters:
    return ConnectionParameters.from_config({**DEFAULTS, **config})


def connection_string(given, driver_name=MICROSOFT) -> dict[str, str]:
    url = given.url_with_driver(driver_name)
    ((text,), _) = MSDialect_pyodbc().create_connect_args(url)
    return dict(part.split("=", 1) for part in text.replace("s3cret;{", "s3cret").split(";"))


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("erp", "erp"),
        ("erp,1444", "erp,1444"),
        ("erp:1444", "erp,1444"),
        ("tcp:erp.example.org,1444", "erp.example.org,1444"),
        (r"erp\SAGE", r"erp\SAGE"),
    ],
)
def test_server_is_host_port_or_instance(server, expected) -> None:
    assert connection_string(parameters(**PARTS | {"server": server}))["Server"] == expected


def test_certificates_are_checked_by_default() -> None:
    given = connection_string(parameters(**PARTS))
    assert given["DRIVER"] == f"{{{MICROSOFT}}}"
    assert (given["Encrypt"], given["TrustServerCertificate"]) == ("yes", "no")
    assert (given["Database"], given["UID"]) == ("S200", "reader")


@pytest.mark.parametrize("intent", ["ReadOnly", "ReadWrite"])
def test_the_intent_reaches_the_driver_and_gives_way_to_odbc_options(intent) -> None:
    given = parameters(**PARTS, application_intent=intent)
    assert connection_string(given)["ApplicationIntent"] == intent
    options = {"ApplicationIntent": "ReadWrite"}
    other = parameters(**PARTS, application_intent=intent, odbc_options=options)
    assert connection_string(other)["ApplicationIntent"] == "ReadWrite"


def test_odbc_options_win_over_the_defaults_whatever_their_case() -> None:
    options = {"trustservercertificate": "yes", "ApplicationIntent": "ReadOnly"}
    given = connection_string(parameters(**PARTS, odbc_options=options))
    assert given["trustservercertificate"] == "yes"
    assert given["ApplicationIntent"] == "ReadOnly"
    assert "TrustServerCertificate" not in given


def test_options_of_a_url_are_kept_and_checked_tls_added() -> None:
    url = "mssql+pyodbc://reader:pw@erp/S200?driver=Any+Driver&ApplicationIntent=ReadOnly"
    given = parameters(sqlalchemy_url=url)
    assert given.driver == "Any Driver"
    text = connection_string(given)
    assert (text["ApplicationIntent"], text["Encrypt"]) == ("ReadOnly", "yes")


def test_freetds_has_its_own_words_for_the_same() -> None:
    given = connection_string(parameters(**PARTS | {"server": "erp,1444"}), "FreeTDS")
    assert given["Encryption"] == "require"
    assert (given["Server"], given["port"]) == ("erp", "1444")
    assert "Encrypt" not in given


def test_without_username_the_login_is_the_process_own() -> None:
    given = connection_string(parameters(server="erp", database="S200"))
    assert given["Trusted_Connection"] == "Yes"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "Setting server is missing"),
        ({"server": "erp"}, "Setting database is missing"),
        ({"server": "a,b,c", "database": "S200"}, "is not HOST, HOST,PORT or HOST"),
        ({"sqlalchemy_url": "postgresql:///x", "server": "erp"}, "sqlalchemy_url and server both"),
        ({"sqlalchemy_url": "no url"}, "can't be read as a URL"),
        ({"sqlalchemy_url": "mssql+pyodbc://u:s3cret@erp:port/x"}, "can't be read as a URL"),
        ({"sqlalchemy_url": "sqlite:///x"}, "sqlite is not a database of Sage 200"),
        ({"sqlalchemy_url": "postgresql:///x", "schema": "a b"}, "Setting schema"),
    ],
)
def test_contradictory_settings_are_a_sentence(config, sentence) -> None:
    with pytest.raises(SettingsError, match=sentence) as refusal:
        parameters(**config)
    assert "s3cret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_password_is_in_no_representation() -> None:
    for given in (
        parameters(**PARTS),
        parameters(sqlalchemy_url="mssql+pyodbc://reader:s3cret@erp/S200"),
        parameters(sqlalchemy_url="mssql+pyodbc:///?odbc_connect=PWD%3Ds3cret"),
    ):
        assert "s3cret" not in repr(given) + str(given) + given.place


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("[28000] Login failed for user 'reader'. (18456) (SQLDriverConnect)", "refuses the login"),
        ('connection failed: FATAL: password authentication failed for user "r"', "refuses the"),
        ('[42000] Cannot open database "S2" requested by the login. (4060)', "setting database"),
        ('FATAL: database "S2" does not exist', "setting database"),
        ("[08001] TCP Provider: Error code 0x2746 (10054)", "can't be reached"),
        ("[HYT00] Login timeout expired (0) (SQLDriverConnect)", "can't be reached"),
        ("[08001] SSL Provider: [error:0A000086::certificate verify failed]", "doesn't trust"),
        ("Login failed PWD=s3cret;{ (18456)", r"PWD=\*\*\*"),
    ],
)
def test_each_failing_connection_is_a_sentence_without_password(words, sentence) -> NoReturn:
    given = parameters(**PARTS)
    failure = connection_failure(OperationalError(None, None, Exception(words)), given)
    assert "database S200 on erp" in failure.message
    assert failure.message == " ".join(failure.message.split())
    assert "s3cret" not in failure.message
    with pytest.raises(type(failure), match=sentence):
        raise failure


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("The SELECT permission was denied on the object 'StockItem' (229)", AccessError),
        ("permission denied for table StockItem", AccessError),
        ("Snapshot isolation transaction failed accessing database (3952)", SageReadError),
        ("Arithmetic overflow (8115)", FailedStreamError),
    ],
)
def test_each_failing_statement_is_a_sentence(words, kind) -> None:
    error = OperationalError(None, None, Exception(words))
    assert type(failed_statement("stock_items", error, parameters(**PARTS))) is kind


@pytest.mark.parametrize(
    ("words", "sqlstate", "conflict"),
    [
        ("Lock request time out period exceeded. (1222) (SQLExecDirectW)", None, True),
        ("was deadlocked on lock resources (1205) (SQLExecDirectW)", None, True),
        ("Snapshot isolation transaction aborted due to update conflict. (3960)", None, True),
        ("Snapshot isolation transaction failed: modified by a DDL statement (3961)", None, True),
        ("canceling statement due to lock timeout", "55P03", True),
        ("deadlock detected", "40P01", True),
        ("could not serialize access", "40001", True),
        ("Invalid object name 'x'. (208)", None, False),
        ('relation "x" does not exist', "42P01", False),
    ],
)
def test_only_lock_conflicts_are_tried_again(words, sqlstate, conflict) -> None:
    cause = Exception(words)
    if sqlstate:
        cause.sqlstate = sqlstate
    assert is_conflict(OperationalError(None, None, cause)) is conflict


@pytest.mark.parametrize(
    ("words", "sqlstate", "timeout"),
    [
        ("[HYT00] [Microsoft][ODBC Driver 18]Query timeout expired (0)", None, True),
        ("[S1T00] [FreeTDS][SQL Server]Timeout expired (0)", None, True),
        ("canceling statement due to statement timeout", "57014", True),
        ("[HYT00] Lock request time out period exceeded. (1222)", None, False),
        ("[HYT00] Login timeout expired (0) (SQLDriverConnect)", None, False),
    ],
)
def test_a_statement_that_takes_too_long_is_known(words, sqlstate, timeout) -> None:
    cause = Exception(words)
    if sqlstate:
        cause.sqlstate = sqlstate
    assert is_timeout(OperationalError(None, None, cause)) is timeout


@pytest.mark.parametrize(
    ("words", "lost"),
    [
        ("[HYT00] Lock request time out period exceeded. (1222)", False),
        ("[HYT00] Query timeout expired (0)", False),
        ("[08S01] Communication link failure (0)", True),
    ],
)
def test_a_lock_that_looks_like_a_lost_connection_is_none(words, lost) -> None:
    error = OperationalError(None, None, Exception(words))
    context = SimpleNamespace(sqlalchemy_exception=error, is_disconnect=True)
    keep_connection(context)
    assert context.is_disconnect is lost


def test_the_reader_gives_way_in_a_deadlock() -> None:
    given = parameters(**PARTS)
    assert session_settings(given) == ("SET LOCK_TIMEOUT 3000", "SET DEADLOCK_PRIORITY LOW")


@pytest.mark.parametrize(
    ("os_release", "family"),
    [
        ('ID=debian\nVERSION_ID="12"', "debian_ubuntu"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"', "debian_ubuntu"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "rhel"),
        ("ID=fedora", "rhel"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', "suse"),
        ("ID=alpine", "alpine"),
        ("", "debian_ubuntu"),
    ],
)
def test_the_bundled_driver_fits_the_distribution(os_release, family) -> None:
    assert driver.linux_family(os_release) == family


@pytest.mark.skipif(sys.platform != "linux", reason="the wheel is a dependency on Linux only")
def test_the_bundled_driver_is_found_by_full_path() -> None:
    path = driver.bundled_driver()
    assert path is not None
    assert Path(path).is_absolute()
    assert Path(path).is_file()


def test_a_driver_that_is_not_installed_is_a_sentence(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyodbc", SimpleNamespace(drivers=lambda: ["FreeTDS"]))
    assert driver.choose_driver("FreeTDS") == "FreeTDS"
    with pytest.raises(DriverMissingError, match=r"'Nope' is not installed .*installed: FreeTDS"):
        driver.choose_driver("Nope")


def test_missing_pyodbc_names_the_package(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyodbc", None)
    with pytest.raises(DriverMissingError, match="pip install pyodbc"):
        driver.load_pyodbc()


def test_a_missing_odbc_library_names_the_package(monkeypatch, tmp_path) -> None:
    monkeypatch.delitem(sys.modules, "pyodbc", raising=False)
    broken = "raise ImportError('libodbc.so.2: cannot open shared object file')"
    (tmp_path / "pyodbc.py").write_text(broken)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(DriverMissingError, match="apt-get install unixodbc"):
        driver.load_pyodbc()
