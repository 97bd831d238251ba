"""The settings of the REST API, named as in target-sage200."""

from __future__ import annotations

from sage200_client.settings import DEFAULT_TOKEN_URL
from singer_sdk import typing as th

API_SETTINGS = (
    th.Property(
        "api_url",
        th.StringType,
        description=(
            "https://api.columbus.sage.com/uk/sage200extra/accounts/v1/ for Professional, "
            "https://api.columbus.sage.com/uk/sage200/accounts/v1/ for Standard."
        ),
    ),
    th.Property(
        "token_url", th.StringType, default=DEFAULT_TOKEN_URL, description="Where tokens are made."
    ),
    th.Property("client_id", th.StringType, description="Id of your application, given by Sage."),
    th.Property(
        "client_secret", th.StringType, secret=True, description="Its secret, if it has one."
    ),
    th.Property(
        "refresh_token",
        th.StringType,
        secret=True,
        description="For the first use only; afterwards the token store keeps the rotating one.",
    ),
    th.Property("site_id", th.StringType, description="See `sage200 sites`."),
    th.Property("company_id", th.StringType, description="See `sage200 sites`."),
    th.Property(
        "token_key",
        th.StringType,
        secret=True,
        description="Encrypts the stored tokens (`sage200 token new-key` makes one).",
    ),
    th.Property(
        "token_store_url",
        th.StringType,
        secret=True,
        description="PostgreSQL URL where the tokens are kept, shared with target-sage200.",
    ),
    th.Property(
        "timeout_seconds",
        th.IntegerType(minimum=1),
        default=60,
        description="Longest wait for the next byte of an answer.",
    ),
    th.Property(
        "login_warning_days",
        th.IntegerType(minimum=0),
        default=7,
        description="From how many days before the login to Sage 200 ends on each run warns.",
    ),
    th.Property(
        "lookback_seconds",
        th.IntegerType(minimum=0),
        default=600,
        description=(
            "What changed so long before the last reading is read again: clocks differ, and a "
            "transaction may be committed after its stamp."
        ),
    ),
    th.Property(
        "full_reread_hours",
        th.NumberType(minimum=0),
        default=24,
        description=(
            "By the API: stock levels, despatches and invoices are read whole again when the last "
            "whole reading is older, since it is not documented that each change moves a stamp; 0: "
            "never."
        ),
    ),
    th.Property(
        "user_agent", th.StringType, default="tap-sage200", description="Sent with requests."
    ),
    th.Property(
        "verify_tls", th.BooleanType, default=True, description="Check the API's certificate."
    ),
)
