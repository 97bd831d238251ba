"""What went wrong, told by what the caller should do next.

Writes do not raise these for foreseeable answers: they return an outcome (:mod:`.outcomes`).
Reads and sign-in raise them.
"""

from __future__ import annotations


class Sage200Error(Exception):
    """Any failure of this package; its text is one sentence for the person who must act."""


class FixSettings(Sage200Error):  # noqa: N818 - named after what the caller should do
    """A setting, a permission or an address is wrong; repeating the call can't help.

    Attributes:
        status: 401, 403 or that of a redirect where Sage 200 answered; else None.
    """

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class LogInAgain(FixSettings):
    """No usable refresh token is left: a person must run ``sage200 login``."""


class FixRequest(Sage200Error):  # noqa: N818
    """Sage 200 refused a read: the path, a field or the filter is wrong, or the release lacks it.

    Attributes:
        status: The HTTP status, 400 or 404 for instance.
    """

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class RetryLater(Sage200Error):  # noqa: N818
    """Sage 200, its sign-in or the token store can't be reached now; nothing was changed.

    Attributes:
        retry_after_seconds: The wait that Sage 200 asked for, if it did.
    """

    def __init__(self, text: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_seconds = retry_after_seconds


class ReportAnswer(Sage200Error):  # noqa: N818
    """Sage 200 answered a read with something that can't be understood; look at the answer."""
