"""Was anything sent? The question that decides between "try later" and "ask Sage first".

requests wraps urllib3, which wraps http.client and sockets. Only failures that are certain to come
before the first byte of the request count as "never sent"; all others are in doubt.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import requests
import urllib3.exceptions as urllib3_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEFORE_SENDING = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    urllib3_errors.NewConnectionError,  # refused, no route, name not found
    urllib3_errors.ConnectTimeoutError,
    urllib3_errors.ProxyError,  # raised only while no connection through the proxy stands
    ssl.SSLCertVerificationError,
)
_CAUSES = (
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (urllib3_errors.NameResolutionError, "its name is not known"),
    (urllib3_errors.ProxyError, "the proxy can't be reached"),
    (requests.exceptions.ConnectTimeout, "no connection within the time limit"),
    (urllib3_errors.NewConnectionError, "the connection was refused"),
    (requests.exceptions.ReadTimeout, "no answer within the time limit"),
    (urllib3_errors.ReadTimeoutError, "no answer within the time limit"),
    (requests.exceptions.ChunkedEncodingError, "the answer was cut off"),
    (requests.exceptions.ContentDecodingError, "the answer can't be unpacked"),
    (urllib3_errors.ProtocolError, "the connection was cut"),
)


def never_sent(error: BaseException) -> bool:
    """Whether it is certain that no byte of the request left."""
    return any(isinstance(cause, _BEFORE_SENDING) for cause in _chain(error))


def reason(error: requests.RequestException) -> str:
    """Say in a few words what happened; never the exception's own text, which may hold a URL."""
    chain = list(_chain(error))
    for kind, words in _CAUSES:
        if any(isinstance(cause, kind) for cause in chain):
            return words
    return type(error).__name__


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
