"""Salable quantities: asked for one SKU and stock at a time, so only for chosen SKUs."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from magento_client import (
    AuthMethod,
    Condition,
    MagentoSettings,
    NotJsonError,
    RefusedError,
    SearchCriteria,
)
from magento_client.rows import value

from tap_magento.entities import STOCKS
from tap_magento.row_values import needed
from tap_magento.table_read import TableRead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from magento_client import MagentoClient, RawRow

    from tap_magento.fetchers import Fetchers
    from tap_magento.page_size import PageSize

logger = logging.getLogger(__name__)

STREAM = "salable_quantities"
PATH = "V1/inventory/get-product-salable-quantity"
_PRODUCTS = "V1/products"
_SKUS_A_REQUEST = 50
_HAVE_STOCK = frozenset({"simple", "virtual", "downloadable"})
_ENCODER = msgspec.json.Encoder(decimal_format="number")
# Magento's versions sign a path with any of these differently (see magento_client.client).
_UNSIGNABLE = frozenset("!*'();:@&=+$,/?#[]%")


class SalableRead:
    """Reads what can be sold of chosen SKUs from each stock."""

    def __init__(
        self,
        client: MagentoClient,
        fetchers: Fetchers,
        page_size: PageSize,
        settings: MagentoSettings,
        skus: tuple[str, ...],
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._client = client
        self._fetchers = fetchers
        self._page_size = page_size
        self._stocks = TableRead(client, fetchers, page_size, STOCKS)
        self._signed = settings.auth_method is AuthMethod.OAUTH1
        self._skus = tuple(dict.fromkeys(skus))

    def read(self) -> Iterator[list[RawRow]]:
        """Hand out one row for each SKU and stock."""
        if not self._skus:
            logger.info("Stream %s has no rows: the setting salable_skus is empty.", STREAM)
            return
        stocks = self._stock_ids(self._stocks.read())
        for sku in self._asked(self._skus):
            answers = [
                (stock, self._fetchers.submit(partial(self._quantity, sku, stock)))
                for stock in stocks
            ]
            yield [row for stock, answer in answers for row in self._row(sku, stock, answer)]

    def sample(self) -> Iterator[list[RawRow]]:
        """Hand out a row of one SKU, enough to know that they may be read."""
        stocks = self._stock_ids(self._stocks.sample()) if self._skus else []
        for sku in self._asked(self._skus[:1]):
            for stock in stocks[:1]:
                answer = self._fetchers.submit(partial(self._quantity, sku, stock))
                yield list(self._row(sku, stock, answer))

    def _stock_ids(self, pages: Iterator[list[RawRow]]) -> list[int]:
        return [int(bytes(needed(row, "stock_id", STOCKS.path))) for rows in pages for row in rows]

    def _asked(self, skus: tuple[str, ...]) -> Iterator[str]:
        """Return the SKUs that have stock of their own; the shop fails over any other."""
        left = skus
        while left:
            chosen = left[: min(_SKUS_A_REQUEST, self._page_size.rows)]
            types = self._types(chosen)
            if len(chosen) > self._page_size.rows:
                # The shop allows fewer rows than were asked for.
                continue
            left = left[len(chosen) :]
            for sku in chosen:
                kind = types.get(sku.casefold())
                if kind not in _HAVE_STOCK:
                    what = "is no product of this shop" if kind is None else f"is of type {kind}"
                    logger.warning("%s: SKU %s %s and is left out.", STREAM, sku, what)
                elif self._signed and _UNSIGNABLE & set(sku):
                    logger.warning(
                        "%s: SKU %s is left out: Magento's versions sign its characters "
                        "differently; use auth_method bearer.",
                        STREAM,
                        sku,
                    )
                else:
                    yield sku

    def _types(self, skus: tuple[str, ...]) -> dict[str, str]:
        """Return the product types by SKU, in lower case as the shop compares them."""
        plain = [sku for sku in skus if "," not in sku]
        questions = [SearchCriteria().where("sku", Condition.EQ, sku) for sku in skus if "," in sku]
        if plain:
            questions.append(SearchCriteria().where("sku", Condition.IN, plain))
        rows = [
            row
            for question in questions
            for row in self._fetchers.call(
                partial(self._page_size.search, self._client, _PRODUCTS, question)
            ).rows
        ]
        return {
            str(value(needed(row, "sku", _PRODUCTS))).casefold(): str(
                value(needed(row, "type_id", _PRODUCTS))
            )
            for row in rows
        }

    def _quantity(self, sku: str, stock: int) -> object:
        return self._client.get(f"{PATH}/{quote(sku, safe='')}/{stock}").body

    def _row(self, sku: str, stock: int, answer: Future[object]) -> Iterator[RawRow]:
        try:
            quantity = self._fetchers.result(answer)
        except RefusedError as refused:
            logger.warning(
                "%s: SKU %s has no quantity in stock %d: %s", STREAM, sku, stock, refused.reason
            )
        except NotJsonError as strange:
            if "/" not in sku:
                raise
            logger.warning(
                "%s: SKU %s is left out, as the web server does not pass on a slash in an address "
                "(allow encoded slashes, in Apache AllowEncodedSlashes NoDecode): %s",
                STREAM,
                sku,
                strange,
            )
        else:
            row = {"sku": sku, "stock_id": stock, "salable_quantity": quantity}
            yield {name: msgspec.Raw(_ENCODER.encode(one)) for name, one in row.items()}
