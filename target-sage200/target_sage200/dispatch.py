"""Outbox rows to Sage 200: claim, ask, post, prove, record.

Sage 200 knows no idempotency key, and a request can time out after the order was made. So the
row says ``in_flight`` before anything is sent, whatever has no clear answer becomes ``in_doubt``,
and a document in doubt is looked up in Sage by its order number before it is ever sent again.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from outbox.rows import Attempt, State
from sage200_client.exceptions import FixSettings, Sage200Error
from sage200_client.odata import one_of
from sage200_client.outcomes import Done, NotAllowed, Refused, TryLater, Unknown

from target_sage200.sage_orders import (
    LOOK_UP_FIELDS,
    FoundOrder,
    found_order,
    same_figures,
    sentence_of_difference,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from outbox import Outbox, Row
    from sage200_client.client import Sage200Client
    from sage200_client.exchange import Exchange

RESOURCE = "sop_orders"
LOOK_UP_AT_ONCE = 20
NO_SUCH_PATH = 404
ASK_A_PERSON_AGAIN = timedelta(minutes=15)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True)
class DispatchRules:
    """How to dispatch.

    Attributes:
        kind: Kind of document.
        source: Name of the Magento installation.
        owner: Name of this run, on the leases it takes.
        workers: Documents posted at one time.
        lease: Longer than any request can live in Sage.
        max_failures: Technical failures in a row that stop the run.
    """

    kind: str
    source: str
    owner: str
    workers: int
    lease: timedelta
    max_failures: int


@dataclass
class Report:
    """What a run did; counts of documents."""

    posted: int = 0
    adopted: int = 0
    refused: int = 0
    later: int = 0
    in_doubt: int = 0
    stopped: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _failures: int = 0

    def add(self, outcome: str) -> None:
        """Count one document; anything that got through ends a row of failures."""
        with self._lock:
            setattr(self, outcome, getattr(self, outcome) + 1)
            self._failures = 0

    def fail(self, outcome: str, reason: str, most: int) -> None:
        """Count a technical failure; the run stops after too many in a row."""
        with self._lock:
            setattr(self, outcome, getattr(self, outcome) + 1)
            self._failures += 1
            if self._failures >= most and self.stopped is None:
                self.stopped = (
                    f"{self._failures} calls to Sage 200 failed in a row, the last one: {reason}"
                )

    def stop(self, reason: str) -> None:
        """Stop: no other document is begun."""
        with self._lock:
            self.stopped = self.stopped or reason


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
        self.report = Report()

    def run(self) -> Report:
        """Post everything that is due; return what happened."""
        with self._open_outbox() as outbox:
            self._adopt_known(outbox)
        if self.report.stopped is None:
            with ThreadPoolExecutor(max_workers=self._rules.workers) as pool:
                for worker in [pool.submit(self._work) for _ in range(self._rules.workers)]:
                    worker.result()
        return self.report

    def _adopt_known(self, outbox: Outbox) -> None:
        """Find what Sage already has before the first POST.

        A queue restored from a backup, or an order entered by hand under its web number, would
        otherwise be posted a second time.
        """
        due = outbox.due(self._rules.kind, self._rules.source)
        for start in range(0, len(due), LOOK_UP_AT_ONCE):
            rows = due[start : start + LOOK_UP_AT_ONCE]
            try:
                found = self._look_up([row.key.source_key for row in rows])
            except Sage200Error as error:
                self.report.stop(str(error))
                return
            for row in rows:
                mine = _of_row(row, found)
                if mine:
                    self._settle(outbox, row, mine)

    def _work(self) -> None:
        with self._open_outbox() as outbox:
            while self.report.stopped is None:
                row = outbox.claim(
                    self._rules.kind, self._rules.source, self._rules.owner, self._rules.lease
                )
                if row is None:
                    return
                if row.state is State.IN_DOUBT and not self._unknown_to_sage(outbox, row):
                    continue
                self._post(outbox, row)

    def _unknown_to_sage(self, outbox: Outbox, row: Row) -> bool:
        """Ask Sage about a document in doubt; return whether it may be posted."""
        try:
            found = _of_row(row, self._look_up([row.key.source_key]))
        except Sage200Error as error:
            outbox.in_doubt(row, "fate_unknown", str(error), self._backoff(row))
            self._fail("in_doubt", error)
            return False
        outbox.log(
            row,
            Attempt(
                action="look_up",
                outcome=f"{len(found)} found",
                request={"customer_document_no": row.key.source_key},
                response=[order.as_sent for order in found],
            ),
        )
        if found:
            self._settle(outbox, row, found)
            return False
        return outbox.start_post(row, self._rules.owner, self._rules.lease)

    def _look_up(self, numbers: Sequence[str]) -> list[FoundOrder]:
        answer = self._client.get(
            RESOURCE,
            filter=one_of("customer_document_no", list(numbers)),
            select=list(LOOK_UP_FIELDS),
            orderby="id",
            top=5000,
        )
        return [found_order(entry) for entry in answer if isinstance(entry, dict)]

    def _settle(self, outbox: Outbox, row: Row, found: Sequence[FoundOrder]) -> None:
        """Take over what Sage has under this order number, or hand it to a person."""
        if len(found) > 1:
            numbers = ", ".join(order.document_no for order in found)
            outbox.in_doubt(
                row,
                "found_more_than_once",
                f"Sage 200 has order {row.key.source_key} more than once: {numbers}.",
                ASK_A_PERSON_AGAIN,
            )
            self.report.add("in_doubt")
            return
        order = found[0]
        if not same_figures(row, order):
            outbox.in_doubt(
                row, "found_but_differs", sentence_of_difference(row, order), ASK_A_PERSON_AGAIN
            )
            self.report.add("in_doubt")
            return
        self._record(outbox, row, order)
        self.report.add("adopted")

    def _post(self, outbox: Outbox, row: Row) -> None:
        seen: list[Exchange] = []
        outcome = self._client.post(RESOURCE, dict(row.document or {}), observe=seen.append)
        for exchange in seen:
            outbox.log(row, _attempt(exchange, type(outcome).__name__))
        if isinstance(outcome, Done):
            self._prove(outbox, row, outcome)
        elif isinstance(outcome, Refused) and outcome.status == NO_SUCH_PATH:
            text = f"Sage 200 knows no {RESOURCE} at api_url: {outcome.text}. Check api_url."
            outbox.later(row, "sage_unreachable", text, timedelta(0))
            self.report.stop(text)
        elif isinstance(outcome, Refused):
            outbox.refused(row, "refused_by_sage", f"Sage 200: {outcome.text}")
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

    def _prove(self, outbox: Outbox, row: Row, outcome: Done) -> None:
        """Compare Sage's own totals with Magento's; read them where the answer lacks them."""
        try:
            order = found_order(outcome.body) if outcome.body else None
            if order is None or not order.has_totals:
                found = _of_row(row, self._look_up([row.key.source_key]))
                order = found[0] if len(found) == 1 else None
        except (Sage200Error, KeyError, TypeError, ValueError) as error:
            order, reason = None, f"{type(error).__name__}: {error}"
        else:
            reason = "it can't be told which document it made"
        if order is None:
            text = f"Sage 200 accepted order {row.key.source_key}, but {reason}."
            outbox.in_doubt(row, "fate_unknown", text, timedelta(0))
            self.report.fail("in_doubt", text, self._rules.max_failures)
            return
        self._record(outbox, row, order)
        self.report.add("posted")

    def _record(self, outbox: Outbox, row: Row, order: FoundOrder) -> None:
        cause = error = None
        if not same_figures(row, order):
            cause, error = "sage_totals_differ", sentence_of_difference(row, order)
        elif order.on_hold:
            cause = "held_in_sage"
            error = f"Sage 200 put order {order.document_no} on hold (credit limit of its account)."
        if not outbox.posted(row, order.as_document(), cause=cause, error=error):
            outbox.log(
                row,
                Attempt(
                    action="second_document",
                    outcome="found_more_than_once",
                    response=order.as_sent,
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


def _of_row(row: Row, found: Sequence[FoundOrder]) -> list[FoundOrder]:
    """The orders with this number on this account; other accounts may use the same number."""
    customer = (row.document or {}).get("customer_id")
    return [
        order
        for order in found
        if order.customer_document_no == row.key.source_key and order.customer_id == customer
    ]


def _attempt(exchange: Exchange, outcome: str) -> Attempt:
    return Attempt(
        action="post",
        outcome=outcome,
        request=exchange.request_body,
        response=exchange.response_body if exchange.error is None else exchange.error,
        status_code=exchange.status,
        duration_ms=exchange.duration_ms,
    )


def dry_run_lines(rows: Sequence[Row]) -> list[str]:
    """What would be posted, one sentence each."""
    return [
        f"Would post order {row.key.source_key}: {row.amount} {row.currency},"
        f" {len(_lines(row))} lines"
        for row in rows
    ]


def _lines(row: Row) -> Sequence[Any]:
    lines: Sequence[Any] = (row.document or {}).get("lines", ())
    return lines
