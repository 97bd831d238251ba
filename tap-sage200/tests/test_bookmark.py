"""Windows of row versions: what is read next, after a finish, an interruption, a restore."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import pytest
from tap_sage200.bookmark import BEFORE_ALL_KEYS, HIGHEST, LOWEST, Bookmark, Window
from tap_sage200.exceptions import SettingsError


def version(number: int) -> bytes:
    return number.to_bytes(8, "big")


def finished(number: int) -> dict[str, object]:
    return {"replication_key": "op_lock", "replication_key_value": version(number).hex()}


def interrupted(after: int, below: int, key: int) -> dict[str, object]:
    return {
        "window": {"after": version(after).hex(), "below": version(below).hex(), "after_key": key}
    }


@pytest.mark.parametrize(
    ("state", "window"),
    [
        pytest.param({}, Window(LOWEST, version(500)), id="nothing read yet: from the lowest"),
        pytest.param(finished(99), Window(version(99), version(500)), id="goes on above the last"),
        pytest.param(finished(499), Window(version(499), version(500)), id="nothing new"),
        pytest.param(
            finished(10) | interrupted(10, 400, 7),
            Window(version(10), version(400), 7),
            id="an interrupted window goes on after its key, to its own end",
        ),
        pytest.param(
            interrupted(0, 400, 7), Window(LOWEST, version(400), 7), id="so does the first one"
        ),
        pytest.param(finished(500), Window(LOWEST, version(500)), id="restored: read anew"),
        pytest.param(
            finished(600) | interrupted(600, 700, 7),
            Window(LOWEST, version(500)),
            id="restored in the middle of a window: read anew",
        ),
        pytest.param(
            {"replication_key": "updated_at", "replication_key_value": "2020"},
            Window(LOWEST, version(500)),
            id="another key's bookmark doesn't count",
        ),
    ],
)
def test_window_to_read(state, window) -> None:
    assert Bookmark("s", state).open(version(500)) == window


def test_from_a_secondary_what_the_run_before_read_is_read_again() -> None:
    state: dict[str, object] = {}
    bookmark = Bookmark("s", state, overlapping=True)
    afters = []
    for bound in (100, 200, 300, 300, 400):
        window = bookmark.open(version(bound))
        afters.append(int.from_bytes(window.after, "big"))
        bookmark.close(window)
    assert afters == [0, 99, 99, 199, 299]
    primary = Bookmark("s", state)
    window = primary.open(version(500))
    assert window.after == version(399)
    primary.close(window)
    assert state == finished(499)


def test_a_restored_secondary_is_read_anew() -> None:
    state = finished(600) | {"before": version(400).hex()}
    assert Bookmark("s", state, overlapping=True).open(version(500)).after == LOWEST


@pytest.mark.parametrize(
    ("state", "bound", "stands"),
    [({}, 100, False), (finished(99), 100, True), (finished(98), 100, False)],
)
def test_a_bound_that_did_not_move_is_known(state, bound, stands) -> None:
    assert Bookmark("s", state).stands_at(version(bound)) is stands


def test_a_read_window_leaves_its_end_and_no_window() -> None:
    state: dict[str, object] = {}
    bookmark = Bookmark("s", state)
    window = bookmark.open(version(500))
    bookmark.reached(window, 3)
    assert state == interrupted(0, 500, 3)
    bookmark.close(window)
    assert state == finished(499)


@pytest.mark.parametrize(("last", "backwards"), [(499, False), (500, True), (900, True)])
def test_a_restore_is_noticed(last, backwards) -> None:
    assert Bookmark("s", finished(last)).went_backwards(version(500)) is backwards


def test_a_full_table_read_has_no_bound_and_keeps_no_state() -> None:
    state = finished(99)
    bookmark = Bookmark("s", state, incremental=False)
    window = bookmark.open(version(500))
    bookmark.reached(window, 3)
    bookmark.close(window)
    assert (window.after, window.below, window.after_key) == (LOWEST, HIGHEST, BEFORE_ALL_KEYS)
    assert state == finished(99)


def test_a_whole_reading_moves_the_bookmark_to_its_bound_once_it_is_whole() -> None:
    state = finished(99)
    bookmark = Bookmark("s", state)
    window = bookmark.open(version(500), whole=True)
    bookmark.reached(window, 3)
    assert (window.after, window.below) == (LOWEST, HIGHEST)
    assert state == finished(99)
    bookmark.close(window)
    assert state == finished(499)


@pytest.mark.parametrize("value", ["2024-01-01", "00ff", "", "zz" * 8])
def test_a_state_that_is_no_row_version_is_a_sentence(value) -> None:
    state = {"replication_key": "op_lock", "replication_key_value": value}
    with pytest.raises(SettingsError, match=r"State of stream s: .* not a row version"):
        Bookmark("s", state).open(version(5))
