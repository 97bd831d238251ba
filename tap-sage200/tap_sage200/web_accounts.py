"""The setting web_accounts: account numbers, and what they begin with. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tap_sage200.exceptions import SettingsError

MARK = "*"
ESCAPE = "~"


@dataclass(frozen=True)
class WebAccounts:
    """The accounts web orders are posted to; no account is meant twice.

    Attributes:
        numbers: Single accounts.
        prefixes: What the numbers of all other accounts begin with, as where each customer of the
            shop has an account.
    """

    numbers: tuple[str, ...]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, wanted: list[str]) -> WebAccounts:
        """Read the setting.

        Raises:
            SettingsError: An entry would stand for every account there is.
        """
        entries = list(dict.fromkeys(entry.strip() for entry in wanted))
        given = [entry.removesuffix(MARK) for entry in entries if entry.endswith(MARK)]
        if "" in given:
            raise SettingsError(
                f"Setting web_accounts: {MARK!r} alone stands for every customer there is. Write "
                f"what the web accounts begin with before it, for instance 'W{MARK}'."
            )
        prefixes = tuple(
            one
            for one in given
            if not any(_begins(one, other) and len(other) < len(one) for other in given)
        )
        numbers = tuple(
            entry
            for entry in entries
            if not entry.endswith(MARK) and not any(_begins(entry, one) for one in prefixes)
        )
        return cls(numbers, prefixes)


def _begins(number: str, prefix: str) -> bool:
    return number.casefold().startswith(prefix.casefold())


def like(prefix: str) -> str:
    """Return the pattern of ``LIKE`` for what begins so, with ``~`` before what would mean more."""
    return "".join(ESCAPE + one if one in f"{ESCAPE}%_[" else one for one in prefix) + "%"
