"""Companies that the Sage 200 stand-in can play, one folder of CSV files each."""

from __future__ import annotations

from pathlib import Path


def demo_company_dir() -> Path:
    """Return the folder of the demo company, which fits the recorded shop."""
    return Path(__file__).parent / "demo"
