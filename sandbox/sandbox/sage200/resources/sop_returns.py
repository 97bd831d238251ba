"""Sales returns of 2025 R1, and what tells of returns in every release."""

from __future__ import annotations

from dataclasses import replace

from sandbox.sage200.resources.sop import SOURCES as SOP
from sandbox.sage200.resources.sop_views import LINE_VIEW, line_view_fields
from sandbox.sage200.resources.source import Source

_IS_RETURN = 't."DocumentTypeID" = 1'

SOURCES = {
    "sop_returns": replace(SOP["sop_orders"], where=_IS_RETURN),
    "lookup_sop_returns": Source(
        shape="lookup_sop_order", table="SOPOrderReturn", where=_IS_RETURN
    ),
    "sop_return_line_views": replace(
        LINE_VIEW,
        shape="sop_return_line_view",
        fields=line_view_fields("sop_return"),
        where='o."DocumentTypeID" = 1',
        key="sop_return_line_id",
    ),
}
