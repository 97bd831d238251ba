"""Every recorded exchange is replayed, or listed in exchanges.csv with the reason why not."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from sandbox.magento import Shop

STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
REPORT = re.compile(r"webapi-[0-9a-f]{13}")
UNPREDICTABLE = frozenset({"protect_code"})


def first_difference(
    recorded: Any, answered: Any, tolerance: timedelta, path: str = ""
) -> str | None:
    """Return where two bodies differ first, None where they are the same."""
    if isinstance(recorded, dict) and isinstance(answered, dict):
        return in_objects(recorded, answered, tolerance, path)
    if isinstance(recorded, list) and isinstance(answered, list):
        return in_lists(recorded, answered, tolerance, path)
    if isinstance(recorded, str) and isinstance(answered, str):
        recorded, answered = (REPORT.sub("webapi-", text) for text in (recorded, answered))
        if close_in_time(recorded, answered, tolerance):
            return None
    same_type = isinstance(recorded, bool) is isinstance(answered, bool)
    if recorded == answered and same_type:
        return None
    return f"{path}: {recorded!r} was recorded, {answered!r} answered"


def in_objects(
    recorded: dict[str, Any], answered: dict[str, Any], tolerance: timedelta, path: str
) -> str | None:
    for key in [*recorded, *(k for k in answered if k not in recorded)]:
        if key in UNPREDICTABLE:
            continue
        if key not in recorded or key not in answered:
            where = "recorded" if key in recorded else "answered"
            return f"{path}/{key} is only in what was {where}"
        found = first_difference(recorded[key], answered[key], tolerance, f"{path}/{key}")
        if found is not None:
            return found
    return None


def in_lists(
    recorded: list[Any], answered: list[Any], tolerance: timedelta, path: str
) -> str | None:
    if len(recorded) != len(answered):
        return f"{path} has {len(recorded)} entries recorded, {len(answered)} answered"
    pairs = enumerate(zip(recorded, answered, strict=True))
    found = (first_difference(a, b, tolerance, f"{path}/{n}") for n, (a, b) in pairs)
    return next((f for f in found if f is not None), None)


def close_in_time(recorded: str, answered: str, tolerance: timedelta) -> bool:
    """Whether two texts are timestamps that are close enough."""
    if not (STAMP.fullmatch(recorded) and STAMP.fullmatch(answered)):
        return False
    apart = datetime.fromisoformat(recorded) - datetime.fromisoformat(answered)
    return abs(apart) <= tolerance


def check(
    exchange: Any,
    answer: requests.Response,
    parse: Callable[[bytes], Any],
    tolerance: timedelta = timedelta(0),
) -> None:
    assert answer.status_code == exchange.status, f"{exchange.name}: {answer.text[:300]}"
    kind = exchange.headers["Content-Type"].lower().replace(" ", "")
    assert answer.headers["Content-Type"].lower().replace(" ", "") == kind, exchange.name
    if exchange.body is not None:  # other than JSON was not recorded
        difference = first_difference(exchange.body, parse(answer.content), tolerance)
        assert difference is None, f"{exchange.name}: {difference}"


def test_exchange(
    single: str,
    table: list[Any],
    find_row: Callable[[str, list[Any]], Any],
    recorded: Callable[[str], Any],
    stage_kept: Callable[[str], None],
    replay: Callable[[Any], requests.Response],
    parse: Callable[[bytes], Any],
) -> None:
    exchange = recorded(single)
    stage_kept(find_row(single, table).where)
    check(exchange, replay(exchange), parse)


def test_scenario(
    scenario: str,
    table: list[Any],
    recorded: Callable[[str], Any],
    stage_state: Callable[[str], Shop],
    replay: Callable[[Any], requests.Response],
    parse: Callable[[bytes], Any],
) -> None:
    shop = stage_state(scenario)
    steps = [r.pattern for r in table if r.how == "scenario" and r.where == scenario]
    for name in steps:
        exchange = recorded(name)
        moment = exchange.date
        shop.set_clock(lambda moment=moment: moment)
        # The Date header is that of the answer, up to two seconds after the write itself.
        check(exchange, replay(exchange), parse, timedelta(seconds=2))
    assert steps


def test_every_exchange_is_replayed_or_listed_with_a_reason(
    names: list[str],
    table: list[Any],
    find_row: Callable[[str, list[Any]], Any],
) -> None:
    unlisted = [name for name in names if find_row(name, table) is None]
    assert unlisted == []
    used = Counter(find_row(name, table).pattern for name in names)
    assert [row.pattern for row in table if not used[row.pattern]] == []
    for row in table:
        assert row.how in {"single", "scenario", "left_out"}
        assert bool(row.why) is (row.how == "left_out"), row.pattern
        assert bool(row.where) is (row.how != "left_out"), row.pattern
    replayed = sum(used[row.pattern] for row in table if row.how != "left_out")
    assert Decimal(replayed) / len(names) > Decimal("0.9")
