"""Lists of which several records belong to one document, read so that none is cut in two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sage200_client import ReportAnswer, ge, gt, le, one_of_in_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sage200_client import Filter, Sage200Client

MOST_RECORDS = 5000
"""Of a page, by Sage 200's own limit."""
FEW = 100
MOST_CHARACTERS = 900
"""Of a list in a filter: fields, order and page are beside it in the 2,048 that IIS takes."""
_WIDTH = 20

Record = dict[str, Any]


def pages_of_wholes(
    client: Sage200Client,
    path: str,
    key: str,
    *,
    select: Sequence[str],
    where: Filter | None,
    size: int,
) -> Iterator[list[Record]]:
    """Yield pages in the order of a document's id, each document whole on one of them.

    The view has no unique field to page by. So the document that a page ends with is asked for
    again, with what follows it.

    Args:
        client: Where to read.
        path: The view.
        key: The document's id.
        select: Fields, the key among them.
        where: Which records.
        size: Records a page; more where a document has more.

    Raises:
        ReportAnswer: The records don't come in the order asked for, or one document has more of
            them than a page can hold.
    """
    place, longest = where, 0
    while page := _page(client, path, key, select=select, where=place, size=size):
        last = page[-1][key]
        whole = [record for record in page if record[key] != last]
        if whole:
            yield whole
            place = _and(where, ge(key, last))
        elif len(page) < size:
            yield page
            if len(page) < longest:
                # Longer pages came before: this one was not cut, nothing follows it.
                return
            place = _and(where, gt(key, last))
        elif size >= MOST_RECORDS:
            raise ReportAnswer(
                f"Sage 200's {path} has {size} records or more of {key} {last}, more than a page."
            )
        else:
            size = min(2 * size, MOST_RECORDS)
        longest = max(longest, len(page))


def by_parent(
    client: Sage200Client,
    view: tuple[str, str | None, str],
    ids: Iterable[int],
    fields: Sequence[str],
) -> dict[int, list[Record]]:
    """Return the records of a view by the document they belong to.

    Args:
        client: Where to read.
        view: Its path, its unique field (None where it has none), its field of the document's id.
        ids: The documents.
        fields: Fields beside those two.
    """
    path, key, parent = view
    wanted = sorted(set(ids))
    lists: dict[int, list[Record]] = {each: [] for each in wanted}
    select = list(dict.fromkeys([key or parent, parent, *fields]))
    for where in in_parts(parent, wanted):
        if key is None:
            pages = pages_of_wholes(
                client, path, parent, select=select, where=where, size=MOST_RECORDS
            )
            found: Iterable[Record] = (record for page in pages for record in page)
        else:
            found = client.get_all(path, select=select, filter=where, key=key)
        for record in found:
            if record[parent] in lists:
                lists[record[parent]].append(record)
    return lists


def in_parts(field: str, wanted: Sequence[int]) -> Iterator[Filter]:
    """Yield filters that together hold all of these ids, and may hold others.

    Args:
        field: The id.
        wanted: Its values, in order.
    """
    if not wanted:
        return
    least, most = wanted[0], wanted[-1]
    if len(wanted) > FEW and most - least < _WIDTH * len(wanted):
        # Many that lie close together: one range costs less than a list of them.
        yield ge(field, least) & le(field, most)
    else:
        yield from one_of_in_parts(field, wanted, most_characters=MOST_CHARACTERS)


def _page(
    client: Sage200Client,
    path: str,
    key: str,
    *,
    select: Sequence[str],
    where: Filter | None,
    size: int,
) -> list[Record]:
    page = client.get(path, select=select, filter=where, orderby=key, top=size)
    records = page if isinstance(page, list) else []
    ids = [each for each in (record.get(key) for record in records) if isinstance(each, int)]
    if len(ids) < len(page) or ids != sorted(ids):
        raise ReportAnswer(f"Sage 200's {path} did not come in the order of {key}.")
    return records


def _and(where: Filter | None, more: Filter) -> Filter:
    return more if where is None else where & more
