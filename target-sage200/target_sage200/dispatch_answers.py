"""What becomes of what Sage says: found, done, refused, nothing; proved and recorded on the row."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sage200_client.exceptions import Sage200Error
from sage200_client.outcomes import Done, NotAllowed, Refused, TryLater, Unknown, Withheld

from target_sage200.dispatch_look_ups import LookUps
from target_sage200.dispatch_recording import ASK_A_PERSON_AGAIN, NO_PERMISSION
from target_sage200.dispatch_report import ALL
from target_sage200.refusals import cause_of
from target_sage200.sage_documents import (
    DraftRoute,
    FoundDocument,
    NotPossible,
    Permit,
    same_account,
    same_figures,
    sentence_of_difference,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outbox import Row
    from sage200_client.exchange import Exchange
    from sage200_client.outcomes import Outcome

    from target_sage200.sage_documents import Route

NO_SUCH_PATH = 404


class Answers(LookUps):
    """What one worker makes of Sage's answers about documents of one kind."""

    def settle(self, route: Route, row: Row, found: Sequence[FoundDocument]) -> None:
        """Take over what Sage has under this number, or hand it to a person."""
        document = found[0]
        if len(found) > 1:
            numbers = ", ".join(one.document_no for one in found)
            self.ask_a_person(
                row,
                "found_more_than_once",
                f"Sage 200 has {route.noun} {row.key.source_key} more than once: {numbers}.",
            )
        elif not (same_account(row, document) and same_figures(row, document)):
            text = sentence_of_difference(row, document, route.noun)
            self.ask_a_person(row, "found_but_differs", text)
        elif not (document.is_draft and isinstance(route, DraftRoute)):
            if self.record(route, row, document):
                self._report.add(self._kind, "adopted")
        elif row.lease_owner is None:
            # Only who holds the row may change its draft: it is claimed like one in doubt.
            text = f"Sage 200 has {route.noun} {row.key.source_key} as a draft."
            self.outbox.in_doubt(row, "fate_unknown", text, timedelta(0))
        else:
            self._make_live(route, row, document, "adopted")

    def look_again(self, route: Route, row: Row) -> None:
        """Drop the cause of a posted document that a person mended in Sage.

        Raises:
            Sage200Error: Sage can't be asked.
        """
        found = self.of(route, row, self.look_up(route, [row]))
        if row.cause == "found_more_than_once" and len(found) != 1:
            return
        for document in found:
            if document.id == row.sage_id and not document.is_draft:
                self.record(route, row, document)

    def may_leave(self, row: Row) -> bool:
        """Whether a request about a row may leave now; its lease begins anew then."""
        return not self._report.over(self._kind) and self.outbox.hold(row, self._rules.lease)

    def take(
        self, route: Route, row: Row, outcome: Outcome | NotPossible, seen: Sequence[Exchange]
    ) -> None:
        """Record what became of a document that was sent."""
        if isinstance(outcome, Done):
            self._prove(route, row, outcome, seen)
            return
        with self.outbox.transaction():
            self.log(row, seen, outcome)
            self._not_done(route, row, outcome)

    def defect(self, row: Row, seen: Sequence[Exchange], defect: Exception) -> None:
        """Something unforeseen: what was sent is in doubt and kept, what was not is for later."""
        text = f"Document {row.key.source_key}: {type(defect).__name__}: {defect}. Report this."
        sent = [one for one in seen if one.method != "GET"]
        with self.outbox.transaction():
            self.log(row, seen, defect)
            if sent:
                took = sent[-1].status is not None and sent[-1].status // 100 == 2  # noqa: PLR2004
                accepted = _answered(sent[-1].response_body) if took else None
                self.outbox.in_doubt(row, "fate_unknown", text, self._rules.lease, accepted)
            else:
                self.outbox.later(row, "mapping_failed", text, self.backoff(row))
        outcome = "in_doubt" if sent else "later"
        self._report.fail(self._kind, outcome, text, self._rules.max_failures)

    def _not_done(self, route: Route, row: Row, outcome: Outcome | NotPossible) -> None:
        outbox, report, kind = self.outbox, self._report, self._kind
        if isinstance(outcome, NotPossible):
            outbox.refused(row, outcome.cause, outcome.text)
            report.add(kind, "refused")
        elif isinstance(outcome, Withheld) and report.over(kind):
            outbox.give_back(row)
            report.not_begun()
        elif isinstance(outcome, Withheld):
            # It took so long to get here that another run may have the document by now.
            text = f"Document {row.key.source_key} was not sent: its lease had ended."
            outbox.later(row, "sage_unreachable", text, self.backoff(row))
            report.fail(kind, "later", text, self._rules.max_failures)
        elif isinstance(outcome, Refused) and outcome.status == NO_SUCH_PATH:
            text = f"Sage 200 knows no {route.resource} at api_url: {outcome.text}. Check api_url."
            outbox.later(row, "sage_unreachable", text, timedelta(0))
            report.stop(kind, text)
        elif isinstance(outcome, Refused):
            cause, text = cause_of(outcome.text), f"Sage 200: {outcome.text}"
            if cause == "document_locked":
                outbox.later(row, cause, text, ASK_A_PERSON_AGAIN)
            else:
                outbox.refused(row, cause, text)
            report.add(kind, "refused")
        elif isinstance(outcome, Unknown):
            outbox.in_doubt(row, "fate_unknown", outcome.text, self._rules.lease)
            report.fail(kind, "in_doubt", outcome.text, self._rules.max_failures)
        elif isinstance(outcome, TryLater):
            outbox.later(row, "sage_unreachable", outcome.text, self._wait(row, outcome))
            report.fail(kind, "later", outcome.text, self._rules.max_failures)
        elif isinstance(outcome, NotAllowed):
            outbox.later(row, "sage_unreachable", outcome.text, timedelta(0))
            report.stop(kind if outcome.status == NO_PERMISSION else ALL, outcome.text)

    def _prove(self, route: Route, row: Row, done: Done, seen: Sequence[Exchange]) -> None:
        """Compare Sage's own totals with Magento's; read them where the answer lacks them."""
        document, reason = self.read(route, row, done)
        if isinstance(document, NotPossible):
            with self.outbox.transaction():
                self.log(row, seen, done)
                self._not_done(route, row, document)
        elif document is None:
            text = f"Sage 200 accepted {route.noun} {row.key.source_key}, but {reason}."
            with self.outbox.transaction():
                self.log(row, seen, done)
                self.outbox.in_doubt(
                    row, "fate_unknown", text, self.backoff(row), _answered(done.body)
                )
            self._report.fail(self._kind, "in_doubt", text, self._rules.max_failures)
        elif not (document.is_draft and isinstance(route, DraftRoute)):
            with self.outbox.transaction():
                self.log(row, seen, done)
                recorded = self.record(route, row, document)
            if recorded:
                self._report.add(self._kind, "posted")
        else:
            self.log(row, seen, done)
            if same_figures(row, document):
                self._make_live(route, row, document, "posted")
            elif self._rules.on_total_difference == "delete":
                self._discard(route, row, document)
            elif self.record(route, row, document):
                self._report.add(self._kind, "posted")

    def _make_live(
        self, route: DraftRoute, row: Row, draft: FoundDocument, outcome_name: str
    ) -> None:
        """Turn a proved draft into a live document; until then its fate is open."""
        seen: list[Exchange] = []
        try:
            outcome = route.finish(self._client, row, draft, self._permit(row, seen))
        except Sage200Error as error:
            self.outbox.in_doubt(row, "fate_unknown", str(error), self.backoff(row))
            self.fail("in_doubt", error)
            return
        live = self.read(route, row, outcome)[0] if isinstance(outcome, Done) else None
        is_live = isinstance(live, FoundDocument) and not live.is_draft
        with self.outbox.transaction():
            self.log(row, seen, outcome)
            if isinstance(live, FoundDocument) and is_live:
                self.record(route, row, live)
            elif isinstance(outcome, Refused):
                text = f"Sage 200: {outcome.text} Order {draft.document_no} is still a draft there."
                self.outbox.in_doubt(row, cause_of(outcome.text), text, ASK_A_PERSON_AGAIN)
            else:
                text = getattr(outcome, "text", "") or "Sage 200 did not say what became of it."
                delay = timedelta(0) if isinstance(outcome, Withheld) else self._rules.lease
                self.outbox.in_doubt(row, "fate_unknown", text, delay)
        if is_live:
            self._report.add(self._kind, outcome_name)
        elif not isinstance(outcome, Withheld):
            reason = "a draft was not made live"
            self._report.fail(self._kind, "in_doubt", reason, self._rules.max_failures)

    def _discard(self, route: DraftRoute, row: Row, draft: FoundDocument) -> None:
        """Delete a draft whose totals are wrong; the order is refused and nothing is in Sage."""
        seen: list[Exchange] = []
        outcome = route.discard(self._client, draft, self._permit(row, seen))
        difference = sentence_of_difference(row, draft, route.noun)
        with self.outbox.transaction():
            self.log(row, seen, outcome)
            if isinstance(outcome, Done):
                text = f"{difference} The draft was deleted; nothing is in Sage 200."
                self.outbox.refused(row, "sage_totals_differ", text)
                self._report.add(self._kind, "refused")
            else:
                self.ask_a_person(row, "found_but_differs", difference)

    def _permit(self, row: Row, seen: list[Exchange]) -> Permit:
        return Permit(seen.append, lambda: self.outbox.hold(row, self._rules.lease))

    def _wait(self, row: Row, outcome: TryLater) -> timedelta:
        asked = timedelta(seconds=float(outcome.retry_after_seconds or 0))
        return max(asked, self.backoff(row))


def _answered(body: Any) -> Mapping[str, Any]:
    """What Sage's answer says about the document it took, to find it by."""
    if not isinstance(body, dict):
        return {}
    return {name: body[name] for name in ("id", "document_no", "urn", "reference") if name in body}
