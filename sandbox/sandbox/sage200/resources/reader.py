"""Reading resources: options turned into one SQL statement, children and links joined on.

A plain list leaves PostgreSQL as the JSON that is answered, so that 5,000 records of 150 fields
cost no Python; only what must be joined on is read into records.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.sage200.odata.options import Options
from sandbox.sage200.odata.sql import Parameters, field_of, filter_sql, order_sql
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.resources import (
    finance,
    ledger,
    nominal,
    prices,
    sales,
    sales_views,
    sop,
    sop_documents,
    sop_returns,
    sop_views,
    stock,
    stock_views,
)
from sandbox.sage200.resources.source import Child, Link, MappedSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import psycopg

Record = dict[str, Any]
_SOURCES = {
    **finance.SOURCES,
    **ledger.SOURCES,
    **nominal.SOURCES,
    **prices.SOURCES,
    **sales.SOURCES,
    **sales_views.SOURCES,
    **sop.SOURCES,
    **sop_documents.SOURCES,
    **sop_returns.SOURCES,
    **sop_views.SOURCES,
    **stock.SOURCES,
    **stock_views.SOURCES,
}
_encoder = msgspec.json.Encoder(decimal_format="number")
_decode_record = msgspec.json.Decoder(Record, float_hook=Decimal)

# words that ask for what is there anyway, or only for other resources' sake
_EXPAND_WORDS = {
    "sop_orders": {"is_to_lock", "available_document_discount"},
    "sop_returns": {"is_to_lock", "available_document_discount"},
    "products": {"nominal_codes", "units", "base_unit", "stock_unit", "sop_status"},
}


class Reader:
    """Reads records of every resource that has a source.

    Args:
        date_time_updated: Whether the tables have that column.
        professional: Whether the edition has Professional's fields.
    """

    def __init__(self, *, date_time_updated: bool = True, professional: bool = True) -> None:
        self._sources = {
            name: MappedSource(
                source, date_time_updated=date_time_updated, professional=professional
            )
            for name, source in _SOURCES.items()
        }

    def has(self, resource: str, keys: Iterable[str] = ()) -> bool:
        """Whether the resource can be read, and searched by these keys."""
        return resource in self._sources and set(keys) <= self._sources[resource].keys.keys()

    def children_of(self, resource: str) -> tuple[str, ...]:
        """Return the fields that hold records inside the resource's own."""
        return tuple(self._sources[resource].source.children)

    def list_json(
        self,
        connection: psycopg.Connection,
        resource: str,
        options: Options,
        within: Mapping[str, int] | None = None,
    ) -> bytes:
        """Return the records as a JSON array.

        Args:
            connection: Where to read.
            resource: What to read.
            options: The request's options.
            within: Values that keys must have, from the path (``/customers/7/sop_orders``).

        Raises:
            Refusal: An option names what the resource does not have.
        """
        if self._asked_for(resource, options) - set(self._sources[resource].fields):
            return _encoder.encode(self.records(connection, resource, options, within))
        query, parameters = self._query(resource, options, within or {})
        whole = f"select coalesce(json_agg(r), '[]')::text from ({query}) r"  # noqa: S608 - see _fetch
        text = self._fetch(connection, whole, parameters)
        return str(text[0][0]).encode()

    def count(
        self,
        connection: psycopg.Connection,
        resource: str,
        options: Options,
        within: Mapping[str, int] | None = None,
    ) -> int:
        """Return how many records ``$filter`` finds."""
        parameters: Parameters = []
        where = self._where(resource, options, within or {}, parameters)
        from_clause = self._sources[resource].from_clause
        found = self._fetch(connection, f"select count(*) {from_clause} {where}", parameters)
        return int(found[0][0])

    def records(
        self,
        connection: psycopg.Connection,
        resource: str,
        options: Options,
        within: Mapping[str, int] | None = None,
    ) -> list[Record]:
        """Return the records, with the children and links that ``$expand`` and ``$select`` name."""
        query, parameters = self._query(resource, options, within or {}, keep_keys=True)
        records = self._run(connection, query, parameters)
        self._attach(connection, resource, records, options)
        return [_only(record, options.select) for record in records]

    def one(
        self,
        connection: psycopg.Connection,
        resource: str,
        record_id: int,
        options: Options | None = None,
        within: Mapping[str, int] | None = None,
    ) -> Record | None:
        """Return one record with all its children, or nothing where there is none."""
        asked = options or Options()
        if not asked.select:
            expand = (*self.children_of(resource), *asked.expand)
            asked = Options(select=asked.select, expand=expand)
        keyed = {**(within or {}), self._sources[resource].source.key: record_id}
        found = self.records(connection, resource, asked, keyed)
        return found[0] if found else None

    def _query(
        self,
        resource: str,
        options: Options,
        within: Mapping[str, int],
        *,
        keep_keys: bool = False,
    ) -> tuple[str, Parameters]:
        mapped = self._sources[resource]
        names = [name for name in options.select if "." not in name and name in mapped.fields]
        names = names or list(mapped.fields)
        if keep_keys:
            names = list(mapped.fields)
        # navigation fields are checked here too, so that a misspelt one is refused
        self._asked_for(resource, options)
        columns = ", ".join(f'{mapped.fields[name].select} as "{name}"' for name in names)
        parameters: Parameters = []
        where = self._where(resource, options, within, parameters)
        order = (
            order_sql(options.orderby, mapped.fields, mapped.source.shape)
            or mapped.source.order
            or mapped.keys[mapped.source.key]
        )
        limits = f"limit {options.top} offset {options.skip}"
        return (
            f"select {columns} {mapped.from_clause} {where} order by {order} {limits}",
            parameters,
        )

    def _where(
        self,
        resource: str,
        options: Options,
        within: Mapping[str, int],
        parameters: Parameters,
    ) -> str:
        mapped = self._sources[resource]
        parts = [mapped.source.where] if mapped.source.where else []
        for name, value in within.items():
            parts.append(f"{mapped.keys[name]} = %s")
            parameters.append(value)
        if options.filter is not None:
            parts.append(filter_sql(options.filter, mapped.fields, mapped.source.shape, parameters))
        return f"where {' and '.join(parts)}" if parts else ""

    def _asked_for(self, resource: str, options: Options) -> set[str]:
        """Return the names of ``$select`` and ``$expand`` (their first part), all known."""
        mapped = self._sources[resource]
        inside = {*mapped.source.children, *mapped.source.links}
        words = _EXPAND_WORDS.get(resource, set())
        asked = set()
        for name in options.select:
            first = name.split(".", maxsplit=1)[0]
            if first not in inside:
                field_of(mapped.fields, name, mapped.source.shape)
            asked.add(first)
        for name in options.expand:
            if name not in inside and name not in words:
                raise Refusal(f"The navigation property '{name}' is unknown on '{resource}'.")
            asked.add(name)
        return asked

    def _attach(
        self,
        connection: psycopg.Connection,
        resource: str,
        records: list[Record],
        options: Options,
    ) -> None:
        source = self._sources[resource].source
        for name in self._asked_for(resource, options):
            if name in source.children:
                self._attach_child(connection, name, source.children[name], source.key, records)
            elif name in source.links:
                self._attach_link(connection, name, source.links[name], records)

    def _attach_child(
        self,
        connection: psycopg.Connection,
        name: str,
        child: Child,
        parent_key: str,
        records: list[Record],
    ) -> None:
        by_parent: dict[int, list[Record]] = {record[parent_key]: [] for record in records}
        mapped = self._sources[child.source]
        columns = ", ".join(f'{f.select} as "{f.name}"' for f in mapped.fields.values())
        order = mapped.source.order or mapped.keys[mapped.source.key]
        query = (
            f"select {mapped.keys[child.key]} as parent, row_to_json(r)::text"
            f" {mapped.from_clause} cross join lateral (select {columns}) r"
            f" where {mapped.keys[child.key]} = any(%s) order by {order}"
        )
        for parent, text in self._fetch(connection, query, [list(by_parent)]):
            by_parent[parent].append(_decode_record.decode(text))
        for record in records:
            found = by_parent[record[parent_key]]
            record[name] = found if child.many else (found[0] if found else None)

    def _attach_link(
        self, connection: psycopg.Connection, name: str, link: Link, records: list[Record]
    ) -> None:
        mapped = self._sources[link.source]
        key = mapped.source.key
        columns = ", ".join(f'{f.select} as "{f.name}"' for f in mapped.fields.values())
        query = f"select {columns} {mapped.from_clause} where {mapped.keys[key]} = any(%s)"
        ids = list({record[link.key] for record in records if record[link.key] is not None})
        by_id = {found[key]: found for found in self._run(connection, query, [ids])}
        for record in records:
            record[name] = by_id.get(record[link.key])

    def _run(
        self, connection: psycopg.Connection, query: str, parameters: Parameters
    ) -> list[Record]:
        each = f"select row_to_json(r)::text from ({query}) r"  # noqa: S608 - see _fetch
        rows = self._fetch(connection, each, parameters)
        return [_decode_record.decode(text) for (text,) in rows]

    def _fetch(
        self, connection: psycopg.Connection, query: str, parameters: Iterable[object]
    ) -> list[tuple[Any, ...]]:
        # built from the mappings of this package alone; every value is a parameter
        return connection.execute(query, list(parameters)).fetchall()


def _only(record: Record, select: tuple[str, ...]) -> Record:
    """Return the parts of a record that ``$select`` names; ``customer.name`` names one inside."""
    if not select:
        return record
    result: Record = {}
    for name in select:
        first, _, rest = name.partition(".")
        value = record.get(first)
        if not rest:
            result[first] = value
        elif isinstance(value, list):
            kept = result.setdefault(first, [{} for _ in value])
            for target, item in zip(kept, value, strict=True):
                target[rest] = _inside(item, name, rest)
        else:
            inner = result.setdefault(first, {})
            inner[rest] = None if value is None else _inside(value, name, rest)
    return result


def _inside(record: Record, name: str, rest: str) -> object:
    if rest not in record:
        raise Refusal(f"Could not find a property named '{name}'.")
    return record[rest]
