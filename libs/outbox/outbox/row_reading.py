"""Which columns make a row of the queue, and the row made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from outbox.rows import Key, Row, State

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = (
    "id",
    "kind",
    "source",
    "source_key",
    "source_id",
    "state",
    "source_document",
    "source_hash",
    "revision",
    "accepted",
    "document",
    "content_hash",
    "refused_hash",
    "amount",
    "currency",
    "attempts",
    "cause",
    "detail",
    "route",
    "group_key",
    "sage_id",
    "sage_document_no",
    "lease_owner",
)
ROW_COLUMNS = sql.SQL(", ").join(sql.Identifier(name) for name in _NAMES)


def row_columns_of(alias: str) -> sql.Composable:
    """Return the columns as those of one table in a join."""
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in _NAMES)


def read_row(found: Mapping[str, Any]) -> Row:
    """Read a row of ``sync.outbox``."""
    return Row(
        id=found["id"],
        key=Key(found["kind"], found["source"], found["source_key"]),
        source_id=found["source_id"],
        state=State(found["state"]),
        source_document=found["source_document"],
        source_hash=found["source_hash"],
        revision=found["revision"],
        accepted=found["accepted"],
        document=found["document"],
        content_hash=found["content_hash"],
        refused_hash=found["refused_hash"],
        amount=found["amount"],
        currency=found["currency"],
        attempts=found["attempts"],
        cause=found["cause"],
        detail=found["detail"],
        route=found["route"],
        group_key=found["group_key"] or found["source_key"],
        sage_id=found["sage_id"],
        sage_document_no=found["sage_document_no"],
        lease_owner=found["lease_owner"],
    )
