"""Resources that came after the specification and are known by name only.

What they take and answer is that of the resource they are modelled on: ``sop_returns`` is posted
with the body of an order (seen in a working integration); the rest is inferred. Source: sections
2.1, 2.6 and 7 of the reference.
"""

from __future__ import annotations

from typing import Any

PATHS: dict[str, dict[str, tuple[str, ...]]] = {
    "sop_returns": {
        "/sop_returns": ("GET", "POST"),
        "/sop_returns/{Id}": ("GET", "PUT", "DELETE"),
        "/customers/{customerId}/sop_returns": ("GET",),
    },
    "sop_returns_duplicate": {"/sop_returns_duplicate": ("POST",)},
    "sop_returns_new": {"/sop_returns_new": ("POST",), "/sop_returns_new/{Id}": ("PUT",)},
    "sop_returns_status": {"/sop_returns_status": ("POST", "PUT")},
    "sop_orders_status": {"/sop_orders_status": ("POST", "PUT")},
    "lookup_sop_returns": {"/lookup_sop_returns": ("GET",)},
}
"""Verbs by path and resource."""

SHAPES: dict[str, tuple[str | None, str]] = {
    "sop_returns": ("sop_order", "sop_order"),
    "sop_returns_duplicate": ("sop_order_duplicate_flags", "sop_order"),
    "sop_returns_new": ("sop_orders_new_request", "sop_order"),
    "sop_returns_status": ("sop_document_status_request", "sop_order"),
    "sop_orders_status": ("sop_document_status_request", "sop_order"),
    "lookup_sop_returns": (None, "lookup_sop_order"),
}
"""Shape of the body and of the answer by resource."""

SCHEMAS: dict[str, list[dict[str, Any]]] = {
    "sop_document_status_request": [
        {"name": "id", "type": "integer", "format": "int64", "required": True},
        {"name": "status", "type": "string", "required": True},
    ]
}
"""Fields of shapes that no source spells out."""
