"""How to dispatch, and what a dispatch did; the report also says when no other is to be begun."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

ALL = "*"
"""What is stopped where every call to Sage would fail, whatever it is about."""


@dataclass(frozen=True)
class DispatchRules:
    """How to dispatch.

    Attributes:
        source: Name of the Magento installation.
        owner: Name of this run, on the leases it takes; no other run anywhere has it.
        connections: Documents sent at one time.
        lease: Longer than any request can live in Sage.
        max_failures: Technical failures in a row that stop a kind of document.
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

    What goes wrong with one kind of document stops that kind: a change that Sage does not like
    must keep no order from being posted. Only what every call would meet stops all of them.

    Attributes:
        paused: Why it ended before everything was sent, where that was wanted.
        limited: Why no more were begun, where a limit was reached.
    """

    posted: int = 0
    adopted: int = 0
    refused: int = 0
    later: int = 0
    in_doubt: int = 0
    paused: str | None = None
    limited: str | None = None
    _begun: int = 0
    _stopped: dict[str, str] = field(default_factory=dict)
    _failures: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def stopped(self) -> str | None:
        """Why it ended before everything was sent, where that needs attention."""
        return " ".join(dict.fromkeys(self._stopped.values())) or None

    def over(self, kind: str) -> bool:
        """Whether no other document of a kind is to be begun."""
        return self.paused is not None or kind in self._stopped or ALL in self._stopped

    def begin(self, kind: str, most: int | None) -> bool:
        """Count a document that is about to be begun; ``False`` where none may be."""
        with self._lock:
            if most is not None and self._begun >= most:
                # Those that were begun go on to their end.
                self.limited = f"max_documents_per_run ({most}) is reached"
                return False
            if self.over(kind):
                return False
            self._begun += 1
            return True

    def not_begun(self) -> None:
        """Take back a count: there was nothing to send."""
        with self._lock:
            self._begun -= 1

    def room(self, most: int | None, wanted: int) -> int:
        """How many of ``wanted`` documents may still be begun, the one just counted included."""
        with self._lock:
            return wanted if most is None else max(1, min(wanted, most - self._begun + 1))

    def add(self, kind: str, outcome: str) -> None:
        """Count one document; anything that got through ends a row of failures."""
        with self._lock:
            setattr(self, outcome, getattr(self, outcome) + 1)
            self._failures[kind] = 0

    def fail(self, kind: str, outcome: str, reason: str, most: int) -> None:
        """Count a technical failure; too many in a row end the kind."""
        with self._lock:
            setattr(self, outcome, getattr(self, outcome) + 1)
            self._failures[kind] += 1
            failures = self._failures[kind]
            if failures >= most:
                name = kind.replace("_", " ")
                self._stopped.setdefault(
                    kind,
                    f"{failures} calls to Sage 200 about documents of kind {name} failed in a"
                    f" row, the last one: {reason}",
                )

    def stop(self, kind: str, reason: str) -> None:
        """Begin no other document of this kind, or of any (``ALL``)."""
        with self._lock:
            self._stopped.setdefault(kind, reason)

    def pause(self, reason: str) -> None:
        """Begin no other document. Takes no lock: it is called from a signal's handler."""
        self.paused = self.paused or reason
