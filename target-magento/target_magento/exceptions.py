"""Every failure of the target itself, sorted by what to do next. Each message is one sentence."""

from __future__ import annotations


class PublishError(Exception):
    """The run ended early; what it says is for the person who must act."""


class WrongSettingError(PublishError):
    """Stop: a setting cannot work until someone changes it."""


class MappingError(PublishError):
    """Stop: a mapping table cannot be read; nothing was sent."""


class BadRecordError(PublishError):
    """Stop: the input lacks what a stock decision needs; nothing was sent."""


class GuardStoppedError(PublishError):
    """Stop and ask: the run would change more of the shop's stock than is usual."""


class StaleReadError(PublishError):
    """Read Sage again: the levels are too old to be published."""


class UnknownSkusError(PublishError):
    """Stop: Sage has levels for SKUs that Magento lacks, and the settings don't allow that."""


class AllRefusedError(PublishError):
    """Stop: Magento refused a whole batch down to its last row, so the cause is not in a row."""


class AlreadyRunningError(PublishError):
    """Wait: another run publishes to the same database now."""
