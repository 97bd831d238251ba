"""What an answer means: a good read, an error to raise, or the outcome of a write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sage200_client import contract
from sage200_client.document_check import check_document
from sage200_client.exceptions import FixRequest, FixSettings, ReportAnswer
from sage200_client.outcomes import Done, NotAllowed, Outcome, Refused, TryLater, Unknown
from sage200_client.wire import decode_body, error_text

if TYPE_CHECKING:
    from sage200_client.transport import Answer, NoAnswer

REPEAT_READ = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which a read is repeated."""

_MOST_TOLD = 3
_DONE = frozenset({200, 201, 204})
_SLOW_DOWN = frozenset({425, 429})
_NO_ENTRY = frozenset({401, 403})
_UNAUTHORISED = 401
_REQUEST_TIMEOUT = 408


def checked_read(api_url: str, path: str, answer: Answer) -> bytes:
    """Return the bytes of a good answer.

    Raises:
        FixSettings: 401, 403 or a redirect.
        FixRequest: Any other refusal.
    """
    if answer.status in _DONE:
        return answer.content
    if answer.status in _NO_ENTRY or answer.location:
        raise FixSettings(_what_to_check(api_url, answer), answer.status)
    where = path.partition("?")[0]
    words = error_text(answer.content) or "no text"
    raise FixRequest(f"Sage 200 answered {answer.status} to GET {where}: {words}", answer.status)


def outcome_of(api_url: str, what: str, answer: Answer, retry_after: float | None) -> Outcome:
    """Say what became of a write that was answered.

    Args:
        api_url: The setting, named where it may be wrong.
        what: Verb and resource, for instance ``POST sop_orders``.
        answer: The answer.
        retry_after: Seconds that ``Retry-After`` asks for.
    """
    status = answer.status
    if status in _DONE:
        try:
            return Done(decode_body(answer.content), status)
        except ReportAnswer as error:
            return Unknown(f"{what} answered {status}, but: {error}", status)
    if status in _NO_ENTRY or answer.location:
        return NotAllowed(_what_to_check(api_url, answer), status)
    words = error_text(answer.content)
    if status in _SLOW_DOWN:
        return TryLater(words or "Sage 200 asks to slow down.", status, retry_after)
    if 400 <= status < 500 and status != _REQUEST_TIMEOUT:  # noqa: PLR2004 - the 4xx range
        return Refused(words or f"Sage 200 answered {status} without a text.", status)
    said = f" ({words})" if words else ""
    return Unknown(
        f"{what} was answered with {status}{said}; ask Sage 200 whether it was done.", status
    )


def broken_contract(method: str, resource: str, body: Any) -> Refused | None:
    """Say what of a document Sage 200 would refuse, before it is sent; None where nothing is known.

    Resources of later releases of which only the name is known are not checked.
    """
    name = resource.rpartition("/")[2]
    if not contract.takes_a_known_document(name) or not isinstance(body, dict):
        return None
    violations = check_document(name, body, verb=method)
    if not violations:
        return None
    told = " ".join(violation.sentence for violation in violations[:_MOST_TOLD])
    more = len(violations) - _MOST_TOLD
    return Refused(f"Not sent: {told}" + (f" And {more} more." if more > 0 else ""), None)


def outcome_without_answer(what: str, error: NoAnswer) -> Outcome:
    """Say what became of a write that was not, or not wholly, answered."""
    if error.never_sent:
        return TryLater(f"Sage 200 was not reached for {what}: {error.reason}; nothing was sent.")
    return Unknown(
        f"{what} was sent and no whole answer came: {error.reason}; "
        "ask Sage 200 whether it was done."
    )


def _what_to_check(api_url: str, answer: Answer) -> str:
    words = error_text(answer.content)
    said = f" ({words})" if words else ""
    if answer.location:
        return f"{api_url} redirects to {answer.location}{said}: check api_url and the gateway."
    if answer.status == _UNAUTHORISED:
        return (
            f"Sage 200 answered 401{said}: check site_id and company_id (`sage200 sites` lists "
            "them), that the Sage user may open this company, and the login (`sage200 login`)."
        )
    return (
        f"Sage 200 answered 403{said}: the Sage user behind this login lacks the permission or "
        "the module; give it in Sage 200's System Administration."
    )
