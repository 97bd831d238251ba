"""From an HTTP answer to a value or to the exception that says what to do next. No I/O here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from magento_client.exceptions import (
    InputLimitError,
    NotAuthorisedError,
    NotFoundError,
    NotJsonError,
    RefusedError,
    RetryLaterError,
    WrongSettingsError,
)
from magento_client.retry import http_date, retry_after_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)
_PLACEHOLDER = re.compile(r"%(\w+)")
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LONGEST_QUOTE = 500
_UNKNOWN_STORE = "Specified request cannot be processed"
_COME_BACK = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Answer:
    """What the shop answered.

    Attributes:
        body: The parsed JSON; numbers with a fraction or exponent are Decimal, never float.
        status: The HTTP status, 200 to 299.
        shop_time: The shop's clock when it answered (``Date`` header, whole seconds, UTC), or
            None where a proxy dropped it.
    """

    body: Any
    status: int
    shop_time: datetime | None


@dataclass(frozen=True)
class SearchAnswer:
    """One page of a list endpoint.

    Attributes:
        items: The page's rows.
        total_count: Rows that match the filters, over all pages.
        shop_time: The shop's clock when it answered; see ``Answer``.
    """

    items: list[dict[str, Any]]
    total_count: int
    shop_time: datetime | None


def read_answer(
    request_name: str, status: int, headers: Mapping[str, str], content: bytes
) -> Answer:
    """Sort an HTTP answer.

    Args:
        request_name: Method and path, as the messages should name the request.
        status: The HTTP status.
        headers: The headers, by case-insensitive name.
        content: The body.

    Returns:
        The parsed answer, for a status from 200 to 299.

    Raises:
        WrongSettingsError: The address redirects.
        NotAuthorisedError: 401.
        InputLimitError: A limit of the shop was passed.
        NotFoundError: 404.
        RefusedError: Any other 4xx.
        RetryLaterError: 5xx, 408, 425, 429, or JSON that breaks off.
        NotJsonError: An HTML page or other text instead of JSON.
    """
    check_status(request_name, status, headers, content)
    body = parsed(request_name, status, headers, content, _DECODER.decode)
    return Answer(body=body, status=status, shop_time=http_date(headers.get("Date")))


def check_status(
    request_name: str, status: int, headers: Mapping[str, str], content: bytes
) -> None:
    """Pass an answer of status 200 to 299; see ``read_answer`` for what is raised otherwise."""
    if 300 <= status < 400:  # noqa: PLR2004 -- the range of redirects
        raise WrongSettingsError(
            f"{request_name} was answered {status}, a redirect to "
            f"{_without_query(headers.get('Location', ''))}; set base_url to the address that "
            "answers itself."
        )
    if status >= 500 or status in _COME_BACK:  # noqa: PLR2004 -- the range of server errors
        shop_time = http_date(headers.get("Date"))
        wait = retry_after_seconds(
            headers.get("Retry-After"), shop_time or datetime.now(timezone.utc)
        )
        raise RetryLaterError(
            f"{request_name} was answered {status} ({_come_back_reason(status, content)}); try "
            "again when the shop answers again.",
            retry_after=wait,
        )
    if status >= 400:  # noqa: PLR2004 -- the range of refusals
        body = parsed(request_name, status, headers, content, _DECODER.decode)
        raise _refusal(request_name, status, body)


def read_search(request_name: str, answer: Answer) -> SearchAnswer:
    """Read one page of a list endpoint.

    Raises:
        NotJsonError: The answer is JSON, but not a page of rows.
    """
    body = answer.body
    if isinstance(body, dict):
        items = [] if body.get("items") is None else body["items"]
        total = body.get("total_count")
        if (
            isinstance(items, list)
            and all(isinstance(item, dict) for item in items)
            and isinstance(total, int)
        ):
            return SearchAnswer(items=items, total_count=total, shop_time=answer.shop_time)
    raise not_rows(request_name, answer.status)


def not_rows(request_name: str, status: int) -> NotJsonError:
    """Return what to raise for JSON that holds no rows."""
    return NotJsonError(
        f"{request_name} was answered {status} with JSON that is not a page of rows; check "
        "that base_url is the Magento shop itself."
    )


def filled(message: str, parameters: Any) -> str:
    """Fill Magento's placeholders (``%1``, ``%fieldName``), which the shop leaves open."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if isinstance(parameters, dict) and name in parameters:
            return str(parameters[name])
        if isinstance(parameters, list) and name.isdecimal() and 1 <= int(name) <= len(parameters):
            return str(parameters[int(name) - 1])
        return match.group(0)

    return _PLACEHOLDER.sub(value, message)


def reason_of(body: Any) -> str:
    """Return Magento's own words from an error body, on one line, placeholders filled."""
    if not isinstance(body, dict):
        return _shortened(str(body))
    parts = [filled(str(body.get("message", "")), body.get("parameters"))]
    errors = body.get("errors")
    if isinstance(errors, list):
        parts += [
            filled(str(error.get("message", "")), error.get("parameters"))
            for error in errors
            if isinstance(error, dict)
        ]
    return _shortened(" ".join(part for part in parts if part) or "no reason given")


def _refusal(request_name: str, status: int, body: Any) -> Exception:
    reason = reason_of(body)
    parameters = body.get("parameters") if isinstance(body, dict) else None
    named = parameters if isinstance(parameters, dict) else {}
    said = f'"{reason.rstrip(".")}"'
    if status == 401:  # noqa: PLR2004 -- Unauthorized
        return _not_authorised(request_name, said, named.get("resources"))
    limit = _whole(named.get("max"))
    if limit is not None:
        return InputLimitError(
            f"{request_name} passed a limit of the shop, {said}; send at most {limit} at a time "
            "or raise the limit under Stores > Configuration > Services > Magento Web API.",
            limit=limit,
        )
    if status == 404:  # noqa: PLR2004 -- Not Found
        return NotFoundError(
            f"{request_name} was answered 404, {said}; check that the entity exists and that this "
            "Magento has the module.",
            status=status,
            reason=reason,
        )
    remedy = "correct what the shop names"
    if _UNKNOWN_STORE in reason:
        # Magento's answer to a store code it does not know, and to an address it cannot read.
        remedy = "check that base_url is the shop's address without /rest and without a store code"
    return RefusedError(
        f"{request_name} was refused with {status}, {said}; {remedy}.",
        status=status,
        reason=reason,
    )


def _whole(number: object) -> int | None:
    """Read a whole number, which some shops write as text."""
    if isinstance(number, str) and number.isdecimal():
        return int(number)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _not_authorised(request_name: str, said: str, resources: object) -> NotAuthorisedError:
    if not isinstance(resources, str) or not resources:
        return NotAuthorisedError(
            f"{request_name} was answered 401, {said}; check the credentials in the settings."
        )
    return NotAuthorisedError(
        f"{request_name} was answered 401: the credentials are wrong or lack the right "
        f"{resources}; check them in the settings, give the integration (or the admin role) that "
        "resource, and for bearer tokens allow their use (Stores > Configuration > Services > "
        "OAuth).",
        resource=resources,
    )


def parsed(
    request_name: str,
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    decode: Callable[[bytes], T],
) -> T:
    """Parse a body.

    Raises:
        RetryLaterError: JSON that breaks off.
        NotJsonError: An HTML page or other text instead of JSON.
        msgspec.ValidationError: JSON of another shape than is to be decoded.
    """
    try:
        return decode(content)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind.endswith("json") and content and not _is_html(content):
            raise RetryLaterError(
                f"{request_name} was answered {status} with {len(content)} bytes of broken JSON; "
                "try again, and if it stays look at the proxy in front of the shop."
            ) from error
        raise NotJsonError(
            f"{request_name} was answered {status} with {_not_json(content, kind)} instead of "
            "JSON; check base_url, and that no log-in page, firewall or proxy stands in front of "
            "/rest."
        ) from error


def _come_back_reason(status: int, content: bytes) -> str:
    if status == 429:  # noqa: PLR2004 -- Too Many Requests
        return "too many requests"
    try:
        return reason_of(_DECODER.decode(content))
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    if status == 503:  # noqa: PLR2004 -- Service Unavailable
        return "maintenance mode, or the web server is overloaded"
    return _not_json(content, "")


def _not_json(content: bytes, kind: str) -> str:
    if not content:
        return "an empty body"
    if _is_html(content):
        title = _TITLE.search(content)
        words = _shortened(title.group(1).decode("utf-8", "replace")) if title else ""
        return f'the HTML page "{words}"' if words else "an HTML page"
    return f"a body of type {kind}" if kind else "a body that is not JSON"


def _is_html(content: bytes) -> bool:
    return content.lstrip()[:1] == b"<"


def _without_query(location: str) -> str:
    parts = urlsplit(location)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}" if host else parts.path or "nowhere"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"
