"""One number, one row, one document in Sage: what happens where two claim the same."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from outbox import Chosen, Decision, Key, Outbox, Row, SageDocument, SourceDocument, State

KIND, SOURCE = "sales_order", "magento"
LEASE = timedelta(minutes=5)
MONDAY = datetime(2026, 11, 23, tzinfo=timezone.utc)


def order(entity_id: int, total: str, number: str = "000000001") -> SourceDocument:
    body = {"increment_id": number, "entity_id": entity_id, "grand_total": Decimal(total)}
    return SourceDocument(Key(KIND, SOURCE, number), entity_id, body, MONDAY, exclusive=True)


def document(kind: str, group: str, source: str = SOURCE, key: str | None = None) -> SourceDocument:
    return SourceDocument(Key(kind, source, key or group), 1, {"a": 1}, MONDAY, group)


def decide_all(outbox: Outbox, kind: str = KIND, source: str = SOURCE) -> None:
    for row in outbox.undecided(kind, source):
        outbox.decide(row, Decision(State.READY, document={"n": 1}, route="sop_orders"), "b1")


def claimed(outbox: Outbox, kind: str = KIND, source: str = SOURCE) -> Row:
    row = outbox.claim(kind, source, "me", LEASE)
    assert row is not None
    return row


def test_second_order_with_a_number_is_a_row_of_its_own(outbox: Outbox) -> None:
    outbox.receive([order(11, "5.00")])
    decide_all(outbox)
    outbox.posted(claimed(outbox), SageDocument(7, "7"))
    for total in ("88.00", "89.00"):
        assert outbox.receive([order(12, total), order(11, "5.00")]) == 1
    rows = outbox.group(KIND, SOURCE, "000000001")
    assert [(row.source_id, row.state) for row in rows] == [(11, State.POSTED)]
    other = outbox.undecided(KIND, SOURCE)
    assert [(row.key.source_key, row.source_id) for row in other] == [("000000001#entity 12", 12)]
    assert other[0].source_document["grand_total"] == Decimal("89.00")


def test_two_orders_with_one_number_in_one_batch_are_both_kept(outbox: Outbox) -> None:
    assert outbox.receive([order(11, "5.00"), order(12, "6.00")]) == 2
    assert [row.source_id for row in outbox.undecided(KIND, SOURCE)] == [11, 12]


def test_two_rows_never_take_one_document_of_sage(outbox: Outbox) -> None:
    for source in (SOURCE, "second"):
        outbox.receive([document(KIND, "1", source)])
        decide_all(outbox, source=source)
    first, second = claimed(outbox), claimed(outbox, source="second")
    assert outbox.posted(first, SageDocument(7, "7"), route="sop_orders")
    assert not outbox.posted(second, SageDocument(7, "7"), route="sop_orders")
    assert outbox.holder(second, 7, "sop_orders") == first.key
    assert outbox.posted(second, SageDocument(8, "8"), route="sop_orders")


def test_changes_of_a_document_share_its_id_with_it(outbox: Outbox) -> None:
    for kind in (KIND, "cancellation"):
        outbox.receive([document(kind, "1")])
        decide_all(outbox, kind)
        assert outbox.posted(claimed(outbox, kind), SageDocument(7, "7"), route="sop_orders")


def test_queue_with_two_rows_of_one_document_still_starts(outbox: Outbox, url: str) -> None:
    outbox._connection.execute("drop index sync.outbox_one_row_a_sage_document")
    for source in (SOURCE, "second"):
        outbox.receive([document(KIND, "1", source)])
    outbox._connection.execute("update sync.outbox set route = 'sop_orders', sage_id = 7")
    outbox._connection.execute("comment on table sync.outbox is 'schema of before'")
    with Outbox(url) as other:
        other.ensure_schema()


def test_doubt_about_a_document_waits_while_another_of_its_group_is_under_way(
    outbox: Outbox,
) -> None:
    for kind in ("receipt", "cancellation"):
        outbox.receive([document(kind, "1")])
        decide_all(outbox, kind)
    claimed(outbox, "cancellation")
    row = outbox.due("receipt", SOURCE)[0]
    outbox.in_doubt(row, "found_but_differs", "other figures", timedelta(minutes=15))
    assert outbox.state_of(row.key) is State.READY
    assert outbox.due("receipt", SOURCE) == []


@pytest.mark.parametrize(
    ("cause", "may"),
    [
        ("found_but_differs", True),
        ("found_more_than_once", True),
        ("accepted_not_found", True),
        ("document_of_another", True),
        ("fate_unknown", False),
    ],
)
def test_person_may_end_a_doubt_that_only_a_person_can_end(
    outbox: Outbox, cause: str, may: bool
) -> None:
    outbox.receive([document(KIND, "1")])
    decide_all(outbox)
    row = claimed(outbox)
    chosen = Chosen(("1",))
    assert outbox.ignore(chosen, "entered by hand", "Jo") == 0, "a request may be on its way"
    outbox.in_doubt(row, cause, "look", timedelta(hours=1), {"id": 7})
    assert outbox.release(chosen, "look again", "Jo") == int(may)
    if may:
        again = claimed(outbox)
        assert (again.state, again.accepted) == (State.IN_DOUBT, None)
        outbox.in_doubt(again, cause, "look", timedelta(hours=1))
    assert outbox.ignore(chosen, "entered by hand", "Jo") == int(may)
    assert outbox.state_of(row.key) is (State.IGNORED if may else State.IN_DOUBT)


def test_cause_of_a_posted_document_is_closed_by_a_person_and_kept(outbox: Outbox) -> None:
    outbox.receive([document(KIND, "1")])
    decide_all(outbox)
    outbox.posted(claimed(outbox), SageDocument(7, "7"))
    assert outbox.ignore(Chosen(("1",)), "seen to", "Jo") == 0, "there is nothing to see to"
    row = outbox.group(KIND, SOURCE, "1")[0]
    outbox.needs_a_look(row, "part_cancelled_after_posting", "1.00 was cancelled")
    assert outbox.ignore(Chosen(("1",)), "seen to", "Jo") == 1
    row = outbox.group(KIND, SOURCE, "1")[0]
    assert (row.state, row.cause) == (State.POSTED, None)
    closed = row.detail["acknowledged"]
    assert closed.pop("at").endswith("Z")
    assert closed == {
        "cause": "part_cancelled_after_posting",
        "error": "1.00 was cancelled",
        "by": "Jo",
        "why": "seen to",
    }
