"""``make demo``: the whole main job on the recorded shop, and a result a person understands."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from sandbox.demo_report import report_lines
from sandbox.environment import surroundings
from sandbox.meltano_run import Step, plugin_of, run_meltano

if TYPE_CHECKING:
    from pathlib import Path

STEPS = (
    Step("target-sage200", "Magento's orders to Sage 200"),
    Step("target-magento", "Sage 200's stock to Magento"),
    Step("tap-magento", "Magento into PostgreSQL"),
    Step("tap-sage200", "Sage 200 into PostgreSQL"),
    Step("dbt-postgres", "reconciliation and exceptions (dbt)"),
)


def run_demo(project: Path, data: Path) -> int:
    """Bring everything up, run the job ``all``, print the result, stop everything.

    Args:
        project: The repository.
        data: Folder of what stays between runs.

    Returns:
        The exit code: Meltano's, or 0.
    """
    started, began = time.monotonic(), datetime.now(timezone.utc)
    log = data / "demo.log"
    progress = _Progress(started)
    progress.say("starting PostgreSQL, the shop and the Sage 200 company")
    with surroundings(data) as around:
        progress.say("installing the plugins, each into an environment of its own")
        installed = run_meltano(project, ["install"], around.variables, log, lambda _: None)
        if installed.exit_code:
            return _failed(installed.errors, log)
        ran = run_meltano(project, ["run", "all"], around.variables, log, progress.follow)
        if ran.exit_code:
            return _failed(ran.errors, log)
        progress.say("done")
        for line in report_lines(around.warehouse_url, began):
            _print(line)
    _print(
        f"Took {time.monotonic() - started:.0f} s. Everything that was started is stopped again."
    )
    return 0


class _Progress:
    """Says which part of the job is running."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._left = list(STEPS)

    def say(self, text: str) -> None:
        _print(f"[{time.monotonic() - self._started:4.0f} s] {text}")

    def follow(self, line: str) -> None:
        """Announce a step with its plugin's first line."""
        name = plugin_of(line)
        if self._left and name is not None and name == self._left[0].plugin:
            self.say(self._left.pop(0).title)


def _failed(errors: tuple[str, ...], log: Path) -> int:
    _print("The run failed:")
    for line in errors:
        _print(f"  {line}")
    _print(f"The whole log: {log}")
    return 1


def _print(line: str) -> None:
    print(line, file=sys.stdout, flush=True)  # noqa: T201  # the command's output
