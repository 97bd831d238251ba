"""Writes survive a restart, whole or not at all."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from sandbox.magento import load_shop, ship, source_items
from sandbox.magento.clock import clock_after, parse_moment
from sandbox.magento.errors import MagentoError
from sandbox.magento.invoice import invoice
from sandbox.magento.journal import Journal, JournalError

if TYPE_CHECKING:
    from pathlib import Path

ROW = {"sku": "BN-020", "source_code": "leeds_wh", "quantity": 7, "status": 1}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "new" / "shop.sqlite"


def test_everything_written_is_there_after_a_restart(shop_folder: Path, state: Path) -> None:
    shop = load_shop(shop_folder, state=state)
    source_items.save_source_items(shop, [ROW, {**ROW, "sku": "NEW", "source_code": "us_wh"}])
    source_items.delete_source_items(shop, [{"sku": "BN-019", "source_code": "leeds_wh"}])
    ship.ship(shop, 59, {})
    invoice(shop, 59, {})
    entity_id = shop.add_order({"store_id": 1, "state": "new", "status": "pending"})
    # Not closed: what a request wrote is on disk when it was answered.
    again = load_shop(shop_folder, state=state)
    for name, table in shop.tables.items():
        if name != "orders_items":
            assert again.table(name).rows == table.rows, name
            assert again.table(name).keys == table.keys, name
    assert again.table("orders").keys[-1] == entity_id
    assert again.add_order({"store_id": 1}) == entity_id + 1
    assert again.reservations.quantity(2, "BN-010") == shop.reservations.quantity(2, "BN-010")
    shop.close()
    again.close()


def test_without_a_state_file_nothing_is_kept(shop_folder: Path) -> None:
    shop = load_shop(shop_folder)
    shop.remove("orders", 1)
    assert 1 in load_shop(shop_folder).table("orders").rows


def test_refused_write_leaves_no_trace_but_its_used_up_number(
    shop_folder: Path, state: Path
) -> None:
    shop = load_shop(shop_folder, state=state)
    order = shop.table("orders").rows[64]
    york = {"arguments": {"extension_attributes": {"source_code": "york_wh"}}}
    with pytest.raises(MagentoError):
        ship.ship(shop, 64, york)  # 70 pieces are not there
    shop.close()
    again = load_shop(shop_folder, state=state)
    assert again.table("orders").rows[64] == order
    assert ship.ship(again, 59, {}) == "37"
    again.close()


def test_crash_in_the_middle_of_a_write_undoes_all_of_it(shop_folder: Path, state: Path) -> None:
    shop = load_shop(shop_folder, state=state)
    before = dict(shop.table("source-items").rows)

    def crash_half_way() -> None:
        with shop.transaction():
            source_items.save_source_items(shop, [ROW])
            shop.touch(59, ext_order_id="half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crash_half_way()
    assert shop.table("source-items").rows == before
    shop.close()
    again = load_shop(shop_folder, state=state)
    assert again.table("source-items").rows == before
    assert "ext_order_id" not in again.table("orders").rows[59]
    again.close()


def test_state_of_another_shop_is_refused(shop_folder: Path, state: Path) -> None:
    Journal(state, "another shop").close()
    with pytest.raises(JournalError, match=r"belongs to other shop data\. Delete it to start"):
        load_shop(shop_folder, state=state)


def test_file_that_is_no_state_is_refused_and_left_alone(shop_folder: Path, state: Path) -> None:
    state.parent.mkdir()
    state.write_text("not a database, but somebody's file " * 100)
    with pytest.raises(JournalError, match="can't be opened"):
        load_shop(shop_folder, state=state)
    assert state.read_text().startswith("not a database")


def test_disk_that_takes_no_write_fails_the_request_and_nothing_is_half_done(
    shop_folder: Path, state: Path
) -> None:
    shop = load_shop(shop_folder, state=state)
    before = dict(shop.table("source-items").rows)
    blocker = sqlite3.connect(state, isolation_level=None)
    blocker.execute("begin exclusive")
    assert shop._journal is not None
    shop._journal._database.execute("pragma busy_timeout = 50")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        source_items.save_source_items(shop, [ROW])
    assert shop.table("source-items").rows == before
    blocker.execute("rollback")
    blocker.close()
    source_items.save_source_items(shop, [ROW])
    shop.close()


def test_shop_recorded_in_the_future_lives_an_hour_after_its_newest_document() -> None:
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)
    clock = clock_after("2026-06-01 12:00:00", lambda: now)
    assert clock() == parse_moment("2026-06-01 13:00:00")


def test_shop_recorded_in_the_past_lives_now() -> None:
    now = datetime(2026, 12, 1, tzinfo=timezone.utc)
    assert clock_after("2026-06-01 12:00:00", lambda: now)() == now
    assert clock_after(None, lambda: now)() == now
