"""Failures of a run, by what the person who started it should do."""

from __future__ import annotations


class SettingError(Exception):
    """A setting is wrong: correct it; nothing was read or sent."""


class RunStoppedError(Exception):
    """Sage 200 could not be used: mend what the message says; what was read is kept."""
