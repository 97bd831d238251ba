"""JSON schema of the target's settings."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

from target_sage200.mapping.payment_table import POST_WHEN
from target_sage200.mapping.strategy import STRATEGIES

CONFIG_SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "api_url",
        th.StringType,
        required=True,
        description="Base URL of the Sage 200 API, e.g. …/uk/sage200extra/accounts/v1/",
    ),
    th.Property("token_url", th.StringType, default="https://id.sage.com/oauth/token"),
    th.Property("client_id", th.StringType, required=True, description="OAuth client id"),
    th.Property("client_secret", th.StringType, secret=True, description="OAuth client secret"),
    th.Property(
        "refresh_token",
        th.StringType,
        secret=True,
        description="Refresh token of the first use; afterwards the token store holds it",
    ),
    th.Property("site_id", th.StringType, required=True, description="X-Site, a GUID"),
    th.Property("company_id", th.StringType, required=True, description="X-Company, a number"),
    th.Property(
        "token_key",
        th.StringType,
        secret=True,
        description="Key under which tokens are encrypted in the token store",
    ),
    th.Property(
        "outbox_url",
        th.StringType,
        required=True,
        secret=True,
        description="libpq URL of the PostgreSQL database that holds schema sync",
    ),
    th.Property(
        "mappings_dir", th.StringType, required=True, description="Folder of the mapping tables"
    ),
    th.Property(
        "source", th.StringType, default="magento", description="Name of the Magento installation"
    ),
    th.Property(
        "order_route",
        th.StringType,
        allowed_values=["sop_orders", "ledger"],
        default="sop_orders",
        description="What a Magento order becomes in Sage 200: a sales order, or an invoice in the"
        " sales ledger with Magento's VAT verbatim and without stock",
    ),
    th.Property(
        "post_when",
        th.StringType,
        allowed_values=list(POST_WHEN),
        description="Rule for payment methods that payment_methods.csv does not list;"
        " without it such orders are refused",
    ),
    th.Property(
        "tax_strategy",
        th.StringType,
        allowed_values=list(STRATEGIES),
        default="exact",
        description="Where Sage's VAT differs from Magento's by rounding: exact corrects net, VAT"
        " and gross by rounding lines; gross_only corrects the gross and leaves Sage its VAT; sage"
        " corrects nothing; refuse posts nothing that differs",
    ),
    th.Property(
        "max_rounding",
        th.NumberType,
        default=1,
        description="Largest VAT difference of one VAT code that is taken for rounding, in order"
        " currency; shops that round VAT unit by unit may need more for large quantities",
    ),
    th.Property(
        "start_from",
        th.DateTimeType,
        description="Orders placed before this UTC stamp are not posted",
    ),
    th.Property("minimum_age_minutes", th.IntegerType, default=0),
    th.Property(
        "test_emails",
        th.ArrayType(th.StringType),
        default=[],
        description="E-mail addresses (whole ones) or @domains whose orders are not posted",
    ),
    th.Property(
        "hold_statuses",
        th.ArrayType(th.StringType),
        default=["fraud"],
        description="Statuses in Magento whose orders wait, whatever their state: Magento leaves an"
        " order that the gateway suspects in state processing, with status fraud",
    ),
    th.Property("post_zero_totals", th.BooleanType, default=True),
    th.Property(
        "refunds_before_posting",
        th.StringType,
        allowed_values=["leave_out", "post_in_full"],
        default="leave_out",
        description="What was refunded before the order is posted: leave it out with its money, or"
        " post the order as it was sold and let the refund be a document of its own",
    ),
    th.Property(
        "discounts",
        th.StringType,
        allowed_values=["net_price", "line_discount"],
        default="net_price",
        description="Send prices after discount, or prices before it with Sage's line discount",
    ),
    th.Property(
        "gift_messages",
        th.BooleanType,
        default=True,
        description="Send gift messages as comment lines",
    ),
    th.Property(
        "bundle_price_on",
        th.StringType,
        allowed_values=["children", "parent"],
        default="children",
        description="What a bundle with a fixed price becomes: its children with its money shared"
        " over them, or itself as a stock item; bundles priced by their children (dynamic) always"
        " become these",
    ),
    th.Property("allocate_stock", th.BooleanType, default=True),
    th.Property(
        "description_limit",
        th.IntegerType,
        default=60,
        description="Characters a free-text or comment line takes: 60, or up to 6000 by release",
    ),
    th.Property(
        "text_encoding",
        th.StringType,
        allowed_values=["cp1252", "utf-8"],
        default="cp1252",
        description="What the Sage database can hold",
    ),
    th.Property("timezone", th.StringType, default="Europe/London"),
    th.Property("max_connections", th.IntegerType, default=4),
    th.Property("timeout_seconds", th.IntegerType, default=60),
    th.Property(
        "in_doubt_after_seconds",
        th.IntegerType,
        default=180,
        description="How long a request may still be at work in Sage 200 after it was sent;"
        " a document of unknown fate is asked about only then",
    ),
    th.Property(
        "max_failures",
        th.IntegerType,
        default=5,
        description="Technical failures in a row after which a kind of document is left for now",
    ),
    th.Property(
        "customer_key_field",
        th.StringType,
        default="spare_text_1",
        allowed_values=[
            *(f"spare_text_{number}" for number in range(1, 11)),
            *(f"analysis_code_{number}" for number in range(1, 21)),
        ],
        description="Field of Sage accounts that says whose an account is, where customers.csv"
        " gives each customer one",
    ),
    th.Property(
        "update_accounts",
        th.BooleanType,
        default=False,
        description="Where customers.csv gives each customer an account: send name, billing"
        " address and telephone of a newer order to the account when they changed in Magento",
    ),
    th.Property(
        "max_documents_per_run",
        th.IntegerType,
        description="Documents sent in one run at most; the rest waits for the next one",
    ),
    th.Property(
        "dispatch_window",
        th.StringType,
        description="Hours in which documents are sent, in timezone: 07:00-19:00 or"
        " mon-fri 07:00-19:00; outside of them everything is stored and decided, nothing sent",
    ),
    th.Property(
        "on_total_difference",
        th.StringType,
        allowed_values=["leave", "hold", "delete"],
        default="leave",
        description="What becomes of an order whose totals Sage computed otherwise: leave it live;"
        " or send orders as drafts that go live once proved, and hold a wrong one as a draft or"
        " delete it (two more requests an order)",
    ),
    th.Property(
        "login_warning_days",
        th.IntegerType,
        default=7,
        description="From how many days before the login to Sage 200 ends on each run warns;"
        " 0 only once it has ended",
    ),
    th.Property(
        "dry_run",
        th.BooleanType,
        default=False,
        description="Decide and map, show what would be posted, send nothing",
    ),
    th.Property("user_agent", th.StringType, default="target-sage200"),
    th.Property("verify_tls", th.BooleanType, default=True),
).to_dict()
