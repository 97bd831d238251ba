"""One HTTP exchange with the API: a session per thread, kept alive, a bounded number at a time."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase
from typing_extensions import override

from sage200_client.deadline import WatchedAdapter, deadline
from sage200_client.exceptions import FixSettings
from sage200_client.failures import never_sent, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sage200_client.settings import Sage200Settings

_CONNECT_SECONDS = 10.0
_IDLE_SECONDS = 15.0


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: HTTP status.
        content: The body's bytes.
        retry_after: The ``Retry-After`` header, as sent.
        location: Host that a redirect points to; empty otherwise.
        duration_ms: Time from sending to the last byte.
    """

    status: int
    content: bytes
    retry_after: str
    location: str
    duration_ms: int


class NoAnswer(Exception):  # noqa: N818 - internal: the client turns it into an outcome
    """No whole answer came.

    Attributes:
        never_sent: It is certain that no byte of the request left.
        reason: What happened, in a few words.
        duration_ms: How long it took.
    """

    def __init__(self, why: str, *, sent: bool, duration_ms: int) -> None:
        super().__init__(why)
        self.reason = why
        self.never_sent = not sent
        self.duration_ms = duration_ms


class HeldBack(Exception):  # noqa: N818 - internal: the client turns it into an outcome
    """The caller's own guard let the request not leave."""


class _Bearer(AuthBase):
    """The Authorization header, as an auth object so that a .netrc can't replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    @override
    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r


class _ThreadSession(threading.local):
    """This thread's session and when it was last used."""

    session: requests.Session | None = None
    used_at: float = 0.0


class Transport:
    """Sends requests; keeps no state but its connections. Safe to share between threads."""

    def __init__(self, settings: Sage200Settings) -> None:
        """Keep the settings; nothing is opened before the first request."""
        self._settings = settings
        self._base = settings.api_url.rstrip("/")
        self._slots = threading.BoundedSemaphore(settings.max_connections)
        self._mine = _ThreadSession()
        self._all: list[requests.Session] = []
        self._all_lock = threading.Lock()

    def exchange(
        self,
        method: str,
        path: str,
        *,
        token: str,
        content: bytes | None = None,
        with_company: bool = True,
        may_leave: Callable[[], bool] | None = None,
    ) -> Answer:
        """Send one request and read the whole answer. Nothing is repeated, no redirect followed.

        A write has ``timeout_seconds`` in all, from leaving to the last byte of its answer; a read
        has them for each next byte.

        Args:
            method: HTTP verb.
            path: Path and query below the API's address, already percent-encoded.
            token: Access token.
            content: JSON body.
            with_company: Send ``X-Site`` and ``X-Company``; only ``/sites`` goes without.
            may_leave: Asked when everything else is at hand, right before the request leaves.

        Raises:
            HeldBack: ``may_leave`` said no; nothing was sent.
            NoAnswer: No connection, a time-out, or a cut before the last byte.
            FixSettings: The site or the company isn't set.
        """
        headers = {"Content-Type": "application/json"} if content is not None else {}
        if with_company:
            headers |= self._company_headers()
        with self._slots:
            session = self._session(fresh=method != "GET")
            if may_leave is not None and not may_leave():
                raise HeldBack
            started = time.monotonic()
            seconds = self._settings.timeout_seconds
            with nullcontext() if method == "GET" else deadline(seconds) as write:
                try:
                    response = session.request(
                        method,
                        self._base + path,
                        data=content,
                        headers=headers,
                        auth=_Bearer(token),
                        timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                        allow_redirects=False,
                        verify=self._settings.verify_tls,
                    )
                except requests.RequestException as error:
                    late = write is not None and write.expired and not never_sent(error)
                    raise NoAnswer(
                        "no answer within the time limit" if late else reason(error),
                        sent=not never_sent(error),
                        duration_ms=_since(started),
                    ) from error
            self._mine.used_at = time.monotonic()
        location = response.headers.get("Location", "") if response.is_redirect else ""
        return Answer(
            status=response.status_code,
            content=response.content,
            retry_after=response.headers.get("Retry-After", ""),
            location=location.partition("?")[0],
            duration_ms=_since(started),
        )

    def close(self) -> None:
        """Close every connection of every thread."""
        with self._all_lock:
            for session in self._all:
                session.close()

    def _company_headers(self) -> dict[str, str]:
        if not self._settings.site_id or self._settings.company_id is None:
            raise FixSettings(
                "Settings site_id and company_id are needed to open a company; "
                "`sage200 sites` lists those that this login may open."
            )
        return {
            "X-Site": self._settings.site_id,
            "X-Company": str(self._settings.company_id),
        }

    def _session(self, *, fresh: bool) -> requests.Session:
        """Return this thread's session.

        A write doesn't use a connection that was idle for long: a server or proxy that drops it at
        that moment would leave the write in doubt for nothing.
        """
        session = self._mine.session
        if session is None:
            session = self._mine.session = requests.Session()
            session.headers.update(
                {"Accept": "application/json", "User-Agent": self._settings.user_agent}
            )
            for scheme in ("https://", "http://"):
                session.mount(
                    scheme, WatchedAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
                )
            with self._all_lock:
                self._all.append(session)
        elif fresh and time.monotonic() - self._mine.used_at > _IDLE_SECONDS:
            session.close()
        return session


def request_path(resource: str, options: Mapping[str, Any]) -> str:
    """Return path and query: ``$`` names as they are, values percent-encoded, spaces as ``%20``."""
    query = "&".join(
        f"${name}={quote(str(value), safe='')}"
        for name, value in options.items()
        if value is not None
    )
    path = "/" + quote(resource.strip("/"), safe="/")
    return f"{path}?{query}" if query else path


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
