"""Warehouses and web accounts of the settings: names as SQL Server compares them, and prefixes."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import pytest
from tap_sage200.chosen import chosen_accounts, chosen_warehouses
from tap_sage200.exceptions import SettingsError
from tap_sage200.web_accounts import Marker, WebAccounts, like

IDS = {"Leeds": 1, "YORK ": 2, "Straße": 3}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], [1, 2, 3]),
        (["LEEDS", "york"], [1, 2]),
        (["Leeds", "leeds"], [1]),
        (["STRASSE"], [3]),
    ],
)
def test_a_warehouse_is_found_in_any_case(wanted, found) -> None:
    assert chosen_warehouses(wanted, IDS) == found


@pytest.mark.parametrize(("wanted", "found"), [(["york", "Leeds"], [1, 2]), (["leeds "], [1])])
def test_an_account_is_found_in_any_case(wanted, found) -> None:
    assert chosen_accounts(wanted, IDS) == found


def test_what_is_unknown_is_named_as_it_was_written() -> None:
    with pytest.raises(SettingsError, match="no warehouse named 'Leds'"):
        chosen_warehouses(["leeds", "Leds"], IDS)
    with pytest.raises(SettingsError, match="no customer account 'Yrok'"):
        chosen_accounts(["Yrok"], IDS)


@pytest.mark.parametrize(
    ("wanted", "numbers", "prefixes"),
    [
        (["WEBGBP"], ("WEBGBP",), ()),
        (["W*"], (), ("W",)),
        (["W*", "WEB*", "webgbp", "TRADE"], ("TRADE",), ("W",)),
        (["A", "A", " A "], ("A",), ()),
        (["W*", "W*"], (), ("W",)),
    ],
)
def test_no_account_is_meant_twice(wanted, numbers, prefixes) -> None:
    assert WebAccounts.of(wanted) == WebAccounts(numbers, prefixes)


@pytest.mark.parametrize("wanted", [["*"], ["WEBGBP", " * "]])
def test_every_account_there_is_can_t_be_meant(wanted) -> None:
    with pytest.raises(SettingsError, match="stands for every customer"):
        WebAccounts.of(wanted)


def test_one_entry_may_be_a_marker_of_web_orders() -> None:
    read = WebAccounts.of(["WEBGBP", " Analysis_Code_2 = Web shop* "])
    assert read == WebAccounts(("WEBGBP",), (), Marker("analysis_code_2", "Web shop*"))
    assert (read.marker.begins, read.marker.text) == (True, "Web shop")


@pytest.mark.parametrize(
    "wanted",
    ["analysis_code_21=WEB", "analysis_code_1=", "analysis_code_1=*", "=WEB", "source=WEB"],
)
def test_what_marks_no_order_is_a_sentence(wanted) -> None:
    with pytest.raises(SettingsError, match="marks no web order"):
        WebAccounts.of([wanted])


def test_two_markers_would_count_an_order_twice() -> None:
    with pytest.raises(SettingsError, match="are two markers"):
        WebAccounts.of(["analysis_code_1=WEB", "customer_document_no=1*"])


def test_an_account_is_had_by_number_or_prefix_as_sql_server_compares() -> None:
    read = WebAccounts.of(["webgbp", "W0*"])
    had = [each for each in ("WEBGBP ", "w01", "WEB", "TRADE") if read.has(each)]
    assert had == ["WEBGBP ", "w01"]


def test_a_prefix_means_its_characters_only() -> None:
    assert like("W_50%[x~") == "W~_50~%~[x~~%"
