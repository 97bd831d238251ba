"""One refresh of the tokens under the store's lock: what is tried, and what is kept after it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from sage200_client import sign_in
from sage200_client.exceptions import LogInAgain, RetryLater, Sage200Error
from sage200_client.failures import never_sent
from sage200_client.sign_in import IssuedTokens, RefreshRefused
from sage200_client.stored_tokens import StoredTokens, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage200_client.settings import Sage200Settings
    from sage200_client.token_store import TokenStore

_RENEW_BEFORE = timedelta(seconds=60)
_SAVE_WAITS = (1.0, 2.0, 4.0, 8.0)


def utc_now() -> datetime:
    """Return the time of day in UTC."""
    return datetime.now(timezone.utc)


def usable(
    settings: Sage200Settings, stored: StoredTokens, refused: str | None, now: datetime
) -> bool:
    """Whether the stored access token serves and no new seed is waiting."""
    if stored.access_token is None or stored.access_renew_at is None:
        return False
    if stored.access_token == refused or now >= stored.access_renew_at:
        return False
    return not _seed_comes_first(settings.refresh_token, stored)


def renew(
    settings: Sage200Settings,
    store: TokenStore,
    refused: str | None,
    *,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> StoredTokens:
    """Refresh, unless another process just did; return what is stored then.

    Raises:
        LogInAgain: No refresh token is accepted; a person must log in.
        FixSettings: Sage refuses the client, or the store's key is wrong.
        RetryLater: Sage's sign-in or the store gives no answer.
    """
    # First a short transaction that leaves a trace of the attempt, so that a crash between
    # Sage's answer and our commit can be told afterwards; then the refresh under the lock.
    with store.locked(settings) as row:
        if usable(settings, row.tokens, refused, clock()):
            return row.tokens
        unanswered_since = row.tokens.refresh_started_at
        row.keep(replace(row.tokens, refresh_started_at=clock()))
    attempt = _Attempt(settings, clock, unanswered_since)
    try:
        with store.locked(settings) as row:
            if usable(settings, row.tokens, refused, clock()):
                return row.tokens
            row.keep(attempt.run(row.tokens))
    except RetryLater:
        # The lock's transaction failed to commit: what Sage gave us must not get lost.
        if attempt.obtained is None:
            raise
        _save_again(settings, store, attempt.obtained, sleep)
    if attempt.failure is not None:
        raise attempt.failure
    return attempt.result


def _save_again(
    settings: Sage200Settings,
    store: TokenStore,
    tokens: StoredTokens,
    sleep: Callable[[float], None],
) -> None:
    for wait in _SAVE_WAITS:
        sleep(wait)
        try:
            store.save(settings, tokens)
        except RetryLater:
            continue
        return
    raise LogInAgain(
        "The new Sage 200 refresh token could not be stored because the database can't be "
        "reached: bring the database back, then run `sage200 login`."
    )


class _Attempt:
    """One refresh under the lock: which tokens are tried, and what is kept after it.

    Failures are collected, not raised, because raising would undo what the row should remember.
    """

    def __init__(
        self,
        settings: Sage200Settings,
        clock: Callable[[], datetime],
        unanswered_since: datetime | None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._unanswered_since = unanswered_since
        self.obtained: StoredTokens | None = None
        self.failure: Sage200Error | None = None
        self.result = StoredTokens()

    def run(self, stored: StoredTokens) -> StoredTokens:
        """Try each candidate in turn; return what the row should hold."""
        refusals: list[str] = []
        seed = self._settings.refresh_token
        for candidate in _candidates(seed, stored):
            try:
                issued = sign_in.refresh(self._settings, candidate)
            except RefreshRefused as refusal:
                if refusal.too_early:
                    return self._too_early(stored, refusal)
                refusals.append(refusal.text)
                if candidate == seed:
                    stored = replace(stored, seed_hash=fingerprint(candidate))
                continue
            except Sage200Error as error:
                self.failure = error
                # An unanswered request may have used the token up: the trace of it stays.
                if isinstance(error, RetryLater) and not _never_left(error):
                    return stored
                return replace(stored, refresh_started_at=None)
            self.obtained = self.result = self._taken(stored, issued, candidate)
            return self.result
        self.failure = LogInAgain(self._log_in_sentence(refusals))
        return replace(stored, refresh_started_at=None, access_token=None)

    def _taken(self, stored: StoredTokens, issued: IssuedTokens, candidate: str) -> StoredTokens:
        now = self._clock()
        from_seed = candidate == self._settings.refresh_token and candidate != stored.refresh_token
        signed_in_at = now if from_seed or stored.signed_in_at is None else stored.signed_in_at
        outlived = now - signed_in_at > timedelta(days=self._settings.refresh_token_days)
        return stored_from(
            issued,
            now,
            StoredTokens(
                refresh_token=candidate,
                seed_hash=fingerprint(candidate) if from_seed else stored.seed_hash,
                signed_in_at=signed_in_at,
                refresh_obtained_at=stored.refresh_obtained_at or now,
                lifetime_days=self._settings.refresh_token_days,
                warning_days=self._settings.login_warning_days,
                lifetime_rolls=(stored.lifetime_rolls or outlived) and not from_seed,
            ),
        )

    def _too_early(self, stored: StoredTokens, refusal: RefreshRefused) -> StoredTokens:
        """Go on with the access token that Sage says is still good."""
        kept = replace(stored, refresh_started_at=None)
        if stored.access_token is None or stored.access_expires_at is None:
            self.failure = RetryLater(
                f"Sage makes no new access token yet ({refusal.text}) and the last one was not "
                "stored; try again when it has expired, at most 8 hours from now."
            )
        else:
            self.result = kept = replace(
                kept,
                # By our clock it may have ended; Sage's own clock says otherwise.
                access_renew_at=max(
                    stored.access_expires_at, self._clock() + timedelta(seconds=10)
                ),
            )
        return kept

    def _log_in_sentence(self, refusals: list[str]) -> str:
        remedy = "A person must log in again: run `sage200 login`."
        if not refusals:
            return f"No Sage 200 refresh token is stored or set. {remedy}"
        if not any("invalid_grant" in refusal for refusal in refusals):
            # Sage did not get as far as looking at the token.
            remedy = f"Check client_id and client_secret. If they are right: {remedy}"
        lost = ""
        if self._unanswered_since is not None:
            since = self._unanswered_since.isoformat(timespec="seconds")
            lost = f" A refresh started at {since} never got its answer, which used the token up."
        return (
            f"Sage refused the refresh token ({'; '.join(dict.fromkeys(refusals))}).{lost} {remedy}"
        )


def stored_from(issued: IssuedTokens, now: datetime, earlier: StoredTokens) -> StoredTokens:
    """Return what to store after Sage gave tokens; ``earlier`` brings what it doesn't tell."""
    lifetime = timedelta(seconds=issued.expires_in)
    changed = issued.refresh_token is not None
    return replace(
        earlier,
        refresh_token=issued.refresh_token or earlier.refresh_token,
        access_token=issued.access_token,
        access_renew_at=now + lifetime - min(_RENEW_BEFORE, lifetime / 10),
        access_expires_at=now + lifetime,
        refresh_obtained_at=now if changed else earlier.refresh_obtained_at,
        refresh_expires_at=(
            now + timedelta(seconds=issued.refresh_expires_in)
            if issued.refresh_expires_in is not None
            else None
        ),
        refresh_started_at=None,
    )


def _seed_comes_first(seed: str | None, stored: StoredTokens) -> bool:
    """Whether the setting holds another token than the one that was last taken from it."""
    return (
        seed is not None
        and stored.refresh_token is not None
        and stored.seed_hash is not None
        and fingerprint(seed) != stored.seed_hash
    )


def _candidates(seed: str | None, stored: StoredTokens) -> list[str]:
    """Return the refresh tokens to try, in order.

    The stored one is never given up untried, and before a person is asked to log in, the setting's
    is tried too: it costs one request.
    """
    known = [stored.refresh_token, seed]
    if _seed_comes_first(seed, stored):
        known.reverse()
    return list(dict.fromkeys(token for token in known if token))


def _never_left(error: RetryLater) -> bool:
    cause = error.__cause__
    return cause is not None and never_sent(cause)
