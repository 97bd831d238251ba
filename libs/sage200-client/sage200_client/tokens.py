"""Keeps a usable access token at hand: one refresh at a time, over all threads and processes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sage200_client.exceptions import RetryLater
from sage200_client.renewal_process import renew_apart
from sage200_client.token_renewal import renew, usable, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sage200_client.settings import Sage200Settings
    from sage200_client.stored_tokens import StoredTokens
    from sage200_client.token_store import TokenStore


@dataclass(frozen=True)
class _Held:
    """The access token this process uses."""

    token: str = field(repr=False)
    renew_at: datetime


class AccessTokens:
    """Gives out access tokens and renews them through the store."""

    def __init__(
        self,
        settings: Sage200Settings,
        store: TokenStore,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        renew_in_own_process: bool = False,
    ) -> None:
        """Keep the parts; nothing is asked before the first token is needed.

        Args:
            settings: Where and who.
            store: The store of the rotating tokens.
            clock: Time of day in UTC.
            sleep: Waits for some seconds.
            renew_in_own_process: Renew in a process that outlives this one where it is killed
                (:mod:`.renewal_process`); that one has the computer's own clock.
        """
        self._settings = settings
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._apart = renew_in_own_process
        self._lock = threading.Lock()
        self._held: _Held | None = None

    def get(self, refused: str | None = None) -> str:
        """Return an access token.

        Args:
            refused: A token that Sage 200 answered with 401; another one is wanted. The same one
                comes back where Sage says that it has not expired: then it isn't the token.

        Raises:
            LogInAgain: No refresh token is accepted; a person must log in.
            FixSettings: Sage refuses the client, or the store's key is wrong.
            RetryLater: Sage's sign-in or the store gives no answer.
        """
        with self._lock:
            held = self._held
            if held is None or held.token == refused or self._clock() >= held.renew_at:
                held = self._held = _held(self._renew(refused))
            return held.token

    def _renew(self, refused: str | None) -> StoredTokens | None:
        if not self._apart:
            return renew(self._settings, self._store, refused, clock=self._clock, sleep=self._sleep)
        stored = self._store.read(self._settings)
        if stored is not None and usable(self._settings, stored, refused, self._clock()):
            return stored
        renew_apart(self._settings, self._store, refused)
        return self._store.read(self._settings)


def _held(stored: StoredTokens | None) -> _Held:
    if stored is None or stored.access_token is None or stored.access_renew_at is None:
        raise RetryLater("No Sage 200 access token is at hand; try again.")
    return _Held(stored.access_token, stored.access_renew_at)
