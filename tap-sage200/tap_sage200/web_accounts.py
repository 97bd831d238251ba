"""The setting web_accounts: account numbers, what they begin with, and a marker of orders. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tap_sage200.exceptions import SettingsError

MARK = "*"
ESCAPE = "~"
MARKERS = {"customer_document_no": "CustomerDocumentNo"} | {
    f"analysis_code_{number}": f"AnalysisCode{number}" for number in range(1, 21)
}
"""Fields of an order that may tell a web order, by the API's name, with their column."""


@dataclass(frozen=True)
class Marker:
    """What tells a web order on an account that has other orders, too.

    Attributes:
        field: The order's field, one of :data:`MARKERS`.
        value: What is written there; with ``*`` at the end, what it begins with.
    """

    field: str
    value: str

    @property
    def begins(self) -> bool:
        """Whether the value is only what the field begins with."""
        return self.value.endswith(MARK)

    @property
    def text(self) -> str:
        """The value without its ``*``."""
        return self.value.removesuffix(MARK)


@dataclass(frozen=True)
class WebAccounts:
    """The accounts web orders are posted to; no account is meant twice.

    Attributes:
        numbers: Single accounts.
        prefixes: What the numbers of all other accounts begin with, as where each customer of the
            shop has an account.
        marker: What tells web orders on all other accounts; None where none do.
    """

    numbers: tuple[str, ...]
    prefixes: tuple[str, ...]
    marker: Marker | None = None

    @classmethod
    def of(cls, wanted: list[str]) -> WebAccounts:
        """Read the setting.

        Raises:
            SettingsError: An entry would stand for every account there is, or a marker isn't one.
        """
        entries = list(dict.fromkeys(entry.strip() for entry in wanted))
        marker = _marker([entry for entry in entries if "=" in entry])
        entries = [entry for entry in entries if "=" not in entry]
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
        return cls(numbers, prefixes, marker)

    def has(self, account: str) -> bool:
        """Return whether all orders of an account are web orders."""
        folded = account.rstrip().casefold()
        return any(folded == each.rstrip().casefold() for each in self.numbers) or any(
            _begins(account, prefix) for prefix in self.prefixes
        )


def _marker(entries: list[str]) -> Marker | None:
    if not entries:
        return None
    if len(entries) > 1:
        raise SettingsError(
            f"Setting web_accounts: {entries[0]!r} and {entries[1]!r} are two markers, and an "
            "order that bears both would count twice. Name one."
        )
    field, _, value = entries[0].partition("=")
    marker = Marker(field.strip().lower(), value.strip())
    if marker.field not in MARKERS or not marker.text:
        raise SettingsError(
            f"Setting web_accounts: {entries[0]!r} marks no web order. Write one of "
            "analysis_code_1 to analysis_code_20 or customer_document_no, then what it holds, "
            f"such as 'analysis_code_1=WEB' or 'customer_document_no=1000{MARK}'."
        )
    return marker


def _begins(number: str, prefix: str) -> bool:
    return number.casefold().startswith(prefix.casefold())


def like(prefix: str, *, more: bool = True) -> str:
    """Return the pattern of ``LIKE`` for what begins so, with ``~`` before what would mean more.

    Args:
        prefix: The characters.
        more: Whether others may follow.
    """
    escaped = "".join(ESCAPE + one if one in f"{ESCAPE}%_[" else one for one in prefix)
    return escaped + ("%" if more else "")
