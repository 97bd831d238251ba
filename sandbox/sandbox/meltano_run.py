"""Running Meltano as a person would, with the stand-ins' addresses in its environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_PLUGIN = re.compile(r"^\S+ \[\w+\s*\] (?P<name>[\w-]+) ")
_ERROR = re.compile(r"\| (?:ERROR|CRITICAL) |\bError: | ERROR |\bFailure in ")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
MOST_ERRORS = 10
STAND_INS_ONLY = ("--env-file", os.devnull)
"""Options of Meltano that keep a project's ``.env`` out: it names real systems."""


@dataclass(frozen=True)
class Step:
    """A part of a job: what it does, and the plugin whose first word shows that it began."""

    plugin: str
    title: str


@dataclass(frozen=True)
class Finished:
    """How a run ended; of its errors the first ones, from which the others follow."""

    exit_code: int
    seconds: float
    errors: tuple[str, ...]


def console_script(name: str) -> str:
    """Path of a console script beside this Python."""
    return str(Path(sys.executable).parent / name)


def run_meltano(
    project: Path,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    log: Path,
    each_line: Callable[[str], None],
) -> Finished:
    """Run ``meltano`` and wait for it; the project's ``.env`` is not read.

    Args:
        project: Folder of ``meltano.yml``.
        arguments: What follows ``meltano``.
        variables: Added to the environment.
        log: File that gets every line.
        each_line: Called with every line as it comes.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    kept: list[str] = []
    environment = {**os.environ, **variables, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    with (
        log.open("a", encoding="utf-8") as file,
        subprocess.Popen(  # noqa: S603  # our own arguments, no shell
            [console_script("meltano"), *STAND_INS_ONLY, *arguments],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        for raw in process.stdout or ():
            line = _ANSI.sub("", raw.rstrip())
            file.write(line + "\n")
            if _ERROR.search(line):
                kept.append(line)
            each_line(line)
        exit_code = process.wait()
    return Finished(exit_code, time.monotonic() - started, tuple(kept[:MOST_ERRORS]))


def plugin_of(line: str) -> str | None:
    """Name of the plugin that wrote a line of Meltano's log."""
    found = _PLUGIN.search(line)
    return None if found is None else found["name"]
