"""The columns of each CSV file of a company; ``sandbox/companies/README.md`` explains them."""

from __future__ import annotations

from sandbox.sage200.seed.csv_file import CsvColumn as Col

_ADDRESS = (
    Col("address_1", length=60),
    Col("address_2", length=60),
    Col("address_3", length=60),
    Col("address_4", length=60),
    Col("city", length=60),
    Col("county", length=60),
    Col("postcode", length=10),
    Col("country", length=2),
)

COMPANY = (
    Col("site_id", required=True, length=36),
    Col("site_name", required=True, length=100),
    Col("site_short_name", length=50),
    Col("company_id", "integer", required=True),
    Col("company_name", required=True, length=100),
    Col("base_currency", required=True, length=3),
    Col("financial_year_start", "date", required=True),
    Col("default_tax_code", "integer", required=True),
)
SETTINGS = (Col("setting", required=True), Col("value"))
CLIENTS = (
    Col("client_id", required=True),
    Col("client_secret"),
    Col("redirect_uris"),
)
USERS = (
    Col("user_number", "integer", required=True),
    Col("user_name", required=True, length=20),
    Col("override_prices_discounts", "flag", default="false"),
    Col("override_credit_holds", "flag", default="false"),
    Col("modules"),
    Col("full_order_warehouse", length=20),
    Col("client_id"),
    Col("first_refresh_token"),
)
CURRENCIES = (
    Col("code", required=True, length=3),
    Col("name", required=True, length=30),
    Col("symbol", required=True, length=4),
    Col("rate", "decimal", required=True),
)
COUNTRIES = (
    Col("code", required=True, length=2),
    Col("name", required=True, length=60),
    Col("eu_member", "flag", default="false"),
)
TAX_CODES = (
    Col("code", "integer", required=True),
    Col("name", required=True, length=60),
    Col("rate", "decimal", required=True),
    Col("output_nominal_account", length=8),
)
NOMINAL_ACCOUNTS = (
    Col("account", required=True, length=8),
    Col("cost_centre", length=3),
    Col("department", length=3),
    Col("name", required=True, length=60),
)
BANKS = (
    Col("code", required=True, length=8),
    Col("name", required=True, length=60),
    Col("currency", required=True, length=3),
    Col("nominal_account", required=True, length=8),
)
PRODUCT_GROUPS = (
    Col("code", required=True, length=20),
    Col("description", length=50),
    Col("type", required=True),
    Col("revenue_nominal_account", required=True, length=8),
)
PRODUCTS = (
    Col("code", required=True, length=30),
    Col("name", required=True, length=60),
    Col("description", length=1000),
    Col("group", required=True, length=20),
    Col("tax_code", "integer", required=True),
    Col("price", "decimal", required=True),
    Col("standard_cost", "decimal"),
    Col("weight", "decimal"),
    Col("barcode", length=60),
    Col("active", "flag", default="true"),
    Col("allow_sales_order", "flag", default="true"),
)
PRICE_BANDS = (
    Col("name", required=True, length=20),
    Col("description", length=50),
    Col("currency", required=True, length=3),
    Col("limited", "flag", default="false"),
    Col("active", "flag", default="true"),
    Col("starts", "date"),
    Col("ends", "date"),
)
PRICES = (
    Col("band", required=True, length=20),
    Col("product", required=True, length=30),
    Col("price", "decimal"),
    Col("use_standard", "flag", default="false"),
)
DISCOUNTS = (
    Col("discount_group", required=True, length=20),
    Col("product", length=30),
    Col("product_group", length=20),
    Col("more_than", "decimal"),
    Col("percent", "decimal"),
    Col("amount", "decimal"),
)
ORDER_VALUE_DISCOUNTS = (
    Col("name", required=True, length=20),
    Col("more_than", "decimal"),
    Col("percent", "decimal", required=True),
)
WAREHOUSES = (
    Col("name", required=True, length=20),
    Col("description", length=50),
    Col("use_for_sales_trading", "flag", default="true"),
    Col("type", default="standard"),
    Col("postal_name", length=60),
    *_ADDRESS,
)
STOCK = (
    Col("product", required=True, length=30),
    Col("warehouse", required=True, length=20),
    Col("confirmed", "decimal"),
    Col("unconfirmed", "decimal"),
    Col("allocated_stock", "decimal"),
    Col("allocated_bom", "decimal"),
    Col("reserved", "decimal"),
    Col("on_purchase_order", "decimal"),
)
CUSTOMERS = (
    Col("account", required=True, length=8),
    Col("name", required=True, length=60),
    Col("short_name", length=8),
    Col("currency", required=True, length=3),
    Col("country", required=True, length=2),
    Col("tax_code", "integer", required=True),
    Col("use_tax_code_as_default", "flag", default="false"),
    Col("credit_limit", "decimal"),
    Col("balance", "decimal"),
    Col("on_hold", "flag", default="false"),
    Col("hidden", "flag", default="false"),
    Col("vat_number", length=30),
    Col("price_band", length=20),
    Col("limited_price_bands"),
    Col("discount_group", length=20),
    Col("order_value_discount", length=20),
    Col("nominal_account", length=8),
    Col("nominal_cost_centre", length=3),
    Col("nominal_department", length=3),
    *_ADDRESS,
)
DELIVERY_ADDRESSES = (
    Col("account", required=True, length=8),
    Col("description", required=True, length=255),
    Col("postal_name", length=60),
    *_ADDRESS,
    Col("contact", length=235),
    Col("telephone", length=60),
    Col("email", length=255),
    Col("tax_code", "integer", required=True),
)
PAYMENT_METHODS = (
    Col("name", required=True, length=20),
    Col("description", length=100),
    Col("currency", length=3),
    Col("nominal_account", length=8),
    Col("card_processing_method", "flag", default="false"),
)
ADDITIONAL_CHARGES = (
    Col("code", required=True, length=20),
    Col("name", required=True, length=60),
    Col("value", "decimal"),
    Col("tax_code", "integer", required=True),
    Col("nominal_account", required=True, length=8),
)
ORDERS = (
    Col("order", required=True),
    Col("account", required=True, length=8),
    Col("document_date", "date", required=True),
    Col("customer_document_no", length=30),
    Col("entered_by", length=30),
)
ORDER_LINES = (
    Col("order", required=True),
    Col("line_type", required=True),
    Col("code", length=30),
    Col("description", length=6000),
    Col("warehouse", length=20),
    Col("quantity", "decimal"),
    Col("unit_price", "decimal"),
    Col("tax_code", "integer"),
    Col("allocate", "decimal"),
)
