"""Outbox rows to Sage 200: claim, ask, post, prove, record.

Sage 200 knows no idempotency key, and a request can time out after the order was made. So the
row says ``in_flight`` before anything is sent, whatever has no clear answer becomes ``in_doubt``,
and a document in doubt is looked up in Sage by its number before it is ever sent again.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from outbox.rows import Attempt, State
from sage200_client.exceptions import FixSettings, Sage200Error
from sage200_client.outcomes import Done, NotAllowed, Refused, TryLater, Unknown

from target_sage200.dispatch_report import Report
from target_sage200.refusals import cause_of
from target_sage200.sage_documents import (
    DraftRoute,
    NotPossible,
    same_figures,
    sentence_of_difference,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from outbox import Outbox, Row
    from sage200_client.client import Sage200Client
    from sage200_client.exchange import Exchange
    from sage200_client.outcomes import Outcome

    from target_sage200.dispatch_report import DispatchRules
    from target_sage200.sage_documents import FoundDocument, Route

LOOK_UP_AT_ONCE = 20
DUE_AT_ONCE = 500
NO_SUCH_PATH = 404
ASK_A_PERSON_AGAIN = timedelta(minutes=15)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
MENDED = ("held_in_sage", "sage_totals_differ")
"""Causes of posted documents that a person mends in Sage, where it can be seen."""
CONNECTIONS_PER_SPARE = 4
"""A spare worker does the queue's book-keeping while all connections are sending."""


class Dispatcher:
    """Posts what is due in the outbox, each document once."""

    def __init__(
        self,
        open_outbox: Callable[[], Outbox],
        client: Sage200Client,
        rules: DispatchRules,
        jitter: Callable[[], float],
    ) -> None:
        """Keep the parts.

        Args:
            open_outbox: Opens a connection to the outbox; each worker has its own.
            client: Sage 200.
            rules: How to dispatch.
            jitter: A random number from 0 to 1, so that runs don't retry in step.
        """
        self._open_outbox = open_outbox
        self._client = client
        self._rules = rules
        self._jitter = jitter
        self._connections = threading.BoundedSemaphore(rules.connections)
        self.report = Report()

    def run(self, kind: str, routes: Mapping[str, Route], route: str) -> Report:
        """Post everything of one kind that is due; return what happened in all runs so far.

        Args:
            kind: Kind of document.
            routes: The ways of this kind, by resource.
            route: The one that is taken where a row names none.
        """
        work = _Work(kind, routes, route)
        if not self._may_go_on():
            return self.report
        with self._open_outbox() as outbox:
            self._adopt_known(outbox, work)
        if not self.report.over:
            workers = self._rules.connections + max(
                1, self._rules.connections // CONNECTIONS_PER_SPARE
            )
            with ThreadPoolExecutor(max_workers=workers) as pool:
                for worker in [pool.submit(self._work, work, n) for n in range(workers)]:
                    worker.result()
        return self.report

    def look_again(self, kind: str, routes: Mapping[str, Route], route: str) -> None:
        """Look at posted documents that needed a person, and drop what is mended in Sage.

        Args:
            kind: Kind of document.
            routes: The ways of this kind, by resource.
            route: The one that is taken where a row names none.
        """
        work = _Work(kind, routes, route)
        after = 0
        with self._open_outbox() as outbox:
            while rows := outbox.posted_with_cause(kind, self._rules.source, MENDED, after=after):
                after = rows[-1].id
                for row in rows:
                    way = work.route_of(row)
                    try:
                        found = way.mine(row, way.find(self._client, [row]))
                    except Sage200Error as error:
                        self._fail("later", error)
                        return
                    for document in found:
                        if document.id == row.sage_id and not document.is_draft:
                            self._record(outbox, way, row, document)

    def _may_go_on(self) -> bool:
        if not self._rules.may_post():
            self.report.pause("outside dispatch_window")
        return not self.report.over

    def _adopt_known(self, outbox: Outbox, work: _Work) -> None:
        """Find what Sage already has before the first POST, on every route of the kind.

        A queue restored from a backup, an order entered by hand under its web number, or one
        that went another route before a setting was changed, would else be posted again.
        """
        after = 0
        while rows := outbox.due(work.kind, self._rules.source, DUE_AT_ONCE, after):
            after = rows[-1].id
            for start in range(0, len(rows), LOOK_UP_AT_ONCE):
                some = rows[start : start + LOOK_UP_AT_ONCE]
                for route in work.routes.values():
                    try:
                        found = route.find(self._client, some)
                    except Sage200Error as error:
                        self.report.stop(str(error))
                        return
                    for row in some:
                        mine = route.mine(row, found)
                        if mine:
                            self._settle(outbox, route, row, mine)

    def _work(self, work: _Work, number: int) -> None:
        owner = f"{self._rules.owner}:{number}"
        with self._open_outbox() as outbox:
            while self._may_go_on() and self.report.begin(self._rules.max_documents):
                row = outbox.claim(work.kind, self._rules.source, owner, self._rules.lease)
                if row is None:
                    self.report.not_begun()
                    return
                route = work.route_of(row)
                if row.state is State.IN_DOUBT and not self._unknown_to_sage(
                    outbox, route, row, owner
                ):
                    self.report.not_begun()
                    continue
                self._send(outbox, route, row)

    def _unknown_to_sage(self, outbox: Outbox, route: Route, row: Row, owner: str) -> bool:
        """Ask Sage about a document in doubt; return whether it may be posted."""
        try:
            found = route.mine(row, route.find(self._client, [row]))
        except Sage200Error as error:
            outbox.in_doubt(row, "fate_unknown", str(error), self._backoff(row))
            self._fail("in_doubt", error)
            return False
        outbox.log(
            row,
            Attempt(
                action="look_up",
                outcome=f"{len(found)} found",
                request={"resource": route.resource, "number": row.key.source_key},
                response=[document.as_sent for document in found],
            ),
        )
        if found:
            self._settle(outbox, route, row, found)
            return False
        return outbox.start_post(row, owner, self._rules.lease)

    def _settle(
        self, outbox: Outbox, route: Route, row: Row, found: Sequence[FoundDocument]
    ) -> None:
        """Take over what Sage has under this number, or hand it to a person."""
        if len(found) > 1:
            numbers = ", ".join(document.document_no for document in found)
            outbox.in_doubt(
                row,
                "found_more_than_once",
                f"Sage 200 has {route.noun} {row.key.source_key} more than once: {numbers}.",
                ASK_A_PERSON_AGAIN,
            )
            self.report.add("in_doubt")
            return
        document = found[0]
        if not same_figures(row, document):
            outbox.in_doubt(
                row,
                "found_but_differs",
                sentence_of_difference(row, document, route.noun),
                ASK_A_PERSON_AGAIN,
            )
            self.report.add("in_doubt")
        elif document.is_draft and isinstance(route, DraftRoute):
            self._make_live(outbox, route, row, document, "adopted")
        else:
            self._record(outbox, route, row, document)
            self.report.add("adopted")

    def _send(self, outbox: Outbox, route: Route, row: Row) -> None:
        seen: list[Exchange] = []
        with self._connections:
            if self.report.over:
                outbox.give_back(row)
                return
            if not outbox.hold(row, self._rules.lease):
                # This process slept so long that another run may have taken the document over.
                self.report.add("later")
                return
            try:
                outcome = route.send(self._client, row, seen.append)
            except Sage200Error as error:
                outbox.later(row, "sage_unreachable", str(error), self._backoff(row))
                self._fail("later", error)
                return
        if isinstance(outcome, Done):
            self._prove(outbox, route, row, outcome, seen)
            return
        with outbox.transaction():
            _log(outbox, row, seen, outcome)
            self._not_done(outbox, route, row, outcome)

    def _not_done(
        self, outbox: Outbox, route: Route, row: Row, outcome: Outcome | NotPossible
    ) -> None:
        if isinstance(outcome, NotPossible):
            outbox.refused(row, outcome.cause, outcome.text)
            self.report.add("refused")
        elif isinstance(outcome, Refused) and outcome.status == NO_SUCH_PATH:
            text = f"Sage 200 knows no {route.resource} at api_url: {outcome.text}. Check api_url."
            outbox.later(row, "sage_unreachable", text, timedelta(0))
            self.report.stop(text)
        elif isinstance(outcome, Refused):
            cause, text = cause_of(outcome.text), f"Sage 200: {outcome.text}"
            if cause == "document_locked":
                outbox.later(row, cause, text, ASK_A_PERSON_AGAIN)
            else:
                outbox.refused(row, cause, text)
            self.report.add("refused")
        elif isinstance(outcome, Unknown):
            outbox.in_doubt(row, "fate_unknown", outcome.text, self._rules.lease)
            self.report.fail("in_doubt", outcome.text, self._rules.max_failures)
        elif isinstance(outcome, TryLater):
            outbox.later(row, "sage_unreachable", outcome.text, self._wait(row, outcome))
            self.report.fail("later", outcome.text, self._rules.max_failures)
        elif isinstance(outcome, NotAllowed):
            outbox.later(row, "sage_unreachable", outcome.text, timedelta(0))
            self.report.stop(outcome.text)

    def _prove(
        self, outbox: Outbox, route: Route, row: Row, done: Done, seen: Sequence[Exchange]
    ) -> None:
        """Compare Sage's own totals with Magento's; read them where the answer lacks them."""
        document, reason = self._read(route, row, done)
        if document is None:
            text = f"Sage 200 accepted {route.noun} {row.key.source_key}, but {reason}."
            with outbox.transaction():
                _log(outbox, row, seen, done)
                outbox.in_doubt(row, "fate_unknown", text, timedelta(0))
            self.report.fail("in_doubt", text, self._rules.max_failures)
        elif not (document.is_draft and isinstance(route, DraftRoute)):
            with outbox.transaction():
                _log(outbox, row, seen, done)
                self._record(outbox, route, row, document)
            self.report.add("posted")
        else:
            _log(outbox, row, seen, done)
            if same_figures(row, document):
                self._make_live(outbox, route, row, document, "posted")
            elif self._rules.on_total_difference == "delete":
                self._discard(outbox, route, row, document)
            else:
                self._record(outbox, route, row, document)
                self.report.add("posted")

    def _read(self, route: Route, row: Row, done: Done) -> tuple[FoundDocument | None, str]:
        """What Sage made, from its answer or else from Sage; or why that can't be told."""
        try:
            document = route.read(row, done)
            if document is None:
                found = route.mine(row, route.find(self._client, [row]))
                document = found[0] if len(found) == 1 else None
        except (Sage200Error, KeyError, TypeError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"
        return document, "it can't be told which document it made"

    def _make_live(
        self, outbox: Outbox, route: DraftRoute, row: Row, draft: FoundDocument, outcome_name: str
    ) -> None:
        """Turn a proved draft into a live document; until then its fate is open."""
        seen: list[Exchange] = []
        try:
            outcome = route.finish(self._client, row, draft, seen.append)
        except Sage200Error as error:
            outbox.in_doubt(row, "fate_unknown", str(error), self._backoff(row))
            self._fail("in_doubt", error)
            return
        live = None
        if isinstance(outcome, Done):
            live, _ = self._read(route, row, outcome)
        with outbox.transaction():
            _log(outbox, row, seen, outcome)
            if live is not None and not live.is_draft:
                self._record(outbox, route, row, live)
            elif isinstance(outcome, Refused):
                text = f"Sage 200: {outcome.text} Order {draft.document_no} is still a draft there."
                outbox.in_doubt(row, cause_of(outcome.text), text, ASK_A_PERSON_AGAIN)
            else:
                text = getattr(outcome, "text", "") or "Sage 200 did not say what became of it."
                outbox.in_doubt(row, "fate_unknown", text, self._rules.lease)
        if live is not None and not live.is_draft:
            self.report.add(outcome_name)
        else:
            self.report.fail("in_doubt", "a draft was not made live", self._rules.max_failures)

    def _discard(self, outbox: Outbox, route: DraftRoute, row: Row, draft: FoundDocument) -> None:
        """Delete a draft whose totals are wrong; the order is refused and nothing is in Sage."""
        seen: list[Exchange] = []
        outcome = route.discard(self._client, draft, seen.append)
        difference = sentence_of_difference(row, draft, route.noun)
        with outbox.transaction():
            _log(outbox, row, seen, outcome)
            if isinstance(outcome, Done):
                text = f"{difference} The draft was deleted; nothing is in Sage 200."
                outbox.refused(row, "sage_totals_differ", text)
                self.report.add("refused")
            else:
                outbox.in_doubt(row, "found_but_differs", difference, ASK_A_PERSON_AGAIN)
                self.report.add("in_doubt")

    def _record(self, outbox: Outbox, route: Route, row: Row, document: FoundDocument) -> None:
        cause = error = None
        if not same_figures(row, document):
            cause = "sage_totals_differ"
            error = sentence_of_difference(row, document, route.noun)
            if document.is_draft:
                error += " It was kept as a draft, which nobody can despatch or invoice."
        elif document.held:
            cause = "held_in_sage"
            error = (
                f"Sage 200 put {route.noun} {document.document_no} on hold (credit limit of its"
                " account)."
            )
        if not outbox.posted(
            row, document.as_document(), cause=cause, error=error, route=route.resource
        ):
            outbox.log(
                row,
                Attempt(
                    action="second_document",
                    outcome="found_more_than_once",
                    response=document.as_sent,
                ),
            )

    def _fail(self, outcome: str, error: Sage200Error) -> None:
        if isinstance(error, FixSettings):
            self.report.stop(str(error))
        self.report.fail(outcome, str(error), self._rules.max_failures)

    def _wait(self, row: Row, outcome: TryLater) -> timedelta:
        asked = timedelta(seconds=float(outcome.retry_after_seconds or 0))
        return max(asked, self._backoff(row))

    def _backoff(self, row: Row) -> timedelta:
        longest: timedelta = min(FIRST_RETRY * 2 ** min(row.attempts, 10), LONGEST_RETRY)
        return longest * (0.5 + self._jitter() / 2)


class _Work:
    """One kind of document and its ways."""

    def __init__(self, kind: str, routes: Mapping[str, Route], default: str) -> None:
        self.kind = kind
        self.routes = routes
        self._default = default

    def route_of(self, row: Row) -> Route:
        return self.routes[row.route or self._default]


def _log(
    outbox: Outbox, row: Row, seen: Sequence[Exchange], outcome: Outcome | NotPossible
) -> None:
    for exchange in seen:
        outbox.log(
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
