"""How wide the next range of keys is: after few rows, many rows, a slow statement, a lock."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import pytest
from tap_sage200.stride import AIM_SECONDS, HIGHEST_KEY, Stride

SLOW, FAST = AIM_SECONDS * 1.1, AIM_SECONDS / 10


def stride(keys: int) -> Stride:
    made = Stride(5000)
    made.keys = keys
    return made


def test_the_first_range_is_twenty_keys_a_row() -> None:
    assert Stride(5000).upto(7) == 100_007


@pytest.mark.parametrize(
    ("seconds", "keys"),
    [(FAST, 80_000), (AIM_SECONDS * 0.8, 20_000), (SLOW, 10_000)],
    ids=["few rows: wider", "as it should be: the same", "slow: narrower"],
)
def test_a_range_is_as_wide_as_its_time_allows(seconds, keys) -> None:
    one = stride(20_000)
    one.walked(seconds)
    assert one.keys == keys


def test_a_range_that_gave_a_whole_batch_is_not_widened() -> None:
    one = stride(10**6)
    one.filled(5000)
    assert one.keys == 20_000
    one.filled(6000)
    assert one.keys == 20_000


def test_a_lock_leaves_a_handful_of_keys_within_the_attempts() -> None:
    one, seen = stride(10**9), []
    for _ in range(5):
        one.given_up()
        seen.append(one.keys)
    assert seen == [2500, 625, 156, 39, 9]


def test_where_every_statement_is_slow_a_range_still_holds_a_batch() -> None:
    """A slow network or a busy server takes its time for one key as for a thousand."""
    one = stride(10**6)
    for _ in range(20):
        one.walked(SLOW)
    assert one.keys == 5000


def test_after_a_lock_a_range_grows_again_however_slow_statements_are() -> None:
    one, seen = stride(9), []
    for _ in range(6):
        one.walked(SLOW)
        seen.append(one.keys)
    assert seen == [36, 144, 576, 2304, 5000, 5000]


def test_a_range_never_vanishes_nor_leaves_the_numbers() -> None:
    one = stride(1)
    one.given_up()
    assert one.keys == 1
    one.keys = HIGHEST_KEY
    one.walked(FAST)
    assert one.upto(HIGHEST_KEY - 5) == HIGHEST_KEY
