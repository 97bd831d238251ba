"""Sage 200's codes and their ids, read in bulk once a run and looked up without a request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from sage200_client.exceptions import FixRequest, FixSettings, ReportAnswer
from sage200_client.reference_records import (
    AdditionalCharge,
    Country,
    Currency,
    CurrencyIsoCode,
    Customer,
    Holding,
    NominalCode,
    PaymentMethod,
    Product,
    ProductGroup,
    Record,
    SopSettings,
    TaxCode,
    Warehouse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sage200_client.client import Sage200Client

_CONNECTIONS = 4
_READ_WHOLE = {"warehouses"}
"""Resources that are short, and whose fields the Standard edition lacks in part: an unknown name in
``$select`` would be refused."""

R = TypeVar("R", bound=Record)


class Codes(Generic[R]):
    """The records of one resource, by code and by id.

    Codes are compared as Sage's usual SQL Server collation (Latin1_General_CI_AS) compares them:
    case and trailing spaces don't count, accents do.
    """

    def __init__(self, what: str, records: Iterable[R], code_of: Callable[[R], str]) -> None:
        """Index the records.

        Args:
            what: What one is called, for messages.
            records: The records.
            code_of: Gives a record's code; records without one are found by id only.
        """
        self._what = what
        self._by_id = {record.id: record for record in records}
        self._by_code: dict[str, list[R]] = {}
        for record in self._by_id.values():
            code = _collated(code_of(record))
            if code:
                self._by_code.setdefault(code, []).append(record)

    def find(self, code: str) -> R | None:
        """Return the record with this code, or None.

        Raises:
            FixSettings: Several have it, so that choosing one would be a guess.
        """
        found = self._by_code.get(_collated(code), [])
        if len(found) > 1:
            raise FixSettings(
                f"Sage 200 has {len(found)} records of {self._what} {code!r}: rename all but one."
            )
        return found[0] if found else None

    def by_id(self, record_id: int | None) -> R | None:
        """Return the record with this id, or None."""
        return None if record_id is None else self._by_id.get(record_id)

    def __iter__(self) -> Iterator[R]:
        """Iterate over all records in the order of their ids."""
        return iter(self._by_id.values())

    def __len__(self) -> int:
        """Count the records."""
        return len(self._by_id)


@dataclass(frozen=True)
class Reference:
    """What a document needs to name things as Sage 200 does, at one moment.

    Attributes:
        products: By stock code.
        product_groups: By group code.
        tax_codes: By their number, ``"1"`` for instance.
        warehouses: By name.
        customers: By account reference.
        payment_methods: By name.
        additional_charges: By code.
        currencies: By ISO code, or by symbol where the release doesn't tell ISO codes.
        countries: By two-letter code.
        settings: Sales order processing settings.
        nominal_codes: By ``reference/cost centre/department``; empty unless asked for.
        holdings: (product id, warehouse id) of every product that a warehouse holds; empty unless
            asked for. A line for a product that its warehouse doesn't hold is refused.
    """

    products: Codes[Product]
    product_groups: Codes[ProductGroup]
    tax_codes: Codes[TaxCode]
    warehouses: Codes[Warehouse]
    customers: Codes[Customer]
    payment_methods: Codes[PaymentMethod]
    additional_charges: Codes[AdditionalCharge]
    currencies: Codes[Currency]
    countries: Codes[Country]
    settings: SopSettings
    nominal_codes: Codes[NominalCode]
    holdings: frozenset[tuple[int, int]]

    def base_currency(self) -> Currency | None:
        """Return the company's own currency; None where Sage marks none."""
        return next((one for one in self.currencies if one.is_base_currency), None)


def load_reference(
    client: Sage200Client, *, with_nominal_codes: bool = False, with_holdings: bool = False
) -> Reference:
    """Read everything in bulk, a few resources at a time.

    Args:
        client: The company.
        with_nominal_codes: Read the nominal codes too.
        with_holdings: Read which warehouse holds which product too.

    Raises:
        FixRequest, FixSettings, RetryLater, ReportAnswer: As :meth:`Sage200Client.get`.
    """
    with ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="sage200-reference") as pool:

        def read(resource: str, kind: type[R]) -> Callable[[], list[R]]:
            return pool.submit(_read, client, resource, kind).result

        products = read("products", Product)
        product_groups = read("product_groups", ProductGroup)
        customers = read("customers", Customer)
        tax_codes = read("tax_codes", TaxCode)
        warehouses = read("warehouses", Warehouse)
        payment_methods = read("sop_payment_methods", PaymentMethod)
        charges = read("sop_additional_charges", AdditionalCharge)
        currencies = read("currencies", Currency)
        countries = read("country_codes", Country)
        settings = read("sop_settings", SopSettings)
        iso_codes = pool.submit(_iso_codes, client).result
        nominal = read("nominal_codes", NominalCode) if with_nominal_codes else list
        holdings = read("warehouse_holdings", Holding) if with_holdings else list
        iso = iso_codes()
        return Reference(
            products=Codes("product code", products(), lambda one: one.code),
            product_groups=Codes("product group", product_groups(), lambda one: one.code),
            tax_codes=Codes("VAT code", tax_codes(), lambda one: str(one.code)),
            warehouses=Codes("warehouse", warehouses(), lambda one: one.name),
            customers=Codes("customer account", customers(), lambda one: one.reference),
            payment_methods=Codes("payment method", payment_methods(), lambda one: one.name or ""),
            additional_charges=Codes("additional charge", charges(), lambda one: one.code or ""),
            currencies=Codes(
                "currency",
                currencies(),
                lambda one: iso.get(one.currency_iso_code_id or 0) or one.symbol,
            ),
            countries=Codes("country code", countries(), lambda one: one.code),
            settings=_only(settings()),
            nominal_codes=Codes("nominal code", nominal(), NominalCode.full_code),
            holdings=frozenset((one.product_id, one.warehouse_id) for one in holdings()),
        )


def _read(client: Sage200Client, resource: str, kind: type[R]) -> list[R]:
    select = None if resource in _READ_WHOLE else kind.__struct_fields__
    rows = client.get_all(resource, select=select)
    try:
        return msgspec.convert(list(rows), list[kind])  # type: ignore[valid-type]
    except msgspec.ValidationError as error:
        raise ReportAnswer(f"Sage 200's {resource} are not as documented: {error}.") from error


def _iso_codes(client: Sage200Client) -> dict[int, str]:
    """Return the ISO code of each id; empty where the release has no such resource."""
    try:
        return {one.id: one.code for one in _read(client, "currency_iso_codes", CurrencyIsoCode)}
    except FixRequest as error:
        if error.status == 404:  # noqa: PLR2004 - not found
            return {}
        raise


def _only(settings: list[SopSettings]) -> SopSettings:
    if len(settings) != 1:
        raise ReportAnswer(f"Sage 200 gave {len(settings)} records of sop_settings instead of one.")
    return settings[0]


def _collated(code: str) -> str:
    return code.rstrip(" ").casefold()
