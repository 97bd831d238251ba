"""OAuth 1.0a as Magento up to 2.4.7 verifies it, with its two departures from RFC 5849.

Parameters are sorted in natural order (``[2]`` before ``[10]``), and reserved characters that may
stand in a path are decoded once before the base string is made. So a client that signs by the
book fails with eleven filter groups, and with ``%2F``, ``%2B``, ``%27`` or ``%25`` in the path.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from oauthlib.oauth1.rfc5849 import utils
from oauthlib.oauth1.rfc5849.signature import signature_base_string

from sandbox.magento.errors import MagentoError

if TYPE_CHECKING:
    from sandbox.magento.access import Access, Integration

_PARAMETER = re.compile(r'([A-Za-z_]+)="([^"]*)"')
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_DECODED_IN_PATH = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@&=+$,/;%'"
)
_CHUNK = re.compile(r"\d+|\D")
_METHOD = "HMAC-SHA256"


def is_signed(authorization: str) -> bool:
    """Whether an Authorization header is one of OAuth 1.0a."""
    return authorization.lower().startswith("oauth ")


def verify(
    access: Access,
    authorization: str,
    method: str,
    origin: str,
    raw_path: str,
    query_string: str,
) -> Integration:
    """Return who signed a request.

    Args:
        access: The integrations.
        authorization: The header.
        method: HTTP method.
        origin: Scheme and Host header, such as ``http://127.0.0.1:8080``.
        raw_path: Path as it was sent.
        query_string: Query as it was sent; a JSON body is not signed.

    Raises:
        MagentoError: 400 for another signature method, 401 for anything that does not fit.
    """
    given = {name: unquote(value) for name, value in _PARAMETER.findall(authorization[6:])}
    if given.get("oauth_signature_method") != _METHOD:
        raise MagentoError(
            400,
            "Signature method %1 is not supported",
            [given.get("oauth_signature_method", "")],
        )
    who = access.consumer(given.get("oauth_consumer_key", ""), given.get("oauth_token", ""))
    if who is None:
        raise _invalid()
    parameters = [(name, value) for name, value in given.items() if name.startswith("oauth_")]
    parameters = [(n, v) for n, v in parameters if n != "oauth_signature"]
    for part in query_string.split("&") if query_string else ():
        name, _, value = part.partition("=")
        parameters.append((unquote_plus(name), unquote_plus(value)))
    base = signature_base_string(
        method, origin + normalise_path(raw_path), _normalise_parameters(parameters)
    )
    key = f"{utils.escape(who.consumer_secret)}&{utils.escape(who.access_token_secret)}"
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()
    expected = base64.b64encode(digest).decode()
    if not hmac.compare_digest(expected.encode(), given.get("oauth_signature", "").encode()):
        raise _invalid()
    return who


def normalise_path(raw_path: str) -> str:
    """Decode, once, the escapes of characters that may stand in a path as they are."""

    def decode(escape: re.Match[str]) -> str:
        character = chr(int(escape[0][1:], 16))
        return character if character in _DECODED_IN_PATH else escape[0]

    return _ESCAPE.sub(decode, raw_path)


def _normalise_parameters(parameters: list[tuple[str, str]]) -> str:
    escaped = [(utils.escape(name), utils.escape(value)) for name, value in parameters]
    escaped.sort(key=lambda pair: (natural_key(pair[0]), natural_key(pair[1])))
    return "&".join(f"{name}={value}" for name, value in escaped)


def natural_compare(left: str, right: str) -> int:
    """Compare two texts as PHP's strnatcmp: digits that meet digits count as numbers."""
    chunks_left, chunks_right = _CHUNK.findall(left), _CHUNK.findall(right)
    for a, b in zip(chunks_left, chunks_right, strict=False):
        if a == b:
            continue
        if a[0].isdigit() and b[0].isdigit() and int(a) != int(b):
            return -1 if int(a) < int(b) else 1
        return -1 if a < b else 1
    return len(chunks_left) - len(chunks_right)


natural_key = functools.cmp_to_key(natural_compare)


def _invalid() -> MagentoError:
    return MagentoError(401, "The signature is invalid. Verify and try again.")
