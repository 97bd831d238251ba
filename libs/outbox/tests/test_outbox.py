"""The queue's promises: nothing lost, nothing twice, nothing sent on a stale decision."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from outbox import (
    Attempt,
    Chosen,
    Decision,
    Key,
    Outbox,
    PaymentTransaction,
    Row,
    SageDocument,
    SourceDocument,
    State,
)
from outbox.exact_json import FloatInMoneyPathError, digest, dumps, loads
from outbox.exceptions import OutboxUnreachableError

KIND, SOURCE = "sales_order", "magento"
LEASE = timedelta(minutes=5)
MONDAY = datetime(2026, 11, 23, tzinfo=timezone.utc)


def order(number: str, total: str = "5.94", updated_at: datetime = MONDAY) -> SourceDocument:
    body = {"increment_id": number, "grand_total": Decimal(total)}
    return SourceDocument(Key(KIND, SOURCE, number), int(number), body, updated_at)


def ready(total: str = "5.94") -> Decision:
    return Decision(
        State.READY,
        amount=Decimal(total),
        currency="GBP",
        document={"payment_value": Decimal(total)},
        detail={"gross": Decimal(total)},
    )


def decide_all(outbox: Outbox, decision: Decision | None = None, basis: str = "b1") -> list[Row]:
    rows = outbox.undecided(KIND, SOURCE)
    for row in rows:
        outbox.decide(row, decision or ready(), basis)
    return rows


def claim(outbox: Outbox, lease: timedelta = LEASE) -> Row | None:
    return outbox.claim(KIND, SOURCE, "test", lease)


def claimed(outbox: Outbox, number: str = "1", lease: timedelta = LEASE) -> Row:
    outbox.receive([order(number)])
    decide_all(outbox)
    row = claim(outbox, lease)
    assert row is not None
    return row


def state(outbox: Outbox, number: str = "1") -> State:
    return outbox.state_of(Key(KIND, SOURCE, number))


def test_same_document_again_is_a_no_op(outbox: Outbox) -> None:
    assert outbox.receive([order("1"), order("2")]) == 2
    decide_all(outbox)
    assert outbox.receive([order("1"), order("2")]) == 0
    assert outbox.undecided(KIND, SOURCE) == []


def test_older_copy_never_replaces_a_newer_one(outbox: Outbox) -> None:
    outbox.receive([order("1", "10.00", MONDAY)])
    assert outbox.receive([order("1", "9.00", MONDAY - timedelta(days=1))]) == 0
    assert outbox.undecided(KIND, SOURCE)[0].source_document["grand_total"] == Decimal("10.00")


def test_changed_document_is_decided_again_until_it_is_sent(outbox: Outbox) -> None:
    outbox.receive([order("1")])
    decide_all(outbox)
    outbox.receive([order("1", "6.00")])
    assert claim(outbox) is None, "a ready row with an undecided change must not be posted"
    assert [key.source_key for key in _keys(outbox)] == ["1"]
    decide_all(outbox, ready("6.00"))
    row = claim(outbox)
    assert row is not None
    assert row.document == {"payment_value": Decimal("6.00")}


def _keys(outbox: Outbox) -> list[Key]:
    return [row.key for row in outbox.undecided(KIND, SOURCE)]


def test_change_during_the_decision_is_not_lost(url: str, outbox: Outbox) -> None:
    outbox.receive([order("1")])
    row = outbox.undecided(KIND, SOURCE)[0]
    with Outbox(url) as other:
        other.receive([order("1", "7.00")])
    outbox.decide(row, ready(), "b1")
    assert claim(outbox) is None
    assert outbox.undecided(KIND, SOURCE)[0].source_document["grand_total"] == Decimal("7.00")


def test_change_after_posting_keeps_the_posting_and_is_marked(outbox: Outbox) -> None:
    row = claimed(outbox)
    outbox.posted(row, SageDocument(7, "0000000007", gross=Decimal("5.94")))
    outbox.receive([order("1", "8.00")])
    assert state(outbox) is State.POSTED
    assert outbox.undecided(KIND, SOURCE) == []
    assert _column(outbox, "amended_at") is not None


def _column(outbox: Outbox, name: str) -> Any:
    found = outbox._connection.execute("select * from sync.outbox").fetchone()
    assert found is not None
    return found[name]


def test_twenty_workers_get_each_document_once(url: str, outbox: Outbox) -> None:
    outbox.receive([order(str(number)) for number in range(1, 41)])
    decide_all(outbox)

    def take(_: int) -> list[str]:
        taken = []
        with Outbox(url) as mine:
            while (row := claim(mine)) is not None:
                taken.append(row.key.source_key)
        return taken

    with ThreadPoolExecutor(20) as pool:
        taken = [number for numbers in pool.map(take, range(20)) for number in numbers]
    assert sorted(map(int, taken)) == list(range(1, 41))


def test_dead_workers_document_is_in_doubt_only_after_its_lease(outbox: Outbox) -> None:
    row = claimed(outbox, lease=timedelta(milliseconds=200))
    assert claim(outbox) is None
    _sleep(outbox, 0.3)
    again = claim(outbox)
    assert again is not None
    assert (again.id, again.state, again.attempts) == (row.id, State.IN_DOUBT, 2)


def _sleep(outbox: Outbox, seconds: float) -> None:
    outbox._connection.execute("select pg_sleep(%s)", (seconds,))


def test_document_in_doubt_is_posted_only_by_who_asked(outbox: Outbox) -> None:
    claimed(outbox, lease=timedelta(0))
    _sleep(outbox, 0.01)
    mine = claim(outbox)
    assert mine is not None
    assert outbox.start_post(mine, "test", LEASE)
    assert state(outbox) is State.IN_FLIGHT
    assert not outbox.start_post(mine, "test", LEASE)


def test_document_in_doubt_taken_over_by_another_run_is_left_alone(outbox: Outbox) -> None:
    claimed(outbox, lease=timedelta(0))
    _sleep(outbox, 0.01)
    mine = outbox.claim(KIND, SOURCE, "mine", timedelta(0))
    _sleep(outbox, 0.01)
    other = outbox.claim(KIND, SOURCE, "other", LEASE)
    assert mine is not None
    assert other is not None
    assert not outbox.start_post(mine, "mine", LEASE)


def test_technical_failure_comes_back_later_and_keeps_its_document(outbox: Outbox) -> None:
    row = claimed(outbox)
    outbox.later(row, "sage_unreachable", "no answer", timedelta(hours=1))
    assert state(outbox) is State.READY
    assert claim(outbox) is None
    outbox._connection.execute("update sync.outbox set due_at = now()")
    again = claim(outbox)
    assert again is not None
    assert again.document == row.document


def test_refusal_is_not_sent_again_unchanged(outbox: Outbox) -> None:
    outbox.refused(claimed(outbox), "refused_by_sage", "Sage 200: no")
    outbox.reopen(KIND, SOURCE, "b2", [])
    decide_all(outbox, basis="b2")
    assert state(outbox) is State.REJECTED
    assert _column(outbox, "error") == "Sage 200: no"
    assert claim(outbox) is None


@pytest.mark.parametrize("how", ["other document", "released by a person"])
def test_refusal_is_sent_again_when_something_changed(outbox: Outbox, how: str) -> None:
    outbox.refused(claimed(outbox), "refused_by_sage", "Sage 200: no")
    if how == "released by a person":
        assert outbox.release(Chosen(("1",))) == 1
        decide_all(outbox)
    else:
        outbox.reopen(KIND, SOURCE, "b2", [])
        decide_all(outbox, ready("5.95"), "b2")
    assert claim(outbox) is not None


def test_second_sage_document_never_overwrites_the_first(outbox: Outbox) -> None:
    row = claimed(outbox)
    assert outbox.posted(row, SageDocument(7, "0000000007"))
    assert not outbox.posted(row, SageDocument(8, "0000000008"))
    assert _column(outbox, "sage_id") == 7


@pytest.mark.parametrize(
    ("waiting_for", "basis", "reopened"),
    [("awaiting_payment", "b1", 0), ("too_recent", "b1", 1), ("awaiting_payment", "b2", 1)],
)
def test_waiting_documents_are_looked_at_again_when_time_or_mappings_ask_for_it(
    outbox: Outbox, waiting_for: str, basis: str, reopened: int
) -> None:
    outbox.receive([order("1")])
    decide_all(outbox, Decision(State.WAITING, cause=waiting_for, error="x"))
    assert outbox.reopen(KIND, SOURCE, basis, ["too_recent"]) == reopened


def test_payment_reopens_the_order_it_belongs_to(outbox: Outbox) -> None:
    outbox.receive([order("1"), order("2")])
    decide_all(outbox, Decision(State.WAITING, cause="not_captured", error="x"))
    payment = PaymentTransaction(5, 2, "capture", "txn-5")
    assert outbox.receive_payments(SOURCE, [payment]) == 1
    assert outbox.receive_payments(SOURCE, [payment]) == 0
    assert [row.key.source_key for row in outbox.undecided(KIND, SOURCE)] == ["2"]
    assert outbox.payments_of(SOURCE, [1, 2])[2][0]["txn_type"] == "capture"


def test_person_may_ignore_what_was_not_sent_and_only_that(outbox: Outbox) -> None:
    claimed(outbox)
    assert outbox.ignore(Chosen(("1",)), "entered by hand", "Jo") == 0
    outbox.receive([order("2")])
    assert outbox.ignore(Chosen(("2",)), "entered by hand", "Jo") == 1
    assert state(outbox, "2") is State.IGNORED
    outbox.receive([order("2", "9.99")])
    assert state(outbox, "2") is State.IGNORED


def test_audit_log_keeps_request_and_answer(outbox: Outbox) -> None:
    row = claimed(outbox)
    outbox.log(row, Attempt("post", "Done", {"total": Decimal("5.94")}, {"id": 7}, 200, 12))
    found = outbox._connection.execute("select * from sync.outbox_attempt").fetchone()
    assert found is not None
    assert (found["request"], found["response"]) == ({"total": Decimal("5.94")}, {"id": 7})


def test_summary_counts_and_sums_by_state(outbox: Outbox) -> None:
    outbox.receive([order("1"), order("2"), order("3")])
    decide_all(outbox)
    assert [
        (line["state"], line["documents"], line["amount"]) for line in outbox.summary(KIND, SOURCE)
    ] == [("ready", 3, Decimal("17.82"))]


def test_batch_is_stored_whole_or_not_at_all(outbox: Outbox) -> None:
    broken = SourceDocument(Key(KIND, SOURCE, "2"), 2, {"grand_total": 5.94}, MONDAY)
    with pytest.raises(FloatInMoneyPathError, match=r"\$\.grand_total is a float"):
        outbox.receive([order("1"), broken])
    assert outbox.undecided(KIND, SOURCE) == []


@pytest.mark.parametrize("text", ["5.9400", "1.7763568394003E-15", "0.0040000000000004", "29"])
def test_numbers_survive_to_the_last_digit(outbox: Outbox, text: str) -> None:
    outbox.receive([order("1", text)])
    stored = outbox.undecided(KIND, SOURCE)[0].source_document["grand_total"]
    assert Decimal(stored) == Decimal(text)
    assert loads(dumps({"n": Decimal(text)})) == {"n": Decimal(text)}


def test_text_that_the_database_cannot_hold_does_not_stop_the_batch(outbox: Outbox) -> None:
    body = {"note": "a\0b", "path": r"c:\u0000"}
    outbox.receive([SourceDocument(Key(KIND, SOURCE, "1"), 1, body)])
    stored = outbox.undecided(KIND, SOURCE)[0].source_document
    assert stored == {"note": "a\N{REPLACEMENT CHARACTER}b", "path": r"c:\u0000"}


def test_digest_ignores_key_order_and_trailing_zeros_only() -> None:
    left = {"a": Decimal(30), "b": [Decimal("5.940"), "5.94"]}
    assert digest(left) == digest({"b": [Decimal("5.94"), "5.94"], "a": 30})
    assert digest(left) != digest({"a": Decimal("30.01"), "b": [Decimal("5.94"), "5.94"]})


def test_schema_can_be_made_by_many_at_once(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema sync cascade")

    def make(_: int) -> None:
        with Outbox(url) as mine:
            mine.ensure_schema()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(8)))
    with Outbox(url) as outbox:
        assert outbox.receive([order("1")]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3cret@[::1:5432/none",
        "postgresql://me:s3%cret@127.0.0.1/none",
        "postgresql://me:word@s3cret@127.0.0.1/none",
        "host=127.0.0.1 passwort=s3cret",
    ],
)
def test_url_that_is_none_is_told_without_quoting_it(url: str) -> None:
    with pytest.raises(OutboxUnreachableError, match="Percent-encode") as caught:
        Outbox(url)
    assert "s3" not in str(caught.value)


def test_unreachable_database_is_one_sentence_without_the_password() -> None:
    with pytest.raises(OutboxUnreachableError, match="Check outbox_url") as caught:
        Outbox("postgresql://me:s3cret@127.0.0.1:1/none")
    assert "s3cret" not in str(caught.value)


def test_documents_of_one_group_are_never_under_way_together(outbox: Outbox) -> None:
    receipt = SourceDocument(Key("receipt", SOURCE, "1"), 1, {"value": 1}, MONDAY, group="1")
    outbox.receive([order("1"), receipt])
    decide_all(outbox)
    outbox.decide(outbox.undecided("receipt", SOURCE)[0], ready(), "b1")
    first = claim(outbox)
    assert first is not None
    assert outbox.claim("receipt", SOURCE, "test", LEASE) is None
    outbox.posted(first, SageDocument(7, "0000000007"))
    assert outbox.claim("receipt", SOURCE, "test", LEASE) is not None


def test_two_runs_claiming_one_group_at_once_get_one_document(url: str, outbox: Outbox) -> None:
    documents = [
        SourceDocument(Key(KIND, SOURCE, f"{group}-{part}"), 1, {"n": part}, MONDAY, str(group))
        for group in range(12)
        for part in range(3)
    ]
    outbox.receive(documents)
    decide_all(outbox)

    def take(_: int) -> list[str]:
        taken = []
        with Outbox(url) as mine:
            while (row := claim(mine)) is not None:
                taken.append(row.group_key)
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [group for groups in pool.map(take, range(8)) for group in groups]
    assert sorted(taken) == sorted(map(str, range(12)))


def test_document_given_back_was_not_tried(outbox: Outbox) -> None:
    row = claimed(outbox)
    outbox.give_back(row)
    again = claim(outbox)
    assert again is not None
    assert (again.state, again.attempts) == (State.IN_FLIGHT, 1)


def test_only_who_holds_the_lease_says_what_became_of_a_document(outbox: Outbox) -> None:
    claimed(outbox, lease=timedelta(0))
    _sleep(outbox, 0.01)
    slept = outbox.claim(KIND, SOURCE, "slept", timedelta(0))
    _sleep(outbox, 0.01)
    other = outbox.claim(KIND, SOURCE, "other", LEASE)
    assert slept is not None
    assert other is not None
    outbox.later(slept, "sage_unreachable", "too late", timedelta(0))
    assert state(outbox) is State.IN_DOUBT
    outbox.refused(other, "refused_by_sage", "no")
    assert state(outbox) is State.REJECTED


def test_route_is_kept_and_corrected_where_sage_has_it_elsewhere(outbox: Outbox) -> None:
    outbox.receive([order("1")])
    row = outbox.undecided(KIND, SOURCE)[0]
    outbox.decide(row, Decision(State.READY, document={"a": 1}, route="sop_orders"), "b1")
    mine = claim(outbox)
    assert mine is not None
    assert mine.route == "sop_orders"
    outbox.posted(mine, SageDocument(7, "7"), route="sales_invoices")
    assert _column(outbox, "route") == "sales_invoices"


def test_lease_begins_anew_before_the_request_and_only_for_who_holds_it(outbox: Outbox) -> None:
    row = claimed(outbox, lease=timedelta(milliseconds=300))
    assert outbox.hold(row, LEASE)
    _sleep(outbox, 0.4)
    assert claim(outbox) is None, "the lease was begun anew"


def test_document_whose_lease_has_ended_may_not_be_sent(outbox: Outbox) -> None:
    row = claimed(outbox, lease=timedelta(0))
    _sleep(outbox, 0.01)
    assert not outbox.hold(row, LEASE)
    other = outbox.claim(KIND, SOURCE, "other", LEASE)
    assert other is not None
    assert not outbox.hold(row, LEASE)


def test_second_start_locks_nothing_while_another_run_stores(outbox: Outbox, url: str) -> None:
    with psycopg.connect(url) as other:
        other.execute("lock table sync.outbox, sync.payment_transaction in row exclusive mode")
        with Outbox(url) as second:
            second._connection.execute("set lock_timeout = '2s'")
            second.ensure_schema()
            assert second.summary(KIND, SOURCE) == outbox.summary(KIND, SOURCE)
