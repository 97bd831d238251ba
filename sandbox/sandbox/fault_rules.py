"""The rules by which things go wrong: which requests are struck, and what happens to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Action = Literal[
    "status", "cut", "delay", "hang", "expired_token", "wrong_company", "revoked_tokens"
]
_MEDDLING = ("expired_token", "wrong_company", "revoked_tokens")


@dataclass(frozen=True)
class Meddling:
    """What a stand-in lets faults do to a request before it looks at it.

    So the stand-in itself answers, as the original would: Sage with an empty 401, Magento with its
    sentence.

    Attributes:
        headers: Request headers to put in place of the client's, by action.
        revoke_tokens: Makes every access token worthless that was issued so far.
    """

    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    revoke_tokens: Callable[[], None] | None = None

    def problem(self, fault: Fault) -> str | None:
        """Return why a rule can't be used with this stand-in, or nothing."""
        if fault.action not in _MEDDLING:
            return None
        if fault.action == "revoked_tokens":
            known = self.revoke_tokens is not None
        else:
            known = fault.action in self.headers
        return None if known else f"this stand-in has nothing that {fault.action} could strike"


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule: which requests it strikes, and what happens to them.

    Attributes:
        action: ``status`` answers with ``status`` and ``body``; ``cut`` drops the connection
            without an answer; ``delay`` waits ``delay_ms`` and then lets the request go on;
            ``hang`` gives no answer until the client gives up; ``expired_token`` lets the request
            arrive with a token that has ended; ``wrong_company`` with a company that is not there;
            ``revoked_tokens`` makes every access token worthless, then the request goes on.
        moment: ``before`` the application ran (nothing was done) or ``after`` (its work is done,
            its answer is thrown away, or held back for ``delay``). What meddles with the request
            itself is always before.
        method: HTTP method, or ``*``.
        path: Shell pattern of the decoded path without the query (``*`` also matches ``/``).
        skip: How many matching requests pass unharmed first.
        count: How many requests are struck at most; none given means no end.
        share: Share of the remaining matching requests that is struck, 0 to 1.
        seed: Start of the random series behind ``share``; the same seed strikes the same requests.
        status: Status of the answer for ``status``.
        headers: Headers of that answer, such as ``Retry-After``.
        body: Text of that answer.
        media_type: Its Content-Type.
        delay_ms: Milliseconds to wait for ``delay``.
    """

    action: Action
    moment: Literal["before", "after"] = "before"
    method: str = "*"
    path: str = "*"
    skip: int = 0
    count: int | None = None
    share: float = 1.0
    seed: int = 0
    status: int = 503
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str = '{"message":"Service Temporarily Unavailable"}'
    media_type: str = "application/json"
    delay_ms: int = 0

    def __post_init__(self) -> None:
        """Refuse rules that could never do what they say."""
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is {self.share}; give a number from 0 to 1")
        if not 100 <= self.status <= 599:  # noqa: PLR2004 - the range of HTTP statuses
            raise ValueError(f"status is {self.status}; give an HTTP status from 100 to 599")
        if min(self.skip, self.delay_ms, self.count or 0) < 0:
            raise ValueError("skip, count and delay_ms can't be negative")
        if self.moment == "after" and self.action in _MEDDLING:
            raise ValueError(f"{self.action} happens before the work, not after it")

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this request at all."""
        return self.method in {"*", method} and fnmatchcase(path, self.path)
