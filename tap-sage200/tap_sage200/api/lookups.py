"""What API records only name by id: codes, numbers and names, each table read once and whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sage200_client import Sage200Client

Table = dict[Any, Any]


class Lookups:
    """Tables by name; an enum's resource is a table of its own: value → id."""

    def __init__(self, client: Sage200Client, tables: dict[str, Table]) -> None:
        """Read nothing yet.

        Args:
            client: Where to read.
            tables: What was read before in this run; added to.
        """
        self._client = client
        self._tables = tables
        self._read: Mapping[str, Callable[[], Table]] = {
            "currency_codes": self._currency_codes,
            "country_codes": lambda: self._one("country_codes", "code"),
            "item_codes": lambda: self._one("products", "code"),
            "account_numbers": lambda: self._one("customers", "reference"),
            "account_currencies": self._account_currencies,
            "warehouse_names": lambda: self._one("warehouses", "name"),
            "warehouse_sells": lambda: self._one("warehouses", "use_for_sales_trading"),
            "nominal_numbers": lambda: self._one("nominal_codes", "reference"),
            "nominal_cost_centres": lambda: self._one("nominal_codes", "cost_centre_code"),
            "nominal_departments": lambda: self._one("nominal_codes", "department_code"),
        }

    def find(self, table: str, key: object) -> Any:
        """Return the value of a table, or None where the key is null or unknown."""
        if key is None:
            return None
        if table not in self._tables:
            read = self._read.get(table)
            self._tables[table] = self._enum(table) if read is None else read()
        return self._tables[table].get(key)

    def table(self, table: str) -> Table:
        """Return a whole table."""
        self.find(table, 0)
        return self._tables[table]

    def _one(self, resource: str, field: str) -> Table:
        found = self._client.get_all(resource, select=["id", field])
        return {record["id"]: record[field] for record in found}

    def _enum(self, resource: str) -> Table:
        values = self._client.get(resource)
        return {each["value"]: each["id"] for each in values if isinstance(each, dict)}

    def _currency_codes(self) -> Table:
        codes = self._one("currency_iso_codes", "code")
        currencies = self._one("currencies", "currency_iso_code_id")
        return {currency: codes.get(code) for currency, code in currencies.items()}

    def _account_currencies(self) -> Table:
        codes = self.table("currency_codes")
        return {
            account: codes.get(currency)
            for account, currency in self._one("customers", "currency_id").items()
        }
