"""Streams that could not be read while the others went on, and how a run says so at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_sage200.exceptions import BusyDatabaseError, SageReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_sage200.streams import SageStream


@dataclass
class Shortfall:
    """What a run has not read so far.

    Attributes:
        errors: The sentence of each stream that failed, by the stream's name.
    """

    errors: dict[str, SageReadError] = field(default_factory=dict)
    _blocked: list[SageStream] = field(default_factory=list)

    def note(self, stream: SageStream, error: SageReadError) -> None:
        """Note that a stream could not be read, or not to its end."""
        self.errors[stream.name] = error
        if isinstance(error, BusyDatabaseError):
            self._blocked.append(stream)

    def once_more(self) -> Iterator[SageStream]:
        """Yield each stream that locks were in the way of, to be tried a second time."""
        blocked, self._blocked = self._blocked, []
        for stream in blocked:
            del self.errors[stream.name]
            yield stream

    def tell(self, last: SageReadError | None = None) -> None:
        """End the run with a sentence for each stream, where there is anything to tell.

        Args:
            last: What ended the run before its time.

        Raises:
            SageReadError: The one error as it is; several, one a line, as one.
        """
        errors = [*self.errors.values(), *([last] if last else [])]
        if len(errors) > 1:
            sentences = [f"{name}: {error.message}" for name, error in self.errors.items()]
            raise SageReadError("\n".join([*sentences, *([last.message] if last else [])]))
        if errors:
            raise errors[0]
