"""Sage's words of refusal: a cause where they are clear, ``refused_by_sage`` for all others."""

from __future__ import annotations

import pytest
from target_sage200.refusals import cause_of


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("The order is locked by user 'ann'. Try again later.", "document_locked"),
        (
            "Ex20319: user 'web' does not have permission to override prices and discounts.",
            "price_permission_missing",
        ),
        ("Price overrides are not allowed for this user.", "price_permission_missing"),
        ("The analysis code 'Channel' must be entered.", "analysis_code_missing"),
        ("Account 'WEBGBP' is on hold ('customer_id').", "account_on_hold"),
        ("Account 'WEBGBP' is hidden ('customer_id').", "account_closed"),
        ("The period of 31/10/2026 is closed.", "period_closed"),
        ("The field 'postcode' is longer than 10.", "refused_by_sage"),
        ("SageNullFieldException", "refused_by_sage"),
        ("The sales order blocked by a rule", "refused_by_sage"),
    ],
)
def test_words_that_are_clear_name_a_cause(words: str, cause: str) -> None:
    assert cause_of(words) == cause
