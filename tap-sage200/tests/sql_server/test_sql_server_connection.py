"""Connecting by the real drivers: TLS, logins, and the sentence for each way it fails."""

# ruff: noqa: ANN001, ANN201 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from sandbox.sql_server.login import Encryption
from sandbox.sql_server.refusal import Refusal
from sandbox.sql_server.server import Account
from tap_sage200.exceptions import AccessError, ConnectionFailedError
from tap_sage200.odbc_string import OdbcString

USER, PASSWORD = "tap_sage200", "s3cret;{=%40 ä"
COMMAND = Path(sys.executable).with_name("tap-sage200")


def read(served, by, **settings: object):
    """Read a small stream with settings of its own."""
    config = served.config(by, **settings)
    return replace(served.company, config=config).read("tax_codes")


@pytest.fixture(autouse=True)
def no_password_in_the_log(caplog):
    """Whatever a test does."""
    caplog.set_level(logging.DEBUG)
    yield
    assert "s3cret" not in caplog.text


@pytest.fixture
def hurried(monkeypatch) -> None:
    """Not the 15 seconds that a login may take."""
    monkeypatch.setattr("tap_sage200.session.LOGIN_TIMEOUT_SECONDS", 1)


def test_everything_is_encrypted_by_default(still, odbc) -> None:
    assert read(still, odbc).counts["tax_codes"] > 1
    assert still.server.encryptions[-1] is Encryption.ALL
    login = still.server.logins[-1]
    assert (login.user, login.database, login.application) == (
        "tap_sage200",
        "S200",
        "tap-sage200",
    )
    assert not login.read_only


@pytest.mark.parametrize(
    ("options", "agreed"),
    [
        ({"Encrypt": "no"}, Encryption.LOGIN_ONLY),
        ({"Encrypt": "optional"}, Encryption.LOGIN_ONLY),
        ({"Encrypt": "mandatory"}, Encryption.ALL),
    ],
)
def test_encryption_follows_the_options(still, microsoft, options, agreed) -> None:
    """The login is encrypted even where nothing else is."""
    options = options | microsoft.trusting
    assert read(still, microsoft, odbc_options=options).counts["tax_codes"] > 1
    assert still.server.encryptions[-1] is agreed


def test_freetds_can_do_without(still, freetds) -> None:
    assert read(still, freetds, odbc_options={"Encryption": "off"}).counts["tax_codes"] > 1
    assert still.server.encryptions[-1] is Encryption.NOT_SUPPORTED


def failure(served, by, **settings: object) -> str:
    with pytest.raises(ConnectionFailedError) as failed:
        read(served, by, **settings)
    message = failed.value.message
    assert "s3cret" not in message
    assert " ".join(message.split()) == message
    return message


def test_a_wrong_password_is_a_sentence(still, odbc) -> None:
    message = failure(still, odbc, password="s3cret-but-wrong")
    assert "refuses the login tap_sage200: check username and password" in message
    assert "Login failed for user 'tap_sage200'. (18456)" in message


def test_a_missing_database_is_a_sentence(still, odbc) -> None:
    message = failure(still, odbc, database="S201")
    assert "database S201 on 127.0.0.1 doesn't exist or isn't open to this login" in message
    assert "(4060)" in message


def test_a_server_that_is_not_there_is_a_sentence(still, odbc, hurried) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    message = failure(still, odbc, server=f"127.0.0.1,{port}")
    assert "on 127.0.0.1 can't be reached: check server, port and firewall" in message


def test_a_server_that_says_nothing_is_a_sentence(still, odbc, hurried) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        message = failure(still, odbc, server=f"127.0.0.1,{silent.getsockname()[1]}")
    assert "can't be reached: check server, port and firewall" in message


def test_a_certificate_that_is_not_trusted_is_a_sentence(still, microsoft) -> None:
    message = failure(still, microsoft, odbc_options={})
    assert "shows a certificate this machine doesn't trust: install its authority" in message
    assert "certificate verify failed" in message


def test_a_server_without_encryption_is_a_sentence(still_company, serve, microsoft) -> None:
    with serve(still_company) as plain:
        plain.server.certificate = None
        message = failure(plain, microsoft)
        assert "doesn't encrypt" in message
        assert read(plain, microsoft, odbc_options={"Encrypt": "no"}).counts["tax_codes"] > 1
        assert plain.server.encryptions == [Encryption.NOT_SUPPORTED] * 2


def test_a_failure_of_tls_that_freetds_does_not_name_is_a_sentence(
    still_company, serve, freetds
) -> None:
    with serve(still_company) as plain:
        plain.server.certificate = None
        message = failure(plain, freetds)
    assert "FreeTDS gives no reason: check server, port and firewall, and TLS" in message


def test_a_login_without_grants_is_a_sentence(served, odbc) -> None:
    company = served.company
    company.sql("create role clerk")
    served.server.accounts = {"tap_sage200": Account(served.config(odbc)["password"], "clerk")}
    try:
        company.sql("grant usage on schema dbo to clerk")
        company.sql('grant select on dbo."StockItem" to clerk')
        with pytest.raises(AccessError, match=r"grant SELECT with docs/sql/create_reader\.sql"):
            read(served, odbc)
        # What the catalogue shows, and yet is denied.
        company.sql('grant select ("SYSTaxRateID", "Code") on dbo."SYSTaxRate" to clerk')
        with pytest.raises(AccessError):
            read(served, odbc)
    finally:
        company.sql("drop owned by clerk")
        company.sql("drop role clerk")


def test_a_denied_select_is_a_sentence(served, odbc) -> None:
    """As where SELECT was denied on a table whose columns the login still sees."""
    words = "The SELECT permission was denied on the object 'SYSTaxRate', database 'Sage'."
    served.server.failures.append(("tap-sage200: tax_codes", Refusal(229, words, 14)))
    with pytest.raises(AccessError, match=r"may not read what sql/tax_codes\.sql reads.*\(229\)"):
        read(served, odbc)


def test_a_missing_table_is_a_sentence(served, odbc) -> None:
    served.company.sql('drop table dbo."SYSTaxRate"')
    with pytest.raises(AccessError, match=r"table dbo\.SYSTaxRate isn't there"):
        read(served, odbc)


@pytest.mark.parametrize("how", ["url", "options of a url", "connection string", "both"])
def test_each_way_to_say_where(still, microsoft, how) -> None:
    config = still.config(microsoft)
    host, port = config["server"].split(",")
    user, password = config["username"], config["password"]
    login = f"{user}:{quote(password, safe='')}"
    string = OdbcString(
        (
            ("server", config["server"]),
            ("database", "S200"),
            ("TrustServerCertificate", "yes"),
            *((("uid", user), ("pwd", password)) if how == "connection string" else ()),
        )
    ).text
    url = {
        "url": f"mssql+pyodbc://{login}@{host}:{port}/S200",
        "options of a url": f"mssql://{login}@{host}:{port}/S200?TrustServerCertificate=yes",
        "connection string": f"mssql+pyodbc:///?odbc_connect={quote_plus(string)}",
        "both": f"mssql+pyodbc://{login}@/?odbc_connect={quote_plus(string)}",
    }[how]
    options = {"odbc_options": microsoft.trusting} if how == "url" else {}
    company = replace(still.company, config={"sqlalchemy_url": url, **options})
    assert company.read("tax_codes").counts["tax_codes"] > 1
    login = still.server.logins[-1]
    assert (login.user, login.database) == (user, "S200")
    assert login.application == "tap-sage200"
    assert still.server.encryptions[-1] is Encryption.ALL


@pytest.mark.parametrize("password", ["a;b", "a}b", "{a}", "a=b", " a ", "a%40+b", "ä€", "a'\"b"])
def test_a_password_arrives_as_it_was_typed(still, odbc, password) -> None:
    if odbc.name == "freetds" and "}" in password:
        message = failure(still, odbc, password=password)
        assert "FreeTDS may read a } in a password as two" in message
    else:
        failure(still, odbc, password=password)
        assert still.server.logins[-1].password == password


def program(config: dict[str, object], folder: Path, *arguments: str, certificate: Path):
    (folder / "config.json").write_text(json.dumps(config))
    return subprocess.run(
        [COMMAND, "--config", folder / "config.json", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "SSL_CERT_FILE": str(certificate)},
    )


def test_the_program_reads_over_microsoft_s_driver(
    trading, serve, microsoft, certificate, tmp_path
) -> None:
    """A test of the connection and a whole run; the certificate is checked."""
    with serve(trading) as served:
        config = served.config(microsoft)
        config["odbc_options"] = {"HostNameInCertificate": "stand-in"}
        tried = program(config, tmp_path, "--test", certificate=certificate)
        assert tried.returncode == 0, tried.stderr
        run = program(config, tmp_path, certificate=certificate)
        assert run.returncode == 0, run.stderr
        assert set(served.server.encryptions) == {Encryption.ALL}
    counts: dict[str, int] = {}
    for line in map(json.loads, run.stdout.splitlines()):
        if line["type"] == "RECORD":
            counts[line["stream"]] = counts.get(line["stream"], 0) + 1
    assert counts == trading.read(*counts).counts
    assert len(counts) > 20
    assert "s3cret" not in tried.stderr + run.stderr + run.stdout


def test_a_certificate_for_another_name_is_a_sentence(
    still, microsoft, certificate, monkeypatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    message = failure(still, microsoft, odbc_options={})
    assert "shows a certificate that is for another name: give the setting server" in message
    named = {"HostNameInCertificate": "stand-in"}
    assert read(still, microsoft, odbc_options=named).counts["tax_codes"] > 1


def test_freetds_checks_the_certificate_of_a_server_in_its_file_alone(
    still, freetds, certificate, other_certificate, tmp_path, monkeypatch
) -> None:
    told = tmp_path / "freetds.conf"
    monkeypatch.setenv("FREETDSCONF", str(told))
    string = OdbcString(
        (("Servername", "sage"), ("Database", "S200"), ("UID", USER), ("PWD", PASSWORD))
    ).text
    by_name = {"sqlalchemy_url": f"mssql+pyodbc:///?odbc_connect={quote_plus(string)}"}
    section = f"[sage]\nhost = 127.0.0.1\nport = {still.server.port}\n"
    options = "ca file = {}\ncheck certificate hostname = no\n"
    company = replace(still.company, config=by_name | freetds.setting)

    told.write_text(section + options.format(certificate))
    assert company.read("tax_codes").counts["tax_codes"] > 1

    told.write_text(f"[global]\n{options}{section}{options}".format(*[other_certificate] * 2))
    with pytest.raises(ConnectionFailedError, match="FreeTDS gives no reason: check server, port"):
        company.read("tax_codes")
    # As the setting's description says.
    assert read(still, freetds).counts["tax_codes"] > 1
