"""Switches of the stand-in that a test turns while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.magento.criteria import InputLimits


class SettingsChange(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /__settings``; what is left out stays as it is."""

    maintenance: bool | msgspec.UnsetType = msgspec.UNSET
    integration_bearer: bool | msgspec.UnsetType = msgspec.UNSET
    maximum_page_size: int | msgspec.UnsetType | None = msgspec.UNSET
    default_page_size: int | msgspec.UnsetType | None = msgspec.UNSET
    maximum_items: int | msgspec.UnsetType | None = msgspec.UNSET


@dataclass
class Settings:
    """How the shop is configured.

    Attributes:
        maintenance: Every request is answered 503 with an HTML page.
        integration_bearer: Integration tokens may be used as bearer tokens. Magento's own default
            since 2.4.4 is off; the recorded shop had it on.
        limits: Web API input limits; off by default.
    """

    maintenance: bool = False
    integration_bearer: bool = True
    limits: InputLimits = field(default_factory=InputLimits)

    def apply(self, change: SettingsChange) -> None:
        """Take over what was given."""
        given: dict[str, Any] = {
            name: value
            for name, value in msgspec.structs.asdict(change).items()
            if value is not msgspec.UNSET
        }
        self.maintenance = given.pop("maintenance", self.maintenance)
        self.integration_bearer = given.pop("integration_bearer", self.integration_bearer)
        current = {
            "maximum_page_size": self.limits.maximum_page_size,
            "default_page_size": self.limits.default_page_size,
            "maximum_items": self.limits.maximum_items,
        }
        self.limits = InputLimits(**(current | given))

    def report(self) -> dict[str, object]:
        """Return the settings as ``GET /__settings`` shows them."""
        return {
            "maintenance": self.maintenance,
            "integration_bearer": self.integration_bearer,
            "maximum_page_size": self.limits.maximum_page_size,
            "default_page_size": self.limits.default_page_size,
            "maximum_items": self.limits.maximum_items,
        }
