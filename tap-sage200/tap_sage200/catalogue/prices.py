"""Prices: bands, prices of items, discount groups."""

from __future__ import annotations

from tap_sage200.catalogue.stamps import CREATED, OP_LOCK, UPDATED
from tap_sage200.columns import Column, Kind

_WHOLE, _NUMBER, _TEXT, _FLAG = Kind.INTEGER, Kind.NUMBER, Kind.TEXT, Kind.FLAG

PRICE_BANDS = (
    Column("price_band_id", _WHOLE, "PriceBand.PriceBandID"),
    Column("price_band_name", _TEXT, "Name"),
    Column("description", _TEXT, "Description"),
    Column("is_standard", _FLAG, "The one standard band"),
    Column("currency_code", _TEXT, "ISO code; null is the base currency"),
    Column("price_band_type_id", _WHOLE, "0 universal, 1 limited"),
    Column("is_active", _FLAG, "In use"),
    Column("is_time_based", _FLAG, "Holds between two dates"),
    Column("active_from", Kind.MOMENT, "From then on"),
    Column("active_to", Kind.MOMENT, "Until then"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

STOCK_ITEM_PRICES = (
    Column("stock_item_price_id", _WHOLE, "StockItemPrice.StockItemPriceID"),
    Column("item_id", _WHOLE, "StockItem.ItemID"),
    Column("item_code", _TEXT, "Stock code"),
    Column("price_band_id", _WHOLE, "PriceBand.PriceBandID"),
    Column("price_band_name", _TEXT, "Name of the band"),
    Column("currency_code", _TEXT, "ISO code of the band; null is the base currency"),
    Column("price", _NUMBER, "Price of a pricing unit, currency of the band"),
    Column("use_standard", _FLAG, "Take the price of the standard band instead"),
    CREATED,
    UPDATED,
    OP_LOCK,
)

DISCOUNT_GROUPS = (
    Column("discount_group_id", _WHOLE, "CustomerDiscountGroup.CustomerDiscountGroupID"),
    Column("discount_group_name", _TEXT, "Name"),
    Column("description", _TEXT, "Description"),
    Column("is_single_customer", _FLAG, "Made for one customer; SQL only"),
    CREATED,
    UPDATED,
    OP_LOCK,
)


STREAMS = {
    "price_bands": PRICE_BANDS,
    "stock_item_prices": STOCK_ITEM_PRICES,
    "discount_groups": DISCOUNT_GROUPS,
}
