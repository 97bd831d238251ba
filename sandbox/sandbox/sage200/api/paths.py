"""Paths of the contract, matched against the path of a request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.sage200.contract.fields import Resource, resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.sage200.behaviour import Behaviour

_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Match:
    """What a path means.

    Attributes:
        resource: Resource that is asked for.
        verbs: HTTP methods the contract has for the path.
        record_id: ``{Id}`` of the path, where there is one.
        within: Other ids of the path, by the field they are about.
    """

    resource: Resource
    verbs: tuple[str, ...]
    record_id: str | None
    within: Mapping[str, str]


class Paths:
    """Every path that this edition and release has."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._by_length: dict[int, list[tuple[list[str], Resource, tuple[str, ...]]]] = {}
        for resource in resources().values():
            too_new = resource.since is not None and resource.since > behaviour.release
            if too_new or (resource.professional_only and not behaviour.professional):
                continue
            for path, verbs in resource.paths.items():
                parts = path.strip("/").split("/")
                self._by_length.setdefault(len(parts), []).append((parts, resource, verbs))

    def match(self, path: str) -> Match | None:
        """Return what a path (without the base path) means, or nothing."""
        given = path.strip("/").split("/")
        for parts, resource, verbs in self._by_length.get(len(given), ()):
            if all(_fits(part, value) for part, value in zip(parts, given, strict=True)):
                ids = {
                    part[1:-1]: value
                    for part, value in zip(parts, given, strict=True)
                    if part.startswith("{")
                }
                record_id = ids.pop("Id", None)
                within = {_snake(name): value for name, value in ids.items()}
                return Match(resource, verbs, record_id, within)
        return None


def _fits(part: str, value: str) -> bool:
    return part.startswith("{") or part == value


def _snake(name: str) -> str:
    return _WORD_START.sub("_", name).lower()
