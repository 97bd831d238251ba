"""What is read next: spans of rows, each small enough to be kept track of, asked for ahead."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tap_magento.windows import KeyRange, Window, end_of_split, key_ranges

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from magento_client import SearchCriteria

    from tap_magento.fetchers import Fetchers
    from tap_magento.key_pages import KeyPages, Page

_WINDOWS_AHEAD = 2


@dataclass(frozen=True)
class Span:
    """Rows that are read by their keys from both ends.

    Attributes:
        criteria: The question that all of them answer.
        end: The end of the time window; None where the span is no window.
        head: The page of the lowest keys.
        tail: The page of the highest keys; None where the head may be all.
    """

    criteria: SearchCriteria
    end: datetime | None
    head: Future[Page]
    tail: Future[Page] | None

    @property
    def unread(self) -> Future[Page] | None:
        """What is still being read of its ends."""
        if not self.head.done():
            return self.head
        return None if self.tail is None or self.tail.done() else self.tail

    def pages(self, page_size: int) -> tuple[Page, tuple[KeyRange, ...], Page | None]:
        """Return the first page, the ranges that follow, and the last page, once they are read."""
        head = self.head.result()
        if not head.left:
            return head, (), None
        last = head.keys[-1]
        # A page that is not full and yet not all: the next one tells whether the shop counts. And
        # where the highest keys are none, all rows have left the window since the first page.
        if self.tail is None or len(head.keys) < page_size or not self.tail.result().keys:
            return head, (KeyRange(last),), None
        tail = self.tail.result().after(last)
        if len(tail.keys) < len(self.tail.result().keys):
            return head, (), tail  # the two overlap
        left = max(1, head.left - len(tail.keys))
        return head, key_ranges(last, tail.keys[0] - 1, left, page_size), tail


class Spans(Protocol):
    """Spans one after another."""

    def take(self) -> Span | None:
        """Return the next span whose ends are read; None where there is none yet or any more."""

    def awaited(self) -> Future[object] | None:
        """Return what the next span waits for; None at the end."""


class WholeSpan:
    """All rows that answer one question, as one span."""

    def __init__(self, pages: KeyPages, fetchers: Fetchers, criteria: SearchCriteria) -> None:
        """Ask for the first page."""
        head = fetchers.submit(partial(pages.page, criteria, KeyRange()))
        self._tail: Callable[[], Future[Page]] = partial(
            fetchers.submit, partial(pages.tail, criteria)
        )
        self._span: Span | None = Span(criteria, None, head, None)

    def take(self) -> Span | None:
        """Return the span once its ends are read."""
        span = self._span
        if span is None or span.unread is not None:
            return None
        if span.tail is None and span.head.result().left:
            self._span = Span(span.criteria, None, span.head, self._tail())
            return None
        self._span = None
        return span

    def awaited(self) -> Future[object] | None:
        """Return what the span waits for."""
        return None if self._span is None else _plain(self._span.unread)


@dataclass(frozen=True)
class Cut:
    """Where a window ends, and its first page where that is known already."""

    window: Window
    head: Page | None
    crowded: bool


class WindowSpans:
    """Time windows of a bounded number of rows, in order, found while others are read."""

    def __init__(
        self,
        pages: KeyPages,
        fetchers: Fetchers,
        cutter: WindowCutter,
        start: datetime | None,
        end: datetime,
        first: Cut | None = None,
    ) -> None:
        """Look for the first window.

        Args:
            pages: Reads a page.
            fetchers: The connections.
            cutter: Finds where a window ends.
            start: First stamp to read; None for the beginning.
            end: Where the last window ends.
            first: The first window, where it is known already.
        """
        self._pages = pages
        self._fetchers = fetchers
        self._cutter = cutter
        self._end = end
        self._ready: deque[Span] = deque()
        self._cut: Future[Cut] | None
        if first is None:
            self._cut = self._look(start, crowded=False)
        else:
            self._cut = Future()
            self._cut.set_result(first)

    def take(self) -> Span | None:
        """Return the next window whose ends are read."""
        self._go_on()
        if not self._ready or self._ready[0].unread is not None:
            return None
        return self._ready.popleft()

    def awaited(self) -> Future[object] | None:
        """Return what the next window waits for."""
        if self._ready:
            return _plain(self._ready[0].unread)
        return None if self._cut is None else _plain(self._cut)

    def _go_on(self) -> None:
        """Open the window that was found, and look for the one after it."""
        while self._cut is not None and self._cut.done() and len(self._ready) < _WINDOWS_AHEAD:
            cut = self._cut.result()
            self._cut = None
            if cut.window.end < self._end:
                self._cut = self._look(cut.window.end, crowded=cut.crowded)
            self._ready.append(self._opened(cut))

    def _look(self, start: datetime | None, *, crowded: bool) -> Future[Cut]:
        return self._fetchers.submit(partial(self._cutter.cut, start, self._end, crowded=crowded))

    def _opened(self, cut: Cut) -> Span:
        criteria = self._cutter.criteria(cut.window)
        if cut.head is None:
            head = self._fetchers.submit(partial(self._pages.page, criteria, KeyRange()))
        else:
            head = Future()
            head.set_result(cut.head)
        # A page or two need no search for where the keys end.
        short = cut.head is not None and cut.head.left <= self._pages.size
        tail = None if short else self._fetchers.submit(partial(self._pages.tail, criteria))
        return Span(criteria, cut.window.end, head, tail)


class WindowCutter:
    """Finds time windows that hold a bounded number of rows."""

    def __init__(
        self,
        pages: KeyPages,
        stamp_beyond: Callable[[SearchCriteria], datetime | None],
        everything: SearchCriteria,
        stamp: str,
        pages_a_window: int,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            pages: Reads a page.
            stamp_beyond: Asks for the stamp of the first row, by stamp, that a window has no room
                for; None where all have room.
            everything: What all windows are part of.
            stamp: The column that windows are made of.
            pages_a_window: Pages that a window holds at most, unless one second holds more.
        """
        self._pages = pages
        self._stamp_beyond = stamp_beyond
        self._everything = everything
        self._stamp = stamp
        self._pages_a_window = pages_a_window

    def criteria(self, window: Window) -> SearchCriteria:
        """Return the question for the rows of a window."""
        return window.within(self._everything, self._stamp)

    def cut(self, start: datetime | None, end: datetime, *, crowded: bool) -> Cut:
        """Find the next window.

        Args:
            start: Where it begins.
            end: Where it ends at the latest.
            crowded: Whether more rows are expected than a window should hold.
        """
        most = self._pages_a_window * self._pages.size
        window = Window(start, end)
        if not crowded:
            page = self._pages.page(self.criteria(window), KeyRange())
            if len(page.rows) + page.left <= most:
                return Cut(window, page, crowded=False)
        return self.cut_at(start, end, self._stamp_beyond(self.criteria(window)))

    def cut_at(self, start: datetime | None, end: datetime, stamp: datetime | None) -> Cut:
        """Return the next window.

        Args:
            start: Where it begins.
            end: Where it ends at the latest.
            stamp: Stamp of the first row that it has no room for; None where all have room.
        """
        if stamp is None:
            return Cut(Window(start, end), None, crowded=False)
        window = Window(start, min(end, end_of_split(start, stamp)))
        return Cut(window, None, crowded=window.end < end)


def _plain(future: Future[Page] | Future[Cut] | None) -> Future[object] | None:
    # Only waited for: a future is not covariant.
    return future  # type: ignore[return-value]
