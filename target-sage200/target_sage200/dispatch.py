"""Who sends what when: workers, look-ups before the first request, leases, limits.

Sage 200 knows no idempotency key, and a request can time out after the order was made. So Sage is
asked for a document's number before it is sent for the first time, the row says ``in_flight``
before anything leaves, whatever has no clear answer becomes ``in_doubt``, and a document in doubt
is looked up before it is ever sent again. What an answer means is in :mod:`.dispatch_answers`.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from outbox.rows import State
from sage200_client.exceptions import Sage200Error

from target_sage200.dispatch_answers import Answers
from target_sage200.dispatch_report import Report
from target_sage200.sage_documents import Permit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from outbox import Outbox, Row
    from sage200_client.client import Sage200Client
    from sage200_client.exchange import Exchange

    from target_sage200.dispatch_report import DispatchRules
    from target_sage200.sage_documents import Route

MENDED = ("held_in_sage", "sage_totals_differ", "found_more_than_once")
"""Causes of posted documents that a person mends in Sage, where it can be seen."""
CONNECTIONS_PER_SPARE = 4
"""A spare worker does the queue's book-keeping while all connections are sending."""
AHEAD_PER_CONNECTION = 2
"""Documents that are looked up already, for each connection, before more are."""

_log = logging.getLogger(__name__)


@dataclass
class Work:
    """One kind of document, its ways, and how far the look-ups are ahead of the sending.

    Attributes:
        kind: Kind of document.
        routes: The ways of this kind, by resource.
        default: The one that is taken where a row names none.
        basis: What decisions about the kind are made on now; others are stale.
        ahead: Documents looked up and not claimed yet, about.
        all_asked: Whether the last look-up found nothing left to ask for.
    """

    kind: str
    routes: Mapping[str, Route]
    default: str
    basis: str = ""
    ahead: int = 0
    all_asked: bool = False
    looking: threading.Lock = field(default_factory=threading.Lock)

    def route_of(self, row: Row) -> Route:
        """The way of one row."""
        return self.routes[row.route or self.default]

    @property
    def at_once(self) -> int:
        """How many rows are looked up together."""
        return min(route.at_once for route in self.routes.values())


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
            client: Sage 200; it lets no more than ``rules.connections`` requests out at one time.
            rules: How to dispatch.
            jitter: A random number from 0 to 1, so that runs don't retry in step.
        """
        self._open_outbox = open_outbox
        self._client = client
        self._rules = rules
        self._jitter = jitter
        self.report = Report()

    def run(self, kind: str, routes: Mapping[str, Route], route: str, basis: str = "") -> Report:
        """Post everything of one kind that is due; return what happened in all runs so far.

        Args:
            kind: Kind of document.
            routes: The ways of this kind, by resource.
            route: The one that is taken where a row names none.
            basis: Digest of the mappings and settings that decisions are made on now.

        Raises:
            Exception: The first failure of a worker that kept it from recording what it did, once
                all workers have ended; the log has those of the others.
        """
        work = Work(kind, routes, route, basis)
        if not self._may_go_on(kind):
            return self.report
        workers = self._rules.connections + max(1, self._rules.connections // CONNECTIONS_PER_SPARE)
        with ThreadPoolExecutor(max_workers=workers) as pool:
            ends = [pool.submit(self._work, work, number) for number in range(workers)]
            failures = [failure for end in ends if (failure := end.exception()) is not None]
        for failure in failures[1:]:
            _log.error("Another worker ended early, too: %s", _first_line(failure))
        if failures:
            raise failures[0]
        return self.report

    def look_again(self, kind: str, routes: Mapping[str, Route], route: str) -> None:
        """Look at posted documents that needed a person, and drop what is mended in Sage.

        Args:
            kind: Kind of document.
            routes: The ways of this kind, by resource.
            route: The one that is taken where a row names none.
        """
        work = Work(kind, routes, route)
        after = 0
        with self._open_outbox() as outbox:
            answers = self._answers(outbox, work)
            while rows := outbox.posted_with_cause(kind, self._rules.source, MENDED, after=after):
                after = rows[-1].id
                try:
                    for row in rows:
                        answers.look_again(work.route_of(row), row)
                except Sage200Error as error:
                    answers.fail("later", error)
                    return

    def _may_go_on(self, kind: str) -> bool:
        if not self._rules.may_post():
            self.report.pause("outside dispatch_window")
        return not self.report.over(kind)

    def _answers(self, outbox: Outbox, work: Work) -> Answers:
        return Answers(outbox, self._client, self._rules, self.report, work.kind, self._jitter)

    def _work(self, work: Work, number: int) -> None:
        owner = f"{self._rules.owner}:{number}"
        with self._open_outbox() as outbox:
            answers = self._answers(outbox, work)
            while self._may_go_on(work.kind) and self.report.begin(
                work.kind, self._rules.max_documents
            ):
                row = self._next(answers, work, owner)
                if row is None:
                    self.report.not_begun()
                    return
                if row.state is State.IN_DOUBT and not self._unknown_to_sage(
                    answers, work, row, owner
                ):
                    self.report.not_begun()
                    continue
                self._send(answers, work.route_of(row), row)

    def _next(self, answers: Answers, work: Work, owner: str) -> Row | None:
        """Claim a document; look up more of them first where few are left that may be claimed."""
        low = work.ahead < self._rules.connections * AHEAD_PER_CONNECTION
        if low and not work.all_asked and work.looking.acquire(blocking=False):
            try:
                self._look_ahead(answers, work)
            finally:
                work.looking.release()
        while not self.report.over(work.kind):
            if row := self._claim(answers.outbox, work, owner):
                return row
            with work.looking:
                # Another worker may have looked up some while this one waited.
                if row := self._claim(answers.outbox, work, owner):
                    return row
                if not self._look_ahead(answers, work):
                    return None
        return None

    def _claim(self, outbox: Outbox, work: Work, owner: str) -> Row | None:
        lease = self._rules.lease
        row = outbox.claim(work.kind, self._rules.source, owner, lease, asked_within=lease)
        if row is not None and row.state is State.IN_FLIGHT:
            work.ahead -= 1
        return row

    def _look_ahead(self, answers: Answers, work: Work) -> bool:
        """Ask Sage about the next documents, on every route of the kind; whether there were any.

        A queue restored from a backup, an order entered by hand under its web number, or one that
        went another route before a setting was changed, would else be posted again.
        """
        most = self.report.room(self._rules.max_documents, work.at_once)
        rows = answers.outbox.not_looked_up(work.kind, self._rules.source, self._rules.lease, most)
        work.all_asked = not rows
        if not rows:
            return False
        left = {row.id: row for row in rows}
        for route in work.routes.values():
            some = list(left.values())
            if not some:
                break
            try:
                found = answers.look_up(route, some)
            except Sage200Error as error:
                answers.not_looked_up(some, error)
                return True
            for row in some:
                if mine := answers.of(route, row, found):
                    answers.settle(route, row, mine)
                    del left[row.id]
        answers.outbox.looked_up(list(left.values()))
        work.ahead += len(left)
        return True

    def _unknown_to_sage(self, answers: Answers, work: Work, row: Row, owner: str) -> bool:
        """Ask Sage about a document in doubt; return whether it may be posted."""
        route = work.route_of(row)
        try:
            found = answers.ask(route, row)
        except Sage200Error as error:
            answers.still_in_doubt(row, error)
            return False
        if found:
            answers.settle(route, row, found)
            return False
        if row.accepted is not None:
            answers.accepted_and_gone(route, row)
            return False
        return answers.outbox.start_post(row, owner, self._rules.lease, work.basis)

    def _send(self, answers: Answers, route: Route, row: Row) -> None:
        seen: list[Exchange] = []
        permit = Permit(seen.append, lambda: answers.may_leave(row))
        try:
            outcome = route.send(self._client, row, permit)
            answers.take(route, row, outcome, seen)
        except Sage200Error as error:
            answers.could_not_send(row, error)
        except psycopg.OperationalError:
            # What became of it can't be recorded; when the lease has ended Sage is asked.
            raise
        except Exception as defect:  # noqa: BLE001  # recorded, counted and logged below
            # A defect, ours or of an answer's shape, must neither lose what Sage did nor end all.
            _log.exception("Document %s: what became of it is in doubt.", row.key.source_key)
            answers.defect(row, seen, defect)


def _first_line(failure: BaseException) -> str:
    """What a failure says; a driver may add the statement below, and with it personal data."""
    return f"{type(failure).__name__}: {next(iter(str(failure).strip().splitlines()), '')}"
