"""What the stand-in answers instead of doing what was asked."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - an answer, not an error of this program
    """A request that Sage refuses; the text is for the person who must act.

    Attributes:
        text: The sentence.
        status: HTTP status, 400 unless the contract has another.
    """

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class NotPermitted(Refusal):
    """The user lacks a permission."""
