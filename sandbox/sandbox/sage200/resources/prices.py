"""Price bands, prices, discount groups and the price book's settings."""

from __future__ import annotations

from sandbox.sage200.resources.parts import CURRENCY, PRODUCT
from sandbox.sage200.resources.source import Link, Part, Source, Words

SOURCES = {
    "product_price_views": Source(
        shape="product_price_view",
        table="StockItemPrice",
        joins='join dbo."StockItem" i using ("ItemID") join dbo."PriceBand" b using ("PriceBandID")'
        ' left join dbo."SYSCurrency" u on u."SYSCurrencyID" = b."CurrencyID"',
        parts={
            "product_price_": Part("t", "StockItemPrice"),
            "product_": PRODUCT,
            "price_band_": Part("b", "PriceBand"),
            "currency_": CURRENCY,
        },
        order='lower(i."Code"), t."StockItemPriceID"',
        key="product_price_id",
    ),
    "price_bands": Source(
        shape="price_band",
        table="PriceBand",
        fields={
            "is_standard_band": "ThisIsTheStandardBand",
            "price_band_type": Words("price_band_types", 'coalesce(t."PriceBandTypeID", 0)'),
        },
    ),
    "customer_price_bands": Source(
        shape="customer_price_band",
        table="SLCustomerPriceMapping",
        fields={"customer_id": "SLCustomerAccountID", "is_to_delete": "0"},
        links={"price_band": Link("price_bands", "price_band_id")},
    ),
    "customer_discount_groups": Source(
        shape="customer_discount_group", table="CustomerDiscountGroup"
    ),
    "order_value_discounts": Source(shape="order_value_discount", table="OrderValueDiscount"),
    "price_book_settings": Source(shape="price_book_settings", table="PriceBookSetting"),
}
