"""What a request is to its handler, and how a path finds its handler."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sandbox.magento.errors import no_route, wrong_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.magento.access import Access
    from sandbox.magento.criteria import InputLimits
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

_INTEGER = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class Call:
    """One request on its way to a handler.

    Attributes:
        shop: The shop.
        access: Needed where a token is asked for.
        limits: Web API input limits.
        path: Values of the path's placeholders, decoded.
        query: The query string, as PHP takes it apart.
        body: The JSON object sent; empty where there was none.
        website: The website of the store view in the address; None for the scope ``all``.
    """

    shop: Shop
    access: Access
    limits: InputLimits
    path: dict[str, str]
    query: Document
    body: Document
    website: int | None

    def number(self, name: str) -> int:
        """Return a whole number from the path.

        Raises:
            MagentoError: 400, it is something else.
        """
        value = self.path[name]
        if not _INTEGER.fullmatch(value):
            raise wrong_type(value, "int")
        return int(value)


@dataclass(frozen=True)
class Route:
    """A method and path with its handler.

    Attributes:
        method: HTTP method.
        segments: Path after ``/V1/``, taken apart; ``:name`` stands for any one segment.
        resource: The right that is needed; empty for any token, None for no token at all.
        handle: What makes the answer's body.
    """

    method: str
    segments: tuple[str, ...]
    resource: str | None
    handle: Callable[[Call], Any]

    def match(self, method: str, segments: Sequence[str]) -> dict[str, str] | None:
        """Return the placeholders' values, None where the route is another."""
        if method != self.method or len(segments) != len(self.segments):
            return None
        values = {}
        for wanted, given in zip(self.segments, segments, strict=True):
            if wanted.startswith(":"):
                values[wanted[1:]] = unquote(given)
            elif wanted != unquote(given):
                return None
        return values


def find_route(
    routes: Sequence[Route], method: str, segments: Sequence[str]
) -> tuple[Route, dict[str, str]]:
    """Return the route of a request and its path values.

    Raises:
        MagentoError: 404, there is none.
    """
    for route in routes:
        values = route.match(method, segments)
        if values is not None:
            return route, values
    raise no_route()
