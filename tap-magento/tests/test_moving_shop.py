"""A shop that works on while it is read: no row is lost, whatever changes between two pages."""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from magento_client import Condition, MagentoClient, MagentoSettings, SearchCriteria
from sandbox.magento import Shop, create_app
from sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

ORDERS = 300
TOKEN = "demo-access-token"


class BusyShop:
    """A shop in which orders change and arrive before each answer."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.busy = True
        self._random = random.Random(seed)  # noqa: S311 -- repeatable on purpose
        self._lock = threading.Lock()
        self.now: datetime = shop.now().replace(microsecond=0)
        shop.set_clock(lambda: self.now)
        self._template = shop.edit("orders", 1)
        self._fill()

    def _fill(self) -> None:
        """Spread orders over some hours, with crowded seconds and with gaps in the ids."""
        moment = self.now - timedelta(hours=5)
        for _ in range(ORDERS):
            moment += timedelta(seconds=self._random.choice([0, 0, 0, 1, 40]))
            if self._random.random() < 0.1:
                self.shop.remove("orders", self._add(moment))
            self._add(moment)

    def _add(self, moment: datetime) -> int:
        order = {k: v for k, v in (self._template or {}).items() if k not in _OWN}
        stamp = moment.strftime("%Y-%m-%d %H:%M:%S")
        return self.shop.add_order({**order, "created_at": stamp, "updated_at": stamp})

    def work(self) -> None:
        with self._lock:
            if not self.busy:
                return
            self.now += timedelta(seconds=self._random.choice([0, 1, 3]))
            keys = list(self.shop.table("orders").keys)
            for key in self._random.sample(keys, 3):
                self.shop.touch(key, customer_note=f"note {self._random.random()}")
            if self._random.random() < 0.3:
                self._add(self.now)

    def over(self, app: ASGIApp) -> ASGIApp:
        async def busy(scope: Scope, receive: Receive, send: Send) -> None:
            if str(scope.get("path", "")).endswith("/V1/orders"):
                self.work()
            await app(scope, receive, send)

        return busy

    def stamps(self) -> dict[int, tuple[str, Any]]:
        return {
            row["entity_id"]: (row["updated_at"], row.get("customer_note"))
            for row in self.shop.table("orders").all()
        }


_OWN = {"entity_id", "increment_id", "created_at", "updated_at"}


@pytest.fixture
def busy_shop(shop: Shop, seed: int) -> Iterator[tuple[BusyShop, str]]:
    busy = BusyShop(shop, seed)
    with serve(busy.over(create_app(shop))) as url:
        yield busy, url


def _held(*outputs: Any) -> dict[int, tuple[str, Any]]:
    """What a target holds after these runs."""
    held: dict[int, tuple[str, Any]] = {}
    for output in outputs:
        for record in output.records("orders"):
            stamp = record["updated_at"].replace("T", " ").removesuffix("+00:00")
            held[record["entity_id"]] = (stamp, record.get("customer_note"))
    return held


@pytest.mark.parametrize("connections", [1, 8])
@pytest.mark.parametrize("seed", range(2))
def test_two_runs_over_a_moving_shop_equal_its_final_state(
    busy_shop: tuple[BusyShop, str],
    run_tap: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    connections: int,
) -> None:
    busy, url = busy_shop
    monkeypatch.setattr("tap_magento.windowed_read._PAGES_A_WINDOW", 6)
    config = {
        "base_url": url,
        "access_token": TOKEN,
        "page_size": 7,
        "max_connections": connections,
        "lookback_seconds": 0,
        "rolling_reread_days": 0,
    }
    at_start = set(busy.shop.table("orders").keys)
    first = run_tap(config, "orders")
    assert len(first.states) > 4
    busy.busy = False
    busy.now += timedelta(minutes=5)
    second = run_tap(config, "orders", state=first.state)
    final = busy.stamps()
    assert len(final) > len(at_start) > ORDERS
    assert _held(first, second) == final
    bookmarks = [s["bookmarks"]["orders"]["replication_key_value"] for s in first.states]
    assert bookmarks == sorted(bookmarks)


@pytest.mark.parametrize("seed", [11])
def test_paging_by_number_would_have_lost_rows(busy_shop: tuple[BusyShop, str]) -> None:
    """The test above proves something only where the plain way fails."""
    busy, url = busy_shop
    ending = busy.now
    criteria = SearchCriteria().where("updated_at", Condition.LT, ending).sorted_by("updated_at")
    before = {
        key for key, (stamp, _) in busy.stamps().items() if stamp < f"{ending:%Y-%m-%d %H:%M:%S}"
    }
    read: set[int] = set()
    with MagentoClient(MagentoSettings(url, access_token=TOKEN)) as client:
        number = 1
        while rows := client.search("V1/orders", criteria.sized(10).at_page(number)).items:
            read |= {row["entity_id"] for row in rows}
            number += 1
    unmoved = {
        key for key, (stamp, _) in busy.stamps().items() if stamp < f"{ending:%Y-%m-%d %H:%M:%S}"
    }
    assert unmoved & before - read
