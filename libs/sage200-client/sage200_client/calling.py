"""One call with an access token: sent once, or twice where a 401 shows that the token had ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sage200_client.exchange import Exchange, Observer
from sage200_client.transport import Answer, NoAnswer
from sage200_client.wire import body_or_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage200_client.tokens import AccessTokens
    from sage200_client.transport import Transport

UNAUTHORISED = 401
_WITHOUT_COMPANY = "/sites"


@dataclass(frozen=True)
class Call:
    """What is to be sent.

    Attributes:
        method: HTTP verb.
        path: Path and query, percent-encoded.
        body: The document as the caller gave it, for the observer.
        content: Its bytes.
        observe: Told of each request.
        may_leave: Asked right before each request leaves, a second one after a 401 included.
    """

    method: str
    path: str
    body: Any = None
    content: bytes | None = None
    observe: Observer | None = None
    may_leave: Callable[[], bool] | None = None


class Caller:
    """Sends calls with the right token; safe to share between threads."""

    def __init__(self, tokens: AccessTokens, transport: Transport) -> None:
        """Keep the parts."""
        self._tokens = tokens
        self._transport = transport
        # The last token that was new and refused all the same: the site, the company or the user
        # is wrong then, and renewing it for each call would only wear out the sign-in.
        self._refused_when_new: str | None = None

    def send(self, call: Call) -> Answer:
        """Send once; after a 401, renew the token and send once more if there is a new one.

        That is safe for a write too: the 401 comes from the sign-in check in front of Sage 200,
        before the document is looked at, so nothing was done.

        Raises:
            NoAnswer: No whole answer came.
            HeldBack: ``may_leave`` said no; nothing was sent, or a 401 said that nothing was done.
            LogInAgain, FixSettings, RetryLater: No access token can be had.
        """
        token = self._tokens.get()
        answer = self._once(call, token)
        if answer.status != UNAUTHORISED or token == self._refused_when_new:
            return answer
        renewed = self._tokens.get(refused=token)
        if renewed == token:
            return answer
        answer = self._once(call, renewed)
        if answer.status == UNAUTHORISED:
            self._refused_when_new = renewed
        return answer

    def _once(self, call: Call, token: str) -> Answer:
        try:
            answer = self._transport.exchange(
                call.method,
                call.path,
                token=token,
                content=call.content,
                with_company=call.path != _WITHOUT_COMPANY,
                may_leave=call.may_leave,
            )
        except NoAnswer as error:
            if call.observe is not None:
                call.observe(_exchange(call, None, error=error))
            raise
        if call.observe is not None:
            call.observe(_exchange(call, answer))
        return answer


def _exchange(call: Call, answer: Answer | None, *, error: NoAnswer | None = None) -> Exchange:
    return Exchange(
        method=call.method,
        path=call.path,
        request_body=call.body,
        status=answer.status if answer else None,
        response_body=body_or_text(answer.content) if answer else None,
        duration_ms=answer.duration_ms if answer else error.duration_ms if error else 0,
        error=error.reason if error else None,
    )
