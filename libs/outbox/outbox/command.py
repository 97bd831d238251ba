"""``outbox``: look at the queue, release refused documents, decide some again, take some out."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from typing import TYPE_CHECKING, Any

from outbox.chosen import Chosen, read_age
from outbox.exact_json import dumps
from outbox.exceptions import OutboxUnreachableError
from outbox.store import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

_DONE = {
    "retry": ("mapped anew or asked about, and posted, with the next run", "rejected"),
    "replay": ("decided again with the next run", "there and not under way"),
    "ignore": ("taken out; what is posted stays so", "there with something to decide about it"),
}
_SHOWN = (
    "kind",
    "source_key",
    "state",
    "cause",
    "error",
    "amount",
    "currency",
    "route",
    "sage_document_no",
    "sage_id",
    "sage_net",
    "sage_tax",
    "sage_gross",
    "attempts",
    "first_seen_at",
    "decided_at",
    "due_at",
    "posted_at",
    "amended_at",
)


def main(arguments: Sequence[str] | None = None, program: str = "outbox") -> int:
    """Run one command; return the exit code."""
    options = _parser(program).parse_args(arguments)
    if not options.url:
        return _failed("Set WAREHOUSE_URL or give --url: the database that holds the outbox.")
    try:
        with Outbox(options.url) as outbox:
            outbox.ensure_schema()
            return _run(outbox, options)
    except OutboxUnreachableError as error:
        return _failed(str(error))


def _run(outbox: Outbox, options: argparse.Namespace) -> int:
    chosen = Chosen(
        numbers=tuple(getattr(options, "numbers", ())),
        with_parts=options.command in {"list", "show"},
        state=getattr(options, "state", None) or getattr(options, "state_option", None),
        cause=options.cause,
        kind=options.kind,
        older_than=options.older_than,
        newer_than=options.newer_than,
    )
    if options.command == "list":
        for row in outbox.rows_in(chosen, options.limit):
            _say("\t".join("" if value is None else str(value) for value in row))
        return 0
    if chosen.is_everything:
        return _failed("Say which documents: numbers, --cause, --older-than or --newer-than.")
    if options.command == "show":
        return _show(outbox, chosen)
    act: dict[str, Callable[[Chosen, str, str], int]] = {
        "retry": outbox.release,
        "replay": outbox.replay,
        "ignore": outbox.ignore,
    }
    kinds = outbox.kinds_of(chosen) if chosen.numbers else []
    if len(kinds) > 1:
        return _failed(
            f"The numbers are of several kinds ({', '.join(kinds)}): say which one with --kind."
        )
    changed = act[options.command](chosen, options.reason, options.who)
    done, needed = _DONE[options.command]
    if not changed:
        return _failed(f"Nothing was changed: no such document is {needed}.")
    _say(f"{changed} document{'s are' if changed > 1 else ' is'} {done}.")
    return 0


def _show(outbox: Outbox, chosen: Chosen) -> int:
    found = outbox.whole(chosen)
    if not found:
        return _failed("There is no such document in the outbox.")
    for row, attempts in found:
        for name in _SHOWN:
            if row[name] is not None:
                _say(f"{name:18}{row[name]}")
        for note in row["trimmed"]:
            _say(f"{'trimmed':18}{note}")
        for name in ("detail", "document", "source_document"):
            _say(f"{name:18}{dumps(row[name])}")
        for attempt in attempts:
            _say(f"{'attempt':18}{_attempt(attempt)}")
    return 0


def _attempt(attempt: dict[str, Any]) -> str:
    parts = [
        f"{attempt['started_at']:%Y-%m-%d %H:%M:%S}",
        attempt["action"],
        attempt["outcome"],
        str(attempt["status_code"] or ""),
        "" if attempt["duration_ms"] is None else f"{attempt['duration_ms']} ms",
        "" if attempt["request"] is None else f"> {dumps(attempt['request'])}",
        "" if attempt["response"] is None else f"< {dumps(attempt['response'])}",
    ]
    return " ".join(part for part in parts if part)


def _age(text: str) -> timedelta:
    try:
        return read_age(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _say(text: str) -> None:
    print(text)  # noqa: T201  # the command's output


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201  # the command's error output
    return 1


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument(
        "--url",
        default=os.environ.get("TARGET_SAGE200_OUTBOX_URL") or os.environ.get("WAREHOUSE_URL"),
        help="libpq URL of the database (default: TARGET_SAGE200_OUTBOX_URL or WAREHOUSE_URL)",
    )
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("--cause", help="only those with this cause")
    which.add_argument("--kind", help="only documents of this kind, for instance sales_order")
    which.add_argument("--older-than", type=_age, metavar="AGE", help="30m, 12h, 7d")
    which.add_argument("--newer-than", type=_age, metavar="AGE", help="30m, 12h, 7d")
    person = argparse.ArgumentParser(add_help=False)
    person.add_argument("--who", default=getpass.getuser(), help="who decides (default: you)")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser(
        "list", parents=[which], help="documents of one state, with cause and message"
    )
    listing.add_argument("state", nargs="?", default=None, help="default: all states")
    listing.add_argument("--state", dest="state_option", help="the same, as an option")
    listing.add_argument(
        "--number", dest="numbers", action="append", default=[], help="Magento's number"
    )
    listing.add_argument("--limit", type=int, default=1000)
    show = commands.add_parser(
        "show", parents=[which], help="one document whole: both sides, what was cut, each attempt"
    )
    show.add_argument("numbers", nargs="*", help="Magento's numbers")
    for name, text, needs_reason in (
        ("retry", "let what was refused be mapped anew and sent, what is in doubt asked", False),
        ("replay", "decide documents again from what Magento sent, ignored ones too", False),
        ("ignore", "take out what was not sent, or close the cause of what is posted", True),
    ):
        command = commands.add_parser(name, parents=[which, person], help=text)
        command.add_argument("numbers", nargs="*", help="Magento's numbers")
        command.add_argument(
            "--reason", required=needs_reason, default="", help="why; kept in the audit log"
        )
    return parser
