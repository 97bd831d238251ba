"""Any shop can be loaded from its exported lists; what can't be used is named."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.magento import command, load_shop, recorded_shop_dir
from sandbox.magento.json_text import magento_json, parse_json
from sandbox.magento.loading import REQUIRED, ShopDataError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged shop."""
    return Path(shutil.copytree(recorded_shop_dir(), tmp_path / "shop"))


def test_packaged_shop_is_the_recorded_one(recorded: Callable[[str], Any]) -> None:
    checked = 0
    for path in recorded_shop_dir().glob("*.json"):
        if path.stem == "stockItems":
            continue
        assert parse_json(path.read_bytes()) == recorded(f"list/{path.stem}").body, path.stem
        checked += 1
    assert checked > 25


def test_packaged_stock_items_are_the_recorded_ones(
    recorded: Callable[[str], Any], names: list[str]
) -> None:
    items = parse_json((recorded_shop_dir() / "stockItems.json").read_bytes())
    told = [recorded(name).body for name in names if name.startswith("stockitem/")]
    assert sorted(items, key=lambda i: i["product_id"]) == sorted(
        told, key=lambda i: i["product_id"]
    )


def test_documents_are_written_as_they_were_read() -> None:
    for path in recorded_shop_dir().glob("*.json"):
        text = path.read_bytes().strip()
        assert magento_json(parse_json(text)) == text, path.stem


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zoë/€", r'"Zo\u00eb\/\u20ac"'),
        ("😀", r'"\ud83d\ude00"'),
        ("1.7763568394003e-15", '"1.7763568394003e-15"'),
        (None, "null"),
        ([], "[]"),
    ],
)
def test_text_is_escaped_as_php_does(value: object, text: str) -> None:
    assert magento_json(value).decode() == text


@pytest.mark.parametrize("text", ["29", "5.94", "1.7763568394003e-15", "11.2989", "-0.01"])
def test_number_is_written_as_it_was_read(text: str) -> None:
    assert magento_json(parse_json(text)).decode() == text


@pytest.mark.parametrize("name", REQUIRED)
def test_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / f"{name}.json").unlink()
    with pytest.raises(ShopDataError, match=rf"{name}\.json is missing\. Save"):
        load_shop(folder)


def test_optional_files_may_be_missing(folder: Path) -> None:
    for path in folder.glob("*.json"):
        if path.stem not in REQUIRED:
            path.unlink()
    shop = load_shop(folder)
    assert len(shop.table("orders").keys) == 68
    assert shop.table("coupons").keys == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not JSON"),
        ('{"message": "no"}', '"items" is missing'),
        ('{"items": [], "total_count": 5}', "holds 0 of 5 rows"),
        ('{"items": [{"increment_id": "1"}]}', "row 1: not an object with a whole number"),
        ('{"items": ["x"]}', "row 1"),
        ('"text"', '"items" is missing'),
    ],
)
def test_malformed_file_is_named_with_the_reason(folder: Path, content: str, sentence: str) -> None:
    (folder / "orders.json").write_text(content)
    with pytest.raises(ShopDataError, match=r"orders\.json") as caught:
        load_shop(folder)
    assert sentence in str(caught.value)


def test_body_may_come_with_its_exchange_or_alone(folder: Path) -> None:
    rows = [{"entity_id": 5, "items": [], "updated_at": "2020-01-01 00:00:00"}]
    body = {"items": rows, "total_count": 1}
    for content in (body, {"request": {}, "status": 200, "headers": {}, "body": body}, rows):
        (folder / "orders.json").write_text(json.dumps(content))
        assert load_shop(folder).table("orders").keys == [5]


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--data", "/no/such/folder"), "There is no folder /no/such/folder."),
        (("--port", "1", "--host", "192.0.2.1"), "Port 1 on 192.0.2.1 can't be used"),
    ],
)
def test_command_ends_with_one_sentence(
    capsys: pytest.CaptureFixture[str], given: tuple[str, ...], sentence: str
) -> None:
    assert command.run(arguments(*given)) == 1
    error = capsys.readouterr().err
    assert error.startswith(sentence)
    assert error.count("\n") == 1


def test_command_refuses_state_of_another_shop(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path
) -> None:
    state = tmp_path / "state"
    load_shop(recorded_shop_dir(), state=state).close()
    (folder / "coupons.json").unlink()
    assert command.run(arguments("--data", str(folder), "--state", str(state))) == 1
    assert "belongs to other shop data" in capsys.readouterr().err
