"""Sage's own words of refusal, and the cause behind them where they are clear. Pure.

The texts of Sage 200 differ by release and language, and none is published. So a fragment names a
cause only where it can hardly mean anything else; all others stay ``refused_by_sage``, and Sage's
words are kept whole in either case.
"""

from __future__ import annotations

import re

_CAUSES: tuple[tuple[str, str], ...] = (
    ("document_locked", r"\b(is )?locked by\b|being (edited|amended) by"),
    ("price_permission_missing", r"(price|discount)s?\b.*\b(permission|override|not allowed)"),
    ("price_permission_missing", r"permission\b.*\b(price|discount)"),
    ("analysis_code_missing", r"analysis[ _]code"),
    ("account_on_hold", r"\baccount\b.*\bon hold\b"),
    ("account_closed", r"\baccount\b.*\b(hidden|closed|inactive|not active)\b"),
    ("period_closed", r"\bperiod\b.*\b(closed|not open|no postings?)\b|closed period"),
)


def cause_of(words: str) -> str:
    """Return the cause of ``exception_causes.csv`` that Sage's words tell."""
    text = " ".join(words.split()).casefold()
    return next(
        (cause for cause, pattern in _CAUSES if re.search(pattern, text)), "refused_by_sage"
    )
