"""One HTTP exchange with the shop, and what a failed one means for the request."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

import requests
import urllib3.exceptions

from magento_client.exceptions import (
    MagentoError,
    UnreachableError,
    WrongSettingsError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests.auth import AuthBase

    from magento_client.pace import Pace
    from magento_client.settings import MagentoSettings

_UNUSABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)
_NEVER_CONNECTED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
)


class UnclearOutcomeError(MagentoError):
    """The request left, and what became of it is unknown.

    Attributes:
        retry_after: Seconds that the shop asked us to wait, where it did.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Keep the message and the wait."""
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes:
        method: GET, POST or PUT.
        path: Path below ``/rest/``, quoted.
        params: Query parameters.
        data: JSON to write; None for reads. Never printed: it may hold a password.
        question: The query as a person would write it, for messages.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    data: bytes | None = field(default=None, repr=False)
    question: str = ""

    @property
    def name(self) -> str:
        """Method, path and question, as messages name the request."""
        name = f"{self.method} /rest/{self.path.lstrip('/')}"
        return f"{name} ({self.question})" if self.question else name


@dataclass(frozen=True)
class Response:
    """What came back, whole, not judged.

    Attributes:
        status: The HTTP status.
        headers: By case-insensitive name.
        content: The body.
        authorization: The ``Authorization`` header that was sent.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    authorization: str = field(repr=False)


class Transport:
    """The connections to one shop; each thread has its own."""

    def __init__(self, settings: MagentoSettings, pace: Pace) -> None:
        """Prepare; no connection is opened yet."""
        self._settings = settings
        self._pace = pace
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._lock = threading.Lock()

    def send(self, request: Request, auth: AuthBase | None) -> Response:
        """Make one exchange.

        Args:
            request: What is asked.
            auth: Puts the credentials on it; None for none.

        Raises:
            WrongSettingsError: The request cannot be sent with these settings.
            UnreachableError: The request did not leave.
            UnclearOutcomeError: It left, and no whole answer came.
        """
        self._pace.wait()
        settings = self._settings
        try:
            answer = self._session().request(
                request.method,
                f"{settings.base_url}/rest/{request.path.lstrip('/')}",
                params=list(request.params),
                data=request.data,
                headers=None if request.data is None else {"Content-Type": "application/json"},
                auth=auth,
                timeout=(settings.connect_timeout_seconds, settings.read_timeout_seconds),
                verify=settings.verify_tls,
                # A redirected POST would become a GET, and a redirected GET lose its token.
                allow_redirects=False,
                stream=True,
            )
            content = _whole_body(answer)
        except requests.RequestException as error:
            raise _failure(request.name, settings, error) from error
        return Response(
            status=answer.status_code,
            headers=answer.headers,
            content=content,
            authorization=str(answer.request.headers.get("Authorization", "")),
        )

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
            self._local = threading.local()
        for session in sessions:
            session.close()

    def _session(self) -> requests.Session:
        """Return this thread's session: a session is not made to be shared."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.headers["Accept"] = "application/json"
            session.headers["User-Agent"] = self._settings.user_agent
            # Magento starts a PHP session with most answers; carrying it along would make it
            # lock that session and serve our requests one after another.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session


def _whole_body(answer: requests.Response) -> bytes:
    """Read a body in one go; requests would read a page of a megabyte in a hundred pieces.

    Raises:
        requests.RequestException: The body did not come whole.
    """
    try:
        content: bytes = answer.raw.read(decode_content=True)
    except urllib3.exceptions.ReadTimeoutError as error:
        answer.close()
        raise requests.exceptions.ReadTimeout(error) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        answer.close()
        raise requests.exceptions.ConnectionError(error) from error
    # Back to the pool; requests' own close would also end the connection.
    answer.raw.release_conn()
    return content


def _failure(
    name: str, settings: MagentoSettings, error: requests.RequestException
) -> MagentoError:
    """Sort a failed exchange by whether the request left."""
    shop = settings.base_url
    innermost = _innermost(error)
    if isinstance(innermost, ssl.SSLCertVerificationError):
        failure: MagentoError = WrongSettingsError(
            f"{name} found no trusted certificate at {shop}; install the shop's certificate "
            "authority, or for a test shop set verify_tls to false."
        )
    elif isinstance(error, _UNUSABLE):
        failure = WrongSettingsError(
            f"{name} cannot be sent to {shop}; check base_url and the credentials for characters "
            "that do not belong there."
        )
    elif isinstance(error, requests.exceptions.SSLError):
        failure = UnreachableError(
            f"{name} cannot agree on encryption with {shop} ({_why(innermost)}); check base_url "
            "and the network."
        )
    elif isinstance(error, requests.exceptions.ProxyError):
        failure = UnreachableError(
            f"{name} cannot pass the proxy to {shop}; check the proxy settings of this machine."
        )
    elif isinstance(error, requests.exceptions.ConnectTimeout):
        failure = UnreachableError(
            f"{name} got no connection to {shop} within {settings.connect_timeout_seconds:g} s; "
            "check base_url and the network."
        )
    elif _never_connected(error):
        failure = UnreachableError(
            f"{name} cannot reach {shop} ({_why(innermost)}); check base_url and the network."
        )
    elif isinstance(error, requests.exceptions.ReadTimeout):
        failure = UnclearOutcomeError(
            f"{name} got no answer from {shop} within {settings.read_timeout_seconds:g} s"
        )
    else:
        failure = UnclearOutcomeError(f"{name} lost the connection to {shop} ({_why(innermost)})")
    return failure


def _never_connected(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), _NEVER_CONNECTED)


def _innermost(error: BaseException) -> BaseException:
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return error


def _why(innermost: BaseException) -> str:
    """Name a cause in a few words, without the request's address and query."""
    if isinstance(innermost, OSError) and innermost.strerror:
        return innermost.strerror
    return type(innermost).__name__
