"""What drivers and SQLAlchemy ask of the server itself, and the settings they make.

Each is known by its words; what is not known here goes on as a statement, and fails there unless
it reads Sage's tables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.sql_server import sql_types
from sandbox.sql_server.login import SERVER_VERSION
from sandbox.sql_server.refusal import Refusal
from sandbox.sql_server.session import rows_of
from sandbox.sql_server.tokens import ResultColumn

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.sql_server.session import Session
    from sandbox.sql_server.sql_types import SqlType

Known = tuple[bytes, int]
# Settings that change nothing a reader of these tables could see.
_WITHOUT_EFFECT = {
    *("ansi_defaults", "ansi_nulls", "ansi_null_dflt_on", "ansi_padding", "ansi_warnings"),
    *("arithabort", "concat_null_yields_null", "cursor_close_on_commit", "fmtonly"),
    *("no_browsetable", "numeric_roundabort", "textsize", "nocount"),
}
_SETTING = re.compile(
    r"\s*set\s+(?:"
    r"transaction\s+isolation\s+level\s+(?P<isolation>read\s+committed|read\s+uncommitted|"
    r"repeatable\s+read|serializable|snapshot)"
    r"|lock_timeout\s+(?P<lock_timeout>-?\d+)"
    r"|deadlock_priority\s+(?P<priority>low|normal|high)"
    r"|quoted_identifier\s+(?P<quoted>on|off)"
    r"|(?P<other>\w+)\s+(?P<value>\w+)"
    r")\s*;?\s*",
    flags=re.IGNORECASE,
)


def settings_made(session: Session, text: str) -> bool:
    """Make the settings a batch is made of; return whether it is made of them alone.

    Raises:
        Refusal: If a setting is unknown here.
    """
    matches, position = [], 0
    while position < len(text):
        match = _SETTING.match(text, position)
        if match is None:
            return False
        matches.append(match)
        position = match.end()
    for match in matches:
        _set(session, match)
    return bool(matches)


def _set(session: Session, match: re.Match[str]) -> None:
    if match["isolation"]:
        session.isolation = " ".join(match["isolation"].upper().split())
    elif match["lock_timeout"]:
        session.lock_timeout = int(match["lock_timeout"])
        session.backend.set_lock_timeout(session.lock_timeout)
    elif match["priority"]:
        session.deadlock_priority = match["priority"].upper()
    elif match["quoted"]:
        session.quoted_identifier = match["quoted"].lower() == "on"
    elif match["other"].lower() not in _WITHOUT_EFFECT:
        raise Refusal(50_005, f"This stand-in knows no setting {match[0].strip()}.")


def answer(session: Session, text: str) -> Known | None:
    """Answer a question about the server itself; None where it is none that is known."""
    asked = " ".join(text.lower().strip(" ;\n").split())
    ask = _QUESTIONS.get(asked)
    return ask(session) if ask is not None else None


def _one(kind: SqlType, value: Callable[[Session], object]) -> Callable[[Session], Known]:
    return lambda session: rows_of([ResultColumn("", kind)], [[value(session)]])


def _highest_version(session: Session) -> object:
    number = "(pg_snapshot_xmax(pg_current_snapshot())::text::bigint << 24) - 1"
    return session.backend.scalar(f"select int8send({number})")


def _value(kind: SqlType, value: object) -> Callable[[Session], Known]:
    return _one(kind, lambda _: value)


_VERSION = ".".join(map(str, (*SERVER_VERSION, 4)))
_DBTS = _one(sql_types.varbinary(8), _highest_version)
_UPDATEABLE = _one(
    sql_types.varchar(20), lambda session: "READ_WRITE" if session.updateable else "READ_ONLY"
)
# The words in lower case, one space between them.
_QUESTIONS: dict[str, Callable[[Session], Known]] = {
    # the tap's own
    "select @@dbts": _DBTS,
    "select cast(databasepropertyex(db_name(), 'updateability') as varchar(20))": _UPDATEABLE,
    # SQLAlchemy's, on the first connection
    "select cast(serverproperty('productversion') as varchar)": _value(
        sql_types.varchar(30), _VERSION
    ),
    "select schema_name()": _value(sql_types.nvarchar(128), "dbo"),
    "select cast('test max support' as nvarchar(max))": _value(
        sql_types.nvarchar(None), "test max support"
    ),
    "select 1 from fn_listextendedproperty"
    "(default, default, default, default, default, default, default)": lambda _: rows_of(
        [ResultColumn("", sql_types.integer("int"))], []
    ),
    "select name from sys.system_views where name in "
    "('dm_exec_sessions', 'dm_pdw_nodes_exec_sessions')": lambda _: rows_of(
        [ResultColumn("name", sql_types.nvarchar(128))], [["dm_exec_sessions"]]
    ),
    "select case transaction_isolation_level when 0 then null when 1 then 'read uncommitted' "
    "when 2 then 'read committed' when 3 then 'repeatable read' when 4 then 'serializable' "
    "when 5 then 'snapshot' end as transaction_isolation_level from sys.dm_exec_sessions "
    "where session_id = @@spid": lambda session: rows_of(
        [ResultColumn("TRANSACTION_ISOLATION_LEVEL", sql_types.varchar(16))], [[session.isolation]]
    ),
}
