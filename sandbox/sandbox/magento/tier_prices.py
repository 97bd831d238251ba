"""Tier prices of a product as each store shows them.

Magento keeps a tier price for one website, or for all of them (website 0). Read through a store
view it answers those of website 0 and of the store's own website only, each with the store's
website as ``website_id``; only the scope ``all`` answers them as they are kept
(``AbstractGroupPrice::preparePriceData``). Prices are not converted into a website's currency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.magento.json_text import Document

ALL_WEBSITES = 0


def seen_through(product: Document, website_id: int | None) -> Document:
    """Return a product as a store of a website shows it.

    Args:
        product: The product as it is kept.
        website_id: The store's website; None for the scope ``all``.
    """
    prices = product.get("tier_prices")
    if website_id is None or not prices:
        return product
    own = {_tier(price) for price in prices if _website(price) == website_id}
    shown = [
        _moved(price, website_id)
        for price in prices
        if _website(price) == website_id
        or (_website(price) == ALL_WEBSITES and _tier(price) not in own)
    ]
    return {**product, "tier_prices": shown}


def as_kept(product: Document, website_id: int) -> Document:
    """Return a product as it is kept, from what a store of a website showed.

    What was recorded does not tell which prices were kept for the website and which for all; the
    recorded shop's were written for all.
    """
    prices = product.get("tier_prices")
    if not prices:
        return product
    kept = [
        _moved(price, ALL_WEBSITES) if _website(price) == website_id else price for price in prices
    ]
    return {**product, "tier_prices": kept}


def website_of(stores: Iterable[Document], code: str) -> int | None:
    """Return the website of a store view; of the first one where no store has the code."""
    views = sorted((s for s in stores if s["id"]), key=lambda store: int(store["id"]))
    for store in views:
        if store["code"] == code:
            return int(store["website_id"])
    return int(views[0]["website_id"]) if views else None


def _tier(price: Document) -> tuple[object, object]:
    return price["customer_group_id"], price["qty"]


def _website(price: Document) -> int:
    return int(price.get("extension_attributes", {}).get("website_id", ALL_WEBSITES))


def _moved(price: Document, website_id: int) -> Document:
    extension = {**price.get("extension_attributes", {}), "website_id": website_id}
    return {**price, "extension_attributes": extension}
