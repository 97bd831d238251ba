"""The warehouses and web accounts of the settings, and what their choice does to the bookmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_sage200.demand import changed, from_state, to_state
from tap_sage200.exceptions import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping

    from tap_sage200.demand import WebDemand


def chosen_warehouses(wanted: list[str], ids: Mapping[str, int]) -> list[int]:
    """Return the ids of the warehouses to read; all where none is named.

    Raises:
        SettingsError: If a named warehouse isn't in Sage.
    """
    if not wanted:
        return list(ids.values())
    found = _by_folded_name(ids)
    if unknown := [name for name in wanted if _folded(name) not in found]:
        raise SettingsError(
            f"Setting warehouses: Sage 200 has no warehouse named {_quoted(unknown)}. It has "
            f"{_quoted(ids)}. Correct the setting; nothing was read."
        )
    return list(dict.fromkeys(found[_folded(name)] for name in wanted))


def chosen_accounts(wanted: Iterable[str], ids: Mapping[str, int]) -> list[int]:
    """Return the ids of the web accounts, in order.

    Raises:
        SettingsError: If a named account isn't in Sage: its orders would be left out and the shop
            would sell their goods again.
    """
    found = _by_folded_name(ids)
    if unknown := [account for account in wanted if _folded(account) not in found]:
        raise SettingsError(
            f"Setting web_accounts: Sage 200 has no customer account {_quoted(unknown)}. "
            "Correct the setting: stock would be published without that account's orders. "
            "No stock level was read."
        )
    return sorted({found[_folded(account)] for account in wanted})


def _folded(name: str) -> str:
    """Return a name as SQL Server compares it: whatever its case and the blanks at its end."""
    return name.rstrip().casefold()


def _by_folded_name(ids: Mapping[str, int]) -> dict[str, int]:
    return {_folded(name): number for name, number in ids.items()}


def other_warehouses(state: Mapping[str, Any], wanted: list[str]) -> bool:
    """Whether the last run read other warehouses, so that all must be read anew."""
    return bool(state.get("warehouses", sorted(wanted)) != sorted(wanted))


def note_due(
    state: MutableMapping[str, Any], wanted: list[str], demand: Mapping[int, WebDemand]
) -> set[int]:
    """Return the holdings to send for their web demand alone, and note them in the state."""
    due = changed(from_state(state.get("web_demand", {})), demand)
    # What an interrupted run may have sent with figures of its own is due again.
    due.update(state.get("unsettled", ()))
    state["warehouses"] = sorted(wanted)
    state["unsettled"] = sorted(due)
    return due


def note_settled(state: MutableMapping[str, Any], demand: Mapping[int, WebDemand]) -> None:
    """Note that every level was sent with this demand."""
    state["web_demand"] = to_state(demand)
    state.pop("unsettled", None)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names) or "none"
