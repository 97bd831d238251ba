"""What both Sage 200 plugins share: sign-in, headers, OData, outcomes and the token store."""

from sage200_client.backoff import Backoff
from sage200_client.client import Sage200Client
from sage200_client.document_check import Violation, check_document
from sage200_client.exceptions import (
    FixRequest,
    FixSettings,
    LogInAgain,
    ReportAnswer,
    RetryLater,
    Sage200Error,
)
from sage200_client.exchange import Exchange, Observer
from sage200_client.odata import (
    Filter,
    all_of,
    any_of,
    contains,
    endswith,
    eq,
    ge,
    gt,
    le,
    lt,
    ne,
    one_of,
    one_of_in_parts,
    startswith,
)
from sage200_client.outcomes import (
    Done,
    NotAllowed,
    Outcome,
    Refused,
    TryLater,
    Unknown,
    Withheld,
)
from sage200_client.settings import Sage200Settings
from sage200_client.token_store import TokenStore

__all__ = [
    "Backoff",
    "Done",
    "Exchange",
    "Filter",
    "FixRequest",
    "FixSettings",
    "LogInAgain",
    "NotAllowed",
    "Observer",
    "Outcome",
    "Refused",
    "ReportAnswer",
    "RetryLater",
    "Sage200Client",
    "Sage200Error",
    "Sage200Settings",
    "TokenStore",
    "TryLater",
    "Unknown",
    "Violation",
    "Withheld",
    "all_of",
    "any_of",
    "check_document",
    "contains",
    "endswith",
    "eq",
    "ge",
    "gt",
    "le",
    "lt",
    "ne",
    "one_of",
    "one_of_in_parts",
    "startswith",
]
