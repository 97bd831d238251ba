"""Texts within Sage 200's field limits: wrapped first, cut last, and every cut recorded."""

from __future__ import annotations

import textwrap
import unicodedata

from anyascii import anyascii

ADDRESS_LINES = 4
ADDRESS_WIDTH = 60


def wrapped_lines(text: str, width: int) -> list[str]:
    """Return one clean line of text over as many lines as it needs."""
    return [text] if len(text) <= width else textwrap.wrap(text, width)


class Trimmer:
    """Fits texts into Sage's fields and keeps a sentence for each one that lost something."""

    def __init__(self, encoding: str = "cp1252") -> None:
        """Start with nothing trimmed.

        Args:
            encoding: What the Sage database can hold; whether its columns are varchar (cp1252
                in the UK) or nvarchar (``utf-8`` here) depends on the installation.
        """
        self._encoding = encoding
        self._notes: list[str] = []

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence per loss."""
        return tuple(self._notes)

    def fit(self, field: str, text: str, limit: int) -> str:
        """Return ``text`` in one line of at most ``limit`` characters."""
        readable = self._encodable(field, " ".join(text.split()))
        if len(readable) <= limit:
            return readable
        kept = readable[:limit].rstrip()
        self._notes.append(f"{field}: cut from {len(readable)} to {limit} characters: {readable!r}")
        return kept

    def holds(self, text: str) -> bool:
        """Whether Sage can hold a text as it is."""
        return self._fits(text)

    @staticmethod
    def visible(text: str) -> str:
        """Return a text without invisible marks."""
        return "".join(one for one in text if unicodedata.category(one) != "Cf")

    def tail(self, field: str, text: str, limit: int) -> str:
        """Return the last ``limit`` characters: where the end tells more than the beginning."""
        readable = self._encodable(field, text.strip())
        if len(readable) <= limit:
            return readable
        self._notes.append(
            f"{field}: last {limit} of {len(readable)} characters kept: {readable!r}"
        )
        return readable[-limit:]

    def wrap(self, field: str, lines: tuple[str, ...]) -> tuple[str, ...]:
        """Return address lines, each at most 60 wide, at most 4 of them.

        Long lines are wrapped; if that makes too many, all are joined and wrapped anew; only what
        still does not fit is cut.
        """
        clean = tuple(
            self._encodable(field, " ".join(line.split())) for line in lines if line.strip()
        )
        wrapped = [part for line in clean for part in wrapped_lines(line, ADDRESS_WIDTH)]
        if len(wrapped) > ADDRESS_LINES:
            wrapped = textwrap.wrap(", ".join(clean), ADDRESS_WIDTH)
        if len(wrapped) > ADDRESS_LINES:
            lost = " ".join(wrapped[ADDRESS_LINES:])
            self._notes.append(f"{field}: does not fit 4 lines of 60, lost: {lost!r}")
        return tuple(wrapped[:ADDRESS_LINES])

    def _encodable(self, field: str, text: str) -> str:
        if self._encoding == "utf-8" or text.isascii():
            return text
        kept = unicodedata.normalize("NFC", text)
        if not self._fits(kept):
            kept = "".join(self._character(character) for character in kept)
        if kept != text:
            self._notes.append(f"{field}: characters that Sage can't hold replaced: {text!r}")
        return kept

    def _character(self, character: str) -> str:
        """Return what stands for a character: itself, the same without accents, or its sound."""
        kind = unicodedata.category(character)
        if kind == "Cf":
            # Invisible: direction marks and the like, which come along when numbers are pasted.
            return ""
        plain = "".join(
            part
            for part in unicodedata.normalize("NFKD", character)
            if not unicodedata.combining(part)
        )
        for candidate in (character, plain, anyascii(character)):
            if candidate and self._fits(candidate):
                # A picture has no sound: its name would be in the way of an address.
                return "?" if kind == "So" and candidate.startswith(":") else candidate
        return "?"

    def _fits(self, text: str) -> bool:
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            return False
        return True
