"""The recorded exchanges, the recorded shop, and a server to put it behind."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.magento import Shop, create_app, load_shop, recorded_shop_dir
from sandbox.magento.json_text import parse_json
from sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sandbox.magento.settings import Settings
    from starlette.types import ASGIApp, Receive, Scope, Send

RECORDED = Path(__file__).parents[3] / "tests" / "fixtures" / "magento" / "recorded"


@dataclass(frozen=True)
class Exchange:
    """One recorded request with its answer."""

    name: str
    request: dict[str, Any]
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def date(self) -> datetime:
        """When Magento answered."""
        return parsedate_to_datetime(self.headers["Date"])


def load_exchange(name: str) -> Exchange:
    data = parse_json((RECORDED / f"{name}.json").read_bytes())
    return Exchange(name, data["request"], data["status"], data["headers"], data["body"])


def exchange_names() -> list[str]:
    return sorted(
        path.relative_to(RECORDED).with_suffix("").as_posix() for path in RECORDED.glob("*/*.json")
    )


class Front:
    """Serves whichever shop a test needs, by one server for all tests."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def front() -> Front:
    return Front()


@pytest.fixture(scope="session")
def base_url(front: Front) -> Iterator[str]:
    with serve(front) as url:
        yield url


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded lists, with the packaged stock items beside them."""
    folder = tmp_path_factory.mktemp("shop")
    for path in (RECORDED / "list").glob("*.json"):
        (folder / path.name).write_bytes(path.read_bytes())
    stock_items = (recorded_shop_dir() / "stockItems.json").read_bytes()
    (folder / "stockItems.json").write_bytes(stock_items)
    return folder


@pytest.fixture
def shop(shop_folder: Path) -> Shop:
    """The recorded shop as it was at the end."""
    return load_shop(shop_folder)


@pytest.fixture
def stage(front: Front, shop_folder: Path) -> Callable[..., Shop]:
    """Put a new shop in front, with the given settings."""

    def put(settings: Settings | None = None) -> Shop:
        shop = load_shop(shop_folder)
        front.app = create_app(shop, settings=settings)
        return shop

    return put


def place_again(shop: Shop, order_id: int) -> None:
    """Make an order what it was when it was placed."""
    order = shop.edit("orders", order_id)
    assert order is not None
    ended = ("_invoiced", "_refunded", "_canceled", "_paid", "_cost")
    for key in [k for k in order if k.endswith(ended) or "adjustment" in k or "hold_" in k]:
        del order[key]
    for base in ("", "base_"):
        order[f"{base}total_due"] = order[f"{base}grand_total"]
    order |= {"state": "new", "status": "pending", "status_histories": []}
    order["updated_at"] = order["created_at"]
    for key in [k for k in order["payment"] if k.endswith(("_paid", "_captured", "_refunded"))]:
        del order["payment"][key]
    for item in order["items"]:
        for key in [k for k in item if k.endswith(ended)]:
            item[key] = 0
        item["updated_at"] = item["created_at"]
        item["qty_shipped"] = item["amount_refunded"] = item["base_amount_refunded"] = 0
    shop.put("orders", order)


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Exchange]:
    """Read one recorded exchange."""
    return load_exchange


@pytest.fixture(scope="session")
def names() -> list[str]:
    """All recorded exchanges."""
    return exchange_names()


@pytest.fixture(scope="session")
def parse() -> Callable[[bytes], Any]:
    """Parse JSON with exact numbers."""
    return parse_json


@pytest.fixture
def matrix() -> list[dict[str, Any]]:
    """What moves updated_at, as it was seen on the real Magento."""
    rows = parse_json((RECORDED / "updated_at_matrix.json").read_bytes())["rows"]
    return [dict(row) for row in rows]


@pytest.fixture(scope="module")
def recorded_shop(shop_folder: Path) -> Callable[[], Shop]:
    """Load the recorded shop anew."""
    return lambda: load_shop(shop_folder)


@pytest.fixture(scope="session")
def rewind() -> Callable[[Shop, int], None]:
    """Make an order what it was when it was placed."""
    return place_again
