"""The pages of the sign-in: ``/authorize``, which consents at once, and ``/oauth/token``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.sage200.sage_id.grants import (
    AuthorisationRequest,
    GrantRefusedError,
    grant,
    issue_code,
    redirect_is_registered,
)
from sandbox.sage200.sage_id.users import first_user, user_by_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from sandbox.sage200.behaviour import Behaviour
    from sandbox.sage200.database import Database


class SageId:
    """The sign-in server."""

    def __init__(self, database: Database, behaviour: Behaviour) -> None:
        self._database = database
        self._behaviour = behaviour

    def routes(self) -> list[Route]:
        """Return its two pages."""
        return [
            Route("/authorize", self.authorize, methods=["GET"]),
            Route("/oauth/token", self.token, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """Send the browser back with a code, as if the user had signed in and agreed.

        ``login_hint`` names the user; the first one signs in where it is missing.
        """
        return await run_in_threadpool(self._authorize, dict(request.query_params))

    async def token(self, request: Request) -> Response:
        """Answer a token request, sent as a form or as JSON."""
        body = await request.body()
        media_type = request.headers.get("content-type", "")
        if media_type.startswith("application/json"):
            try:
                read = json.loads(body)
            except ValueError:
                return PlainTextResponse("The body is not JSON.", 400)
            sent = {str(k): str(v) for k, v in read.items()} if isinstance(read, dict) else {}
        else:
            sent = dict(parse_qsl(body.decode("utf-8", "replace")))
        return await run_in_threadpool(self._token, sent)

    def _authorize(self, query: Mapping[str, str]) -> Response:
        client_id, redirect_uri = query.get("client_id", ""), query.get("redirect_uri", "")
        with self._database.transaction() as connection:
            if not redirect_is_registered(connection, client_id, redirect_uri):
                return PlainTextResponse("Callback URL mismatch.", 403)
            hint = query.get("login_hint")
            user = user_by_name(connection, hint) if hint else first_user(connection)
            problem = _authorise_problem(query)
            if problem or user is None:
                answer = {"error": "invalid_request", "error_description": problem or "No user."}
            else:
                asked = AuthorisationRequest(
                    client_id, redirect_uri, user.number, query.get("code_challenge")
                )
                answer = {"code": issue_code(connection, asked)}
        if "state" in query:
            answer["state"] = query["state"]
        return RedirectResponse(f"{redirect_uri}?{urlencode(answer)}", 302)

    def _token(self, sent: Mapping[str, str]) -> Response:
        try:
            with self._database.transaction() as connection:
                tokens = grant(connection, self._behaviour, sent)
        except GrantRefusedError as refused:
            return JSONResponse(
                {"error": refused.error, "error_description": refused.description}, refused.status
            )
        answer = {
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "scope": "openid profile email offline_access",
            "expires_in": tokens.expires_in,
            "token_type": "Bearer",
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _authorise_problem(query: Mapping[str, str]) -> str | None:
    if query.get("response_type") != "code":
        return "Response type must be code."
    if "offline_access" not in query.get("scope", "").split():
        return "Scope must hold offline_access, or there is no refresh token."
    if "code_challenge" in query and query.get("code_challenge_method") != "S256":
        return "Code challenge method must be S256."
    return None
