"""Despatches by the API, and what documents have in common whose changes other lists tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sage200_client import FixRequest, FixSettings, any_of, ge
from typing_extensions import override

from tap_sage200.api.groups import by_parent, in_parts
from tap_sage200.api.sales import DESPATCH_LINES
from tap_sage200.api.streams import ApiStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sage200_client import Sage200Client
    from singer_sdk.helpers.types import Record

    from tap_sage200.api.fields import Resource
    from tap_sage200.api.lookups import Lookups

_NOT_TO_BE_HAD = frozenset({403, 404})


@dataclass(frozen=True)
class Watched:
    """A list that bears the stamps a stream's own list lacks.

    Attributes:
        path: The list.
        key: Its unique field.
        document: Its field that is the document's id.
        stamps: Its stamps of a change.
    """

    path: str
    key: str
    document: str
    stamps: tuple[str, ...] = ("date_time_updated",)


class DocumentStream(ApiStream):
    """Documents whose view has no stamp: other lists tell which of them changed.

    What those lists miss (a document without lines, a changed number of its order) comes with the
    next whole reading: ``full_reread_hours``, ``full_compare``.
    """

    watched: tuple[Watched, ...] = ()

    @override
    def due_pages(
        self, client: Sage200Client, resource: Resource, after_key: int | None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the changed documents, whole."""
        since = self._asked_since()
        changed = None if since is None else self._changed(client, since)
        if changed is None:
            yield from super().due_pages(client, resource, after_key)
            return
        due = sorted(each for each in changed if after_key is None or each > after_key)
        for where in in_parts(resource.key, due):
            for page in self.pages_of(client, resource, where):
                if found := [record for record in page if record[resource.key] in changed]:
                    yield found

    def _changed(self, client: Sage200Client, since: datetime) -> set[int] | None:
        """Return the ids of what changed; None where the release or the user can't be asked."""
        try:
            return {
                record[each.document]
                for each in self.watched
                for record in client.get_all(
                    each.path,
                    select=list(dict.fromkeys((each.key, each.document))),
                    filter=any_of(ge(stamp, since) for stamp in each.stamps),
                    key=each.key,
                )
            }
        except (FixRequest, FixSettings) as error:
            if error.status not in _NOT_TO_BE_HAD:
                raise
            self.logger.warning(
                "%s: read whole, since what changed can't be asked for here. %s", self.name, error
            )
            return None

    def lists(
        self,
        client: Sage200Client,
        view: tuple[str, str | None, str],
        ids: Iterable[int],
        fields: Sequence[str],
    ) -> Mapping[int, list[dict[str, Any]]]:
        """Return the records of a view by their document, none where the release lacks the view.

        Args:
            client: Where to read.
            view: As :func:`.groups.by_parent` takes it.
            ids: The documents.
            fields: Fields beside those it names.
        """
        path = view[0]
        if path in self._lacking:
            return {}
        try:
            return by_parent(client, view, ids, fields)
        except FixRequest as error:
            if not self.is_lacking(client, path, error):
                raise
            self._lacking.add(path)
            self.logger.warning(
                "%s: without what %s tells, this release of Sage 200 has no such list. %s",
                self.name,
                path,
                error,
            )
            return {}


class ApiDespatches(DocumentStream):
    """Despatches with lines; the tracking address is on the line view.

    A consignment number that is added later is a change of the receipt, not of a line.
    """

    watched = (
        Watched("sop_order_despatch_line_views", "sop_despatch_line_id", "sop_despatch_id"),
        Watched("sop_despatch_receipts", "id", "id"),
    )

    @override
    def made(
        self, client: Sage200Client, names: Lookups, resource: Resource, page: list[dict[str, Any]]
    ) -> list[Record]:
        """Make records of a page, with their lines."""
        records = super().made(client, names, resource, page)
        lists = self.lists(
            client,
            (DESPATCH_LINES.path, DESPATCH_LINES.key, "sop_despatch_id"),
            [record[self._key] for record in records],
            [*DESPATCH_LINES.select, "sys_courier_tracking_url"],
        )
        (columns,) = (column.of for column in self._columns if column.name == "lines")
        for record in records:
            lines = lists.get(record[self._key], [])
            record["lines"] = DESPATCH_LINES.records(lines, columns, names)
            addresses = (each["sys_courier_tracking_url"] for each in lines)
            record["tracking_url"] = next(addresses, None)
        return records
