"""What can go wrong while reading Sage 200, sorted by what the reader of the message should do."""

from __future__ import annotations

import click


class SageReadError(click.ClickException):
    """The run can't go on; the message is one sentence for the person who must act.

    It is a ``ClickException`` so that the command line prints the sentence alone, without a
    traceback, and ends with exit code 1.

    Attributes:
        concerns_one_stream: The other streams can be read all the same.
    """

    concerns_one_stream = False


class SettingsError(SageReadError):
    """A setting is missing, contradictory, or names something Sage doesn't have: correct it."""


class DriverMissingError(SageReadError):
    """A package of this machine is missing: install it."""


class ConnectionFailedError(SageReadError):
    """The database can't be reached or refuses the login: check server, network and login."""


class AccessError(SageReadError):
    """A table or column isn't there for this login: check schema and grants."""

    concerns_one_stream = True


class BusyDatabaseError(SageReadError):
    """Sage users held their locks for too long: nothing is lost, run again later."""

    concerns_one_stream = True


class UnreadableColumnError(SageReadError):
    """A value isn't what its column holds; the stream that meets it says its own name."""

    concerns_one_stream = True


class FailedStreamError(SageReadError):
    """Sage refused or failed what one stream asks for; the message says what to look at."""

    concerns_one_stream = True
