"""Pages asked for on many connections and handed out in order, across the borders of spans."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tap_magento.spans import WholeSpan
from tap_magento.windows import KeyRange, key_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from magento_client import RawRow, SearchCriteria

    from tap_magento.fetchers import Fetchers
    from tap_magento.key_pages import KeyPages, Page
    from tap_magento.spans import Span, Spans


@dataclass(frozen=True)
class Rows:
    """Rows of one page.

    Attributes:
        rows: The rows.
        end: The end of their time window; None where they are of no window.
    """

    rows: list[RawRow]
    end: datetime | None


@dataclass(frozen=True)
class WindowDone:
    """All rows of the windows up to ``end`` have been handed out."""

    end: datetime


@dataclass
class _Ask:
    """A range to be read; ``page`` once it is asked for."""

    criteria: SearchCriteria
    key_range: KeyRange
    end: datetime | None
    page: Future[Page] | None = None


class OrderedPages:
    """Reads spans, keeping all connections busy.

    At most ``2 * connections`` pages wait for their turn (twice as many where ranges turn out
    fuller than expected), and of each span that is begun its first and last page.
    """

    def __init__(self, pages: KeyPages, fetchers: Fetchers) -> None:
        """Prepare; nothing is asked yet."""
        self._pages = pages
        self._fetchers = fetchers
        self._ahead = 2 * fetchers.connections

    def read(self, spans: Spans) -> Iterator[Rows | WindowDone]:
        """Hand out the rows of spans in order; ``WindowDone`` after each time window."""
        parts: Iterator[_Ask | Rows | WindowDone] = iter(())
        turn: deque[_Ask | Rows | WindowDone] = deque()
        try:
            while True:
                while len(turn) < self._ahead:
                    part = next(parts, None)
                    if part is None:
                        span = spans.take()
                        if span is None:
                            break
                        parts = self._parts(span)
                    else:
                        turn.append(part)
                self._ask(turn)
                if turn:
                    yield from self._serve(turn)
                    continue
                awaited = spans.awaited()
                if awaited is None:
                    return
                self._fetchers.result(awaited)
        finally:
            for part in turn:
                if isinstance(part, _Ask) and part.page is not None:
                    part.page.cancel()

    def whole(self, criteria: SearchCriteria) -> Iterator[Rows]:
        """Hand out all rows that answer one question, lowest key first."""
        for part in self.read(WholeSpan(self._pages, self._fetchers, criteria)):
            if isinstance(part, Rows):
                yield part

    def _parts(self, span: Span) -> Iterator[_Ask | Rows | WindowDone]:
        """Divide a span into what is asked for and what is known."""
        head, ranges, tail = span.pages(self._pages.size)
        yield Rows(head.rows, span.end)
        for key_range in ranges:
            yield _Ask(span.criteria, key_range, span.end)
        if tail is not None:
            yield Rows(tail.rows, span.end)
        if span.end is not None:
            yield WindowDone(span.end)

    def _ask(self, turn: deque[_Ask | Rows | WindowDone]) -> None:
        for part in itertools.islice(turn, self._ahead):
            if isinstance(part, _Ask) and part.page is None:
                part.page = self._fetchers.submit(
                    partial(self._pages.page, part.criteria, part.key_range)
                )

    def _serve(self, turn: deque[_Ask | Rows | WindowDone]) -> Iterator[Rows | WindowDone]:
        """Hand out what is next; a range that held more than a page is divided further."""
        part = turn[0]
        if not isinstance(part, _Ask):
            turn.popleft()
            if isinstance(part, WindowDone) or part.rows:
                yield part
            return
        assert part.page is not None  # noqa: S101 -- asked for by _ask
        page = self._fetchers.result(part.page)
        turn.popleft()
        if page.left:
            turn.extendleft(
                _Ask(part.criteria, key_range, part.end)
                for key_range in reversed(self._divided(page, part.key_range.upto))
            )
        if page.rows:
            yield Rows(page.rows, part.end)

    def _divided(self, page: Page, upto: int | None) -> tuple[KeyRange, ...]:
        last = page.keys[-1]
        if upto is None:
            return (KeyRange(last),)
        return key_ranges(last, upto, page.left, self._pages.size)
