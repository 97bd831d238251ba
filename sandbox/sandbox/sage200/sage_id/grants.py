"""The two grants of the token endpoint, and the codes of the authorise page.

A refresh token dies the moment it is used and its successor is answered once; whoever loses that
answer must log in again. Source: section 1.3 of the reference.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.sage200.sage_id.tokens import digest, new_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from sandbox.sage200.behaviour import Behaviour

_CODE_SECONDS = 600


class GrantRefusedError(Exception):
    """The token endpoint says no.

    Attributes:
        status: HTTP status.
        error: OAuth's code.
        description: Its text.
    """

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Tokens:
    """What a grant answers."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class AuthorisationRequest:
    """What a user consented to."""

    client_id: str
    redirect_uri: str
    user_number: int
    code_challenge: str | None


def redirect_is_registered(
    connection: psycopg.Connection, client_id: str, redirect_uri: str
) -> bool:
    """Whether the client exists and has registered the address."""
    found = connection.execute(
        "select from stand_in.client where client_id = %s and %s = any(redirect_uris)",
        (client_id, redirect_uri),
    )
    return found.fetchone() is not None


def issue_code(connection: psycopg.Connection, request: AuthorisationRequest) -> str:
    """Return a code that can be redeemed once, for ten minutes."""
    code = new_secret()
    connection.execute(
        "insert into stand_in.authorization_code values"
        " (%s, %s, %s, %s, %s, now() + make_interval(secs => %s))",
        (
            digest(code),
            request.client_id,
            request.user_number,
            request.redirect_uri,
            request.code_challenge,
            _CODE_SECONDS,
        ),
    )
    return code


def accept_refresh_token(
    connection: psycopg.Connection, token: str, user_name: str, days: int
) -> None:
    """Make a given text a refresh token of a user and the first client, unless it is one already.

    Raises:
        LookupError: There is no such user, or no client.
    """
    inserted = connection.execute(
        "insert into stand_in.refresh_token"
        " select %s, c.client_id, u.user_number, now() + make_interval(days => %s), null"
        " from stand_in.app_user u, stand_in.client c where u.user_name = %s"
        " order by c.client_id limit 1"
        " on conflict (digest) do update set expires_at = excluded.expires_at returning 1",
        (digest(token), days, user_name),
    ).fetchone()
    if inserted is None:
        raise LookupError(f"There is no user {user_name!r} or no client. See users.csv.")


def revoke_access_tokens(connection: psycopg.Connection) -> None:
    """Make every access token worthless; refresh tokens stay good, and may be used at once."""
    connection.execute("delete from stand_in.access_token")
    connection.execute("update stand_in.refresh_token set access_expires_at = null")


def grant(connection: psycopg.Connection, behaviour: Behaviour, sent: Mapping[str, str]) -> Tokens:
    """Answer a request to the token endpoint.

    Raises:
        GrantRefusedError: Unknown client, code or token, wrong verifier, too early.
    """
    client_id = sent.get("client_id", "")
    found = connection.execute(
        "select secret_digest from stand_in.client where client_id = %s", (client_id,)
    ).fetchone()
    secret = digest(sent.get("client_secret", ""))
    if found is None or not hmac.compare_digest(found[0], secret):
        raise GrantRefusedError(401, "access_denied", "Unauthorized")
    grant_type = sent.get("grant_type", "")
    if grant_type == "refresh_token":
        return _refresh(connection, behaviour, client_id, sent.get("refresh_token", ""))
    if grant_type == "authorization_code":
        return _redeem(connection, behaviour, client_id, sent)
    raise GrantRefusedError(403, "unauthorized_client", f"Grant type '{grant_type}' not allowed.")


def _refresh(
    connection: psycopg.Connection, behaviour: Behaviour, client_id: str, token: str
) -> Tokens:
    found = connection.execute(
        "delete from stand_in.refresh_token"
        " where digest = %s and client_id = %s and expires_at > clock_timestamp()"
        " returning user_number, coalesce(access_expires_at > clock_timestamp(), false)",
        (digest(token), client_id),
    ).fetchone()
    if found is None:
        raise GrantRefusedError(403, "invalid_grant", "Unknown or invalid refresh token.")
    user_number, access_token_lives = found
    if access_token_lives and behaviour.refuse_early_refresh:
        # the transaction is rolled back, so the token stays good
        raise GrantRefusedError(
            429, "too_many_requests", "Rate limit exceeded: access_token not expired"
        )
    return _issue(connection, behaviour, client_id, user_number)


def _redeem(
    connection: psycopg.Connection, behaviour: Behaviour, client_id: str, sent: Mapping[str, str]
) -> Tokens:
    found = connection.execute(
        "delete from stand_in.authorization_code"
        " where digest = %s and client_id = %s and redirect_uri = %s"
        " and expires_at > clock_timestamp() returning user_number, code_challenge",
        (digest(sent.get("code", "")), client_id, sent.get("redirect_uri", "")),
    ).fetchone()
    if found is None:
        raise GrantRefusedError(403, "invalid_grant", "Invalid authorization code")
    user_number, challenge = found
    if challenge is not None and challenge != _challenge(sent.get("code_verifier", "")):
        raise GrantRefusedError(403, "invalid_grant", "Failed to verify code verifier")
    return _issue(connection, behaviour, client_id, user_number)


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _issue(
    connection: psycopg.Connection, behaviour: Behaviour, client_id: str, user_number: int
) -> Tokens:
    access, refresh = new_secret(), new_secret()
    seconds = behaviour.access_token_seconds
    connection.execute("delete from stand_in.access_token where expires_at < now()")
    connection.execute(
        "insert into stand_in.access_token values"
        " (%s, %s, clock_timestamp() + make_interval(secs => %s))",
        (digest(access), user_number, seconds),
    )
    connection.execute(
        "insert into stand_in.refresh_token values"
        " (%s, %s, %s, now() + make_interval(days => %s),"
        " clock_timestamp() + make_interval(secs => %s))",
        (digest(refresh), client_id, user_number, behaviour.refresh_token_days, seconds),
    )
    return Tokens(access, refresh, seconds)
