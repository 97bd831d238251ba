"""A person's login: OAuth 2 authorisation code with PKCE (RFC 7636), redirect caught on loopback.

Sage signs in the person, not the program: all calls act as that Sage user.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from typing_extensions import override

from sage200_client.exceptions import FixSettings, RetryLater

if TYPE_CHECKING:
    from sage200_client.settings import Sage200Settings

DEFAULT_AUTHORIZE_URL = "https://id.sage.com/authorize"
DEFAULT_REDIRECT_URI = "http://localhost:8400/callback"
_AUDIENCE = "s200ukipd/sage200"
_SCOPE = "openid profile email offline_access"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PAGE = (
    b"<!doctype html><title>Sage 200</title>"
    b"<p>Sage 200 is connected. You can close this page and go back to the terminal.</p>"
)


@dataclass(frozen=True)
class LoginRequest:
    """One login under way.

    Attributes:
        url: The page that the person opens.
        redirect_uri: Where Sage sends them afterwards; fixed on the form of the Sage application.
        state: Proves that an answer belongs to this login.
        verifier: Proves that the code is redeemed by who asked for it.
    """

    url: str
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def begin_login(
    settings: Sage200Settings, *, authorize_url: str, redirect_uri: str
) -> LoginRequest:
    """Make the address of Sage's consent page."""
    state = secrets.token_urlsafe(24)
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "audience": _AUDIENCE,
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": redirect_uri,
        "scope": _SCOPE,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in authorize_url else "?"
    return LoginRequest(authorize_url + joint + urlencode(query), redirect_uri, state, verifier)


def code_of_redirect(request: LoginRequest, redirected_to: str) -> str:
    """Return the code of the address that Sage redirected to.

    Raises:
        FixSettings: Sage refused, the address belongs to another login, or it holds no code.
    """
    given = {key: values[0] for key, values in parse_qs(urlsplit(redirected_to).query).items()}
    if "error" in given:
        words = given.get("error_description", given["error"])
        raise FixSettings(f"Sage did not allow the login: {words}.")
    if not secrets.compare_digest(given.get("state", ""), request.state):
        raise FixSettings("This answer belongs to another login: start `sage200 login` again.")
    if not given.get("code"):
        raise FixSettings("The address holds no code: copy all of it, from http to the end.")
    return given["code"]


def code_of_paste(request: LoginRequest, pasted: str) -> str:
    """Return the code of what a person pasted: the whole address, its query, or the code alone.

    Raises:
        FixSettings: As :func:`code_of_redirect`.
    """
    pasted = pasted.strip()
    if not pasted:
        raise FixSettings("Nothing was pasted: run `sage200 login --paste` again.")
    if "=" not in pasted:
        return pasted
    return code_of_redirect(request, pasted if "?" in pasted else f"?{pasted}")


class RedirectCatcher:
    """A web server on loopback that takes Sage's redirect, once."""

    def __init__(self, redirect_uri: str) -> None:
        """Bind to the port of the redirect address; port 0 takes a free one.

        Raises:
            FixSettings: The address isn't on this machine, or its port is taken.
        """
        parts = urlsplit(redirect_uri)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK or parts.port is None:
            raise FixSettings(
                f"{redirect_uri} is not an address of this machine (http://localhost:PORT/…): "
                "use `sage200 login --paste`."
            )
        self._caught: list[str] = []
        try:
            self._server = HTTPServer(("127.0.0.1", parts.port), self._handler(parts.path))
        except OSError as error:
            raise FixSettings(
                f"Port {parts.port} of {redirect_uri} can't be listened on: stop what uses it, "
                "or use `sage200 login --paste`."
            ) from error
        self.redirect_uri = parts._replace(
            netloc=f"{parts.hostname}:{self._server.server_port}"
        ).geturl()

    def wait(self, seconds: float) -> str:
        """Return the path and query that Sage redirected to.

        Raises:
            RetryLater: Nobody came in time.
        """
        self._server.timeout = 1.0
        for _ in range(max(1, round(seconds))):
            self._server.handle_request()
            if self._caught:
                return self._caught[0]
        raise RetryLater(f"Nobody logged in within {seconds:.0f} seconds: start again.")

    def close(self) -> None:
        """Free the port."""
        self._server.server_close()

    def _handler(self, path: str) -> type[BaseHTTPRequestHandler]:
        caught = self._caught

        class Handler(BaseHTTPRequestHandler):
            timeout = 5.0

            def do_GET(self) -> None:
                """Take the redirect; browsers also ask for an icon."""
                if urlsplit(self.path).path != (path or "/"):
                    self.send_error(404)
                    return
                caught.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(_PAGE)))
                self.end_headers()
                self.wfile.write(_PAGE)

            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet: the request line holds the code."""

        return Handler
