"""The six ways a write can end. A caller matches on the class; nothing is raised.

``Unknown`` is the one that costs money when it is treated like ``TryLater``: the document may
exist in Sage 200, so Sage 200 must be asked before anything is posted again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Done:
    """Sage 200 did it (200, 201 or 204).

    Attributes:
        body: The answer, numbers with a fraction as ``Decimal``; None where it was empty.
        status: The HTTP status.
    """

    body: Any
    status: int


@dataclass(frozen=True)
class Refused:
    """Sage 200 said no and did nothing, in its own words; repeating it unchanged can't help.

    Attributes:
        text: Sage 200's words, whatever the shape of its answer.
        status: The HTTP status: 400, 404, 409, 422 or another 4xx; None where the document was not
            even sent, because it breaks the contract.
    """

    text: str
    status: int | None


@dataclass(frozen=True)
class TryLater:
    """Nothing was done: Sage 200 was not reached, or it asked us to slow down (429).

    Attributes:
        text: One sentence on what stood in the way.
        status: 429, or None where no request was sent.
        retry_after_seconds: The wait that Sage 200 asked for, if it did.
    """

    text: str
    status: int | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True)
class Unknown:
    """The request was sent and its fate is not known (time-out, cut connection, 5xx).

    Attributes:
        text: One sentence on what happened; ask Sage 200 before posting again.
        status: The 5xx or 408 status, or None where no answer came.
    """

    text: str
    status: int | None = None


@dataclass(frozen=True)
class NotAllowed:
    """Sign-in or permission (401, 403): nothing was done, and every other call will fail too.

    Attributes:
        text: What to check.
        status: 401 or 403, or None where no access token could be had.
    """

    text: str
    status: int | None = None


@dataclass(frozen=True)
class Withheld:
    """Nothing was done: the caller's own guard (``may_leave``) let the request not leave."""

    text: str = "The request was held back right before it was to leave; nothing was sent."
    status: None = None


Outcome: TypeAlias = Done | Refused | TryLater | Unknown | NotAllowed | Withheld
"""What every write returns."""
