"""One WAREHOUSE_URL, as libpq reads it, gives dbt all the parts it wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.config.renderer import ProfileRenderer
from dbt_common.context import set_invocation_context

PROFILES = Path(__file__).resolve().parents[1] / "profiles.yml"


def connection(url: str) -> dict[str, Any]:
    set_invocation_context({"WAREHOUSE_URL": url})
    output = yaml.safe_load(PROFILES.read_text("utf-8"))["magento_sage200"]["outputs"]["warehouse"]
    rendered: dict[str, Any] = ProfileRenderer({}).render_data(output)
    return rendered


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "dbname", "sslmode"),
    [
        pytest.param(
            "postgresql://user:pw@db.example.com:6543/shop",
            *("db.example.com", 6543, "user", "pw", "shop", "prefer"),
            id="tcp",
        ),
        pytest.param(
            "postgresql://user:pw@db.example.com/shop?sslmode=require",
            *("db.example.com", 5432, "user", "pw", "shop", "require"),
            id="tcp with the usual port and TLS",
        ),
        pytest.param(
            "postgresql://postgres:@/postgres?host=/var/data/pg",
            *("/var/data/pg", 5432, "postgres", "", "postgres", "prefer"),
            id="unix socket",
        ),
        pytest.param(
            "postgresql:///shop?host=%2Fvar%2Fmy%20data&user=joe&port=5433",
            *("/var/my data", 5433, "joe", "", "shop", "prefer"),
            id="unix socket, encoded, all in the query",
        ),
        pytest.param(
            "postgres://u%40x:p%2Fw%22%25%C3%A4%5C@[::1]:6543/db",
            *("::1", 6543, "u@x", 'p/w"%ä\\', "db", "prefer"),
            id="short scheme, IPv6, every kind of odd character",
        ),
    ],
)
def test_url_is_taken_apart_as_libpq_does(
    url: str, host: str, port: int, user: str, password: str, dbname: str, sslmode: str
) -> None:
    found = connection(url)
    wanted = {"host": host, "port": port, "user": user, "password": password, "dbname": dbname}
    assert {name: found[name] for name in wanted} == wanted
    assert found["sslmode"] == sslmode


def test_other_kind_of_url_names_the_setting_and_its_form() -> None:
    host = connection("mysql://user:pw@host/db")["host"]
    assert host == "WAREHOUSE_URL-must-look-like-postgresql://user:password@host:5432/database"
