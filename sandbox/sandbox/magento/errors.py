"""Magento's refusals: status, message with unfilled placeholders, parameters."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.magento.json_text import Document

ENTITY_NOT_FOUND = "The entity that was requested doesn't exist. Verify the entity and try again."


class MagentoError(Exception):
    """A refusal with a JSON body.

    Attributes:
        status: HTTP status.
        message: Magento's text; placeholders such as ``%1`` stay unfilled, as Magento leaves them.
        parameters: What the placeholders stand for: a list for ``%1``, an object for ``%name``.
        errors: Single findings, as the inventory modules add them.
    """

    def __init__(
        self,
        status: int,
        message: str,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
        errors: Sequence[Document] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.parameters = parameters
        self.errors = errors

    def body(self) -> Document:
        """Return the JSON body."""
        body: Document = {"message": self.message}
        if self.errors is not None:
            body["errors"] = list(self.errors)
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body


class PlainFailure(Exception):  # noqa: N818 - an answer, not a fault of ours
    """An answer that is not JSON.

    Attributes:
        status: HTTP status.
        text: The body.
        media_type: Its Content-Type.
    """

    def __init__(self, status: int, text: str, media_type: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.media_type = media_type


def not_found() -> MagentoError:
    """An order, invoice, shipment, … that does not exist."""
    return MagentoError(404, ENTITY_NOT_FOUND)


def no_route() -> MagentoError:
    """An unknown path, or a known one with another method."""
    return MagentoError(404, "Request does not match any route.")


def bad_request() -> MagentoError:
    """A path that is no REST path at all, such as one with an unknown store code."""
    return MagentoError(400, "Specified request cannot be processed.")


def not_authorized(resource: str) -> MagentoError:
    """No token, a wrong token, or a token without the right; Magento tells no difference."""
    return MagentoError(
        401,
        "The consumer isn't authorized to access %resources.",
        {"resources": resource},
    )


def required(field: str) -> MagentoError:
    """A parameter that must be given."""
    return MagentoError(400, '"%fieldName" is required. Enter and try again.', {"fieldName": field})


def not_supported(field: str) -> MagentoError:
    """A property Magento does not know; ``field`` in its own CamelCase."""
    return MagentoError(
        400,
        '"%fieldName" is not supported. Correct the field name and try again.',
        {"fieldName": field},
    )


def wrong_type(value: object, expected: str, field: str | None = None) -> MagentoError:
    """A value of the wrong type, in the path (no ``field``) or in a property."""
    sentence = (
        f'The "{value}" value\'s type is invalid. The "{expected}" type was expected. '
        "Verify and try again."
    )
    if field is not None:
        sentence = f'Error occurred during "{field}" processing. {sentence}'
    return MagentoError(400, sentence)


def internal_error() -> MagentoError:
    """An error Magento did not foresee, such as an SQL error for an unknown column."""
    return MagentoError(
        500,
        "Internal Error. Details are available in Magento log file. "
        f"Report ID: webapi-{secrets.token_hex(7)[:13]}",
    )


def application_failure() -> PlainFailure:
    """The text Magento answers when an exception escapes its REST layer."""
    return PlainFailure(
        500,
        "An error has happened during application run. See exception log for details.",
        "text/plain;charset=UTF-8",
    )
