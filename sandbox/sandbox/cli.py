"""``sandbox``: the stand-ins, the embedded PostgreSQL, and the demonstration run."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import faults_command
from sandbox.demo import run_demo
from sandbox.environment import surroundings, warehouse
from sandbox.magento import command as magento_command
from sandbox.meltano_run import STAND_INS_ONLY, console_script
from sandbox.postgres import postgres_program
from sandbox.sage200 import command as sage200_command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_ALONE: dict[str, Callable[[argparse.Namespace], int]] = {
    "magento": magento_command.run,
    "sage200": sage200_command.run,
    "faults": faults_command.run,
}
"""Commands that need neither the project nor its databases."""
SEARCH_PATH = "analytics,sync,public"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options, rest = _parser().parse_known_args(given)
    if rest and options.command not in ("meltano", "psql"):
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    # A stop by a scheduler must leave through the `with` blocks, which stop what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return _run(options, given)
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, given: Sequence[str]) -> int:
    project = _project()
    data = Path(os.environ.get("SANDBOX_DATA", project / ".data"))
    if options.command in _ALONE:
        return _ALONE[options.command](options)
    if options.command == "demo":
        return run_demo(project, data)
    if options.command == "psql":
        with warehouse(data) as url:
            # So that `select * from drift_exceptions` finds the table without its schema.
            environment = {**os.environ, "PGOPTIONS": f"-c search_path={SEARCH_PATH}"}
            script = [postgres_program("psql"), url, *given[1:]]
            return subprocess.call(script, env=environment)  # noqa: S603
    with surroundings(data, options.magento_port, options.sage200_port) as around:
        if options.command == "meltano":
            script = [console_script("meltano"), *STAND_INS_ONLY, *given[1:]]
            environment = {**os.environ, **around.variables}
            return subprocess.call(script, cwd=project, env=environment)  # noqa: S603
        for name, value in around.variables.items():
            print(f"export {name}='{value}'")  # noqa: T201  # the command's output
        print("# Running until Ctrl-C.", flush=True)  # noqa: T201
        signal.pause()
    return 0


def _project() -> Path:
    """The folder of meltano.yml: this one or the nearest above it."""
    here = Path.cwd()
    return next(
        (place for place in (here, *here.parents) if (place / "meltano.yml").exists()), here
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    magento_command.add_arguments(commands.add_parser("magento", help="a Magento 2 shop"))
    sage200_command.add_arguments(commands.add_parser("sage200", help="a Sage 200 company"))
    faults_command.add_arguments(
        commands.add_parser("faults", help="what goes wrong in a stand-in that is running")
    )
    commands.add_parser("demo", help="the main job on the recorded shop, with its result")
    commands.add_parser("psql", help="psql on the warehouse; arguments are passed on")
    up = commands.add_parser("up", help="everything, until Ctrl-C; prints the variables to set")
    meltano = commands.add_parser("meltano", help="meltano with everything up; arguments passed on")
    for command, magento_port, sage200_port in ((up, 8801, 8802), (meltano, 0, 0)):
        command.add_argument("--magento-port", type=int, default=magento_port)
        command.add_argument("--sage200-port", type=int, default=sage200_port)
    return parser
