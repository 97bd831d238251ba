"""What API records only name by id: codes, numbers and names.

A large list is asked for the ids that are met while they are few, and read whole from then on; a
small one is read whole at once. What is not in it then is asked for by its id, so that a customer
who is made during the run is found; an id that Sage 200 doesn't have is asked for once a run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sage200_client import one_of_in_parts

from tap_sage200.api.groups import FEW, MOST_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sage200_client import Sage200Client

_LARGE = frozenset({"customers", "products"})
_LISTS: Mapping[str, tuple[str, ...]] = {
    "country_codes": ("code",),
    "currencies": ("currency_iso_code_id",),
    "currency_iso_codes": ("code",),
    "customers": ("reference", "currency_id"),
    "nominal_codes": ("reference", "cost_centre_code", "department_code"),
    "products": ("code",),
    "warehouses": ("name", "use_for_sales_trading"),
}
"""Fields by list."""
_TABLES: Mapping[str, tuple[str, str]] = {
    "account_currency_ids": ("customers", "currency_id"),
    "account_numbers": ("customers", "reference"),
    "country_codes": ("country_codes", "code"),
    "iso_codes": ("currency_iso_codes", "code"),
    "iso_code_ids": ("currencies", "currency_iso_code_id"),
    "item_codes": ("products", "code"),
    "nominal_cost_centres": ("nominal_codes", "cost_centre_code"),
    "nominal_departments": ("nominal_codes", "department_code"),
    "nominal_numbers": ("nominal_codes", "reference"),
    "warehouse_names": ("warehouses", "name"),
    "warehouse_sells": ("warehouses", "use_for_sales_trading"),
}
"""List and field by table."""
_CHAINS: Mapping[str, tuple[str, str]] = {
    "currency_codes": ("iso_code_ids", "iso_codes"),
    "account_currencies": ("account_currency_ids", "currency_codes"),
}
"""Tables that lead to a key of another."""
# EnumSOPInvoiceCreditTypeInvoice: what it is an enumeration of says nothing about the value.
_KIND_OF_ENUM = re.compile(r"^Enum\w*?Type(?=\w)")


@dataclass
class Listed:
    """What is known of a list.

    Attributes:
        records: By id, or by value and id alike where it is an enumeration; None where Sage 200
            was asked and has none.
        whole: The whole list was read.
    """

    records: dict[Any, Mapping[str, Any] | None] = field(default_factory=dict)
    whole: bool = False


class Lookups:
    """Tables by name; the resource of an enumeration is a table of its own: value → id."""

    def __init__(self, client: Sage200Client, lists: dict[str, Listed]) -> None:
        """Read nothing yet.

        Args:
            client: Where to read.
            lists: What was read before in this run; added to.
        """
        self._client = client
        self._lists = lists

    def find(self, table: str, key: object) -> Any:
        """Return the value of a table, or None where the key is null or unknown."""
        if key is None:
            return None
        if table in _CHAINS:
            first, second = _CHAINS[table]
            return self.find(second, self.find(first, key))
        if table not in _TABLES:
            return self._id(table, key)
        resource, name = _TABLES[table]
        record = self._known(resource, [key]).records[key]
        return None if record is None else record[name]

    def prepare(self, table: str, keys: Iterable[object]) -> None:
        """Ask at once for what a page's records will look up."""
        while table in _CHAINS:
            table = _CHAINS[table][0]
        if table in _TABLES:
            self._known(_TABLES[table][0], keys)

    def table(self, table: str) -> dict[Any, Any]:
        """Return a whole table."""
        resource, name = _TABLES[table]
        listed = self._lists.setdefault(resource, Listed())
        if not listed.whole:
            self._read_whole(resource, listed)
        return {key: record[name] for key, record in listed.records.items() if record is not None}

    def label(self, enum: str, key: object) -> str | None:
        """Return how an enumeration's value is called, for people where Sage 200 says so."""
        if key is None:
            return None
        entry = self._enum(enum).get(key) or {}
        return entry.get("description") or _KIND_OF_ENUM.sub("", str(entry.get("value") or key))

    def _id(self, enum: str, key: object) -> Any:
        """Return the id of a value; the contract has ids as text in places, and they stay ids."""
        entry = self._enum(enum).get(key)
        if entry is not None:
            return entry["id"]
        return (
            int(key) if isinstance(key, int) or (isinstance(key, str) and key.isdecimal()) else None
        )

    def _enum(self, resource: str) -> Mapping[Any, Mapping[str, Any] | None]:
        listed = self._lists.setdefault(resource, Listed())
        if not listed.whole:
            entries = [each for each in self._client.get(resource) if isinstance(each, dict)]
            for each in entries:
                listed.records.update({each["id"]: each, str(each["id"]): each})
            listed.records.update({each["value"]: each for each in entries})
            listed.whole = True
        return listed.records

    def _known(self, resource: str, keys: Iterable[Any]) -> Listed:
        """Return a list in which each of the keys is, be it as one that Sage 200 doesn't have."""
        listed = self._lists.setdefault(resource, Listed())
        unknown = {key for key in keys if key is not None} - listed.records.keys()
        if unknown and not listed.whole and self._is_worth_it(resource, listed, unknown):
            self._read_whole(resource, listed)
        elif unknown:
            ids = sorted(map(int, unknown))
            for where in one_of_in_parts("id", ids, most_characters=MOST_CHARACTERS):
                found = self._client.get(resource, select=["id", *_LISTS[resource]], filter=where)
                listed.records.update(
                    {each["id"]: each for each in found if isinstance(each, dict)}
                )
        for key in unknown:
            listed.records.setdefault(key, None)
        return listed

    @staticmethod
    def _is_worth_it(resource: str, listed: Listed, unknown: set[Any]) -> bool:
        return resource not in _LARGE or len(listed.records) + len(unknown) > FEW

    def _read_whole(self, resource: str, listed: Listed) -> None:
        found = self._client.get_all(resource, select=["id", *_LISTS[resource]])
        listed.records.update({record["id"]: record for record in found})
        listed.whole = True
