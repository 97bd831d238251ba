"""The time a run may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Budget:
    """Seconds a run may take, from ``started`` on; None is no limit."""

    max_seconds: float | None
    started: float
    clock: Callable[[], float]

    @property
    def spent(self) -> bool:
        """Whether the time is used up."""
        return self.max_seconds is not None and self.clock() - self.started >= self.max_seconds
