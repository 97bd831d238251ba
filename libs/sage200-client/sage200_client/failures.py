"""Was anything sent? The question that decides between "try later" and "ask Sage first".

requests wraps urllib3, which wraps http.client and sockets. Only failures that are certain to come
before the first byte of the request count as "never sent"; all others are in doubt. A proxy's error
is no proof by itself: urllib3 reports a cut after the request, too, as one of the proxy.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import requests
import urllib3.exceptions as urllib3_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_CONNECTION = (
    urllib3_errors.NewConnectionError,  # refused, no route, name not found
    urllib3_errors.ConnectTimeoutError,
)
_BEFORE_SENDING = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    ssl.SSLCertVerificationError,
    *_NO_CONNECTION,
)
_CAUSES = (
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (urllib3_errors.NameResolutionError, "its name is not known"),
    (requests.exceptions.ConnectTimeout, "no connection within the time limit"),
    (urllib3_errors.NewConnectionError, "the connection was refused"),
    (requests.exceptions.ReadTimeout, "no answer within the time limit"),
    (urllib3_errors.ReadTimeoutError, "no answer within the time limit"),
    (requests.exceptions.ChunkedEncodingError, "the answer was cut off"),
    (requests.exceptions.ContentDecodingError, "the answer can't be unpacked"),
    (urllib3_errors.ProxyError, "the connection through the proxy was cut"),
    (urllib3_errors.ProtocolError, "the connection was cut"),
)


def never_sent(error: BaseException) -> bool:
    """Whether it is certain that no byte of the request left."""
    return any(isinstance(cause, _BEFORE_SENDING) for cause in _chain(error))


def reason(error: requests.RequestException) -> str:
    """Say in a few words what happened; never the exception's own text, which may hold a URL."""
    chain = list(_chain(error))
    if _any(chain, urllib3_errors.ProxyError) and _any(chain, _NO_CONNECTION):
        return "the proxy can't be reached"
    for kind, words in _CAUSES:
        if _any(chain, kind):
            return words
    return type(error).__name__


def _any(
    chain: list[BaseException], kind: type[BaseException] | tuple[type[BaseException], ...]
) -> bool:
    return any(isinstance(cause, kind) for cause in chain)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what it wraps: causes, arguments and urllib3's reasons.

    Not ``__context__``: in a caller's own ``except`` block that is the failure of another request.
    """
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, getattr(one, "reason", None), *one.args]
