"""What can go wrong while reading Sage 200, sorted by what the reader of the message should do."""

from __future__ import annotations

import click


class SageReadError(click.ClickException):
    """The run can't go on; the message is one sentence for the person who must act.

    It is a ``ClickException`` so that the command line prints the sentence alone, without a
    traceback, and ends with exit code 1.
    """


class SettingsError(SageReadError):
    """A setting is missing, contradictory, or names something Sage doesn't have: correct it."""


class DriverMissingError(SageReadError):
    """A package of this machine is missing: install it."""


class ConnectionFailedError(SageReadError):
    """The database can't be reached or refuses the login: check server, network and login."""


class AccessError(SageReadError):
    """A table or column isn't there for this login: check schema and grants."""


class BusyDatabaseError(SageReadError):
    """Sage users held their locks for too long: nothing is lost, run again later."""
