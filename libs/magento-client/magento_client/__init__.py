"""Magento 2's REST API as tap-magento and target-magento need it.

- ``settings``: who we are and where the shop is; built once from a plugin's configuration.
- ``search``: searchCriteria as values, with the forms that Magento really understands.
- ``client``: one request at a time, with access, pace, retries and parsing.
- ``rows``: lists whose values stay Magento's own text, for who only passes them on.
- ``exceptions``: every failure, sorted by what the caller should do next.
- ``access``, ``pace``, ``retry``, ``answers``: the parts the client is made of.
"""

from magento_client.answers import Answer, SearchAnswer
from magento_client.client import MagentoClient
from magento_client.exceptions import (
    InDoubtError,
    InputLimitError,
    LoginRefusedError,
    MagentoError,
    NotAuthorisedError,
    NotFoundError,
    NotJsonError,
    RefusedError,
    RetryLaterError,
    UnreachableError,
    WrongSettingsError,
)
from magento_client.rows import RawRow, RowsAnswer
from magento_client.search import Condition, Direction, Filter, SearchCriteria
from magento_client.settings import AuthMethod, MagentoSettings

__all__ = [
    "Answer",
    "AuthMethod",
    "Condition",
    "Direction",
    "Filter",
    "InDoubtError",
    "InputLimitError",
    "LoginRefusedError",
    "MagentoClient",
    "MagentoError",
    "MagentoSettings",
    "NotAuthorisedError",
    "NotFoundError",
    "NotJsonError",
    "RawRow",
    "RefusedError",
    "RetryLaterError",
    "RowsAnswer",
    "SearchAnswer",
    "SearchCriteria",
    "UnreachableError",
    "WrongSettingsError",
]
