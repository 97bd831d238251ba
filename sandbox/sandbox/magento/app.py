"""The HTTP side of the Magento stand-in."""

from __future__ import annotations

import re
import secrets
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from sandbox.faults import FaultInjector, Meddling
from sandbox.magento.access import Access
from sandbox.magento.errors import MagentoError, PlainFailure, bad_request, not_authorized
from sandbox.magento.fields import keep_fields, parse_fields
from sandbox.magento.json_text import magento_json, parse_json
from sandbox.magento.oauth1 import is_signed, verify
from sandbox.magento.php_query import parse_query
from sandbox.magento.routes import ROUTES
from sandbox.magento.routing import Call, Route, find_route
from sandbox.magento.settings import Settings, SettingsChange
from sandbox.magento.tier_prices import website_of
from sandbox.magento.xml_text import magento_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.types import Receive, Scope, Send

    from sandbox.faults import Fault
    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop

SETTINGS_PATH = "/__settings"
_VERSION = re.compile(r"V\d+")
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})
_XML_TYPES = frozenset({"application/xml", "text/xml", "application/xhtml+xml"})
_JSON_TYPES = frozenset({"*/*", "application/json", "application/*"})
_HTML = "text/html; charset=UTF-8"
_ALL_STORES = frozenset({"all", "default"})
_PAGE = "<!doctype html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"


def create_app(
    shop: Shop,
    *,
    access: Access | None = None,
    settings: Settings | None = None,
    faults: Iterable[Fault] = (),
) -> Starlette:
    """Return the application that serves a shop.

    ``/__faults`` sets faults (see ``sandbox.faults``) and ``/__settings`` the switches of
    ``Settings``, both from this machine only.

    Args:
        shop: The shop; also reachable as ``app.state.shop``.
        access: Tokens; by default those of the demonstration (``access.DEMO`` and others).
        settings: Switches; also reachable as ``app.state.settings``.
        faults: Faults from the start on.
    """
    settings = settings or Settings()
    access = access or Access()
    rest = RestApi(shop, access, settings)
    meddling = Meddling(
        headers={"expired_token": {"Authorization": "Bearer a-token-that-has-ended"}},
        revoke_tokens=access.revoke_admin_tokens,
    )
    app = Starlette(
        routes=[Mount("/", app=rest)],
        middleware=[Middleware(FaultInjector, faults=tuple(faults), meddling=meddling)],
    )
    app.state.shop = shop
    app.state.settings = settings
    return app


class RestApi:
    """Magento's REST front: paths, rights, formats; what is behind is in ``routes``."""

    def __init__(self, shop: Shop, access: Access, settings: Settings) -> None:
        self._shop = shop
        self._access = access
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        body = await request.body()
        if request.url.path == SETTINGS_PATH:
            response = self._control(request, body)
        else:
            response = self._answer(request, body)
        response.headers["Date"] = format_datetime(self._shop.now(), usegmt=True)
        response.headers["Server"] = "nginx/1.22.1"
        await response(scope, receive, send)

    def _control(self, request: Request, body: bytes) -> Response:
        if request.client is None or request.client.host not in {"127.0.0.1", "::1"}:
            return Response("Settings can be changed from this machine only.\n", 403)
        if request.method == "POST":
            try:
                self._settings.apply(msgspec.json.decode(body, type=SettingsChange))
            except msgspec.MsgspecError as error:
                return Response(f"The settings can't be used: {error}.\n", 400)
        return _json(200, self._settings.report())

    def _answer(self, request: Request, body: bytes) -> Response:
        raw_path = request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
        if self._settings.maintenance:
            return _page(503, "Service Temporarily Unavailable")
        if raw_path != "/rest" and not raw_path.startswith("/rest/"):
            return _page(404, "404 Not Found")
        format_ = _format(request.headers.get("accept", ""))
        if format_ is None:
            return _page(500, "There has been an error processing your request")
        try:
            value = self._serve(request, raw_path, body)
        except MagentoError as error:
            return _write(format_, error.status, error.body())
        except PlainFailure as failure:
            return Response(failure.text, failure.status, {"Content-Type": failure.media_type})
        response = _write(format_, 200, value)
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        session = secrets.token_hex(13)
        response.headers["Set-Cookie"] = f"PHPSESSID={session}; path=/; HttpOnly; SameSite=Lax"
        return response

    def _serve(self, request: Request, raw_path: str, body: bytes) -> Any:
        if request.method not in _METHODS:
            raise MagentoError(405, f"The {request.method} HTTP method is not supported.")
        segments, is_async, website = self._segments(raw_path, request.method)
        route, values = find_route(ROUTES, request.method, segments)
        query_string = request.scope.get("query_string", b"").decode("latin-1")
        self._authorize(request, raw_path, query_string, route)
        if is_async:
            raise PlainFailure(
                501, "The stand-in does not play Magento's asynchronous API.\n", "text/plain"
            )
        query = parse_query(query_string)
        call = Call(
            shop=self._shop,
            access=self._access,
            limits=self._settings.limits,
            path=values,
            query=query,
            body=_parse_body(request, body),
            website=website,
        )
        with self._shop.transaction():
            value = route.handle(call)
        fields = query.get("fields")
        tree = parse_fields(fields) if isinstance(fields, str) else None
        return value if tree is None else keep_fields(value, tree)

    def _segments(self, raw_path: str, method: str) -> tuple[Sequence[str], bool, int | None]:
        """Return the path after the version, whether it is asynchronous, and the website."""
        parts = [part for part in raw_path.split("/")[2:] if part]
        code = "default"
        if parts and not _VERSION.fullmatch(parts[0]) and parts[0] != "async":
            stores = self._shop.singles.get("storeViews", ())
            code = unquote(parts[0])
            if code not in _ALL_STORES | {store["code"] for store in stores}:
                raise bad_request()
            parts = parts[1:]
        is_async = bool(parts) and parts[0] == "async"
        if is_async:
            parts = parts[2:] if parts[1:2] == ["bulk"] else parts[1:]
            if method == "GET":
                raise bad_request()
        if not parts:
            raise bad_request()
        # Another version is a path no route matches.
        stores = self._shop.singles.get("storeViews", ())
        website = None if code == "all" else website_of(stores, code)
        return (parts[1:] if parts[0] == "V1" else parts), is_async, website

    def _authorize(self, request: Request, raw_path: str, query_string: str, route: Route) -> None:
        if route.resource is None:
            return
        authorization = request.headers.get("authorization", "")
        if is_signed(authorization):
            origin = f"{request.url.scheme}://{request.headers.get('host', '')}"
            who = verify(
                self._access, authorization, request.method, origin, raw_path, query_string
            )
        else:
            scheme, _, token = authorization.partition(" ")
            found = None
            if scheme.lower() == "bearer":
                found = self._access.bearer(
                    token.strip(),
                    self._shop.now(),
                    integrations=self._settings.integration_bearer,
                )
            if found is None:
                raise not_authorized(route.resource or "Magento_Backend::admin")
            who = found
        if not who.may(route.resource):
            raise not_authorized(route.resource)


def _parse_body(request: Request, body: bytes) -> Document:
    if request.method not in {"POST", "PUT"} or not body:
        return {}
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if not media_type:
        raise MagentoError(400, "Content-Type header is empty.")
    if media_type != "application/json":
        raise MagentoError(
            400, f"Server cannot understand Content-Type HTTP header media type {media_type}"
        )
    try:
        parsed = parse_json(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MagentoError(400, "Decoding error.") from error
    return parsed if isinstance(parsed, dict) else {}


def _format(accept: str) -> str | None:
    """Return json or xml; None for a type Magento can't render."""
    if not accept.strip():
        return "json"
    for part in accept.split(","):
        media_type = part.partition(";")[0].strip().lower()
        if media_type in _JSON_TYPES:
            return "json"
        if media_type in _XML_TYPES:
            return "xml"
    return None


def _write(format_: str, status: int, value: Any) -> Response:
    if format_ == "json":
        return _json(status, value)
    headers = {"Content-Type": "application/xml; charset=utf-8", "Cache-Control": "no-store"}
    return Response(magento_xml(value), status, headers)


def _json(status: int, value: Any) -> Response:
    headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
    return Response(magento_json(value), status, headers)


def _page(status: int, title: str) -> Response:
    return Response(_PAGE.format(title), status, {"Content-Type": _HTML})
