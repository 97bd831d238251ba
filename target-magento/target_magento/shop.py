"""What is read from and written to Magento for stock."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from magento_client import (
    Condition,
    Filter,
    InputLimitError,
    NotFoundError,
    RefusedError,
    SearchCriteria,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from magento_client import MagentoClient

_PAGE_SIZE = 1000
_SKUS_A_SEARCH = 50
_LONGEST_SKU_LIST = 1500
"""Characters of quoted SKUs in one address: servers cut or refuse long ones."""
_EQUALS_A_SEARCH = 10


@dataclass(frozen=True)
class SourceItem:
    """One SKU in one source, as Magento holds it; with status 0 it is not sold."""

    source_code: str
    sku: str
    quantity: Decimal
    status: int


@dataclass(frozen=True)
class Product:
    """A SKU as Magento spells it, and its type (simple, virtual, configurable, bundle, …)."""

    sku: str
    type_id: str


@dataclass(frozen=True)
class Change:
    """A quantity to publish.

    Attributes:
        id: The row of the plan.
        source_code: The source.
        sku: The SKU as Magento spells it.
        quantity: New quantity, four decimals.
        status: 1 in stock, 0 out of stock.
    """

    id: int
    source_code: str
    sku: str
    quantity: Decimal
    status: int


@dataclass(frozen=True)
class Refusal:
    """A change that Magento did not accept, with its own words."""

    id: int
    words: str


class Shop:
    """Magento's side of stock."""

    def __init__(self, client: MagentoClient) -> None:
        """Use ``client``."""
        self._client = client
        self._most_items: int | None = None

    def sources(self) -> dict[str, bool]:
        """Return for each source code whether the source is enabled."""
        return {
            str(row["source_code"]): bool(row.get("enabled"))
            for row in self._rows("V1/inventory/sources", SearchCriteria())
        }

    def source_items(self, sources: Sequence[str]) -> Iterator[SourceItem]:
        """Yield what these sources hold.

        A row that is missed because rows come or go meanwhile only means that it is sent again.
        """
        criteria = SearchCriteria().where("source_code", Condition.IN, list(sources))
        for row in self._rows("V1/inventory/source-items", criteria):
            yield SourceItem(
                source_code=str(row["source_code"]),
                sku=str(row["sku"]),
                quantity=Decimal(row["quantity"]),
                status=int(row["status"]),
            )

    def products(self, skus: Iterable[str]) -> Iterator[Product]:
        """Yield those of ``skus`` that exist, whatever their case."""
        for criteria in _sku_searches(skus):
            for row in self._rows("V1/products", criteria):
                yield Product(str(row["sku"]), str(row["type_id"]))

    def publish(self, changes: Sequence[Change]) -> list[Refusal]:
        """Write quantities; sending the same twice does no harm, so failures are retried.

        Magento refuses a whole request for one bad row without saying which. So a refused request
        is halved until the bad rows stand alone; the others go through.

        Returns:
            The refused ones.

        Raises:
            MagentoError: Magento is away, doesn't know us, or has no multi-source inventory.
        """
        if self._most_items is not None and len(changes) > self._most_items:
            return self._publish_in_parts(changes, self._most_items)
        body = {
            "sourceItems": [
                {
                    "sku": change.sku,
                    "source_code": change.source_code,
                    "quantity": change.quantity,
                    "status": change.status,
                }
                for change in changes
            ]
        }
        try:
            self._client.post("V1/inventory/source-items", body, retry=True)
        except NotFoundError:
            raise
        except InputLimitError as error:
            if len(changes) <= error.limit or error.limit < 1:
                raise
            self._most_items = error.limit
            return self._publish_in_parts(changes, error.limit)
        except RefusedError as refused:
            if len(changes) == 1:
                return [Refusal(changes[0].id, refused.reason)]
            return self._publish_in_parts(changes, (len(changes) + 1) // 2)
        return []

    def _publish_in_parts(self, changes: Sequence[Change], size: int) -> list[Refusal]:
        refused: list[Refusal] = []
        for start in range(0, len(changes), size):
            refused += self.publish(changes[start : start + size])
        return refused

    def _rows(self, path: str, criteria: SearchCriteria) -> Iterator[dict[str, Any]]:
        """Yield all rows of a list, page by page."""
        size, page = _PAGE_SIZE, 1
        while True:
            try:
                answer = self._client.search(path, criteria.sized(size).at_page(page))
            except InputLimitError as error:
                if page > 1 or not 1 <= error.limit < size:
                    raise
                size = error.limit
                continue
            yield from answer.items
            if len(answer.items) < size or page * size >= answer.total_count:
                return
            page += 1


def _sku_searches(skus: Iterable[str]) -> Iterator[SearchCriteria]:
    """Yield searches for all ``skus``, none too long for an address.

    Magento splits a list at commas and knows no quoting, so a SKU with a comma is compared alone.
    """
    listed: list[str] = []
    alone: list[str] = []
    length = 0
    for sku in skus:
        if "," in sku:
            alone.append(sku)
            continue
        cost = len(quote(sku, safe="")) + 3
        if listed and (len(listed) >= _SKUS_A_SEARCH or length + cost > _LONGEST_SKU_LIST):
            yield SearchCriteria().where("sku", Condition.IN, listed)
            listed, length = [], 0
        listed.append(sku)
        length += cost
    if listed:
        yield SearchCriteria().where("sku", Condition.IN, listed)
    for start in range(0, len(alone), _EQUALS_A_SEARCH):
        part = alone[start : start + _EQUALS_A_SEARCH]
        yield SearchCriteria().where_any(*(Filter("sku", Condition.EQ, sku) for sku in part))
