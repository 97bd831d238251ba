"""The command line: a company served as a process, and one sentence for what is wrong."""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import requests
from sandbox.companies import demo_company_dir
from sandbox.postgres import database_url
from sandbox.sage200 import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAM = (
    "import argparse, sys; from sandbox.sage200 import command;"
    "parser = argparse.ArgumentParser(); command.add_arguments(parser);"
    "sys.exit(command.run(parser.parse_args()))"
)


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_served(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not answers(url):
        assert process.poll() is None, "it ended"
        assert time.monotonic() < deadline, f"{url} was not served"
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 401
    except requests.ConnectionError:
        return False


@pytest.fixture
def new_database(postgres_url: str) -> Any:
    yield database_url(postgres_url, "by_command")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("drop database if exists by_command with (force)")


def test_a_company_is_made_and_served_in_one_command(new_database: str) -> None:
    port = free_port()
    arguments = ["--database-url", new_database, "--port", str(port)]
    arguments += ["--edition", "standard", "--refresh-token", "mine"]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stderr=subprocess.DEVNULL
    )
    try:
        base = f"http://127.0.0.1:{port}"
        wait_until_served(f"{base}/uk/sage200/accounts/v1/sites", process)
        form = {
            "grant_type": "refresh_token",
            "client_id": "demo-client",
            "client_secret": "demo-secret",
            "refresh_token": "mine",
        }
        tokens = requests.post(f"{base}/oauth/token", data=form, timeout=20).json()
        answer = requests.get(
            f"{base}/uk/sage200/accounts/v1/sites",
            headers={"Authorization": f"Bearer {tokens['access_token']}"},
            timeout=20,
        )
        assert answer.json()[0]["company_name"] == "Demo Merchant Ltd"
    finally:
        process.terminate()
        process.wait(30)


def test_wrong_files_end_with_their_problems(
    new_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(demo_company_dir(), tmp_path / "company")
    (folder / "stock.csv").unlink()
    assert run("--database-url", new_database, "--company", str(folder)) == 1
    assert f"stock.csv is missing in {folder}" in capsys.readouterr().err


def test_an_unreachable_database_ends_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--database-url", f"postgresql:///sage?host={tmp_path}") == 1
    assert "The database can't be reached" in capsys.readouterr().err


def test_an_unknown_user_ends_with_a_sentence(
    shared_company: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--refresh-token", "x", "--refresh-token-user", "nobody"]
    assert run("--database-url", shared_company, *arguments) == 1
    assert "There is no user 'nobody'" in capsys.readouterr().err


def test_a_taken_port_ends_with_a_sentence(
    new_company: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run("--database-url", new_company(), "--port", str(port)) == 1
    assert f"Port {port} on 127.0.0.1 can't be used" in capsys.readouterr().err
