"""The stores to keep to, as the settings name them, checked against those of the shop."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from magento_client import MagentoError, NotAuthorisedError, WrongSettingsError
from magento_client.rows import value

if TYPE_CHECKING:
    from magento_client import MagentoClient

logger = logging.getLogger(__name__)

_PATH = "V1/store/storeViews"


class ChosenStores:
    """The setting ``store_ids``; the shop is asked once which stores it has."""

    def __init__(self, client: MagentoClient, wanted: tuple[int, ...]) -> None:
        """Prepare; nothing is asked yet."""
        self._client = client
        self._wanted = wanted

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """The stores to keep to; empty for all.

        Raises:
            WrongSettingsError: The shop has no such store: no row would come, and nobody know why.
            MagentoError: The shop cannot be asked.
        """
        if not self._wanted:
            return ()
        try:
            stores = self._stores()
        except NotAuthorisedError as refused:
            if not isinstance(refused.resource, str):
                raise
            logger.warning("The setting store_ids could not be checked: %s", refused)
            return self._wanted
        unknown = sorted(set(self._wanted) - stores.keys())
        if unknown:
            known = ", ".join(f"{number} ({code})" for number, code in sorted(stores.items()))
            raise WrongSettingsError(
                f"The setting store_ids names {', '.join(map(str, unknown))}, but the stores of "
                f"this shop are {known}; correct it, or leave it empty to read all."
            )
        return self._wanted

    def _stores(self) -> dict[int, str]:
        stores: dict[int, str] = {}
        for row in self._client.list_rows(_PATH).rows:
            number, code = (value(row[name]) if name in row else None for name in ("id", "code"))
            if not isinstance(number, int):
                raise MagentoError(
                    f"GET /rest/{_PATH} was answered with a row without a number as id; check that "
                    "no extension of the shop changes this endpoint."
                )
            stores[number] = str(code)
        return stores
