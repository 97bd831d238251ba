"""pytest plugin: no request of our programs may break Sage 200's contract in any test.

For the length of the session every Sage 200 stand-in writes down what reaches it, in this process,
in the processes that tests start and in those of pytest-xdist (see
:mod:`sandbox.contract_journal`). The end of the session fails where a request of one of our
programs broke the contract, and where a run of the whole suite saw none of a program that should
have sent some.

Our programs are all who send requests, but for those that tests send by hand with a bare HTTP
library, and those that call themselves deliberate: ``user_agent="target-sage200 (deliberate)"``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.contract_journal import JOURNAL_VARIABLE, read_journal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.contract_journal import Entry

BY_HAND = ("python-requests/", "python-urllib/", "python-httpx/", "curl/", "testclient")
DELIBERATE = "(deliberate)"
EXPECTED_PROGRAMS = ("magento-sage200", "tap-sage200", "target-sage200")
"""Who must have sent something when the whole suite ran; the first is the client library itself."""

_MOST_SHOWN = 20


@dataclass
class Findings:
    """What a session saw.

    Attributes:
        requests: How many requests of our programs were checked, by verb and resource.
        programs: How many, by program.
        wrong: Those that broke the contract.
        deliberate: How many were sent wrong on purpose, or at least called so.
        by_hand: How many came from tests with a bare HTTP library.
    """

    requests: Counter[str] = field(default_factory=Counter)
    programs: Counter[str] = field(default_factory=Counter)
    wrong: list[Entry] = field(default_factory=list)
    deliberate: int = 0
    by_hand: int = 0

    def count(self, entries: Iterable[Entry]) -> None:
        """Add requests."""
        for entry in entries:
            agent = entry.agent.lower()
            if agent.startswith(BY_HAND):
                self.by_hand += 1
            elif DELIBERATE in agent:
                self.deliberate += 1
            else:
                self.requests[f"{entry.method} {entry.resource}"] += 1
                self.programs[entry.agent] += 1
                if entry.violations:
                    self.wrong.append(entry)

    def problems(self, *, whole_suite: bool) -> list[str]:
        """Return why the session must fail, as lines to print; empty where it need not."""
        alike: dict[tuple[object, ...], list[Entry]] = {}
        for entry in self.wrong:
            kind = (entry.agent, entry.method, entry.resource, entry.violations)
            alike.setdefault(kind, []).append(entry)
        kinds = list(alike.values())
        lines = [line for entries in kinds[:_MOST_SHOWN] for line in _told(entries)]
        if len(kinds) > _MOST_SHOWN:
            lines.append(f"… and {len(kinds) - _MOST_SHOWN} more kinds.")
        if whole_suite:
            lines += [
                f"No request of {program} was checked although the whole suite ran: either the "
                "stand-ins no longer write their journal, or nothing tests the program."
                for program in EXPECTED_PROGRAMS
                if not self.programs[program]
            ]
            if not any(name.startswith("POST ") for name in self.requests):
                lines.append("No POST of our programs was checked although the whole suite ran.")
        return lines


@dataclass
class _Session:
    folder: Path
    before: str | None
    findings: Findings = field(default_factory=Findings)
    problems: list[str] = field(default_factory=list)


_SESSION = pytest.StashKey[_Session]()


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder, before any worker or program is started that inherits it."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="contract-"))
    config.stash[_SESSION] = _Session(folder, os.environ.get(JOURNAL_VARIABLE))
    os.environ[JOURNAL_VARIABLE] = str(folder)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Read what was written down; fail the session where it must."""
    mine = session.config.stash.get(_SESSION, None)
    if mine is None:
        return
    mine.findings.count(read_journal(mine.folder))
    whole_suite = exitstatus == pytest.ExitCode.OK and _is_whole_suite(session.config)
    mine.problems = mine.findings.problems(whole_suite=whole_suite)
    if mine.problems and exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was checked and what is wrong."""
    mine = terminalreporter.config.stash.get(_SESSION, None)
    if mine is None:
        return
    findings = mine.findings
    if findings.requests or findings.deliberate or findings.by_hand:
        terminalreporter.write_sep("=", "Sage 200 contract")
        terminalreporter.write_line(
            f"{findings.requests.total()} requests of our programs checked, "
            f"{len(findings.wrong)} break the contract; not counted: {findings.deliberate} "
            f"deliberate, {findings.by_hand} by hand."
        )
        for counted in filter(None, (findings.programs, findings.requests)):
            told = (f"{name} {count}" for name, count in sorted(counted.items()))
            terminalreporter.write_line("  " + ", ".join(told))
    if mine.problems:
        terminalreporter.write_sep("=", "FAILED: Sage 200 contract", red=True, bold=True)
        for line in mine.problems:
            terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the environment as it was."""
    mine = config.stash.get(_SESSION, None)
    if mine is None:
        return
    if mine.before is None:
        os.environ.pop(JOURNAL_VARIABLE, None)
    else:
        os.environ[JOURNAL_VARIABLE] = mine.before
    shutil.rmtree(mine.folder, ignore_errors=True)


def _is_whole_suite(config: pytest.Config) -> bool:
    option = config.option
    chosen = option.keyword or option.markexpr or option.deselect or option.collectonly
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen


def _told(entries: list[Entry]) -> list[str]:
    """Tell about requests that break the contract in the same way, by the first of them."""
    first = entries[0]
    lines = [f"{first.method} {first.path}, sent by {first.agent}"]
    lines += [f"  {violation}" for violation in first.violations]
    if first.test:
        lines.append(f"  in {first.test}")
    if first.body:
        lines.append(f"  body: {first.body}")
    if len(entries) > 1:
        lines.append(f"  and {len(entries) - 1} more like it")
    return lines
