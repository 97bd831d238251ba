"""When a run stops and asks."""

from __future__ import annotations

from decimal import Decimal

import pytest
from target_magento.guard import Effect, objection


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        pytest.param(Effect(100, 50, 100, 20), None, id="exactly the allowed shares"),
        pytest.param(Effect(100, 51, 100, 0), "51 of the 100 known", id="too many change"),
        pytest.param(Effect(100, 21, 100, 21), "21 of the 100 source items", id="too many empty"),
        pytest.param(
            Effect(100, 21, 40, 21),
            "21 of the 40 source items that have stock",
            id="items that are empty already do not thin out the share",
        ),
        pytest.param(Effect(0, 0, 100, 10), None, id="a first run may change everything"),
        pytest.param(Effect(0, 0, 100, 60), "would go to zero", id="but not empty the shop"),
        pytest.param(Effect(9, 9, 9, 9), None, id="fewer than ten rows never stop a run"),
        pytest.param(Effect(0, 0, 0, 0), None, id="nothing at all"),
    ],
)
def test_objection(effect: Effect, words: str | None) -> None:
    sentence = objection(effect, max_change_share=Decimal("0.5"), max_zero_share=Decimal("0.2"))
    if words is None:
        assert sentence is None
    else:
        assert sentence is not None
        assert words in sentence
        assert "allow_large_change" in sentence
