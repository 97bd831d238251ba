"""The client: questions to the shop, retried where that is safe."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

import msgspec

from magento_client.access import ADMIN_TOKEN_PATH, AdminToken, access
from magento_client.answers import Answer, SearchAnswer, read_answer, read_search
from magento_client.exceptions import (
    InDoubtError,
    MagentoError,
    NotAuthorisedError,
    NotJsonError,
    RetryLaterError,
    UnreachableError,
)
from magento_client.pace import Pace
from magento_client.retry import Backoff
from magento_client.rows import RowsAnswer, read_list, read_page
from magento_client.settings import AuthMethod, MagentoSettings
from magento_client.transport import Request, Transport, UnclearOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from magento_client.search import SearchCriteria

logger = logging.getLogger(__name__)

T = TypeVar("T")
Params = Mapping[str, str] | Iterable[tuple[str, str]]

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_UNAUTHORIZED = 401
_TOO_MANY_REQUESTS = 429
# Magento <= 2.4.7 sorts the signed parameters by its own order, which agrees with OAuth's rules
# as long as every index has one digit.
_OAUTH1_MOST_INDEXES = 10


class MagentoClient:
    """Magento's REST API of one shop.

    Paths are written as in Magento's documentation, without a leading ``/rest/``:
    ``V1/orders``, ``async/bulk/V1/inventory/source-items``. They must be quoted already; with
    oauth1 keep characters that need quoting out of them, as Magento's versions sign them
    differently (look such SKUs up by a filter instead).
    All methods are safe to call from many threads.
    """

    def __init__(
        self,
        settings: MagentoSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            settings: Access to the shop.
            clock: Monotonic seconds.
            sleep: Waits so many seconds.
            jitter: A number from 0 up to 1.
        """
        self._settings = settings
        self._sleep = sleep
        pace = Pace(settings.max_requests_per_second, clock=clock, sleep=sleep)
        self._transport = Transport(settings, pace)
        self._backoff = Backoff(settings.max_attempts, settings.max_wait_seconds, jitter)
        self._auth = access(settings, fetch_admin_token=self._fetch_admin_token, clock=clock)

    def __enter__(self) -> Self:
        """Return the client; leaving the block closes its connections."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close all connections; a later request opens new ones."""
        self._transport.close()

    def get(self, path: str, params: Params | None = None) -> Answer:
        """Read, with retries.

        Args:
            path: Path below ``/rest/``, such as ``V1/orders/1``.
            params: Query parameters; never quoted in messages.

        Raises:
            MagentoError: See ``magento_client.exceptions``; the retries are used up.
        """
        pairs = params.items() if isinstance(params, Mapping) else params or ()
        return self._repeated(Request("GET", path, params=tuple(pairs)), safe=True)

    def search(self, path: str, criteria: SearchCriteria) -> SearchAnswer:
        """Read one page of a list endpoint, with retries.

        Args:
            path: Path below ``/rest/``, such as ``V1/orders``.
            criteria: The question; its filters are quoted in messages.

        Raises:
            MagentoError: See ``magento_client.exceptions``; the retries are used up.
            ValueError: More filter groups than OAuth 1.0a can sign for every Magento.
        """
        request = self._question(path, criteria)
        return read_search(request.name, self._repeated(request, safe=True))

    def search_rows(self, path: str, criteria: SearchCriteria) -> RowsAnswer:
        """Read one page of a list endpoint as ``search`` does, the values as Magento's text.

        Raises:
            MagentoError: See ``magento_client.exceptions``; the retries are used up.
            ValueError: More filter groups than OAuth 1.0a can sign for every Magento.
        """
        return self._sent(self._question(path, criteria), read_page, safe=True)

    def list_rows(self, path: str) -> RowsAnswer:
        """Read an endpoint that answers all its rows as one list, the values as Magento's text.

        Raises:
            MagentoError: See ``magento_client.exceptions``; the retries are used up.
        """
        return self._sent(Request("GET", path), read_list, safe=True)

    def post(self, path: str, body: object, *, retry: bool = False) -> Answer:
        """Write.

        A request that the shop certainly did not take in (no connection, 429) is repeated in
        any case.

        Args:
            path: Path below ``/rest/``, such as ``V1/inventory/source-items``.
            body: What is sent as JSON; Decimal goes out as an exact number.
            retry: True only where sending the same body twice does no harm; the request is then
                repeated like a read.

        Raises:
            InDoubtError: ``retry`` is off, and the shop may have done it or not: look first.
            RetryLaterError: All tries failed; nothing was done, or repeating does no harm.
            MagentoError: See ``magento_client.exceptions``.
        """
        return self._repeated(Request("POST", path, data=_ENCODER.encode(body)), safe=retry)

    def put(self, path: str, body: object, *, retry: bool = False) -> Answer:
        """Write with PUT; see ``post``."""
        return self._repeated(Request("PUT", path, data=_ENCODER.encode(body)), safe=retry)

    def _question(self, path: str, criteria: SearchCriteria) -> Request:
        widest = max([len(criteria.groups), *map(len, criteria.groups)])
        if self._settings.auth_method is AuthMethod.OAUTH1 and widest > _OAUTH1_MOST_INDEXES:
            raise ValueError(
                f"With oauth1 a search holds at most {_OAUTH1_MOST_INDEXES} filter groups and "
                f"{_OAUTH1_MOST_INDEXES} filters in each; use the conditions in or nin."
            )
        return Request("GET", path, params=tuple(criteria.params()), question=str(criteria))

    def _repeated(self, request: Request, *, safe: bool) -> Answer:
        return self._sent(request, read_answer, safe=safe)

    def _sent(
        self,
        request: Request,
        read: Callable[[str, int, Mapping[str, str], bytes], T],
        *,
        safe: bool,
    ) -> T:
        """Send a request, and again as long as that is safe and promises anything."""
        attempt = 1
        while True:
            try:
                return self._once(request, read)
            except UnclearOutcomeError as unclear:
                if not safe:
                    raise InDoubtError(
                        f"{unclear}; the shop may have done it or not, so look there before "
                        "sending it again."
                    ) from unclear
                failure: MagentoError = unclear
                wait = unclear.retry_after
            except RetryLaterError as later:
                failure = later
                wait = later.retry_after
            pause = self._backoff.pause(attempt, wait)
            if pause is None:
                tries = "1 try" if attempt == 1 else f"{attempt} tries"
                kind = (
                    UnreachableError if isinstance(failure, UnreachableError) else RetryLaterError
                )
                raise kind(
                    f"{str(failure).rstrip('.')} (gave up after {tries}).", retry_after=wait
                ) from failure
            logger.warning("%s (try %d, the next in %.1f s)", failure, attempt, pause)
            self._sleep(pause)
            attempt += 1

    def _once(self, request: Request, read: Callable[[str, int, Mapping[str, str], bytes], T]) -> T:
        """Send a request, and once more with a new token where an admin's token had expired."""
        response = self._transport.send(request, self._auth)
        if response.status == _UNAUTHORIZED and isinstance(self._auth, AdminToken):
            self._auth.forget(response.authorization)
            response = self._transport.send(request, self._auth)
        try:
            return read(request.name, response.status, response.headers, response.content)
        except RetryLaterError as later:
            if request.data is None or response.status == _TOO_MANY_REQUESTS:
                raise
            # A gateway in between may have given up on a shop that went on.
            raise UnclearOutcomeError(
                str(later).rstrip("."), retry_after=later.retry_after
            ) from later
        except NotJsonError as strange:
            if request.data is None:
                raise
            raise UnclearOutcomeError(str(strange).rstrip(".")) from strange

    def _fetch_admin_token(self) -> str:
        settings = self._settings
        body = _ENCODER.encode({"username": settings.username, "password": settings.password})
        request = Request("POST", ADMIN_TOKEN_PATH, data=body)
        try:
            response = self._transport.send(request, None)
        except UnclearOutcomeError as unclear:
            # Asking for a token twice does no harm, and the request that needs it has not left.
            raise RetryLaterError(f"{unclear}; try again later.") from unclear
        answer = read_answer(request.name, response.status, response.headers, response.content)
        if not isinstance(answer.body, str) or not answer.body:
            raise NotAuthorisedError(
                f"{request.name} was answered without a token; check the admin user in the "
                "settings."
            )
        return answer.body
