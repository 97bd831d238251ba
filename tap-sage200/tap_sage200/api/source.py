"""The API of one company, for the length of a run."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sage200_client import FixRequest, FixSettings, Sage200Client, Sage200Settings, TokenStore

from tap_sage200.api.lookups import Listed, Lookups
from tap_sage200.exceptions import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOT_FOUND = 404
_IN_EVERY_RELEASE = "customers"
_NEEDED = ("api_url", "client_id", "site_id", "company_id", "token_store_url")


@dataclass(frozen=True)
class ApiSource:
    """Where the API is, and what was looked up in it.

    Attributes:
        settings: Address and application.
        tokens: Store of the rotating tokens, shared with target-sage200.
    """

    settings: Sage200Settings
    tokens: TokenStore
    _lists: dict[str, Listed] = field(default_factory=dict, repr=False)
    _told: set[str] = field(default_factory=set, repr=False)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ApiSource:
        """Read the settings; nothing connects yet.

        Raises:
            SettingsError: One is missing or not of its kind.
        """
        for name in _NEEDED:
            if not config.get(name):
                raise SettingsError(
                    f"Setting {name} is missing: reading by the API needs {', '.join(_NEEDED)}."
                )
        company = str(config["company_id"]).strip()
        if not company.isdecimal():
            raise SettingsError(
                f"Setting company_id must be a whole number, not {company!r} (see: sage200 sites)."
            )
        try:
            settings = Sage200Settings(
                api_url=config["api_url"],
                token_url=config["token_url"],
                client_id=config["client_id"],
                client_secret=config.get("client_secret"),
                refresh_token=config.get("refresh_token"),
                site_id=config["site_id"],
                company_id=int(company),
                timeout_seconds=int(config["timeout_seconds"]),
                user_agent=config["user_agent"],
                verify_tls=bool(config["verify_tls"]),
                login_warning_days=int(config["login_warning_days"]),
            )
            tokens = TokenStore(
                config["token_store_url"],
                config.get("token_key") or None,
                url_setting="token_store_url",
            )
        except FixSettings as error:
            raise SettingsError(str(error)) from error
        return cls(settings, tokens)

    def new_warning(self, client: Sage200Client) -> str | None:
        """Return the sentence that the login ends soon, once a run; else None."""
        warning = client.login_warning()
        if warning is None or warning in self._told:
            return None
        self._told.add(warning)
        return warning

    def lacks(self, client: Sage200Client, resource: str) -> bool:
        """Return whether this release has no such list.

        A web server in front of Sage 200 says 404 as well, of an address that is too long for
        instance, or where the address of the API is wrong. So the list is asked for with nothing
        else, and one that every release has must answer.

        Args:
            client: Where to ask.
            resource: The list that was answered with 404.

        Raises:
            SettingsError: Not even the list that every release has is there.
        """
        if not self._is_unknown(client, resource):
            return False
        if resource == _IN_EVERY_RELEASE or self._is_unknown(client, _IN_EVERY_RELEASE):
            raise SettingsError(
                f"Setting api_url: {self.settings.api_url} answers 404 to everything, also to "
                f"{_IN_EVERY_RELEASE}, which every Sage 200 has. Check the address."
            )
        return True

    @staticmethod
    def _is_unknown(client: Sage200Client, resource: str) -> bool:
        try:
            client.get(resource, top=1)
        except FixRequest as error:
            return error.status == _NOT_FOUND
        except FixSettings:
            # It is there and needs a permission.
            return False
        return False

    @contextmanager
    def session(self) -> Iterator[tuple[Sage200Client, Lookups]]:
        """Open the client for one stream."""
        self.tokens.ensure_schema()
        with Sage200Client(self.settings, self.tokens) as client:
            yield client, Lookups(client, self._lists)
