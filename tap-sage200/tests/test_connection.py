"""Settings to URL, the driver, and the sentence for each way a connection fails."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn
from urllib.parse import quote_plus

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
from tap_sage200.odbc_string import OdbcString
from tap_sage200.session import (
    connection_failure,
    is_conflict,
    is_timeout,
    keep_connection,
    session_settings,
)
from tap_sage200.tap import TapSage200

DEFAULTS = {
    "schema": "dbo",
    "isolation_level": "READ COMMITTED",
    "lock_timeout_ms": 3000,
    "database_time_zone": "UTC",
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
        ("erp, 1444", "erp,1444"),
        ("tcp:erp.example.org,1444", "erp.example.org,1444"),
        ("TCP: erp", "erp"),
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
    options = {"applicationintent": "ReadWrite"}
    other = parameters(**PARTS, application_intent=intent, odbc_options=options)
    assert connection_string(other)["applicationintent"] == "ReadWrite"
    assert "ApplicationIntent" not in connection_string(other)


@pytest.mark.parametrize(
    ("config", "secondary"),
    [
        (PARTS, False),
        (PARTS | {"application_intent": "ReadOnly"}, True),
        (PARTS | {"application_intent": "ReadWrite"}, False),
        (PARTS | {"odbc_options": {"applicationintent": "readonly"}}, True),
        (
            PARTS
            | {
                "application_intent": "ReadOnly",
                "odbc_options": {"ApplicationIntent": "ReadWrite"},
            },
            False,
        ),
        ({"sqlalchemy_url": "mssql+pyodbc://r:p@erp/S?ApplicationIntent=ReadOnly"}, True),
        (
            {"sqlalchemy_url": "mssql+pyodbc:///?odbc_connect=applicationintent%3Dreadonly"},
            True,
        ),
    ],
)
def test_whether_a_secondary_may_answer_follows_from_the_settings(config, secondary) -> None:
    assert parameters(**config).reads_secondary is secondary


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


@pytest.mark.parametrize(
    ("server", "port"),
    [("erp", "1433"), ("erp,1444", "1444"), (r"erp\SAGE", None), (r"erp\SAGE,1444", "1444")],
)
def test_freetds_asks_for_the_port_of_a_named_instance(server, port) -> None:
    given = connection_string(parameters(**PARTS | {"server": server}), "FreeTDS")
    assert given.get("port") == port
    assert given["Server"].split(",")[0] == server.split(",")[0]


@pytest.mark.parametrize(
    ("driver_name", "option"),
    [
        ("FreeTDS", "Encryption"),
        ("/usr/lib/odbc/libtdsodbc.so", "Encryption"),
        ("/home/tds/lib/libmsodbcsql-18.6.so.2.1", "Encrypt"),
        ("/opt/microsoftds/libmsodbcsql-18.6.so.2.1", "Encrypt"),
    ],
)
def test_freetds_is_known_by_its_own_name_not_its_folder_s(driver_name, option) -> None:
    assert option in connection_string(parameters(**PARTS), driver_name)


@pytest.mark.parametrize("name", ["driver", "Driver", "DRIVER"])
def test_the_driver_of_a_url_is_seen_in_any_case(name) -> None:
    given = parameters(sqlalchemy_url=f"mssql+pyodbc://reader:pw@erp/S200?{name}=Any+Driver")
    assert given.driver == "Any Driver"
    assert connection_string(given, "Any Driver")["DRIVER"] == "{Any Driver}"


def whole(string: str, driver_name: str | None = MICROSOFT, **config: object) -> OdbcString:
    """What pyodbc is given for ``odbc_connect``."""
    given = parameters(
        sqlalchemy_url=f"mssql+pyodbc:///?odbc_connect={quote_plus(string)}", **config
    )
    ((text,), _) = MSDialect_pyodbc().create_connect_args(given.url_with_odbc_string(driver_name))
    parsed = OdbcString.parsed(text)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize("password", ["a+b", "a%2Bb", "a;b", "a}b", "{a", "a=b", "a b+%20", "ä€"])
def test_a_connection_string_arrives_as_it_was_written(password) -> None:
    braced = "{" + password.replace("}", "}}") + "}"
    given = whole(f"Server=erp;Database=S200;UID=reader;PWD={braced}")
    assert given.get("PWD") == password
    assert given.get("server") == "erp"


def test_a_connection_string_gets_what_it_lacks() -> None:
    string = "Driver={Any Driver};Server=erp;Database=S200;TrustServerCertificate=yes;APP=mine"
    given = whole(
        string,
        "Any Driver",
        application_intent="ReadOnly",
        odbc_options={"app": "ours", "MultiSubnetFailover": "Yes"},
    )
    assert given.get("driver") == "Any Driver"
    assert (given.get("Encrypt"), given.get("TrustServerCertificate")) == ("yes", "yes")
    assert (given.get("APP"), given.get("MultiSubnetFailover")) == ("ours", "Yes")
    assert given.get("ApplicationIntent") == "ReadOnly"
    assert len(given.parts) == len({name.lower() for name, _ in given.parts})


def test_a_connection_string_without_driver_gets_the_one_that_is_found() -> None:
    assert whole("Server=erp;Database=S200").get("driver") == MICROSOFT
    assert parameters(sqlalchemy_url="mssql+pyodbc:///?odbc_connect=Driver%3DX").driver == "X"


def test_a_data_source_keeps_its_own_driver_and_encryption() -> None:
    given = whole("DSN=Sage", None, odbc_options={"APP": "x"})
    assert given.parts == (("DSN", "Sage"), ("APP", "x"))


@pytest.mark.parametrize("text", ["", "no string", "a=b;{c", "=x"])
def test_what_is_no_connection_string_is_known(text) -> None:
    assert OdbcString.parsed(text) is None


def test_a_password_of_a_connection_string_is_in_no_message() -> None:
    given = parameters(
        sqlalchemy_url="mssql+pyodbc:///?odbc_connect=" + quote_plus("Server=erp;UID=r;PWD=s3+cret")
    )
    said = "Login failed for user 'r' PWD=s3+cret pwd=s3%2Bcret (18456)"
    failure = connection_failure(OperationalError(None, None, Exception(said)), given)
    assert "cret" not in failure.message
    assert "database (default) on erp refuses the login r:" in failure.message
    assert "cret" not in repr(given) + repr(given.odbc_string)


@pytest.mark.parametrize(
    "words",
    [
        "[01000] [unixODBC][Driver Manager]Can't open lib '/x/libms.so' : file not found (0)",
        "[IM002] [unixODBC][Driver Manager]Data source name not found and no default driver (0)",
        "[IM003] Specified driver could not be loaded due to system error 126 (0)",
    ],
)
def test_a_driver_that_can_t_be_loaded_names_the_packages(words, tmp_path) -> None:
    given = parameters(**PARTS)
    failure = connection_failure(OperationalError(None, None, Exception(words)), given)
    assert isinstance(failure, DriverMissingError)
    for package in ("libltdl7 libgssapi-krb5-2", "krb5-libs", "zypper install"):
        assert package in failure.message
    (tmp_path / "os-release").write_text("ID=alpine")
    here = driver.driver_not_loaded(words, tmp_path / "os-release").message
    assert "Install the libraries: apk add libltdl krb5-libs" in here


def test_without_username_the_login_is_the_process_own() -> None:
    given = connection_string(parameters(server="erp", database="S200"))
    assert given["Trusted_Connection"] == "Yes"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "Setting server is missing"),
        ({"server": "erp"}, "Setting database is missing"),
        ({"server": "a,b,c", "database": "S200"}, "is not HOST, HOST,PORT or HOST"),
        ({"server": r"np:\\erp\pipe\sql\query", "database": "S200"}, "a protocol other than TCP"),
        ({"sqlalchemy_url": "mssql+pyodbc:///?odbc_connect=nothing"}, "no ODBC connection string"),
        ({"sqlalchemy_url": "postgresql:///x", "server": "erp"}, "sqlalchemy_url and server both"),
        ({"sqlalchemy_url": "no url"}, "can't be read as a URL"),
        ({"sqlalchemy_url": "mssql+pyodbc://us/er:s3cret@erp/x"}, "has an @ after the server's"),
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


def test_a_missing_driver_is_told_before_anything_is_written(monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "pyodbc", SimpleNamespace(drivers=list))
    tap = TapSage200(config=PARTS | {"driver": "Nope"}, state={"bookmarks": {}})
    with pytest.raises(DriverMissingError):
        tap.sync_all()
    assert capsys.readouterr().out == ""


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
