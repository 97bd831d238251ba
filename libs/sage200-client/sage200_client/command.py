"""``sage200``: log in, list companies, see how long the login lasts.

Settings come from the environment:

    TARGET_SAGE200_API_URL        address of the API
    TARGET_SAGE200_CLIENT_ID      id of the Sage application
    TARGET_SAGE200_CLIENT_SECRET  its secret, if it is a confidential one
    TARGET_SAGE200_SITE_ID        site, TARGET_SAGE200_COMPANY_ID company (see `sage200 sites`)
    TARGET_SAGE200_TOKEN_URL      only where tokens come from elsewhere than https://id.sage.com
    SAGE200_AUTHORIZE_URL         only where the consent page is elsewhere
    SAGE200_REDIRECT_URI          as fixed for the Sage application (http://localhost:8400/callback)
    SAGE200_TOKEN_KEY             encrypts the stored tokens (`sage200 token new-key` makes one)
    WAREHOUSE_URL                 the PostgreSQL database that keeps the tokens
    TARGET_SAGE200_LOGIN_WARNING_DAYS
                                  warn from so many days before the login ends on (7)
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import webbrowser
from typing import TYPE_CHECKING

from sage200_client.client import Sage200Client
from sage200_client.exceptions import FixSettings, Sage200Error
from sage200_client.login import (
    DEFAULT_AUTHORIZE_URL,
    DEFAULT_REDIRECT_URI,
    RedirectCatcher,
    begin_login,
    code_of_paste,
    code_of_redirect,
)
from sage200_client.sealing import KEY_VARIABLE, new_key
from sage200_client.settings import Sage200Settings
from sage200_client.sign_in import exchange_code
from sage200_client.stored_tokens import StoredTokens, fingerprint
from sage200_client.token_renewal import stored_from, utc_now
from sage200_client.token_store import TokenStore
from sage200_client.wire import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOGIN_SECONDS = 300.0
_EXPIRES_SOON = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code.

    0 is well, 1 an error (one sentence on standard error), 2 a login that ends soon
    (``token status``).
    """
    chosen = _parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except Sage200Error as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sage200",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    login = commands.add_parser("login", help="log in to Sage 200 as a person; stores the tokens")
    login.add_argument(
        "--paste", action="store_true", help="paste the address by hand (no browser here)"
    )
    login.set_defaults(run=_login)
    sites = commands.add_parser("sites", help="list the sites and companies this login may open")
    sites.set_defaults(run=_sites)
    token = commands.add_parser("token", help="about the stored login")
    about = token.add_subparsers(required=True, metavar="COMMAND")
    status = about.add_parser("status", help="how long the login lasts")
    status.add_argument(
        "--warn-days",
        type=int,
        help="exit with 2 where fewer days are left (TARGET_SAGE200_LOGIN_WARNING_DAYS, else 7)",
    )
    status.set_defaults(run=_status)
    key = about.add_parser("new-key", help=f"print a new key for {KEY_VARIABLE}")
    key.set_defaults(run=_new_key)
    return parser


def _store() -> TokenStore:
    url = os.environ.get("WAREHOUSE_URL", "").strip()
    if not url:
        raise FixSettings("Environment variable WAREHOUSE_URL is not set.")
    store = TokenStore(url, os.environ.get(KEY_VARIABLE))
    store.ensure_schema()
    return store


def _login(chosen: argparse.Namespace) -> int:
    settings = Sage200Settings.from_environment()
    store = _store()
    redirect_uri = os.environ.get("SAGE200_REDIRECT_URI", "").strip() or DEFAULT_REDIRECT_URI
    authorize_url = os.environ.get("SAGE200_AUTHORIZE_URL", "").strip() or DEFAULT_AUTHORIZE_URL
    catcher = None if chosen.paste else RedirectCatcher(redirect_uri)
    try:
        request = begin_login(
            settings,
            authorize_url=authorize_url,
            redirect_uri=redirect_uri if catcher is None else catcher.redirect_uri,
        )
        sys.stdout.write(f"Open this page and log in to Sage 200:\n\n{request.url}\n\n")
        sys.stdout.flush()
        if catcher is None:
            # Read without echo: the address holds a code that can be traded for a login.
            pasted = getpass.getpass("Paste the address you were sent to (not shown): ")
            code = code_of_paste(request, pasted)
        else:
            webbrowser.open(request.url)
            code = code_of_redirect(request, catcher.wait(_LOGIN_SECONDS))
    finally:
        if catcher is not None:
            catcher.close()
    issued = exchange_code(
        settings, code, verifier=request.verifier, redirect_uri=request.redirect_uri
    )
    if issued.refresh_token is None:
        raise FixSettings(
            "Sage gave no refresh token: allow offline_access for the Sage application."
        )
    now = utc_now()
    seed = settings.refresh_token
    earlier = StoredTokens(
        seed_hash=fingerprint(seed) if seed else None,
        signed_in_at=now,
        lifetime_days=settings.refresh_token_days,
        warning_days=settings.login_warning_days,
    )
    with store.locked(settings) as row:
        row.keep(stored_from(issued, now, earlier))
    sys.stdout.write(
        f"Logged in for {settings.refresh_token_days} days; "
        "`sage200 token status` tells how many are left.\n"
    )
    return 0


def _sites(_: argparse.Namespace) -> int:
    settings = Sage200Settings.from_environment()
    with Sage200Client(settings, _store()) as client:
        sites = rows_of(client.get("sites"))
    for site in sites:
        chosen = (
            site.get("site_id") == settings.site_id
            and site.get("company_id") == settings.company_id
        )
        sys.stdout.write(
            f"{'*' if chosen else ' '} site {site.get('site_id')}  "
            f"company {site.get('company_id')}  "
            f"{site.get('company_name')} ({site.get('site_name')})\n"
        )
    if not sites:
        sys.stdout.write("This login may open no company.\n")
    return 0


def _status(chosen: argparse.Namespace) -> int:
    settings = Sage200Settings.from_environment()
    stored = _store().read(settings)
    now = utc_now()
    if stored is None or stored.refresh_token is None:
        raise FixSettings("No Sage 200 login is stored: run `sage200 login`.")
    days, end = stored.days_left(now), stored.ends_at()
    if days is None or end is None:
        sys.stdout.write("A login is stored; when it ends is not known.\n")
        return 0
    sys.stdout.write(f"The Sage 200 login lasts until {end:%d %B %Y}: {days} days left.\n")
    if stored.refresh_started_at is not None:
        sys.stdout.write(
            f"A refresh begun at {stored.refresh_started_at:%d %B %Y %H:%M} UTC has no answer.\n"
        )
    asked: int | None = chosen.warn_days
    warning = stored.warning(now, settings.login_warning_days if asked is None else asked)
    if warning is not None:
        sys.stderr.write(f"{warning}\n")
        return _EXPIRES_SOON
    return 0


def _new_key(_: argparse.Namespace) -> int:
    sys.stdout.write(f"{new_key()}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
