"""``sandbox faults``: set, list and clear the faults of a stand-in that is running."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import msgspec

from sandbox.fault_rules import Fault
from sandbox.faults import CONTROL_PATH

if TYPE_CHECKING:
    import argparse

_NOTHING = "none"
_SECONDS = 10
_KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "slow": ({"action": "delay", "delay_ms": 2000}, "answers after 2 s"),
    "busy": (
        {"action": "status", "status": 429, "headers": {"Retry-After": "1"}},
        "answers 429, Retry-After 1",
    ),
    "down": ({"action": "status", "status": 503}, "answers 503, nothing is done"),
    "bad-gateway": (
        {"action": "status", "status": 502, "moment": "after"},
        "does the work, then answers 502",
    ),
    "cut-before": ({"action": "cut"}, "drops the connection, nothing is done"),
    "cut-after": ({"action": "cut", "moment": "after"}, "does the work, drops the connection"),
    "timeout-before": ({"action": "hang"}, "never answers, nothing is done"),
    "timeout-after": ({"action": "hang", "moment": "after"}, "does the work, never answers"),
    "expired-token": ({"action": "expired_token"}, "takes the token for one that has ended"),
    "revoked-tokens": ({"action": "revoked_tokens"}, "makes all access tokens worthless, once"),
    "wrong-company": ({"action": "wrong_company"}, "takes the company for one that is not there"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sandbox faults``."""
    parser.add_argument("url", help="base URL of the stand-in, e.g. http://127.0.0.1:8802")
    kinds = "; ".join(f"{name}: {text}" for name, (_, text) in _KINDS.items())
    parser.add_argument(
        "kind",
        nargs="?",
        choices=(*_KINDS, _NOTHING),
        help=f"{kinds}; none: clears all. Without it the rules are listed",
    )
    parser.add_argument("--method", default="*", help="HTTP method; default: any")
    parser.add_argument("--path", default="*", help="pattern of the path, e.g. '*/sop_orders'")
    parser.add_argument("--skip", type=int, default=0, metavar="N", help="let so many pass first")
    parser.add_argument("--count", type=int, metavar="N", help="strike so many; default: no end")
    parser.add_argument("--share", type=float, default=1.0, metavar="S", help="0 to 1, of the rest")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of --share")
    parser.add_argument("--status", type=int, metavar="N", help="another status (busy, down, …)")
    parser.add_argument("--delay-ms", type=int, metavar="N", help="another wait (slow)")
    parser.add_argument("--add", action="store_true", help="keep the rules that are set already")


def run(args: argparse.Namespace) -> int:
    """Set, clear or list the rules; print what is set then; return the exit code."""
    try:
        answer = _send(args)
    except HTTPError as error:
        print(error.read().decode().strip(), file=sys.stderr)  # noqa: T201 - the command's output
        return 1
    except (URLError, ValueError) as error:
        print(f"The faults of {args.url} can't be set: {error}.", file=sys.stderr)  # noqa: T201
        return 1
    for rule in msgspec.json.decode(answer):
        what = " ".join(f"{name}={value}" for name, value in rule["fault"].items())
        print(f"{what}: saw {rule['seen']}, struck {rule['struck']}")  # noqa: T201
    return 0


def _send(args: argparse.Namespace) -> bytes:
    method, body = "GET", None
    if args.kind == _NOTHING:
        method = "DELETE"
    elif args.kind is not None:
        method, body = "PATCH" if args.add else "POST", msgspec.json.encode(_fault(args))
    url = args.url.rstrip("/") + CONTROL_PATH
    if not url.startswith(("http://", "https://")):
        raise ValueError("the URL must begin with http://")
    request = Request(url, data=body, method=method)  # noqa: S310 - checked just above
    with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the same
        read: bytes = answer.read()
        return read


def _fault(args: argparse.Namespace) -> Fault:
    rule = dict(_KINDS[args.kind][0])
    for name in ("method", "path", "skip", "count", "share", "seed"):
        rule[name] = getattr(args, name)
    if args.kind == "revoked-tokens" and args.count is None:
        # every further call would find its new token worthless, too
        rule["count"] = 1
    if args.status is not None:
        rule["status"] = args.status
    if args.delay_ms is not None:
        rule["delay_ms"] = args.delay_ms
    return msgspec.convert(rule, Fault)
