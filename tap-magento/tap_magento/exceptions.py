"""What ends a run of the tap, beside the errors of the shop's client."""

from __future__ import annotations

from magento_client import MagentoError


class UnsoundAnswerError(MagentoError):
    """Stop: an answer does not suit the question, and going on could lose rows."""


class StreamFailedError(MagentoError):
    """Stop: a stream could not be read; the message names it and repeats the cause."""
