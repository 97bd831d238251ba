"""Columns that every stream has."""

from __future__ import annotations

from tap_sage200.columns import Column, Kind

CREATED = Column("created_at", Kind.MOMENT, "When Sage made the row, UTC")
UPDATED = Column("updated_at", Kind.MOMENT, "When Sage last changed the row, UTC; not in old Sage")
OP_LOCK = Column("op_lock", Kind.ROW_VERSION, "Row version, 16 hexadecimal characters; SQL only")
