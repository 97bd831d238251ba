"""Nothing is sent on a decision that is known to be stale, whatever way a row comes back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from outbox import Decision, Key, Outbox, PaymentTransaction, Row, SourceDocument, State

if TYPE_CHECKING:
    from collections.abc import Callable

KIND, SOURCE = "sales_order", "magento"
LEASE = timedelta(minutes=5)
MONDAY = datetime(2026, 11, 23, tzinfo=timezone.utc)
NEXT = {
    "later": lambda outbox, row: outbox.later(row, "sage_unreachable", "no", timedelta(0)),
    "given back": lambda outbox, row: outbox.give_back(row),
}


def order(total: str, number: str = "1", **body: Any) -> SourceDocument:
    whole = {"increment_id": number, "grand_total": Decimal(total), **body}
    return SourceDocument(Key(KIND, SOURCE, number), int(number), whole, MONDAY)


def ready(total: str) -> Decision:
    return Decision(State.READY, amount=Decimal(total), document={"value": Decimal(total)})


def decided(outbox: Outbox, total: str = "5.94", basis: str = "b1") -> None:
    outbox.receive([order(total)])
    for row in outbox.undecided(KIND, SOURCE):
        outbox.decide(row, ready(total), basis)


def claim(outbox: Outbox, owner: str = "me", **more: Any) -> Row | None:
    return outbox.claim(KIND, SOURCE, owner, LEASE, **more)


def taken(outbox: Outbox) -> Row:
    row = claim(outbox)
    assert row is not None
    return row


def in_doubt(outbox: Outbox, **more: Any) -> Row:
    decided(outbox)
    outbox.in_doubt(taken(outbox), "fate_unknown", "no answer", timedelta(0), **more)
    return taken(outbox)


@pytest.mark.parametrize("how", NEXT)
def test_copy_that_came_while_a_document_was_under_way_is_decided_before_it_is_sent(
    outbox: Outbox, how: str
) -> None:
    decided(outbox)
    row = taken(outbox)
    outbox.receive([order("9.00")])
    act: Callable[[Outbox, Row], None] = NEXT[how]
    act(outbox, row)
    assert claim(outbox) is None
    decided(outbox, "9.00")
    assert taken(outbox).document == {"value": Decimal("9.00")}


@pytest.mark.parametrize("how", NEXT)
def test_document_that_did_not_change_is_sent_again_as_it_is(outbox: Outbox, how: str) -> None:
    decided(outbox)
    act: Callable[[Outbox, Row], None] = NEXT[how]
    act(outbox, taken(outbox))
    assert taken(outbox).document == {"value": Decimal("5.94")}


def test_doubtful_document_whose_order_changed_meanwhile_is_not_sent(outbox: Outbox) -> None:
    row = in_doubt(outbox)
    outbox.receive([order("9.00", state="canceled")])
    assert not outbox.start_post(row, "me", LEASE, "b1")
    assert outbox.state_of(row.key) is State.READY
    assert claim(outbox) is None
    assert [one.id for one in outbox.undecided(KIND, SOURCE)] == [row.id]


def test_doubtful_document_of_other_mappings_is_not_sent(outbox: Outbox) -> None:
    row = in_doubt(outbox)
    assert not outbox.start_post(row, "me", LEASE, "b2")
    assert [one.id for one in outbox.undecided(KIND, SOURCE)] == [row.id]


def test_doubtful_document_that_is_fresh_is_sent(outbox: Outbox) -> None:
    assert outbox.start_post(in_doubt(outbox), "me", LEASE, "b1")


def test_document_that_sage_took_is_not_sent_again_unless_a_person_says_so(
    outbox: Outbox,
) -> None:
    row = in_doubt(outbox, accepted={"id": 7})
    assert row.accepted == {"id": 7}
    assert not outbox.start_post(row, "me", LEASE, "b1")
    assert outbox.state_of(row.key) is State.IN_DOUBT


def test_payment_that_comes_during_the_decision_is_not_lost(url: str, outbox: Outbox) -> None:
    outbox.receive([order("5.94")])
    rows = outbox.undecided(KIND, SOURCE)
    assert outbox.payments_of(SOURCE, [1]) == {}
    with Outbox(url) as other:
        other.receive_payments(SOURCE, [PaymentTransaction(1, 1, "capture", "txn")])
    outbox.decide(rows[0], Decision(State.WAITING, cause="not_captured", error="no"), "b1")
    assert [row.id for row in outbox.undecided(KIND, SOURCE)] == [rows[0].id]


@pytest.mark.parametrize(
    "value",
    ["a\0b", "half \ud83d", Decimal("NaN"), Decimal("1e999999")],
    ids=["NUL", "half a pair", "no number", "beyond any column"],
)
def test_order_with_what_the_database_cannot_hold_is_stored_decided_and_sent(
    outbox: Outbox, value: object
) -> None:
    for _ in range(2):
        outbox.receive([order("5.94", note=value, **{"k\0": 1})])
        for row in outbox.undecided(KIND, SOURCE):
            outbox.decide(row, ready("5.94"), "b1")
    assert outbox.undecided(KIND, SOURCE) == []
    assert claim(outbox) is not None


def test_only_what_sage_was_asked_for_lately_is_handed_out(outbox: Outbox) -> None:
    decided(outbox)
    assert claim(outbox, asked_within=LEASE) is None
    rows = outbox.not_looked_up(KIND, SOURCE, LEASE, 20)
    outbox.looked_up(rows)
    assert outbox.not_looked_up(KIND, SOURCE, LEASE, 20) == []
    assert claim(outbox, asked_within=LEASE) is not None


def test_answer_of_a_look_up_ends_with_the_document_it_was_about(outbox: Outbox) -> None:
    decided(outbox)
    rows = outbox.not_looked_up(KIND, SOURCE, LEASE, 20)
    decided(outbox, "9.00")
    outbox.looked_up(rows)
    assert claim(outbox, asked_within=LEASE) is None, "the account may be another one now"
    outbox.looked_up(outbox.not_looked_up(KIND, SOURCE, LEASE, 20))
    decided(outbox, "9.50")
    assert claim(outbox, asked_within=LEASE) is None


def test_decision_about_an_older_copy_does_not_undo_a_newer_one(outbox: Outbox) -> None:
    """Two runs at once: one decides before a payment came in, and writes after the other did."""
    outbox.receive([order("5.94")])
    (early,) = outbox.undecided(KIND, SOURCE)
    outbox.receive_payments(SOURCE, [PaymentTransaction(1, 1, "capture")])
    (late,) = outbox.undecided(KIND, SOURCE)
    outbox.decide(late, ready("5.94"), "b1")
    state = outbox.decide(early, Decision(State.WAITING, cause="not_captured"), "b1")
    assert state is State.READY
    assert outbox.undecided(KIND, SOURCE) == []
    assert claim(outbox) is not None
