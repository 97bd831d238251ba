"""Switches of the stand-in: which Sage it plays, and what it does where sources are silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Edition = Literal["professional", "standard"]
Release = Literal["2024R1", "2025R1"]
ErrorShape = Literal["json", "text"]

_EIGHT_HOURS = 28_800

BASE_PATHS: dict[Edition, str] = {
    "professional": "/uk/sage200extra/accounts/v1",
    "standard": "/uk/sage200/accounts/v1",
}


@dataclass(frozen=True)
class Behaviour:
    """How the stand-in behaves.

    Attributes:
        edition: Decides the base path and whether Professional fields are known.
        release: Endpoints of later releases answer 404.
        access_token_seconds: Life of an access token.
        refresh_token_days: Life of a refresh token, at most 90 in Sage.
        refuse_early_refresh: Whether a refresh is refused while the access token still lives.
        refuse_read_only: Whether a read-only field in a body is refused; it is ignored otherwise
            (open in the reference, section 8 point 5).
        error_shape: Body of a 400: an object with ``error``, or plain text (open, section 7.1).
        payments_base_currency_only: Whether payments with order are refused on accounts in another
            currency (section 3).
    """

    edition: Edition = "professional"
    release: Release = "2024R1"
    access_token_seconds: int = _EIGHT_HOURS
    refresh_token_days: int = 90
    refuse_early_refresh: bool = False
    refuse_read_only: bool = False
    error_shape: ErrorShape = "json"
    payments_base_currency_only: bool = True

    @property
    def base_path(self) -> str:
        """Return the path all resources are under."""
        return BASE_PATHS[self.edition]

    @property
    def professional(self) -> bool:
        """Whether it is the Professional edition."""
        return self.edition == "professional"
