"""Answers as XML, for a client that accepts nothing else."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape


def magento_xml(value: Any) -> bytes:
    """Write an answer as Magento's XML renderer does: keys are tags, list entries are items."""
    return f'<?xml version="1.0"?>\n<response>{_inner(value)}</response>\n'.encode()


def _inner(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_inner(item)}</{key}>" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{_inner(item)}</item>" for item in value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))
