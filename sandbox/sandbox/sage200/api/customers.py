"""Opening and changing customer accounts, as ``POST`` and ``PUT /customers`` do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.sage200.contract.tables import tables
from sandbox.sage200.orders.store import insert, update
from sandbox.sage200.orders.wanted import parse_stamp
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.resources.sales import CUSTOMER_FIELDS
from sandbox.sage200.resources.source import Words
from sandbox.sage200.schema.enums import enum_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from sandbox.sage200.counter import Counter
    from sandbox.sage200.orders.wanted import Value

_TABLE = "SLCustomerAccount"
_MAIN_LOCATION = 1
_REFERENCES = {
    "currency_id": ("SYSCurrency", "SYSCurrencyID"),
    "country_code_id": ("SYSCountryCode", "SYSCountryCodeID"),
    "default_tax_code_id": ("SYSTaxRate", "SYSTaxRateID"),
    "price_band_id": ("PriceBand", "PriceBandID"),
}
_ADDRESS = {
    **{f"address_{number}": f"AddressLine{number}" for number in range(1, 5)},
    "city": "City",
    "county": "County",
    "postcode": "Postcode",
    "address_country_code_id": "AddressCountryID",
}
_DEFAULTS = """
    select c."SYSCurrencyID", l."SYSCountryCodeID", l."DefaultSYSTaxRateID"
    from dbo."SYSCurrency" c
    cross join lateral (
        select a."SYSCountryCodeID", a."DefaultSYSTaxRateID" from dbo."SLCustomerAccount" a
        order by a."SLCustomerAccountID" limit 1
    ) l
    where c."ThisIsBaseCurrency" = 1
"""


def open_account(connection: psycopg.Connection, counter: Counter, sent: Mapping[str, Any]) -> int:
    """Open an account and return its id.

    Currency, country and VAT code are those of the company's first account where none is sent.

    Raises:
        Refusal: The reference is missing or taken, or an id is of nothing.
    """
    reference = sent.get("reference", "").upper()
    if not reference:
        raise Refusal("The field 'reference' is required: account numbers are not generated.")
    taken = connection.execute(
        'select from dbo."SLCustomerAccount" where lower("CustomerAccountNumber") = lower(%s)',
        (reference,),
    ).fetchone()
    if taken is not None:
        raise Refusal(f"The field 'reference' is invalid: account '{reference}' exists.")
    _check_references(connection, sent)
    currency_id, country_id, tax_id = connection.execute(_DEFAULTS).fetchone() or (0, 0, 0)
    customer_id = counter.next(_TABLE)
    columns: dict[str, Value] = {
        "SYSCurrencyID": currency_id,
        "SYSCountryCodeID": country_id,
        "DefaultSYSTaxRateID": tax_id,
        "CustomerAccountShortName": sent["name"][:8],
        **_columns(sent),
        "SLCustomerAccountID": customer_id,
        "CustomerAccountNumber": reference,
    }
    insert(connection, _TABLE, [columns])
    location: dict[str, Value] = {
        "AddressCountryID": columns["SYSCountryCodeID"],
        **_location(sent.get("main_address", {})),
        "SLCustomerLocationID": counter.next("SLCustomerLocation"),
        "SLCustomerAccountID": customer_id,
        "SYSCountryCodeID": columns["SYSCountryCodeID"],
        "SYSTraderLocationTypeID": _MAIN_LOCATION,
    }
    insert(connection, "SLCustomerLocation", [location])
    return customer_id


def change_account(
    connection: psycopg.Connection, customer_id: int, sent: Mapping[str, Any]
) -> None:
    """Change what is sent of an account; all else stays.

    Raises:
        Refusal: There is no such account, or its number or currency is to be another.
    """
    found = connection.execute(
        'select "CustomerAccountNumber", "SYSCurrencyID" from dbo."SLCustomerAccount"'
        ' where "SLCustomerAccountID" = %s for update',
        (customer_id,),
    ).fetchone()
    if found is None:
        raise Refusal(f"There is no record {customer_id} in 'customers'.", 404)
    for name, kept in zip(("reference", "currency_id"), found):
        if name in sent and str(sent[name]).upper() != str(kept).upper():
            raise Refusal(f"The field '{name}' is invalid: it can't be changed.")
    _check_references(connection, sent)
    columns = _columns(sent)
    columns.pop("CustomerAccountNumber", None)
    update(connection, _TABLE, ("SLCustomerAccountID", customer_id), columns)
    location = _location(sent.get("main_address", {}))
    if "SYSCountryCodeID" in columns:
        location["SYSCountryCodeID"] = columns["SYSCountryCodeID"]
    main = connection.execute(
        'select "SLCustomerLocationID" from dbo."SLCustomerLocation"'
        ' where "SLCustomerAccountID" = %s and "SYSTraderLocationTypeID" = %s',
        (customer_id, _MAIN_LOCATION),
    ).fetchone()
    if main is not None:
        update(connection, "SLCustomerLocation", ("SLCustomerLocationID", main[0]), location)


def _location(address: Mapping[str, Any]) -> dict[str, Value]:
    """The columns that a main address names."""
    return {column: address[name] for name, column in _ADDRESS.items() if name in address}


def _check_references(connection: psycopg.Connection, sent: Mapping[str, Any]) -> None:
    for name, (table, key) in _REFERENCES.items():
        _check_exists(connection, name, sent.get(name), table, key)


def _check_exists(
    connection: psycopg.Connection, name: str, value: int | None, table: str, key: str
) -> None:
    if value is None:
        return
    # table and key are those of this module
    found = connection.execute(f'select from dbo."{table}" where "{key}" = %s', (value,))
    if found.fetchone() is None:
        raise Refusal(f"The field '{name}' is invalid: there is no record {value}.")


def _columns(sent: Mapping[str, Any]) -> dict[str, Value]:
    squashed = {name.lower(): name for name in tables()[_TABLE].columns}
    columns: dict[str, Value] = {}
    for name, value in sent.items():
        given = CUSTOMER_FIELDS.get(name, squashed.get(name.replace("_", "").lower()))
        if isinstance(given, Words):
            columns[given.column] = _word_id(name, given.enum, value)
            continue
        column = tables()[_TABLE].columns.get(given or "")
        if column is not None:
            columns[column.name] = _stored(column.type, value)
    return columns


def _word_id(name: str, enum: str, value: str) -> int:
    try:
        return enum_id(enum, value)
    except KeyError:
        raise Refusal(f"The field '{name}' is invalid: '{value}' is not known.") from None


def _stored(column_type: str, value: Any) -> Value:
    if isinstance(value, bool):
        return int(value)
    if column_type == "datetime":
        return parse_stamp(value)
    stored: Value = value
    return stored
