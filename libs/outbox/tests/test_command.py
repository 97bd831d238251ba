"""The commands of the queue: what they show, what they change, and what they leave alone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from outbox import Attempt, Decision, Key, Outbox, SageDocument, SourceDocument, State
from outbox.chosen import read_age
from outbox.command import main

KIND, SOURCE = "sales_order", "magento"
STATES = {"1": "rejected", "2": "waiting", "3": "posted", "4": "in_flight", "5": "ignored"}


@pytest.fixture
def queue(outbox: Outbox) -> Outbox:
    """Five orders, one in each state that matters to a person."""
    numbers = sorted(STATES)
    outbox.receive(
        [
            SourceDocument(
                Key(KIND, SOURCE, number),
                int(number),
                {"grand_total": Decimal("5.9400"), "name": "Ann"},
                datetime(2026, 11, 23, tzinfo=timezone.utc),
            )
            for number in numbers
        ]
    )
    ready = Decision(
        State.READY, amount=Decimal("5.94"), document={"n": 1}, trimmed=("city cut to 60",)
    )
    for row in outbox.undecided(KIND, SOURCE):
        waiting = Decision(State.WAITING, cause="awaiting_payment", error="not paid")
        outbox.decide(row, waiting if row.key.source_key == "2" else ready, "b1")
    taken = {}
    for _ in range(4):
        row = outbox.claim(KIND, SOURCE, "test", timedelta(minutes=5))
        assert row is not None
        taken[row.key.source_key] = row
    outbox.log(taken["1"], Attempt("post", "Refused", {"n": 1}, "no", 400, 12))
    outbox.refused(taken["1"], "refused_by_sage", "Sage 200: no")
    outbox.posted(taken["3"], SageDocument(7, "0000000007"))
    outbox.give_back(taken["5"])
    main(["--url", _url(outbox), "ignore", "5", "--reason", "by hand", "--who", "Jo"])
    return outbox


def _url(outbox: Outbox) -> str:
    return outbox._connection.info.dsn


def _states(outbox: Outbox) -> dict[str, str]:
    return {number: outbox.state_of(Key(KIND, SOURCE, number)).value for number in STATES}


def test_fixture_has_the_states_it_says(queue: Outbox) -> None:
    assert _states(queue) == STATES


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ([], ["1", "2", "3", "4", "5"]),
        (["rejected"], ["1"]),
        (["--state", "posted"], ["3"]),
        (["--cause", "awaiting_payment"], ["2"]),
        (["--older-than", "1h"], []),
        (["--newer-than", "1h", "rejected"], ["1"]),
        (["--kind", "receipt"], []),
        (["--limit", "2"], ["1", "2"]),
    ],
    ids=lambda value: " ".join(value) or "all",
)
def test_list_filters(
    queue: Outbox, capsys: pytest.CaptureFixture[str], arguments: list[str], numbers: list[str]
) -> None:
    capsys.readouterr()
    assert main(["--url", _url(queue), "list", *arguments]) == 0
    shown = [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()]
    assert shown == numbers


def test_show_tells_both_sides_what_was_cut_and_each_attempt(
    queue: Outbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--url", _url(queue), "show", "1"]) == 0
    shown = capsys.readouterr().out
    for expected in (
        "refused_by_sage",
        "Sage 200: no",
        "city cut to 60",
        '{"n":1}',
        '"grand_total":5.9400',
        "post Refused 400 12 ms",
    ):
        assert expected in shown


@pytest.mark.parametrize(
    ("command", "number", "code", "state"),
    [
        ("retry", "1", 0, "rejected"),
        ("retry", "2", 1, "waiting"),
        ("retry", "3", 1, "posted"),
        ("replay", "1", 0, "waiting"),
        ("replay", "2", 0, "waiting"),
        ("replay", "3", 0, "posted"),
        ("replay", "4", 1, "in_flight"),
        ("replay", "5", 0, "waiting"),
        ("ignore", "1", 0, "ignored"),
        ("ignore", "3", 1, "posted"),
        ("ignore", "4", 1, "in_flight"),
    ],
)
def test_what_is_sent_or_under_way_is_left_alone(
    queue: Outbox, command: str, number: str, code: int, state: str
) -> None:
    arguments = ["--url", _url(queue), command, number, "--reason", "it is mended", "--who", "Jo"]
    assert main(arguments) == code
    assert _states(queue)[number] == state
    undecided = [row.key.source_key for row in queue.undecided(KIND, SOURCE)]
    assert (number in undecided) == (code == 0 and command != "ignore" and state != "posted")


def test_decision_of_a_person_is_in_the_audit_log_with_name_and_reason(queue: Outbox) -> None:
    main(["--url", _url(queue), "retry", "--cause", "refused_by_sage", "--who", "Jo"])
    found: Any = queue._connection.execute(
        "select action, request, outcome from sync.outbox_attempt order by id desc limit 1"
    ).fetchone()
    assert found == {
        "action": "retry",
        "request": {"reason": "", "who": "Jo"},
        "outcome": "by_person",
    }


@pytest.mark.parametrize("command", ["retry", "replay", "show"])
def test_nothing_chosen_changes_nothing(
    queue: Outbox, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main(["--url", _url(queue), command]) == 1
    assert "Say which documents" in capsys.readouterr().err
    assert _states(queue) == STATES


def test_ignore_needs_a_reason(queue: Outbox) -> None:
    with pytest.raises(SystemExit):
        main(["--url", _url(queue), "ignore", "1"])


@pytest.mark.parametrize("text", ["", "7", "7x", "-1d"])
def test_age_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an age"):
        read_age(text)


def test_number_of_several_kinds_is_not_acted_upon_without_saying_which(
    queue: Outbox, capsys: pytest.CaptureFixture[str]
) -> None:
    queue.receive([SourceDocument(Key("receipt", SOURCE, "1"), 1, {"a": 1}, None, "1")])
    arguments = ["--url", _url(queue), "ignore", "1", "--reason", "by hand", "--who", "Jo"]
    assert main(arguments) == 1
    assert "(receipt, sales_order): say which one with --kind" in capsys.readouterr().err
    assert _states(queue) == STATES
    assert main([*arguments, "--kind", "sales_order"]) == 0
    assert queue.state_of(Key("receipt", SOURCE, "1")) is State.WAITING


@pytest.mark.parametrize("command", [["show", "1"], ["list", "--number", "1"]])
def test_number_finds_what_belongs_to_it(
    queue: Outbox, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    child = SourceDocument(Key("address_change", SOURCE, "1#1"), 1, {"a": 1}, None, "1")
    queue.receive([child])
    capsys.readouterr()
    assert main(["--url", _url(queue), *command]) == 0
    shown = capsys.readouterr().out
    assert "1#1" in shown
    assert "sales_order" in shown
