"""Reading a whole list in pages: by key where there is one, else by ``$skip``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sage200_client.exceptions import ReportAnswer
from sage200_client.odata import Filter, gt
from sage200_client.transport import request_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    Fetch: TypeAlias = Callable[["Query"], list[dict[str, Any]]]

MOST_RECORDS = 5000
"""The most that ``$top`` takes (both editions since February 2019)."""


@dataclass(frozen=True)
class Query:
    """The options of one read, as OData names them.

    Attributes:
        resource: Path below the API's address.
        filter: Which records.
        select: Fields.
        orderby: Order.
        top: Most records.
        skip: Records to leave out first.
        expand: Nested records to include.
    """

    resource: str
    filter: Filter | str | None = None
    select: Sequence[str] | None = None
    orderby: str | None = None
    top: int | None = None
    skip: int | None = None
    expand: Sequence[str] | None = None

    def path(self) -> str:
        """Return path and query, percent-encoded.

        Raises:
            ValueError: ``skip`` without ``orderby``, which Sage refuses.
        """
        if self.skip is not None and self.orderby is None:
            raise ValueError("Sage 200 takes $skip only together with $orderby.")
        return request_path(
            self.resource,
            {
                "filter": self.filter,
                "select": ",".join(self.select) if self.select else None,
                "orderby": self.orderby,
                "top": self.top,
                "skip": self.skip,
                "expand": ",".join(self.expand) if self.expand else None,
            },
        )


def by_key(fetch: Fetch, query: Query, where: Filter | None, key: str) -> Iterator[dict[str, Any]]:
    """Yield every record in the order of ``key``, a unique whole number.

    Reads until an empty page comes: a short one isn't the last for sure, since an older release may
    give fewer records than asked for.

    Raises:
        ReportAnswer: The key doesn't rise, so that paging would never end.
    """
    if query.select and key not in query.select:
        query = replace(query, select=[*query.select, key])
    query = replace(query, orderby=key, filter=where)
    last: int | None = None
    while page := fetch(query):
        yield from page
        found = page[-1].get(key)
        if not isinstance(found, int) or (last is not None and found <= last):
            raise ReportAnswer(
                f"Sage 200's {query.resource} can't be paged by {key}: after {last} came {found!r}."
            )
        last = found
        after = gt(key, last)
        query = replace(query, filter=after if where is None else where & after)


def by_skip(fetch: Fetch, query: Query) -> Iterator[dict[str, Any]]:
    """Yield every record by ``$skip``; some may be missed or come twice while others change.

    Raises:
        ReportAnswer: The same page comes again, so that paging would never end.
    """
    skip = 0
    before: list[dict[str, Any]] = []
    while page := fetch(replace(query, skip=skip or None)):
        if page == before:
            raise ReportAnswer(f"Sage 200's {query.resource} ignores $skip: a page came twice.")
        yield from page
        skip += len(page)
        before = page
