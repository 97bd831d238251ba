"""What is kept of a login, and how long it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256

DEFAULT_WARNING_DAYS = 7


@dataclass(frozen=True)
class StoredTokens:
    """One row, with its secrets opened.

    Attributes:
        refresh_token: The one to use next.
        seed_hash: Fingerprint of the setting's refresh token that was last taken or tried.
        access_token: The one that all processes share.
        access_renew_at: When it should be replaced, a little before its end.
        access_expires_at: When it ends.
        signed_in_at: When a person last logged in, or the setting's token was first used.
        refresh_obtained_at: When the current refresh token was issued.
        refresh_expires_at: When Sage said that it ends, if Sage said.
        lifetime_days: Lifetime chosen on Sage's form.
        lifetime_rolls: A refresh was seen to work after the lifetime had run out since the login:
            so it counts from each refresh. Until then the careful reading holds.
        warning_days: From how many days before the end on people are warned.
        refresh_started_at: Start of a refresh whose end nobody recorded (time-out or crash).
    """

    refresh_token: str | None = field(default=None, repr=False)
    seed_hash: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    access_renew_at: datetime | None = None
    access_expires_at: datetime | None = None
    signed_in_at: datetime | None = None
    refresh_obtained_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    lifetime_days: int = 90
    lifetime_rolls: bool = False
    warning_days: int = DEFAULT_WARNING_DAYS
    refresh_started_at: datetime | None = None

    def ends_at(self) -> datetime | None:
        """Return when a person must have logged in again, by the most careful reading."""
        if self.refresh_token is None:
            return None
        if self.refresh_expires_at is not None:
            return self.refresh_expires_at
        start = self.refresh_obtained_at if self.lifetime_rolls else self.signed_in_at
        return None if start is None else start + timedelta(days=self.lifetime_days)

    def days_left(self, now: datetime) -> int | None:
        """Return the whole days until a person must log in again; None where unknown."""
        end = self.ends_at()
        return None if end is None else (end - now).days

    def warning(self, now: datetime, warning_days: int) -> str | None:
        """Return the sentence for who must log in soon; None where there is time, or none known.

        Args:
            now: Time of day in UTC.
            warning_days: From how many days before the end on.
        """
        end = self.ends_at()
        if end is None or end - now >= timedelta(days=warning_days):
            return None
        day = f"{end.astimezone(timezone.utc):%d %B %Y}".lstrip("0")
        ends = f"ended on {day}" if end <= now else f"ends on {day}, in {(end - now).days} days"
        return f"The Sage 200 login {ends}: a person must run `sage200 login`."


def fingerprint(seed: str) -> str:
    """Return what is stored of the setting's refresh token, to see when it changes."""
    return sha256(seed.encode()).hexdigest()
