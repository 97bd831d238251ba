"""Every failure of the client, sorted by what the caller should do next.

Each message is one sentence with the request's path, what happened and the remedy. Messages hold
no token, password or signature: those travel in headers, and headers are never quoted.
"""

from __future__ import annotations


class MagentoError(Exception):
    """Something between us and the shop went wrong; see the subclasses for what to do."""


class WrongSettingsError(MagentoError):
    """Stop: the settings cannot work (address, credentials, certificate) until someone acts."""


class NotAuthorisedError(WrongSettingsError):
    """Stop: the shop does not accept the credentials, or they lack a right.

    Magento answers both cases with the same 401.

    Attributes:
        resource: The ACL resource of the right that was asked for, such as
            ``Magento_Sales::actions_view``; None where the answer does not name one.
    """

    def __init__(self, message: str, *, resource: str | None = None) -> None:
        """Keep the message and the resource."""
        super().__init__(message)
        self.resource = resource


class LoginRefusedError(NotAuthorisedError):
    """Stop: the shop refused the admin user; asking again would lock the account."""


class NotJsonError(MagentoError):
    """Stop: something that is not Magento's REST API answered, such as a proxy's HTML page."""


class RetryLaterError(MagentoError):
    """Come back later: nothing was done, or doing it again is safe; the retries are used up.

    Attributes:
        retry_after: Seconds that the shop asked us to wait, where it did.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Keep the message and the wait."""
        super().__init__(message)
        self.retry_after = retry_after


class UnreachableError(RetryLaterError):
    """Come back later: the shop could not be reached at all, whatever was asked."""


class InDoubtError(MagentoError):
    """Look before sending again: a write that must not be repeated has an unknown outcome."""


class RefusedError(MagentoError):
    """Do not retry: the shop understood the request and said no.

    Attributes:
        status: The HTTP status, 400 to 499.
        reason: Magento's own words, placeholders filled.
    """

    def __init__(self, message: str, *, status: int, reason: str) -> None:
        """Keep the message, the status and Magento's words."""
        super().__init__(message)
        self.status = status
        self.reason = reason


class NotFoundError(RefusedError):
    """Do not retry: the route or the entity does not exist in this shop."""


class InputLimitError(MagentoError):
    """Send less at a time: the shop limits the page size or the length of a list.

    Attributes:
        limit: The largest number that the shop accepts.
    """

    def __init__(self, message: str, *, limit: int) -> None:
        """Keep the message and the limit."""
        super().__init__(message)
        self.limit = limit
