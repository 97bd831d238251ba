"""How to dispatch, and what a dispatch did; the report also says when no other is to be begun."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta


@dataclass(frozen=True)
class DispatchRules:
    """How to dispatch.

    Attributes:
        source: Name of the Magento installation.
        owner: Name of this run, on the leases it takes.
        connections: Documents sent at one time.
        lease: Longer than any request can live in Sage.
        max_failures: Technical failures in a row that stop the run.
        max_documents: Documents sent in one run; ``None`` is no limit.
        on_total_difference: ``leave``, ``hold`` or ``delete`` an order whose totals Sage computed
            otherwise.
        may_post: Whether the time window for posting is open now.
    """

    source: str
    owner: str
    connections: int
    lease: timedelta
    max_failures: int
    max_documents: int | None = None
    on_total_difference: str = "leave"
    may_post: Callable[[], bool] = lambda: True


@dataclass
class Report:
    """What a run did; counts of documents.

    Attributes:
        stopped: Why it ended before everything was sent, where that needs attention.
        paused: Why it ended before everything was sent, where that was wanted.
        limited: Why no more were begun, where a limit was reached.
    """

    posted: int = 0
    adopted: int = 0
    refused: int = 0
    later: int = 0
    in_doubt: int = 0
    stopped: str | None = None
    paused: str | None = None
    limited: str | None = None
    _begun: int = 0
    _failures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def over(self) -> bool:
        """Whether no other document is to be begun."""
        return self.stopped is not None or self.paused is not None

    def begin(self, most: int | None) -> bool:
        """Count a document that is about to be begun; ``False`` where none may be."""
        with self._lock:
            if most is not None and self._begun >= most:
                # Those that were begun go on to their end.
                self.limited = f"max_documents_per_run ({most}) is reached"
                return False
            if self.over:
                return False
            self._begun += 1
            return True

    def not_begun(self) -> None:
        """Take back a count: there was nothing to send."""
        with self._lock:
            self._begun -= 1

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

    def pause(self, reason: str) -> None:
        """Begin no other document. Takes no lock: it is called from a signal's handler."""
        self.paused = self.paused or reason
