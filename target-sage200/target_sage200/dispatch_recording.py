"""What is kept of what Sage says: documents recorded on their rows, requests in the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from outbox.rows import Attempt
from sage200_client.exceptions import FixSettings

from target_sage200.dispatch_report import ALL
from target_sage200.sage_documents import same_figures, sentence_of_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from outbox import Outbox, Row
    from sage200_client.client import Sage200Client
    from sage200_client.exceptions import Sage200Error
    from sage200_client.exchange import Exchange

    from target_sage200.dispatch_report import DispatchRules, Report
    from target_sage200.sage_documents import FoundDocument, Route

NO_PERMISSION = 403
ASK_A_PERSON_AGAIN = timedelta(minutes=15)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)


class Recording:
    """How one worker records what happens to documents of one kind."""

    def __init__(
        self,
        outbox: Outbox,
        client: Sage200Client,
        rules: DispatchRules,
        report: Report,
        kind: str,
        jitter: Callable[[], float],
    ) -> None:
        """Keep the parts.

        Args:
            outbox: The worker's own connection to the queue.
            client: Sage 200.
            rules: How to dispatch.
            report: Where everything is counted.
            kind: Kind of document.
            jitter: A random number from 0 to 1.
        """
        self.outbox = outbox
        self._client = client
        self._rules = rules
        self._report = report
        self._kind = kind
        self._jitter = jitter

    def could_not_send(self, row: Row, error: Sage200Error) -> None:
        """Nothing was sent: Sage could not be asked what must be known before."""
        self.outbox.later(row, "sage_unreachable", str(error), self.backoff(row))
        self.fail("later", error)

    def fail(self, outcome: str, error: Sage200Error) -> None:
        """Count a failure to ask; where no call at all can succeed everything stops."""
        self._stop_all_where(error)
        self._report.fail(self._kind, outcome, str(error), self._rules.max_failures)

    def _stop_all_where(self, error: Sage200Error) -> None:
        if isinstance(error, FixSettings):
            self._report.stop(self._kind if error.status == NO_PERMISSION else ALL, str(error))

    def record(self, route: Route, row: Row, document: FoundDocument) -> bool:
        """Record that Sage has the document; ``False`` where a person must say whose it is."""
        cause, error = to_look_at(route, row, document)
        if self.outbox.posted(
            row, document.as_document(), cause=cause, error=error, route=route.resource
        ):
            return True
        holder = self.outbox.holder(row, document.id, route.resource)
        if holder is not None:
            self.ask_a_person(
                row,
                "document_of_another",
                f"Sage 200 {route.noun} {document.document_no} bears the number"
                f" {row.key.source_key}, but belongs to {holder.source_key} of {holder.source}"
                " already.",
            )
            return False
        first = self.outbox.posted_as(row)
        self.outbox.needs_a_look(
            row,
            "found_more_than_once",
            f"Sage 200 has {route.noun} {row.key.source_key} more than once: {first},"
            f" {document.document_no}.",
        )
        self.outbox.log(
            row,
            Attempt(
                action="second_document",
                outcome="found_more_than_once",
                response=document.as_sent,
            ),
        )
        return True

    def ask_a_person(
        self, row: Row, cause: str, text: str, again: timedelta = ASK_A_PERSON_AGAIN
    ) -> None:
        """Leave a document in doubt until a person acts; Sage is asked again all the same."""
        self.outbox.in_doubt(row, cause, text, again)
        self._report.add(self._kind, "in_doubt")

    def log(self, row: Row, seen: Sequence[Exchange], outcome: object) -> None:
        """Put each request and its answer into the audit log."""
        for exchange in seen:
            self.outbox.log(
                row,
                Attempt(
                    action=exchange.method.lower(),
                    outcome=type(outcome).__name__,
                    request=exchange.request_body,
                    response=exchange.response_body if exchange.error is None else exchange.error,
                    status_code=exchange.status,
                    duration_ms=exchange.duration_ms,
                ),
            )

    def backoff(self, row: Row) -> timedelta:
        """How long a document waits after a technical failure: longer each time."""
        longest: timedelta = min(FIRST_RETRY * 2 ** min(row.attempts, 10), LONGEST_RETRY)
        return longest * (0.5 + self._jitter() / 2)


def to_look_at(
    route: Route, row: Row, document: FoundDocument
) -> tuple[str, str] | tuple[None, None]:
    """Cause and sentence where a document that Sage has needs a look all the same."""
    if not same_figures(row, document):
        error = sentence_of_difference(row, document, route.noun)
        if document.is_draft:
            error += " It was kept as a draft, which nobody can despatch or invoice."
        return "sage_totals_differ", error
    if document.held:
        return "held_in_sage", (
            f"Sage 200 put {route.noun} {document.document_no} on hold (credit limit of its"
            " account)."
        )
    if document.differs:
        return "stored_otherwise", document.differs
    return None, None
